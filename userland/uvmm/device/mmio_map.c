// SPDX-License-Identifier: MIT
#include "device/mmio_map.h"

#include <stddef.h>

int mmio_map_add(struct mmio_map *m, struct mmio_region const *r, char const **with)
{
    unsigned i = 0;
    if (r->end <= r->start || m->count == MMIO_MAX_REGIONS)
        return -1;
    while (i < m->count && m->region[i].end <= r->start)
        i++;
    if (i < m->count && m->region[i].start < r->end) {
        *with = m->region[i].name;
        return -2;
    }
    for (unsigned j = m->count; j > i; j--)
        m->region[j] = m->region[j - 1];
    m->region[i] = *r;
    m->count++;
    return 0;
}

void const *mmio_map_memory(struct mmio_map const *m, uint64_t addr, uint64_t size)
{
    struct mmio_region const *r = mmio_map_find(m, addr);
    if (!r || !r->memory || addr - r->start >= r->memory_size || size > r->memory_size - (addr - r->start))
        return NULL;
    return r->memory + (addr - r->start);
}
