// SPDX-License-Identifier: MIT
#include "entry/cpu.h"

#include "dt/dt_node.h"

#include <l4/sys/cache.h>

uint64_t cpu_timer_hz(void)
{
    uint64_t hz;
    asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}

uint64_t cpu_affinity(void)
{
    uint64_t mpidr;
    asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & DT_MPIDR_AFFINITY;
}

void cpu_clean_code(struct range r)
{
    l4_cache_clean_data(r.start, r.end);
    asm volatile("ic ialluis; dsb sy; isb" ::: "memory"); // all: programs run it at other addresses
}
