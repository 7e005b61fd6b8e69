// SPDX-License-Identifier: MIT
#include "sched/cpu.h"
#include "arch/arm64/context.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "sched/sched.h"

struct cpu cpus[MAX_CPUS];
unsigned num_cpus;

static bool lock_try(struct cpu *cpu)
{
    // A look first: waiting CPUs do not take the cache line from one another.
    return !__atomic_load_n(&cpu->lock, __ATOMIC_RELAXED) && !__atomic_exchange_n(&cpu->lock, 1, __ATOMIC_ACQUIRE);
}

// Waits for a lock. Meanwhile the CPU counts as parked and executes what others ask for.
static void lock_wait(struct cpu *cpu, struct cpu *wanted)
{
    while (!lock_try(wanted)) {
        __atomic_store_n(&cpu->waiting, true, __ATOMIC_RELEASE);
        cpu_call_fn *fn = __atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE);
        if (fn) {
            fn(cpu, cpu->call_arg);
            __atomic_store_n(&cpu->call, (cpu_call_fn *)0, __ATOMIC_RELEASE);
        }
        cpu_relax();
    }
}

bool cpu_lock_contended(struct cpu *cpu, enum cpu_entry entry)
{
    cpu->entry = (uint8_t)entry;
    lock_wait(cpu, cpu);
    cpu->waiting = false;
    bool undone = cpu->undone;
    cpu->undone = false;
    return !undone;
}

bool kernel_lock_exclusive(struct cpu *cpu, enum cpu_entry entry)
{
    if (cpu->exclusive++)
        return true;
    cpu->locks = num_cpus;
    if (cpu->locks == 1)
        return true;
    cpu->entry = (uint8_t)entry;
    __atomic_store_n(&cpu->lock, 0, __ATOMIC_RELEASE);
    // In order, so that two CPUs cannot hold what the other waits for.
    for (unsigned i = 0; i < cpu->locks; i++)
        lock_wait(cpu, &cpus[i]);
    cpu->waiting = false;
    bool undone = cpu->undone;
    cpu->undone = false;
    return !undone;
}

void kernel_unlock_exclusive(struct cpu *cpu)
{
    if (--cpu->exclusive || cpu->locks == 1)
        return;
    for (unsigned i = 0; i < cpu->locks; i++)
        if (i != cpu->id)
            __atomic_store_n(&cpus[i].lock, 0, __ATOMIC_RELEASE);
}

void cpu_park(struct cpu *other)
{
    gic->send_ipi(other->id, IPI_RESCHEDULE);
    while (!__atomic_load_n(&other->waiting, __ATOMIC_ACQUIRE))
        cpu_relax();
}

void cpu_call(struct cpu *other, cpu_call_fn *fn, void *arg)
{
    if (other == this_cpu()) {
        fn(other, arg);
        return;
    }
    cpu_park(other);
    other->call_arg = arg;
    __atomic_store_n(&other->call, fn, __ATOMIC_RELEASE);
    while (__atomic_load_n(&other->call, __ATOMIC_ACQUIRE))
        cpu_relax();
}

void cpu_kick(struct cpu *other)
{
    other->need_resched = true;
    if (other != this_cpu())
        gic->send_ipi(other->id, IPI_RESCHEDULE);
}

static void deschedule(struct cpu *cpu, void *arg)
{
    (void)arg;
    struct thread *t = cpu->current;
    if (!t)
        return;
    if (cpu->entry == ENTRY_SYSCALL)
        cpu->frame->pc -= 4; // the instruction is executed again
    sched_switch(cpu, 0);
    context_idle(cpu); // its task may be about to end
    cpu->undone = true;
    cpu->need_resched = true;
    if (t->state == THREAD_READY)
        sched_enqueue(t, true);
}

void cpu_deschedule(struct cpu *other)
{
    cpu_call(other, deschedule, 0);
}
