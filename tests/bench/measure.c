// SPDX-License-Identifier: MIT
#include "measure.h"
#include <stdio.h>

uint64_t ticks_to_instructions(uint64_t ticks)
{
    uint64_t hz;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    return ticks * (1000000000ull / hz);
}

void report(char const *name, uint64_t ticks, uint64_t operations)
{
    uint64_t instructions = ticks_to_instructions(ticks);
    printf("BENCH %s %lu\n", name, (unsigned long)((instructions + operations / 2) / operations));
}

void measure(char const *name, void (*op)(void *), void *arg)
{
    for (unsigned i = 0; i < WARM_UP; i++)
        op(arg);
    uint64_t start = counter();
    for (unsigned i = 0; i < LOOPS; i++)
        op(arg);
    report(name, counter() - start, LOOPS);
}
