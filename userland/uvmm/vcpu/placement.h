// SPDX-License-Identifier: MIT
// How many CPUs a guest gets, and on which physical CPU each runs.
#pragma once

#include "vgic/vgic.h"

struct placement {
    unsigned count;                   // 1..VGIC_MAX_CPUS
    unsigned physical[VGIC_MAX_CPUS]; // of the first `count` CPUs of the guest
};

// nodes: cpu nodes of the tree; with none the guest has one CPU all the same. wanted: the option --vcpus; 0: not given, then no
// two share a physical CPU. available: the `num` physical CPUs that may be used, at least one; the guest's are placed on them
// in turn.
void placement_choose(struct placement *p, unsigned nodes, unsigned wanted, unsigned const *available, unsigned num);
