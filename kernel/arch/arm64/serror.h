// SPDX-License-Identifier: MIT
// Errors that arrive later than the access that caused them (SError interrupts), and whose they are (kernel-abi 4.19, 6.10).
#pragma once
#include "sched/cpu.h"

// Between domains, behind a DSB and an ISB: the syndrome of the error that accesses of who ran until now have left pending,
// 0 = none. It is taken out of the CPU.
uint64_t serror_collect(struct cpu *cpu);
