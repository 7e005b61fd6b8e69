// SPDX-License-Identifier: MIT
#include "sched/cpu.h"
#include "arch/arm64/context.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "sched/sched.h"

struct cpu cpus[MAX_CPUS];
unsigned num_cpus;

// Who wants the locks of all CPUs takes this one first: only one CPU at a time goes about collecting them, and the
// others wait without holding any.
static uint32_t collecting;

// CPUs that wait for a lock.
static uint32_t waiters;

static bool lock_try(uint32_t *lock)
{
    // A look first: waiting CPUs do not take the cache line from one another.
    return !__atomic_load_n(lock, __ATOMIC_RELAXED) && !__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE);
}

static void unlock(uint32_t *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

// Waits for a lock. Meanwhile the CPU counts as parked and executes what others ask for.
static void lock_wait(struct cpu *cpu, uint32_t *lock)
{
    if (lock_try(lock))
        return;
    __atomic_fetch_add(&waiters, 1, __ATOMIC_RELAXED);
    while (!lock_try(lock)) {
        __atomic_store_n(&cpu->waiting, true, __ATOMIC_RELEASE);
        cpu_call_fn *fn = __atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE);
        if (fn) {
            fn(cpu, cpu->call_arg);
            __atomic_store_n(&cpu->call, (cpu_call_fn *)0, __ATOMIC_RELEASE);
        }
        cpu_relax();
    }
    __atomic_fetch_sub(&waiters, 1, __ATOMIC_RELAXED);
}

// The wait is over. False when the entry was undone meanwhile.
static bool wait_end(struct cpu *cpu)
{
    cpu->waiting = false;
    bool undone = cpu->undone;
    cpu->undone = false;
    return !undone;
}

bool cpu_lock_contended(struct cpu *cpu, enum cpu_entry entry)
{
    cpu->entry = (uint8_t)entry;
    lock_wait(cpu, &cpu->lock);
    return wait_end(cpu);
}

static uint32_t lowest(uint32_t *set)
{
    unsigned i = (unsigned)__builtin_ctz(*set);
    *set &= *set - 1;
    return i;
}

static void give_up(struct cpu *cpu)
{
    uint32_t set = cpu->held & ~cpu->own;
    cpu->held = cpu->own;
    while (set)
        unlock(&cpus[lowest(&set)].lock);
}

void kernel_unlock_others(struct cpu *cpu)
{
    uint32_t kicks = cpu->kicks;
    cpu->kicks = 0;
    give_up(cpu);
    if (cpu->collected)
        unlock(&collecting);
    cpu->collected = false;
    while (kicks) // not before: it would only wait for its lock
        gic->send_ipi(lowest(&kicks), IPI_RESCHEDULE);
}

// Takes the locks if none has to be waited for: then the own one is kept all the time.
static bool lock_try_all(struct cpu *cpu, uint32_t others)
{
    uint32_t set = others;
    while (set) {
        unsigned i = lowest(&set);
        if (!lock_try(&cpus[i].lock)) {
            give_up(cpu);
            return false;
        }
        cpu->held |= 1u << i;
    }
    return true;
}

bool kernel_lock(struct cpu *cpu, uint32_t which, enum cpu_entry entry)
{
    if (kernel_holds(cpu, which))
        return true;
    uint32_t others = which & ~cpu->own;
    bool all = which == CPUS_ALL;
    kernel_unlock(cpu);
    bool collects = all && lock_try(&collecting);
    if (collects == all && lock_try_all(cpu, others)) {
        cpu->collected = all;
        return true;
    }
    cpu->entry = (uint8_t)entry;
    unlock(&cpu->lock);
    if (all && !collects)
        lock_wait(cpu, &collecting);
    // In order, so that two CPUs cannot hold what the other waits for.
    for (uint32_t set = others | cpu_bit(cpu); set;)
        lock_wait(cpu, &cpus[lowest(&set)].lock);
    cpu->held |= others;
    cpu->collected = all;
    return wait_end(cpu);
}

bool kernel_lock_exclusive(struct cpu *cpu, enum cpu_entry entry)
{
    return kernel_lock(cpu, CPUS_ALL, entry);
}

static bool lock_wanted(void)
{
    return __atomic_load_n(&waiters, __ATOMIC_RELAXED);
}

// Handing the locks over and coming back costs as much as a step of the work, or more: not at each one.
bool kernel_lock_wanted(void)
{
    enum { STEPS = 8 };
    static unsigned asked; // under the locks
    return lock_wanted() && ++asked % STEPS == 0;
}

void cpu_lock_yield(struct cpu *cpu)
{
    enum { PATIENCE = 1000 }; // who waits may wait for something else
    kernel_unlock(cpu);
    unlock(&cpu->lock);
    for (unsigned i = 0; i < PATIENCE && lock_wanted(); i++)
        cpu_relax();
    cpu_lock(cpu, ENTRY_IRQ);
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
        this_cpu()->kicks |= cpu_bit(other);
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
