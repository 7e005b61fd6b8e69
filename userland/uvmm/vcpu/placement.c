// SPDX-License-Identifier: MIT
#include "vcpu/placement.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void placement_choose(struct placement *p, unsigned nodes, unsigned wanted, unsigned const *available, unsigned num)
{
    unsigned limit = least(wanted ? wanted : num, VGIC_MAX_CPUS);
    p->count = nodes ? least(nodes, limit) : 1;
    for (unsigned i = 0; i < p->count; i++)
        p->physical[i] = available[i % num];
}
