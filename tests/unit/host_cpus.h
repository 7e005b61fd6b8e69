// SPDX-License-Identifier: MIT
// CPUs that are threads of the build machine.
#pragma once
#include "sched/cpu.h"

// Has cpu_interrupt() been called for this CPU since the last question?
bool host_interrupted(void);
// Runs host_cpu_main(), which the test has, on each of num_cpus CPUs, until all are done.
void host_run_cpus(void);
void host_cpu_main(struct cpu *cpu);
