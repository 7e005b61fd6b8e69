// SPDX-License-Identifier: MIT
// The locks that an operation takes.
//
// Every CPU has a local lock, which its kernel entries take. It covers the threads whose home the CPU is, with their
// queues, timeouts and bound IRQ objects. What touches threads of other CPUs takes their local locks as well. Whatever
// changes objects, capabilities or mappings takes all local locks: the global lock. So holding any one lock keeps
// objects alive, and bindings and capabilities as they are.
//
// Locks are taken in the order of their CPUs. While a CPU waits for a lock it is stopped in the kernel: its user's
// registers are saved, and others may take its thread away or have it execute a function (cross_call.h). A kernel entry
// whose thread was taken away is restarted: it has no effect, and the thread repeats it later, perhaps elsewhere. So
// after a wait nothing is as it was, and each way to take locks makes its caller act on that:
//   - for the current thread: the functions that return false for a restarted entry. The caller does nothing more for
//     the thread and goes to the scheduler. When they return true, the thread is still current, but all else may have
//     changed: look again.
//   - for nobody in particular (interrupts, scheduler): the ..._anew functions. The caller knows nothing of before, not
//     even who is current.
#pragma once
#include "sched/cpu.h"

#define MUST_CHECK __attribute__((warn_unused_result))

typedef uint32_t lock_set; // of local locks: bit = CPU id

#define LOCKS_ALL (~(lock_set)0) // the global lock

static inline lock_set lock_of(struct cpu const *cpu)
{
    return 1u << cpu->id;
}

static inline bool locks_held(struct cpu const *cpu, lock_set which)
{
    return !(which & ~cpu->locks_held);
}

static inline bool locks_only_local(struct cpu const *cpu)
{
    return cpu->locks_held == cpu->locks_local;
}

// Takes the local lock at a kernel entry. False: the entry is restarted.
MUST_CHECK bool local_lock_contended(struct cpu *cpu, enum cpu_entry entry) __attribute__((noinline));
MUST_CHECK static inline bool local_lock_try(struct cpu *cpu)
{
    return L4_LIKELY(lock_try(&cpu->lock));
}
MUST_CHECK static inline bool local_lock(struct cpu *cpu, enum cpu_entry entry)
{
    return local_lock_try(cpu) || local_lock_contended(cpu, entry);
}
void local_lock_anew(struct cpu *cpu);
static inline void local_unlock(struct cpu *cpu)
{
    assert(locks_only_local(cpu) && !cpu->collector && !cpu->kicks);
    lock_release(&cpu->lock);
}

// Takes the locks of a set besides the local one, which is all that is held, if none has to be waited for. The local one is
// kept: what was found out under it still holds, since nobody else has had all locks meanwhile.
MUST_CHECK bool locks_try(struct cpu *cpu, lock_set which);
// Takes the locks of a set besides the local one, possibly giving up all in between, also the local one.
// False: the entry is restarted.
MUST_CHECK bool locks_take(struct cpu *cpu, lock_set which, enum cpu_entry entry);
MUST_CHECK bool global_lock(struct cpu *cpu, enum cpu_entry entry);
void global_lock_anew(struct cpu *cpu);

// Gives up the other CPUs' locks; the local one stays. Interrupts those CPUs that were kicked.
void locks_drop_others(struct cpu *cpu) __attribute__((noinline));
static inline void locks_drop(struct cpu *cpu)
{
    if (!locks_only_local(cpu))
        locks_drop_others(cpu);
}

// Has another CPU waited for a lock for some time? Asked now and then by who holds them all.
bool locks_wanted(void);
// Gives up all locks and takes the local one anew, behind those who wait. Nobody is current meanwhile.
void locks_yield(struct cpu *cpu);
