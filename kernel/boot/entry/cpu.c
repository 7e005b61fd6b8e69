// SPDX-License-Identifier: MIT
#include "entry/cpu.h"

#include "dt/dt_node.h"

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
    uint64_t ctr;
    asm volatile("mrs %0, ctr_el0" : "=r"(ctr));
    uint64_t line = 4ull << (ctr >> 16 & 0xf);
    for (uint64_t a = round_down(r.start, line); a < r.end; a += line)
        asm volatile("dc cvac, %0" ::"r"(a) : "memory");
    asm volatile("dsb sy; ic ialluis; dsb sy; isb" ::: "memory");
}
