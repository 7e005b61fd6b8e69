// SPDX-License-Identifier: MIT
// How many CPUs the guest gets: nodes of its tree against CPUs that the scheduler offers.
#pragma once

#include "vm.h"

// Fills m->cpus and m->num_cpus; disables cpu nodes beyond them.
void cpus_init(struct vm *m);
