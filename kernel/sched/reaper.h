// SPDX-License-Identifier: MIT
// Whoever destroys objects also takes them apart, before it goes on. What stops meanwhile at a preemption point is left to
// the CPU's reaper: an entry in its run queue, at the priority of who began it and before that. It is no thread that could
// run; the scheduler does its work when its turn comes, step by step, with interrupts and more urgent threads between.
#pragma once
#include "sched/cpu.h"

// Makes a CPU's reaper ready for use.
void reaper_init(struct cpu *cpu);
// The end of a kernel entry that queued objects in the CPU's list: destroys them, and leaves the rest to the reaper.
void reaper_work(struct cpu *cpu);
// The reaper is the best in the queue: some of its work. Under the local lock; takes the global one, and gives it up.
void reaper_run(struct cpu *cpu);
