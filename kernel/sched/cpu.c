// SPDX-License-Identifier: MIT
#include "sched/cpu.h"

struct cpu cpus[MAX_CPUS];
unsigned num_cpus;
