// SPDX-License-Identifier: MIT
// Offsets of C structures for the assembly files, which include offsets.h.
#include <arch/smp.h>
#include <arch/sysreg.h>
#include "mk/offsets.h"
#include "sched/cpu.h"
#include <stddef.h>

// kernel_leave (entry.S) loads both at a time, and stores the lock without an offset.
_Static_assert(offsetof(struct cpu, frame) == offsetof(struct cpu, current) + 8, "struct cpu");
_Static_assert(offsetof(struct cpu, lock.taken) == 0, "struct cpu");

void offsets(void)
{
    OFFSET(FRAME_X0, offsetof(l4_exc_regs_t, r[0]));
    OFFSET(FRAME_X30, offsetof(l4_exc_regs_t, r[30]));
    OFFSET(FRAME_SP, offsetof(l4_exc_regs_t, sp));
    OFFSET(FRAME_PC, offsetof(l4_exc_regs_t, pc));
    OFFSET(FRAME_PSTATE, offsetof(l4_exc_regs_t, pstate));
    OFFSET(CPU_CURRENT, offsetof(struct cpu, current));
    OFFSET(CPU_STACK, offsetof(struct cpu, stack_top));
    OFFSET(CPU_SERROR, offsetof(struct cpu, serror));
    OFFSET(CPU_HARDEN_CALL, offsetof(struct cpu, harden_call));
    OFFSET(CPU_HARDEN_LOOPS, offsetof(struct cpu, harden_loops));
    OFFSET(SECONDARY_TTBR0_TCR, offsetof(struct secondary, ttbr0));
    OFFSET(SECONDARY_MAIR_SCTLR, offsetof(struct secondary, mair));
    OFFSET(SECONDARY_ENTRY_CPU, offsetof(struct secondary, entry));
    OFFSET(SECONDARY_STACK, offsetof(struct secondary, stack));
    OFFSET(SECONDARY_TIMER_HZ, offsetof(struct secondary, timer_hz));
    OFFSET(SECONDARY_GICD_GICC, offsetof(struct secondary, gicd));
    OFFSET(SPSR_MASK_A, SPSR_A);
    OFFSET(SYNDROME_SVC64, EC_SVC64);
    OFFSET(THREAD_PSTATE, offsetof(struct thread, regs.pstate));
}
