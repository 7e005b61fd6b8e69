// SPDX-License-Identifier: MIT
// Errors that arrive later than the access that caused them (SError interrupts), and whose they are (kernel-abi 4.19, 6.10).
#pragma once
#include <arch/sysreg.h>
#include "sched/cpu.h"

// Is there one? Behind a DSB and an ISB.
static inline bool serror_pending(void)
{
    return sysreg_read(isr_el1) & ISR_A;
}

// Between domains, behind a DSB and an ISB: the syndrome of the error that accesses of who ran until now have left pending,
// 0 = none. It is taken out of the CPU.
uint64_t serror_collect(struct cpu *cpu);
