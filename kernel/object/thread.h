// SPDX-License-Identifier: MIT
// A thread: saved registers, its place in IPC and in scheduling, and, when it is a vCPU, its virtual machine state.
#pragma once
#include "debug/assert.h"
#include "mem/mapping.h"
#include "object/object.h"
#include "preempt/stopped.h"
#include "ipc/sender_queue.h"
#include "ipc/transfer.h"
#include "ipc/utcb.h"
#include "sched/timeout.h"

struct cpu;
struct task;
struct irq;

enum thread_state {
    THREAD_NEW,      // lacks a task, registers or a CPU
    THREAD_READY,    // running or in the run queue
    THREAD_SENDING,  // queued at a receiver, or at a gate without one
    THREAD_RECEIVING,
    THREAD_BLOCKED,  // on a semaphore
    THREAD_TRANSFER, // either end of a message that takes more than one kernel entry
    THREAD_DEAD,
};

enum msg_kind { // what the thread sends and receives with
    MSG_UTCB,       // its own message registers
    MSG_PAGE_FAULT, // two words made by the kernel; a reply's words are dropped
    MSG_EXCEPTION,  // the register frame
};

struct el1_state; // arch: guest EL1 registers (arch/guest.h)

struct vcpu {
    void *area;          // kernel address of the vCPU state area, NULL = not a vCPU
    uint64_t user_area;  // its user address
    struct task *user_task; // counted reference
    struct el1_state *el1;  // extended: guest registers while not live; NULL = plain
    bool user_mode;      // executing in the user task (guest)
    bool polling;        // its resume receives a message that has waited
    uint64_t serror;     // accesses of the user task caused one: for the handler, 0 = none
};

struct thread {
    l4_exc_regs_t regs; // the kernel's entry code saves user registers straight into it
    // --- touched on the IPC fast path ---
    l4_utcb_t *utcb;            // kernel address
    struct task *task;
    struct cpu *cpu;             // home
    struct thread *reply_holder; // who holds the reply capability for us
    struct thread *reply_to;     // implicit reply capability: the caller that waits for our answer
    void *partner;               // receiving: who is waited for (ipc/ipc.h), NULL = anybody; else the other end
    struct sender_queue senders; // who waits for us to receive
    union {
        struct {
            uint8_t state;       // enum thread_state
            uint8_t msg_kind;    // enum msg_kind
            bool slow;           // something that only the general path knows: vCPU, alien, an exception to send
            bool timed;          // its timeout runs
        };
        uint32_t condition;      // all four: equal to a state when nothing is special
    };
    uint8_t prio;
    bool donated;                // run.prio is that of the caller whose time we use
    bool destroying;             // its destruction has begun
    bool walking;                // its end has come to those who wait for it (thread.c)
    struct run_entry run;        // run.prio: the priority that it has now
    // --- general path ---
    bool has_regs, placed;       // ex_regs / run_thread happened
    bool in_exception;           // an exception message is out
    bool raise_exception;        // an exception is to be sent before the next return to user mode
    bool in_call;                // in the middle of a system call: no upcall now
    bool alien;                  // its system calls are exceptions, before and after
    bool alien_pass;             // the next one is made
    bool alien_after;            // it was: the exception after it is to be sent
    uint64_t raise_esr;          // syndrome of the exception to be sent, 0 = only that after the call
    uint32_t send_rights;        // rights of the capability that the send phase uses
    uint32_t timeouts;           // timeout pair
    uint64_t send_tag;
    uint64_t send_label;
    uint64_t send_flags;         // operation flags
    struct object *send_gate;    // blocked on a gate without thread
    uint64_t fault_addr, fault_pc;
    uint64_t utcb_user;
    uint64_t pager, exc_handler; // capability indices in the own task
    struct sender sender;
    struct timeout timeout;
    struct transfer transfer;
    uint64_t consumed;           // counter ticks of CPU time,
    uint64_t slice;              // and how many it will be when the time slice is used up
    struct irq *del_irq;         // triggered when gates bound to this thread are deleted
    struct gate *gates;          // gates bound to this thread
    struct irq *irqs;            // IRQ objects bound to this thread,
    struct irq *pin_irqs;        // and those of them that are bound to interrupt lines
    struct vcpu vcpu;
    struct thread *all_next, *all_prev;
    void *fpu;                   // struct fpu_state, allocated at first use
    struct object obj;
    struct stopped stopped;      // where a long system call is to go on
    struct mapping marker;       // and where in the mapping tree, or the items of its message
};
_Static_assert(sizeof(struct thread) <= 1024, "the next size of memory is twice that");

extern struct object_ops const thread_ops;

static inline struct thread *thread_of(struct object *o)
{
    assert(o->type == OBJ_THREAD);
    return (struct thread *)((char *)o - offsetof(struct thread, obj));
}

static inline struct thread *thread_of_run(struct run_entry *e)
{
    return (struct thread *)((char *)e - offsetof(struct thread, run));
}

static inline struct thread *sender_thread(struct sender *s)
{
    return (struct thread *)((char *)s - offsetof(struct thread, sender));
}

// A new thread: unbound, not running. NULL when out of quota.
struct object *thread_create(struct quota *q);
// Binds to a task with the UTCB at user address `utcb` (1 KiB inside its kernel-user memory). 0 or negative error.
int thread_bind(struct thread *t, struct task *task, uint64_t utcb);
// Sets ip/sp; the first call makes the thread runnable (if bound and placed).
void thread_start(struct thread *t, uint64_t ip, uint64_t sp);
// Makes a thread that has everything it needs ready.
void thread_activate(struct thread *t);
// Ends the thread: out of every queue. Its partners get their errors before it is any less urgent thread's turn. The object
// stays until its slots are gone.
void thread_kill(struct thread *t);
// Moves the thread to another CPU.
void thread_migrate(struct thread *t, struct cpu *to);
// Has the thread send an exception message before it returns to user mode.
void thread_raise(struct thread *t, uint64_t esr);
// An alien's system call is over: the exception after it is sent as soon as the thread can run, before any other.
void thread_raise_after_call(struct thread *t);
// Takes the exception that is to be sent next; returns its syndrome.
uint64_t thread_take_raised(struct thread *t);
// `irq` is destroyed: no thread has it as deletion IRQ any more, and a closed wait for it is one for nobody. False: stopped
// at a preemption point, call again.
bool thread_forget_irq(struct irq *irq);
// Sets TPIDRRO_EL0 of the thread.
void thread_set_tpidrro(struct thread *t, uint64_t value);
