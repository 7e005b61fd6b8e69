// SPDX-License-Identifier: MIT
// Memory descriptors of the KIP (kernel-abi 5).
#pragma once

#include <l4/sys/abi/kip.h>
#include <l4/sys/types.h>

L4_INLINE l4_umword_t l4_kip_memdesc_start(l4_kernel_info_mem_desc_t const *d)
{
    return d->l & ~L4_MEM_DESC_LOW_BITS;
}

L4_INLINE l4_umword_t l4_kip_memdesc_end(l4_kernel_info_mem_desc_t const *d)
{
    return d->h | L4_MEM_DESC_LOW_BITS;
}

L4_INLINE unsigned l4_kip_memdesc_type(l4_kernel_info_mem_desc_t const *d)
{
    return (unsigned)(d->l & L4_MEM_DESC_TYPE_MASK);
}

L4_INLINE unsigned l4_kip_memdesc_subtype(l4_kernel_info_mem_desc_t const *d)
{
    return (unsigned)((d->l >> L4_MEM_DESC_SUBTYPE_SHIFT) & L4_MEM_DESC_TYPE_MASK);
}

L4_INLINE unsigned l4_kip_memdesc_is_virtual(l4_kernel_info_mem_desc_t const *d)
{
    return (d->l & L4_MEM_DESC_VIRTUAL) != 0;
}

// `end` is inclusive; both on 1 KiB boundaries (end + 1).
L4_INLINE void l4_kip_memdesc_set(l4_kernel_info_mem_desc_t *d, l4_umword_t start, l4_umword_t end,
                                  unsigned type, unsigned subtype, unsigned is_virtual)
{
    d->l = (start & ~L4_MEM_DESC_LOW_BITS) | (type & L4_MEM_DESC_TYPE_MASK) |
           ((subtype & L4_MEM_DESC_TYPE_MASK) << L4_MEM_DESC_SUBTYPE_SHIFT) |
           (is_virtual ? L4_MEM_DESC_VIRTUAL : 0);
    d->h = end;
}
