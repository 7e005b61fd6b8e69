// SPDX-License-Identifier: MIT
#include "mem_map.h"
#include <string.h>

enum {
    KIP_MEM_DESC_OFFSET = 0x54,
    KIP_MEM_DESC_COUNT = 0x58,
    DESC_CONVENTIONAL = 1,
    DESC_RESERVED = 2,
    DESC_DEDICATED = 3,
    DESC_SHARED = 4,
    DESC_KERNEL_TMP = 7,
    DESC_BOOT_LOADER = 0xe,
    DESC_ARCH = 0xf,
    DESC_VIRTUAL = 0x200,
    RWX = 7,
};
#define PAGE_MASK UINT64_C(0xfff)

struct mem_desc {
    uint64_t start_type, end;
};

// Properties of the region that a descriptor stands for; false = it changes nothing.
static bool describe(struct mem_desc const *d, struct region *r)
{
    unsigned type = d->start_type & 0xf, subtype = (d->start_type >> 4) & 0xf;
    uint64_t start = d->start_type & ~UINT64_C(0x3ff), end = d->end | 0x3ff;

    if (d->start_type & DESC_VIRTUAL)
        return false;
    *r = (struct region){ start & ~PAGE_MASK, end | PAGE_MASK, REGION_RESERVED, 0, 0 };
    switch (type) {
    case DESC_CONVENTIONAL: // a page that is only partly RAM is none
        if (start > UINT64_MAX - PAGE_MASK || end < PAGE_MASK)
            return false;
        r->start = (start + PAGE_MASK) & ~PAGE_MASK;
        r->end = ((end + 1) & ~PAGE_MASK) - 1;
        r->kind = REGION_RAM;
        r->rights = RWX;
        return r->start <= r->end;
    case DESC_BOOT_LOADER:
        r->kind = REGION_BOOT;
        r->rights = subtype & RWX ? (uint8_t)(subtype & RWX) : RWX;
        r->owner = SIGMA0_ROOT_CLIENT;
        return end >= start;
    case DESC_RESERVED:
    case DESC_DEDICATED:
    case DESC_SHARED:
    case DESC_KERNEL_TMP:
    case DESC_ARCH:
        return end >= start;
    default:
        return false;
    }
}

char const *mem_map_init(struct region_map *m, void const *kip, uint64_t kip_size)
{
    uint32_t offset, count;
    uint8_t const *page = kip;

    m->count = 0;
    memcpy(&offset, page + KIP_MEM_DESC_OFFSET, sizeof(offset));
    memcpy(&count, page + KIP_MEM_DESC_COUNT, sizeof(count));
    if (offset > kip_size || count > (kip_size - offset) / sizeof(struct mem_desc))
        return "memory descriptors reach beyond the kernel info page";

    // Descriptors overlap on purpose: RAM first, then all that is carved out of it.
    for (int ram = 1; ram >= 0; ram--) {
        for (uint32_t i = 0; i < count; i++) {
            struct mem_desc d;
            struct region r;
            memcpy(&d, page + offset + i * sizeof(d), sizeof(d));
            if (((d.start_type & 0xf) == DESC_CONVENTIONAL) != ram || !describe(&d, &r))
                continue;
            if (!region_set(m, &r))
                return "too many memory descriptors";
        }
    }
    return NULL;
}

uint64_t mem_map_free(struct region_map const *m)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < m->count; i++)
        if (m->r[i].kind == REGION_RAM && m->r[i].owner == 0)
            bytes += m->r[i].end - m->r[i].start + 1;
    return bytes;
}
