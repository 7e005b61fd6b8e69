// SPDX-License-Identifier: MIT
// What the kernel does for faults of particular cores (docs/silicon.md has the table).
#pragma once
#include "sched/cpu.h"

// Finds out what the calling CPU needs.
void errata_cpu_init(struct cpu *cpu);
