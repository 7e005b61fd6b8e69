// SPDX-License-Identifier: MIT
// Bringing up CPUs.
#pragma once
#include "sched/cpu.h"
#include <ashlar/boot_info.h>

enum { IPI_RESCHEDULE = 1 }; // SGI number

// What a CPU that starts reads with its MMU off (start.S), some of it in pairs.
struct secondary {
    uint64_t ttbr0, tcr;
    uint64_t mair, sctlr;
    uint64_t entry, cpu; // virtual, as is the stack
    uint64_t stack;
    uint64_t timer_hz;   // this and the next for CPUs that come at EL3
    uint64_t gicd, gicc; // physical addresses of a GICv2, else 0
};

// Sets the EL2 registers of the calling CPU and makes `cpu` the current one.
void cpu_init(struct cpu *cpu);
// Starts the other CPUs of the machine; those that do not come up are reported and left out.
void smp_start(struct boot_info const *bi);
