// SPDX-License-Identifier: MIT
// Kernel entries: what the vectors call.
#pragma once
#include "object/object.h"
#include "sched/cpu.h"

void exception_syscall(struct cpu *cpu); // SVC from AArch64
void exception_sync(struct cpu *cpu, uint64_t esr);
void exception_irq(struct cpu *cpu);
void exception_serror(struct cpu *cpu, uint64_t esr);
void kernel_panic_fault(struct cpu *cpu, uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp, uint64_t lr);
// An exception of the current thread: the vCPU's handler gets it, or the thread's. All locks held.
void exception_raise(struct cpu *cpu, struct thread *t, uint64_t esr, uint64_t address);
// The end of a kernel entry (leave.c): gives up other CPUs' locks, chooses what runs next. The exit code gives up the local
// lock.
void exception_finish(struct cpu *cpu);
// With DEBUG=1, last thing in each kernel entry: is all as the CPU is to leave the kernel? (leave_check.c)
void kernel_leave_check(struct cpu *cpu);
// Handles the most urgent pending interrupt of this CPU, if there is one; local lock held. The next one comes by itself.
void irq_take(struct cpu *cpu);
