// SPDX-License-Identifier: MIT
// Basic types: words, capability selectors, message tags, flexpages, timeouts (kernel-abi 2, 3).
#pragma once

#include <l4/sys/abi/types.h>
#include <l4/sys/compiler.h>
#include <l4/sys/consts.h>

// ---- message tag ----
L4_INLINE l4_msgtag_t l4_msgtag(long label, unsigned words, unsigned items, unsigned flags)
{
    return (l4_msgtag_t){(l4_mword_t)(((l4_umword_t)label << L4_MSGTAG_LABEL_SHIFT) | (words & L4_MSGTAG_WORDS_MASK) |
                                      ((l4_umword_t)(items & L4_MSGTAG_ITEMS_MASK) << L4_MSGTAG_ITEMS_SHIFT) |
                                      (flags & L4_MSGTAG_FLAGS))};
}

L4_INLINE long l4_msgtag_label(l4_msgtag_t t)
{
    return t.raw >> L4_MSGTAG_LABEL_SHIFT;
}

L4_INLINE unsigned l4_msgtag_words(l4_msgtag_t t)
{
    return (unsigned)(t.raw & L4_MSGTAG_WORDS_MASK);
}

L4_INLINE unsigned l4_msgtag_items(l4_msgtag_t t)
{
    return (unsigned)((t.raw >> L4_MSGTAG_ITEMS_SHIFT) & L4_MSGTAG_ITEMS_MASK);
}

L4_INLINE unsigned l4_msgtag_flags(l4_msgtag_t t)
{
    return (unsigned)(t.raw & L4_MSGTAG_FLAGS);
}

L4_INLINE unsigned l4_msgtag_has_error(l4_msgtag_t t)
{
    return (unsigned)(t.raw & L4_MSGTAG_ERROR);
}

// What the kernel itself sends, by the label.
L4_INLINE unsigned l4_msgtag_is_page_fault(l4_msgtag_t t)
{
    return l4_msgtag_label(t) == L4_PROTO_PAGE_FAULT;
}

L4_INLINE unsigned l4_msgtag_is_exception(l4_msgtag_t t)
{
    return l4_msgtag_label(t) == L4_PROTO_EXCEPTION;
}

L4_INLINE unsigned l4_msgtag_is_sigma0(l4_msgtag_t t)
{
    return l4_msgtag_label(t) == L4_PROTO_SIGMA0;
}

L4_INLINE unsigned l4_msgtag_is_io_page_fault(l4_msgtag_t t)
{
    return l4_msgtag_label(t) == L4_PROTO_IO_PAGE_FAULT;
}

// ---- flexpage ----
// Memory flexpage. `order` is log2 of the size in bytes (at least 12).
L4_INLINE l4_fpage_t l4_fpage(l4_addr_t address, unsigned order, unsigned rights)
{
    return (l4_fpage_t){(address & L4_FPAGE_ADDR_MASK) | ((order & L4_FPAGE_SIZE_MASK) << L4_FPAGE_SIZE_SHIFT) |
                        (L4_FPAGE_MEMORY << L4_FPAGE_TYPE_SHIFT) | (rights & L4_FPAGE_RIGHTS_MASK)};
}

// Object flexpage. `order` is log2 of the number of slots, `obj` a capability selector.
L4_INLINE l4_fpage_t l4_obj_fpage(l4_cap_idx_t obj, unsigned order, unsigned rights)
{
    return (l4_fpage_t){(obj & L4_CAP_INDEX_MASK) | ((order & L4_FPAGE_SIZE_MASK) << L4_FPAGE_SIZE_SHIFT) |
                        (L4_FPAGE_OBJ << L4_FPAGE_TYPE_SHIFT) | (rights & L4_FPAGE_RIGHTS_MASK)};
}

L4_INLINE l4_fpage_t l4_fpage_all(void)
{
    return (l4_fpage_t){(l4_umword_t)L4_WHOLE_ADDRESS_SPACE << L4_FPAGE_SIZE_SHIFT};
}

L4_INLINE l4_fpage_t l4_fpage_invalid(void)
{
    return (l4_fpage_t){0};
}

L4_INLINE unsigned l4_fpage_rights(l4_fpage_t f)
{
    return (unsigned)(f.raw & L4_FPAGE_RIGHTS_MASK);
}

L4_INLINE unsigned l4_fpage_type(l4_fpage_t f)
{
    return (unsigned)((f.raw >> L4_FPAGE_TYPE_SHIFT) & L4_FPAGE_TYPE_MASK);
}

L4_INLINE unsigned l4_fpage_size(l4_fpage_t f)
{
    return (unsigned)((f.raw >> L4_FPAGE_SIZE_SHIFT) & L4_FPAGE_SIZE_MASK);
}

L4_INLINE l4_addr_t l4_fpage_memaddr(l4_fpage_t f)
{
    return f.raw & L4_FPAGE_ADDR_MASK;
}

L4_INLINE l4_cap_idx_t l4_fpage_obj(l4_fpage_t f)
{
    return f.raw & L4_FPAGE_ADDR_MASK;
}

// The address in pages.
L4_INLINE unsigned long l4_fpage_page(l4_fpage_t f)
{
    return f.raw >> L4_FPAGE_ADDR_SHIFT;
}

L4_INLINE int l4_is_fpage_valid(l4_fpage_t f)
{
    return f.raw != 0;
}

L4_INLINE int l4_is_fpage_writable(l4_fpage_t f)
{
    return (l4_fpage_rights(f) & L4_FPAGE_W) != 0;
}

// The same flexpage with other rights.
L4_INLINE l4_fpage_t l4_fpage_set_rights(l4_fpage_t f, unsigned char rights)
{
    f.raw = (f.raw & ~L4_FPAGE_RIGHTS_MASK) | (rights & L4_FPAGE_RIGHTS_MASK);
    return f;
}

// 1 if all 2^order bytes from `addr` on (rounded down to that size) are in the memory flexpage.
L4_INLINE int l4_fpage_contains(l4_fpage_t f, l4_addr_t addr, unsigned order)
{
    return order <= l4_fpage_size(f) && ((addr ^ l4_fpage_memaddr(f)) >> l4_fpage_size(f)) == 0;
}

// The largest order, from `order` on, of a naturally aligned flexpage around `addr` that stays inside [min_addr, max_addr], the
// bounds included, and in which `hotspot` has the place that `addr` has.
L4_INLINE unsigned char l4_fpage_max_order(unsigned char order, l4_addr_t addr, l4_addr_t min_addr, l4_addr_t max_addr,
                                           l4_addr_t hotspot)
{
    while (order < L4_FPAGE_SIZE_MASK - 1) {
        l4_addr_t mask = (L4_UL(2) << order) - 1, start = addr & ~mask;
        if (start < min_addr || max_addr - start < mask || max_addr < start || ((addr ^ hotspot) & mask))
            break;
        order++;
    }
    return order;
}

// First word of a map item for a memory or object page: hot spot plus control bits (L4_MAP_ITEM_*,
// L4_ITEM_CONT) and attributes (L4_FPAGE_CACHEABLE ... or L4_FPAGE_C_*), both as bits 0..7.
L4_INLINE l4_umword_t l4_map_control(l4_umword_t hot_spot, unsigned char cache, unsigned grant)
{
    return (hot_spot & L4_FPAGE_ADDR_MASK) | (((l4_umword_t)cache << L4_ITEM_ATTR_SHIFT) & L4_ITEM_ATTR_MASK) |
           (grant & (L4_MAP_ITEM_GRANT | L4_ITEM_CONT)) | L4_ITEM_MAP;
}

L4_INLINE l4_umword_t l4_map_obj_control(l4_umword_t hot_spot, unsigned grant)
{
    return (hot_spot & L4_FPAGE_ADDR_MASK) | (grant & (L4_ITEM_ATTR_MASK | L4_MAP_ITEM_GRANT | L4_ITEM_CONT)) | L4_ITEM_MAP;
}

L4_INLINE unsigned l4_is_invalid_cap(l4_cap_idx_t c)
{
    return (c & L4_INVALID_CAP_BIT) != 0;
}

L4_INLINE unsigned l4_is_valid_cap(l4_cap_idx_t c)
{
    return (c & L4_INVALID_CAP_BIT) == 0;
}

L4_INLINE unsigned l4_capability_equal(l4_cap_idx_t a, l4_cap_idx_t b)
{
    return (a >> L4_CAP_SHIFT) == (b >> L4_CAP_SHIFT);
}

L4_INLINE l4_cap_idx_t l4_capability_next(l4_cap_idx_t c)
{
    return c + L4_CAP_OFFSET;
}

// ---- timeouts (kernel-abi 3.3) ----
#define L4_IPC_NEVER_INITIALIZER                                                                                       \
    {                                                                                                                  \
        0                                                                                                              \
    }
#define L4_TIMEOUT_US_NEVER (~0ull)
#define L4_TIMEOUT_US_MAX   ((1ull << 41) - 1)

#define L4_IPC_TIMEOUT_0      ((l4_timeout_s){L4_TIMEOUT_HALF_ZERO})
#define L4_IPC_TIMEOUT_NEVER  ((l4_timeout_s){L4_TIMEOUT_HALF_NEVER})
#define L4_IPC_NEVER          ((l4_timeout_t){0})
#define L4_IPC_RECV_TIMEOUT_0 ((l4_timeout_t){L4_TIMEOUT_HALF_ZERO})
#define L4_IPC_SEND_TIMEOUT_0 ((l4_timeout_t){L4_TIMEOUT_HALF_ZERO << L4_TIMEOUT_SND_SHIFT})
#define L4_IPC_BOTH_TIMEOUT_0 ((l4_timeout_t){L4_TIMEOUT_HALF_ZERO << L4_TIMEOUT_SND_SHIFT | L4_TIMEOUT_HALF_ZERO})

L4_INLINE l4_timeout_t l4_timeout(l4_timeout_s snd, l4_timeout_s rcv)
{
    return (l4_timeout_t){.p = {rcv, snd}};
}

// Relative timeout, rounded up to what mantissa (10 bits) and exponent (5 bits) can express.
L4_INLINE l4_timeout_s l4_timeout_from_us(l4_uint64_t us)
{
    unsigned e = 0;
    if (us == 0)
        return L4_IPC_TIMEOUT_0;
    while (us > L4_TIMEOUT_MAN_MASK && e < L4_TIMEOUT_EXP_MASK) {
        us = us / 2 + (us & 1);
        e++;
    }
    if (us > L4_TIMEOUT_MAN_MASK)
        return L4_IPC_TIMEOUT_NEVER;
    return (l4_timeout_s){(l4_uint16_t)((e << L4_TIMEOUT_EXP_SHIFT) | us)};
}

L4_INLINE l4_timeout_s l4_timeout_rel(unsigned man, unsigned exp)
{
    return (l4_timeout_s){(l4_uint16_t)(((exp & L4_TIMEOUT_EXP_MASK) << L4_TIMEOUT_EXP_SHIFT) | (man & L4_TIMEOUT_MAN_MASK))};
}

// Absolute timeout whose 64-bit time (us of the KIP clock) lies in buffer register `br`.
L4_INLINE l4_timeout_s l4_timeout_abs_br(unsigned br)
{
    return (l4_timeout_s){(l4_uint16_t)(L4_TIMEOUT_ABS | (br & L4_TIMEOUT_ABS_BR_MASK))};
}

// A pair of relative timeouts, each mantissa * 2^exponent microseconds.
L4_INLINE l4_timeout_t l4_ipc_timeout(unsigned snd_man, unsigned snd_exp, unsigned rcv_man, unsigned rcv_exp)
{
    return l4_timeout(l4_timeout_rel(snd_man, snd_exp), l4_timeout_rel(rcv_man, rcv_exp));
}

L4_INLINE void l4_snd_timeout(l4_timeout_s snd, l4_timeout_t *to)
{
    to->p.snd = snd;
}

L4_INLINE void l4_rcv_timeout(l4_timeout_s rcv, l4_timeout_t *to)
{
    to->p.rcv = rcv;
}

L4_INLINE unsigned l4_timeout_is_absolute(l4_timeout_s to)
{
    return (to.t & L4_TIMEOUT_ABS) != 0;
}

// Microseconds of a relative timeout, L4_TIMEOUT_US_NEVER for never.
L4_INLINE l4_kernel_clock_t l4_timeout_rel_get(l4_timeout_s to)
{
    if (to.t == L4_TIMEOUT_HALF_NEVER)
        return L4_TIMEOUT_US_NEVER;
    return (l4_kernel_clock_t)(to.t & L4_TIMEOUT_MAN_MASK) << ((to.t >> L4_TIMEOUT_EXP_SHIFT) & L4_TIMEOUT_EXP_MASK);
}

// ---- page-size helpers ----
L4_INLINE l4_addr_t l4_trunc_page(l4_addr_t a)
{
    return a & L4_PAGEMASK;
}

L4_INLINE l4_addr_t l4_round_page(l4_addr_t a)
{
    return (a + L4_PAGESIZE - 1) & L4_PAGEMASK;
}

L4_INLINE l4_addr_t l4_trunc_size(l4_addr_t a, unsigned order)
{
    return a & (~0ul << order);
}

L4_INLINE l4_addr_t l4_round_size(l4_addr_t a, unsigned order)
{
    return (a + (1ul << order) - 1) & (~0ul << order);
}
