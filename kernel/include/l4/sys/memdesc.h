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

// ---- the same by L4Re's names; `md` is one of l4_kernel_info_get_mem_descs() ----
L4_INLINE l4_kernel_info_mem_desc_t *l4_kernel_info_get_mem_descs(l4_kernel_info_t const *kip)
{
    return (l4_kernel_info_mem_desc_t *)((l4_addr_t)kip + kip->mem_descs);
}

L4_INLINE unsigned l4_kernel_info_get_num_mem_descs(l4_kernel_info_t const *kip)
{
    return kip->mem_descs_num;
}

// NOLINTNEXTLINE(readability-function-size): L4's parameters
L4_INLINE void l4_kernel_info_set_mem_desc(l4_kernel_info_mem_desc_t *md, l4_addr_t start, l4_addr_t end, unsigned type,
                                           unsigned virt, unsigned sub_type)
{
    l4_kip_memdesc_set(md, start, end, type, sub_type, virt);
}

L4_INLINE l4_umword_t l4_kernel_info_get_mem_desc_start(l4_kernel_info_mem_desc_t const *md)
{
    return l4_kip_memdesc_start(md);
}

L4_INLINE l4_umword_t l4_kernel_info_get_mem_desc_end(l4_kernel_info_mem_desc_t const *md)
{
    return l4_kip_memdesc_end(md);
}

L4_INLINE l4_umword_t l4_kernel_info_get_mem_desc_type(l4_kernel_info_mem_desc_t const *md)
{
    return l4_kip_memdesc_type(md);
}

L4_INLINE l4_umword_t l4_kernel_info_get_mem_desc_subtype(l4_kernel_info_mem_desc_t const *md)
{
    return l4_kip_memdesc_subtype(md);
}

L4_INLINE l4_umword_t l4_kernel_info_get_mem_desc_is_virtual(l4_kernel_info_mem_desc_t const *md)
{
    return l4_kip_memdesc_is_virtual(md);
}
