// SPDX-License-Identifier: MIT
#include "cpu_set.h"

enum { GRANULARITY_MAX = 24, OFFSET_BITS = 24 };

static void take_apart(uint64_t gran_offset, unsigned *gran, uint64_t *offset)
{
    *gran = (gran_offset >> OFFSET_BITS) & 0xff;
    if (*gran > GRANULARITY_MAX)
        *gran = GRANULARITY_MAX;
    *offset = gran_offset & ((1u << OFFSET_BITS) - 1) & ~((UINT64_C(1) << *gran) - 1);
}

uint64_t cpu_set_expand(uint64_t gran_offset, uint64_t map)
{
    uint64_t offset, cpus = 0;
    unsigned gran;

    take_apart(gran_offset, &gran, &offset);
    for (uint64_t cpu = offset; cpu < CPU_SET_MAX; cpu++)
        if (((cpu - offset) >> gran) < 64 && (map >> ((cpu - offset) >> gran) & 1))
            cpus |= UINT64_C(1) << cpu;
    return cpus;
}

uint64_t cpu_set_fold(uint64_t gran_offset, uint64_t cpus)
{
    uint64_t offset, map = 0;
    unsigned gran;

    take_apart(gran_offset, &gran, &offset);
    for (uint64_t cpu = offset; cpu < CPU_SET_MAX; cpu++)
        if ((cpus >> cpu & 1) && ((cpu - offset) >> gran) < 64)
            map |= UINT64_C(1) << ((cpu - offset) >> gran);
    return map;
}
