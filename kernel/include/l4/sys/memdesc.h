// SPDX-License-Identifier: MIT
// Memory descriptors of the KIP (kernel-abi 5).
#pragma once

#include <l4/sys/types.h>

enum l4_mem_type_t {
    l4_mem_type_undefined = 0x0,
    l4_mem_type_conventional = 0x1,
    l4_mem_type_reserved = 0x2,
    l4_mem_type_dedicated = 0x3,
    l4_mem_type_shared = 0x4,
    l4_mem_type_kernel_tmp = 0x7,
    l4_mem_type_info = 0xd,
    l4_mem_type_bootloader = 0xe,
    l4_mem_type_archspecific = 0xf,
};

typedef struct l4_kernel_info_mem_desc_t {
    l4_umword_t l; // start | virtual 0x200 | eager 0x100 | subtype << 4 | type
    l4_umword_t h; // end, inclusive; its low ten bits read as ones
} l4_kernel_info_mem_desc_t;

#define L4_MEM_DESC_VIRTUAL 0x200ul

L4_INLINE l4_umword_t l4_kip_memdesc_start(l4_kernel_info_mem_desc_t const *d)
{
    return d->l & ~0x3fful;
}

L4_INLINE l4_umword_t l4_kip_memdesc_end(l4_kernel_info_mem_desc_t const *d)
{
    return d->h | 0x3fful;
}

L4_INLINE unsigned l4_kip_memdesc_type(l4_kernel_info_mem_desc_t const *d)
{
    return (unsigned)(d->l & 0xf);
}

L4_INLINE unsigned l4_kip_memdesc_subtype(l4_kernel_info_mem_desc_t const *d)
{
    return (unsigned)((d->l >> 4) & 0xf);
}

L4_INLINE unsigned l4_kip_memdesc_is_virtual(l4_kernel_info_mem_desc_t const *d)
{
    return (d->l & L4_MEM_DESC_VIRTUAL) != 0;
}

// `end` is inclusive; both on 1 KiB boundaries (end + 1).
L4_INLINE void l4_kip_memdesc_set(l4_kernel_info_mem_desc_t *d, l4_umword_t start, l4_umword_t end,
                                  unsigned type, unsigned subtype, unsigned is_virtual)
{
    d->l = (start & ~0x3fful) | (type & 0xf) | ((subtype & 0xf) << 4) |
           (is_virtual ? L4_MEM_DESC_VIRTUAL : 0);
    d->h = end;
}
