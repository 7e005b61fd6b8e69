// SPDX-License-Identifier: MIT
// Run queues and the choice of the next thread.
#pragma once
#include "sched/cpu.h"

enum { SLICE_US = 10000 };

// Puts a thread that can run into its CPU's queue: at the head when it was preempted or woken, else at the tail. The reaper
// stays before it: who destroys something goes on when that is gone.
void sched_enqueue(struct thread *t, bool head);
void sched_dequeue(struct thread *t);
// Makes a blocked thread ready and has its CPU look whether it is to run now.
void sched_wake(struct thread *t);
// The best thread in the queue, or NULL. Does not take it out.
struct thread *sched_best(struct cpu *cpu);
// Highest priority in the queue, -1 when it is empty.
int sched_best_prio(struct cpu const *cpu);
// Chooses what the CPU runs next and switches to it; returns when the CPU is to return to user mode.
void sched_run(struct cpu *cpu);
// Switches this CPU to `t` (NULL = idle): address space, thread registers.
void sched_switch(struct cpu *cpu, struct thread *t);
// Puts back the eff_prio of a thread that used another's time.
void sched_undonate(struct thread *t);
// The current thread gives up the CPU to others of its priority, at the end of this kernel entry.
void sched_yield(struct cpu *cpu);
// A timer interrupt: expired timeouts, end of a time slice. Takes the global lock when a timeout asks for it.
void sched_tick(struct cpu *cpu);
// Programs the CPU's timer for its earliest event.
void sched_arm_timer(struct cpu *cpu);
