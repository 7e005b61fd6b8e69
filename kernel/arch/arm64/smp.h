// SPDX-License-Identifier: MIT
// Bringing up CPUs.
#pragma once
#include "sched/cpu.h"
#include <ashlar/boot_info.h>

enum { IPI_RESCHEDULE = 1 }; // SGI number

// Sets the EL2 registers of the calling CPU and makes `cpu` the current one.
void cpu_init(struct cpu *cpu);
// Starts the other CPUs of the machine; those that do not come up are reported and left out.
void smp_start(struct boot_info const *bi);
