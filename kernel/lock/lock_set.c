// SPDX-License-Identifier: MIT
#include "lock/lock_set.h"
#include "lock/cross_call.h"
#include "lock/held.h"

// Who wants the global lock takes this one first: only one CPU at a time goes about collecting local locks, and the
// others wait without holding any.
static _Alignas(CACHE_LINE) struct lock collector;

// CPUs that wait for a lock.
static _Alignas(CACHE_LINE) uint32_t waiters;

bool local_lock_held(struct cpu const *cpu)
{
    struct cpu const *this = this_cpu();
    return lock_taken(&this->lock) && locks_held(this, lock_of(cpu));
}

bool global_lock_held(void)
{
    struct cpu const *this = this_cpu();
    return lock_taken(&this->lock) && locks_held(this, LOCKS_ALL);
}

// Between two looks at the lock nothing is stored: the CPU would not see a change made meanwhile.
static void wait_for(struct cpu *cpu, struct lock *lock)
{
    if (lock_try(lock))
        return;
    __atomic_fetch_add(&waiters, 1, __ATOMIC_RELAXED);
    cpu_stopped(cpu);
    uint32_t ticket = lock_queue(lock);
    while (!lock_poll(lock, ticket))
        if (!cross_call_serve(cpu))
            wait_for_event();
    __atomic_fetch_sub(&waiters, 1, __ATOMIC_RELAXED);
}

bool local_lock_contended(struct cpu *cpu, enum cpu_entry entry)
{
    assert(cpu == this_cpu() && locks_only_local(cpu) && !cpu->collector);
    cpu->entry = (uint8_t)entry;
    wait_for(cpu, &cpu->lock);
    return cpu_goes_on(cpu);
}

void local_lock_anew(struct cpu *cpu)
{
    if (!local_lock(cpu, ENTRY_IRQ))
        return; // as good: the caller looks who is current
}

static unsigned lowest(lock_set *set)
{
    unsigned i = (unsigned)__builtin_ctz(*set);
    *set &= *set - 1;
    return i;
}

static void release(lock_set set)
{
    while (set)
        lock_release(&cpus[lowest(&set)].lock);
}

void locks_drop_others(struct cpu *cpu)
{
    assert(cpu == this_cpu() && local_lock_held(cpu));
    lock_set kicks = cpu->kicks, others = cpu->locks_held & ~cpu->locks_local;
    cpu->kicks = 0;
    cpu->locks_held = cpu->locks_local;
    release(others);
    if (cpu->collector)
        lock_release(&collector);
    cpu->collector = false;
    while (kicks) // not before: it would only wait for its lock
        cpu_interrupt(lowest(&kicks));
}

// Takes the locks if none has to be waited for: then the local one is kept all the time.
static bool try_others(struct cpu *cpu, lock_set others)
{
    for (lock_set set = others; set;) {
        unsigned i = lowest(&set);
        if (!lock_try(&cpus[i].lock)) {
            release(others & ((1u << i) - 1)); // those before it
            return false;
        }
    }
    cpu->locks_held |= others;
    return true;
}

bool locks_try(struct cpu *cpu, lock_set which)
{
    assert(cpu == this_cpu() && local_lock_held(cpu) && locks_only_local(cpu));
    bool all = which == LOCKS_ALL;
    if (all && !lock_try(&collector))
        return false;
    if (try_others(cpu, which & ~cpu->locks_local)) {
        cpu->collector = all;
        return true;
    }
    if (all)
        lock_release(&collector);
    return false;
}

bool locks_take(struct cpu *cpu, lock_set which, enum cpu_entry entry)
{
    assert(cpu == this_cpu() && local_lock_held(cpu));
    if (locks_held(cpu, which))
        return true;
    lock_set others = which & ~cpu->locks_local;
    bool all = which == LOCKS_ALL;
    locks_drop(cpu);
    bool collects = all && lock_try(&collector);
    if (collects == all && try_others(cpu, others)) {
        cpu->collector = all;
        return true;
    }
    cpu->entry = (uint8_t)entry;
    local_unlock(cpu);
    if (all && !collects)
        wait_for(cpu, &collector);
    // In order, so that two CPUs cannot hold what the other waits for.
    for (lock_set set = others | lock_of(cpu); set;)
        wait_for(cpu, &cpus[lowest(&set)].lock);
    cpu->locks_held |= others;
    cpu->collector = all;
    return cpu_goes_on(cpu);
}

bool global_lock(struct cpu *cpu, enum cpu_entry entry)
{
    return locks_take(cpu, LOCKS_ALL, entry);
}

void global_lock_anew(struct cpu *cpu)
{
    if (!global_lock(cpu, ENTRY_IRQ))
        return; // as good: the caller looks who is current
}

// Handing the locks over and coming back costs as much as a step of the work, or more: not at each one.
bool locks_wanted(void)
{
    enum { STEPS = 8 };
    static unsigned asked; // under the locks
    assert(global_lock_held());
    return __atomic_load_n(&waiters, __ATOMIC_RELAXED) && ++asked % STEPS == 0;
}

void locks_yield(struct cpu *cpu)
{
    assert(!cpu->current);
    locks_drop(cpu);
    local_unlock(cpu);
    local_lock_anew(cpu);
}
