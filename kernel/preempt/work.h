// SPDX-License-Identifier: MIT
// Deferred work: what a kernel entry begins and cannot finish at once, because users choose how long it takes. Destroying
// objects is of that kind, and so is a long message. It is done step by step, with interrupts and more urgent threads
// between, at the priority of whom it is done for, and before the threads of that priority: who destroys something goes
// on when that is gone.
//
// Each CPU has a queue of it, the most urgent first, and of these the oldest, under its local lock. Steps are done under the
// global lock.
#pragma once
#include "sched/run_queue.h"

struct work {
    struct run_entry entry;   // in a CPU's queue of work
    struct cpu *cpu;          // which CPU's
    bool (*step)(struct work *w); // NULL: not queued
};

struct work_queue { // of a CPU
    struct run_queue queue;
    struct run_entry entry;   // stands for the most urgent work in the CPU's run queue
};

void work_init(struct cpu *cpu);
// Has a CPU call `step`, until that returns true; false means that it stopped at a preemption point. What is queued
// already stays with its CPU, and gets the new step, and the priority if that is higher.
void work_defer(struct cpu *cpu, struct work *w, bool (*step)(struct work *w), unsigned prio);
// The same on this CPU for what the current thread's call begins: its rest, if there is one, comes before the thread.
void work_defer_here(struct work *w, bool (*step)(struct work *w));
// Takes work out of its queue, if `step` is what is to be done.
void work_cancel(struct work *w, bool (*step)(struct work *w));
// Leaves what there is to another CPU.
void work_move(struct work *w, struct cpu *cpu, unsigned prio);
// The end of a kernel entry that deferred work here: does it, as far as that goes with the locks that are held.
void work_now(struct cpu *cpu);
