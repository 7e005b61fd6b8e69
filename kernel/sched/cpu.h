// SPDX-License-Identifier: MIT
// One CPU: its lock, its run queue, what it runs now.
//
// Every kernel entry takes the own CPU's lock. A CPU's lock covers the threads whose home the CPU is, with their queues,
// timeouts and bound IRQ objects. What touches threads of other CPUs takes their locks as well; whatever changes
// objects, capabilities or mappings takes all of them: the exclusive lock. So holding any one lock keeps objects
// alive, and bindings and capabilities as they are.
#pragma once
#include "object/thread.h"
#include <l4/sys/compiler.h>

enum { MAX_CPUS = 16, PRIO_MAX = 255 };

enum cpu_entry { ENTRY_SYSCALL, ENTRY_FAULT, ENTRY_IRQ };

typedef void cpu_call_fn(struct cpu *cpu, void *arg);

struct cpu {
    struct thread *current;   // NULL = idle
    struct frame *frame;      // where the next kernel entry saves the registers
    char *stack_top;
    uint32_t lock;            // 0 free, 1 taken
    uint32_t id;
    struct thread *fpu_owner; // whose FP registers are live
    struct thread *el1_owner; // whose guest EL1 registers are live
    struct space *space;      // whose page tables are loaded, NULL = none
    bool fpu_on;              // FP accesses do not trap now
    bool guest_loaded;        // guest control registers (HCR ...) are loaded
    union {
        struct {
            bool need_resched;
            bool reap_due;    // objects were destroyed in this kernel entry
        };
        uint16_t attention;   // any of them
    };
    bool yielded;             // the current thread goes behind those of its priority
    bool online;
    // Contended entry: the CPU waits for its lock with the user's registers saved. Others may then undo the entry
    // or have this CPU execute a function.
    volatile bool waiting;
    bool undone;
    uint8_t entry;            // enum cpu_entry, valid while waiting
    cpu_call_fn *volatile call;
    void *call_arg;
    uint64_t ready_map[4];    // bit n of word w: queue 64 w + n is not empty
    uint32_t ready_words;     // bit w: word w is not 0
    struct thread *ready[PRIO_MAX + 1];
    struct thread *timeouts;  // earliest first
    uint64_t slice_end;       // counter value of the end of the current time slice, valid while ticking
    bool ticking;             // threads wait in the queue: time slices end
    uint64_t timer_set;       // what the timer is programmed to, 0 = it is to be programmed anew
    uint64_t switched_at;     // counter value when `current` began to run
    uint64_t idle_ticks;
    bool reaping;             // nobody is current, but it is not idle
    uint64_t mpidr;
    uint32_t own;             // the locks of a plain kernel entry: its own, and those of CPUs that do not exist
    uint32_t held;            // the locks that it holds now; bit = CPU id
    bool collected;           // holds `collecting` too (cpu.c)
    uint32_t kicks;           // whom to interrupt when their locks are free: bit = CPU id
    struct thread *receiving; // ipc.c: threads that are about to look at their senders
    bool receive_running;
    struct reap_list reap;
    struct thread *waiters_next; // thread.c: who is looked at next in the destruction of the list's first, a thread
    struct thread reaper;        // reaper.c
};

extern struct cpu cpus[MAX_CPUS];
extern unsigned num_cpus; // online CPUs have an id below this

static inline struct cpu *this_cpu(void)
{
    struct cpu *c;
    asm("mrs %0, tpidr_el2" : "=r"(c));
    return c;
}

// Takes the own lock at a kernel entry; false when the entry was undone meanwhile (go to the scheduler).
bool cpu_lock_contended(struct cpu *cpu, enum cpu_entry entry) __attribute__((noinline));
static inline bool cpu_lock_try(struct cpu *cpu)
{
    return L4_LIKELY(!__atomic_exchange_n(&cpu->lock, 1, __ATOMIC_ACQUIRE));
}
static inline bool cpu_lock(struct cpu *cpu, enum cpu_entry entry)
{
    return cpu_lock_try(cpu) || cpu_lock_contended(cpu, entry);
}

// A set of CPUs: bit = CPU id.
#define CPUS_ALL (~(uint32_t)0)
static inline uint32_t cpu_bit(struct cpu const *cpu)
{
    return 1u << cpu->id;
}

static inline bool kernel_holds(struct cpu const *cpu, uint32_t which)
{
    return !(which & ~cpu->held);
}

// Takes the locks of other CPUs (the own bit has no meaning), possibly giving up all in between, also the own one.
// Returns false when the entry was undone meanwhile: the caller must leave everything as it is and go to the scheduler.
bool kernel_lock(struct cpu *cpu, uint32_t which, enum cpu_entry entry);
// kernel_lock() of CPUS_ALL.
bool kernel_lock_exclusive(struct cpu *cpu, enum cpu_entry entry);
// Gives up the other CPUs' locks; the own one stays.
void kernel_unlock_others(struct cpu *cpu) __attribute__((noinline));
static inline void kernel_unlock(struct cpu *cpu)
{
    if (cpu->held != cpu->own)
        kernel_unlock_others(cpu);
}

// Has another CPU waited for a lock for some time? Asked now and then by who holds them all.
bool kernel_lock_wanted(void);
// Gives up all locks for a moment, so that others get them, and takes the own one again. Nobody is current meanwhile.
void cpu_lock_yield(struct cpu *cpu);

// The following run under the other CPU's lock.

// Waits until the CPU is in the kernel with its user's registers saved (waiting for its lock).
void cpu_park(struct cpu *other);
// Has another CPU execute fn(cpu, arg) and waits for it.
void cpu_call(struct cpu *other, cpu_call_fn *fn, void *arg);
// Takes a CPU's current thread away from it: its registers are then as before the kernel entry.
void cpu_deschedule(struct cpu *other);
// Makes a CPU look at its run queue, when its lock is given up.
void cpu_kick(struct cpu *other);
