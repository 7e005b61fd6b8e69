// SPDX-License-Identifier: MIT
// CPUs of the kernel that take turns, in the order that a test wants: one executes at a time, from the begin of a kernel entry
// to its end. Guests have no registers here, but a place: the CPU that they are loaded on.
#pragma once
#include "sched/cpu.h"

// `count` CPUs that run nothing. Each needs a thread that is always ready.
void kernel_cpus_init(unsigned count);
// The kernel entry of a CPU begins: it has its local lock. False: the entry is restarted, because of what others did since
// entry_wait().
bool entry_begin(struct cpu *cpu) __attribute__((warn_unused_result));
// The CPU enters the kernel and waits for its lock, so that others come first: entry_begin() is what it does next.
void entry_wait(struct cpu *cpu, enum cpu_entry entry);
// It leaves the kernel, behind exception_finish().
void entry_end(struct cpu *cpu);
// It takes the interrupt that is pending, if there is one: another CPU's, or its timer's.
void interrupt_take(struct cpu *cpu);
// It takes that of its timer, whatever else is pending.
void timer_take(struct cpu *cpu);
// Has another CPU sent it one that it has not taken?
bool interrupt_pending(struct cpu const *cpu);
// Time goes by.
void time_pass(uint64_t us);
// How often a CPU has had to wait for another one to do something.
unsigned cpus_waited(void);

// Guests leave without a look at what is unusual (guest_exit_fast()).
extern bool guests_leave_fast;
// The syndrome of a SError that accesses of who runs have left pending, 0 = none.
extern uint64_t error_pending;
