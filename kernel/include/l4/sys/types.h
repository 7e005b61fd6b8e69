// SPDX-License-Identifier: MIT
// Basic types: words, capability selectors, message tags, flexpages, timeouts (kernel-abi 2, 3).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <l4/sys/compiler.h>
#include <l4/sys/consts.h>

typedef int8_t l4_int8_t;
typedef uint8_t l4_uint8_t;
typedef int16_t l4_int16_t;
typedef uint16_t l4_uint16_t;
typedef int32_t l4_int32_t;
typedef uint32_t l4_uint32_t;
typedef int64_t l4_int64_t;
typedef uint64_t l4_uint64_t;

typedef unsigned long l4_addr_t;
typedef signed long l4_mword_t;
typedef unsigned long l4_umword_t;
typedef size_t l4_size_t;
typedef ptrdiff_t l4_ssize_t;
typedef l4_uint64_t l4_cpu_time_t;
typedef l4_uint64_t l4_kernel_clock_t; // microseconds of the KIP clock

typedef unsigned long l4_cap_idx_t;

// ---- message tag: words 0..5, items 6..11, flags 12..15, label 16..63 (signed) ----
typedef struct l4_msgtag_t {
    l4_mword_t raw;
} l4_msgtag_t;

L4_INLINE l4_msgtag_t l4_msgtag(long label, unsigned words, unsigned items, unsigned flags)
{
    return (l4_msgtag_t){(l4_mword_t)(((l4_umword_t)label << 16) | (words & 0x3f) |
                                      ((l4_umword_t)(items & 0x3f) << 6) | (flags & 0xf000))};
}

L4_INLINE long l4_msgtag_label(l4_msgtag_t t)
{
    return t.raw >> 16;
}

L4_INLINE unsigned l4_msgtag_words(l4_msgtag_t t)
{
    return (unsigned)(t.raw & 0x3f);
}

L4_INLINE unsigned l4_msgtag_items(l4_msgtag_t t)
{
    return (unsigned)((t.raw >> 6) & 0x3f);
}

L4_INLINE unsigned l4_msgtag_flags(l4_msgtag_t t)
{
    return (unsigned)(t.raw & 0xf000);
}

L4_INLINE unsigned l4_msgtag_has_error(l4_msgtag_t t)
{
    return (unsigned)(t.raw & L4_MSGTAG_ERROR);
}

// ---- flexpage: rights 0..3, type 4..5, order 6..11, address or selector 12..63 ----
typedef union l4_fpage_t {
    l4_umword_t fpage;
    l4_umword_t raw;
} l4_fpage_t;

// Memory flexpage. `order` is log2 of the size in bytes (at least 12).
L4_INLINE l4_fpage_t l4_fpage(l4_addr_t address, unsigned order, unsigned rights)
{
    return (l4_fpage_t){(address & ~0xffful) | ((l4_umword_t)(order & 0x3f) << 6) |
                        (L4_FPAGE_MEMORY << 4) | (rights & 0xf)};
}

// Object flexpage. `order` is log2 of the number of slots, `obj` a capability selector.
L4_INLINE l4_fpage_t l4_obj_fpage(l4_cap_idx_t obj, unsigned order, unsigned rights)
{
    return (l4_fpage_t){(obj & L4_CAP_INDEX_MASK) | ((l4_umword_t)(order & 0x3f) << 6) |
                        (L4_FPAGE_OBJ << 4) | (rights & 0xf)};
}

L4_INLINE l4_fpage_t l4_fpage_all(void)
{
    return (l4_fpage_t){(l4_umword_t)L4_WHOLE_ADDRESS_SPACE << 6};
}

L4_INLINE l4_fpage_t l4_fpage_invalid(void)
{
    return (l4_fpage_t){0};
}

L4_INLINE unsigned l4_fpage_rights(l4_fpage_t f)
{
    return (unsigned)(f.raw & 0xf);
}

L4_INLINE unsigned l4_fpage_type(l4_fpage_t f)
{
    return (unsigned)((f.raw >> 4) & 3);
}

L4_INLINE unsigned l4_fpage_size(l4_fpage_t f)
{
    return (unsigned)((f.raw >> 6) & 0x3f);
}

L4_INLINE l4_addr_t l4_fpage_memaddr(l4_fpage_t f)
{
    return f.raw & ~0xffful;
}

L4_INLINE l4_cap_idx_t l4_fpage_obj(l4_fpage_t f)
{
    return f.raw & ~0xffful;
}

// First word of a map item for a memory or object page: hot spot plus control bits (L4_MAP_ITEM_*,
// L4_ITEM_CONT) and attributes (L4_FPAGE_CACHEABLE ... or L4_FPAGE_C_*), both as bits 0..7.
L4_INLINE l4_umword_t l4_map_control(l4_umword_t hot_spot, unsigned char cache, unsigned grant)
{
    return (hot_spot & ~0xffful) | ((l4_umword_t)(cache & 0xf) << 4) | (grant & 3) | L4_ITEM_MAP;
}

L4_INLINE l4_umword_t l4_map_obj_control(l4_umword_t hot_spot, unsigned grant)
{
    return (hot_spot & ~0xffful) | (grant & 0xf3) | L4_ITEM_MAP;
}

typedef struct l4_snd_fpage_t {
    l4_umword_t snd_base;
    l4_fpage_t fpage;
} l4_snd_fpage_t;

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
typedef struct l4_timeout_s {
    l4_uint16_t t;
} l4_timeout_s;

typedef union l4_timeout_t {
    l4_uint32_t raw;
    struct {
        l4_timeout_s rcv;
        l4_timeout_s snd;
    } p;
} l4_timeout_t;

#define L4_IPC_TIMEOUT_0      ((l4_timeout_s){0x0400})
#define L4_IPC_TIMEOUT_NEVER  ((l4_timeout_s){0})
#define L4_IPC_NEVER          ((l4_timeout_t){0})
#define L4_IPC_RECV_TIMEOUT_0 ((l4_timeout_t){0x00000400})
#define L4_IPC_SEND_TIMEOUT_0 ((l4_timeout_t){0x04000000})
#define L4_IPC_BOTH_TIMEOUT_0 ((l4_timeout_t){0x04000400})

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
    while (us > 1023 && e < 31) {
        us = us / 2 + (us & 1);
        e++;
    }
    if (us > 1023)
        return L4_IPC_TIMEOUT_NEVER;
    return (l4_timeout_s){(l4_uint16_t)((e << 10) | us)};
}

L4_INLINE l4_timeout_s l4_timeout_rel(unsigned man, unsigned exp)
{
    return (l4_timeout_s){(l4_uint16_t)(((exp & 0x1f) << 10) | (man & 0x3ff))};
}

// Absolute timeout whose 64-bit time (us of the KIP clock) lies in buffer register `br`.
L4_INLINE l4_timeout_s l4_timeout_abs_br(unsigned br)
{
    return (l4_timeout_s){(l4_uint16_t)(0x8000 | (br & 0x3f))};
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
