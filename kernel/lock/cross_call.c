// SPDX-License-Identifier: MIT
#include "lock/cross_call.h"
#include "lock/held.h"
#include "lock/lock_set.h"
#include "sched/sched.h"

void cpu_stopped(struct cpu *cpu)
{
    __atomic_store_n(&cpu->stopped, 1, __ATOMIC_RELEASE);
}

bool cross_call_serve(struct cpu *cpu)
{
    cross_call_fn *fn = __atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE);
    if (!fn)
        return false;
    assert(cpu == this_cpu() && cpu->stopped);
    fn(cpu, cpu->call_arg);
    __atomic_store_n(&cpu->call, NULL, __ATOMIC_RELEASE);
    send_event();
    return true;
}

bool cpu_goes_on(struct cpu *cpu)
{
    assert(cpu == this_cpu() && local_lock_held(cpu) && !cpu->call);
    assert(!cpu->restarted || !cpu->current);
    __atomic_store_n(&cpu->stopped, 0, __ATOMIC_RELAXED); // nobody looks: the CPU holds its lock
    bool restarted = cpu->restarted;
    cpu->restarted = false;
    return !restarted;
}

// Waits until the CPU is in the kernel with its user's registers saved (waiting for its lock).
static void wait_until_stopped(struct cpu *other)
{
    if (__atomic_load_n(&other->stopped, __ATOMIC_ACQUIRE))
        return;
    cpu_interrupt(other->id);
    while (!load_watched(&other->stopped))
        wait_for_event();
}

void cross_call(struct cpu *other, cross_call_fn *fn, void *arg)
{
    assert(local_lock_held(other));
    if (other == this_cpu()) {
        fn(other, arg);
        return;
    }
    wait_until_stopped(other);
    assert(!other->call);
    other->call_arg = arg;
    __atomic_store_n(&other->call, fn, __ATOMIC_RELEASE);
    send_event(); // it watches its lock, not this
    while (__atomic_load_n(&other->call, __ATOMIC_ACQUIRE))
        wait_for_event();
}

void cpu_kick(struct cpu *other)
{
    assert(local_lock_held(other));
    other->need_resched = true;
    if (other != this_cpu())
        this_cpu()->kicks |= lock_of(other);
}

static void deschedule(struct cpu *cpu, void *arg)
{
    (void)arg;
    struct thread *t = cpu->current;
    if (!t)
        return;
    assert(t->cpu == cpu && !t->run.queued);
    if (cpu->entry == ENTRY_SYSCALL)
        cpu->frame->pc -= 4; // the instruction is executed again
    else if (cpu->entry == ENTRY_SERROR)
        thread_raise(t, cpu->serror);
    sched_switch(cpu, NULL); // its task may be about to end: its page tables are left too
    cpu->restarted = true;
    cpu->need_resched = true;
    if (t->state == THREAD_READY)
        sched_enqueue(t, true);
}

void cpu_deschedule(struct cpu *other)
{
    cross_call(other, deschedule, NULL);
}
