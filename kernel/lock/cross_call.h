// SPDX-License-Identifier: MIT
// What one CPU has another do. The caller holds the other's local lock, so that the other is at its user's program,
// idle, or about to wait for a lock.
#pragma once
#include "sched/cpu.h"

// Has another CPU (or this one) execute fn(cpu, arg), and waits for it.
void cross_call(struct cpu *other, cross_call_fn *fn, void *arg);
// Takes a CPU's current thread away from it. The thread's registers are then as before the kernel entry, which is
// restarted.
void cpu_deschedule(struct cpu *other);
// Makes a CPU look at its run queue, when its lock is given up.
void cpu_kick(struct cpu *other);

// The side of the CPU that is called; for lock_set.c.

// It waits for a lock: its user's registers are saved, and it serves calls from now on.
void cpu_stopped(struct cpu *cpu);
// Executes the call that there is; false: none.
bool cross_call_serve(struct cpu *cpu);
// It has its locks. False: the entry is restarted.
bool cpu_goes_on(struct cpu *cpu) __attribute__((warn_unused_result));
