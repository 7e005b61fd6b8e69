// SPDX-License-Identifier: MIT
// One CPU: its lock, its run queue, what it runs now.
#pragma once
#include "lock/lock.h"
#include "object/thread.h"
#include <l4/sys/compiler.h>

enum { MAX_CPUS = 16 };

enum guest_exit {       // what is live of a guest: guest_exit_fast()
    GUEST_EXIT_GENERAL, // anything, or no guest
    GUEST_EXIT_LRS,     // list registers of the VMM's, and nothing else that is unusual
    GUEST_EXIT_PLAIN,   // not even these
};

enum cpu_entry { ENTRY_SYSCALL, ENTRY_FAULT, ENTRY_IRQ, ENTRY_SERROR };

typedef void cross_call_fn(struct cpu *cpu, void *arg);

struct cpu {
    // Others take this cache line, and the CPU itself for no more than the lock.
    _Alignas(CACHE_LINE) struct lock lock; // the local lock (lock_set.h)
    // What each kernel entry of the CPU looks at.
    _Alignas(CACHE_LINE) struct thread *current; // NULL = idle
    l4_exc_regs_t *frame;     // where the next kernel entry saves the registers
    char *stack_top;
    struct space *space;      // whose page tables are loaded, NULL = none
    struct thread *fpu_owner; // whose FP registers are live
    uint32_t locks_local;     // of a plain kernel entry: the local lock, and those of CPUs that do not exist
    uint32_t locks_held;      // bit = CPU id
    uint32_t id;
    bool guest_loaded;        // guest control registers (HCR ...) are loaded,
    uint8_t guest_exit;       // and how it leaves
    bool fpu_on;              // FP accesses do not trap now
    union {
        struct {
            bool need_resched;
            bool work_due;    // work was deferred in this kernel entry (preempt/work.h)
        };
        uint16_t attention;   // any of them
    };
    bool yielded;             // the current thread goes behind those of its priority
    bool passed;              // who is first among these comes before it, and before the end of its slice
    bool online;

    _Alignas(CACHE_LINE) struct thread *el1_owner; // whose guest EL1 registers are live
    struct vgic_live *vgic;   // what is known of its virtual interrupt controller
    uint64_t parked_vttbr;    // VTTBR_EL2 while a guest's registers are exchanged, 0 = the core does not need it
    uint64_t serror;          // syndrome of the last SError, at an entry (exception.c) or inside the kernel (serror.c)
    uint32_t harden_call;     // firmware function for each entry from user mode, 0 = none (hardening.c)
    uint32_t harden_loops;    // rounds of branches there
    struct run_queue ready;
    struct timeouts timeouts;
    struct work_queue work;
    uint64_t slice_end;       // counter value at which the time slice is looked at, valid while ticking
    bool ticking;             // threads wait in the queue: time slices end
    uint64_t timer_set;       // what the timer is programmed to, 0 = it is to be programmed anew
    uint64_t switched_at;     // counter value when `current` began to run
    uint64_t idle_ticks;
    bool working;             // for the kernel itself: nobody is current, but it is not idle
    uint64_t mpidr;
    bool collector;           // holds the collector's lock too (lock_set.c)
    uint32_t kicks;           // whom to interrupt when their locks are free: bit = CPU id
    struct thread *walk_next; // thread.c: who is looked at next in a walk over all threads that has stopped,
    bool const *walker;       // and whose walk it is
    // Others look at what follows, and the CPU itself only when it has to wait.
    _Alignas(CACHE_LINE) uint32_t stopped; // in the kernel, waiting for a lock, with its user's registers saved
    bool restarted;           // meanwhile: the current thread was taken away (lock_set.h)
    uint8_t entry;            // enum cpu_entry, valid while stopped
    cross_call_fn *call;      // what it is asked to execute, NULL = nothing
    void *call_arg;
};

extern struct cpu cpus[MAX_CPUS];
extern unsigned num_cpus; // online CPUs have an id below this
