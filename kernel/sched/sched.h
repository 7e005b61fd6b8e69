// SPDX-License-Identifier: MIT
// Run queues and the choice of the next thread.
#pragma once
#include "sched/cpu.h"

enum { SLICE_US = 10000 };

// Is the time slice used up? Then the thread runs no more before others of its priority that wait.
static inline bool slice_spent(struct thread const *t)
{
    return t->consumed >= t->slice;
}

// Makes a CPU's scheduler ready for use.
void sched_cpu_init(struct cpu *cpu);
// Puts a thread that can run into its CPU's queue: at the head when it was preempted or woken, and has something left of its
// time slice; else at the tail, with a new one. Returns whether it is at the head.
bool sched_enqueue(struct thread *t, bool head);
void sched_dequeue(struct thread *t);
// Changes the priority that a thread has now, wherever it is queued with it.
void sched_set_prio(struct thread *t, unsigned prio, bool head);
// Something of this priority is new in a CPU's queue, at the head or the tail: has the CPU look whether it is to run now.
void sched_preempt(struct cpu *cpu, unsigned prio, bool head);
// Makes a blocked thread ready and has its CPU look whether it is to run now.
void sched_wake(struct thread *t);
// Chooses what the CPU runs next and switches to it; returns when the CPU is to return to user mode.
void sched_run(struct cpu *cpu);
// Switches this CPU to `t` (NULL = idle): address space, thread registers.
void sched_switch(struct cpu *cpu, struct thread *t);
// The kernel's own work begins: nobody is current, and the CPU is not idle.
void sched_leave(struct cpu *cpu);
// Puts back the priority of a thread that used another's time.
void sched_undonate(struct thread *t);
// The current thread gives up the CPU to others of its priority, at the end of this kernel entry.
void sched_yield_current(struct cpu *cpu);
// A timer interrupt: expired timeouts, end of a time slice. Takes the global lock when a timeout asks for it.
void sched_tick(struct cpu *cpu);
// Programs the CPU's timer for its earliest event.
void sched_arm_timer(struct cpu *cpu);
