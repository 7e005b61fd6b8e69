// SPDX-License-Identifier: MIT
#include "mem_map.h"

#include <l4/sys/abi/fpage.h>
#include <l4/sys/memdesc.h>
#include <string.h>

#define PAGE_MASK (~L4_PAGEMASK)

// Properties of the region that a descriptor stands for; false = it changes nothing.
static bool describe(l4_kernel_info_mem_desc_t const *d, struct region *r)
{
    unsigned subtype = l4_kip_memdesc_subtype(d);
    uint64_t start = l4_kip_memdesc_start(d), end = l4_kip_memdesc_end(d);

    if (l4_kip_memdesc_is_virtual(d))
        return false;
    *r = (struct region){ start & ~PAGE_MASK, end | PAGE_MASK, REGION_RESERVED, 0, 0 };
    switch (l4_kip_memdesc_type(d)) {
    case l4_mem_type_conventional: // a page that is only partly RAM is none
        if (start > UINT64_MAX - PAGE_MASK || end < PAGE_MASK)
            return false;
        r->start = (start + PAGE_MASK) & ~PAGE_MASK;
        r->end = ((end + 1) & ~PAGE_MASK) - 1;
        r->kind = REGION_RAM;
        r->rights = L4_FPAGE_RWX;
        return r->start <= r->end;
    case l4_mem_type_bootloader:
        r->kind = REGION_BOOT;
        r->rights = subtype & L4_FPAGE_RWX ? (uint8_t)(subtype & L4_FPAGE_RWX) : L4_FPAGE_RWX;
        r->owner = SIGMA0_ROOT_CLIENT;
        return end >= start;
    case l4_mem_type_reserved:
    case l4_mem_type_dedicated:
    case l4_mem_type_shared:
    case l4_mem_type_kernel_tmp:
    case l4_mem_type_archspecific:
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
    memcpy(&offset, page + offsetof(l4_kernel_info_t, mem_descs), sizeof(offset));
    memcpy(&count, page + offsetof(l4_kernel_info_t, mem_descs_num), sizeof(count));
    if (offset > kip_size || count > (kip_size - offset) / sizeof(l4_kernel_info_mem_desc_t))
        return "memory descriptors reach beyond the kernel info page";

    // Descriptors overlap on purpose: RAM first, then all that is carved out of it.
    for (int ram = 1; ram >= 0; ram--) {
        for (uint32_t i = 0; i < count; i++) {
            l4_kernel_info_mem_desc_t d;
            struct region r;
            memcpy(&d, page + offset + i * sizeof(d), sizeof(d));
            if ((l4_kip_memdesc_type(&d) == l4_mem_type_conventional) != ram || !describe(&d, &r))
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
