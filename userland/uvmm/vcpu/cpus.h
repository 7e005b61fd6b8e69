// SPDX-License-Identifier: MIT
// How many CPUs the guest gets: nodes of its tree against CPUs that the scheduler offers.
#pragma once

#include "vm.h"

// Fills m->cpus and m->num_cpus.
void cpus_init(struct vm *m);

// Removes cpu nodes beyond m->num_cpus from the tree; when the interrupt controller has had its say.
void cpus_remove_surplus(struct vm *m);
