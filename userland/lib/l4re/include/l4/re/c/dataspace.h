// SPDX-License-Identifier: MIT
// Dataspace client (l4re-protocols 3). Functions return 0 or a negative error code unless said
// otherwise.
#pragma once

#include <l4/sys/err.h>
#include <l4/sys/types.h>
#include <l4/re/protocols.h>

L4_BEGIN_DECLS

typedef l4_cap_idx_t l4re_ds_t;
typedef l4_uint64_t l4re_ds_size_t;
typedef l4_uint64_t l4re_ds_offset_t;
typedef l4_addr_t l4re_ds_map_addr_t;
typedef unsigned long l4re_ds_flags_t;

enum l4re_ds_map_flags {
    L4RE_DS_F_X = L4_FPAGE_X,
    L4RE_DS_F_W = L4_FPAGE_W,
    L4RE_DS_F_R = L4_FPAGE_RO,
    L4RE_DS_F_RX = L4RE_DS_F_R | L4RE_DS_F_X,
    L4RE_DS_F_RW = L4RE_DS_F_R | L4RE_DS_F_W,
    L4RE_DS_F_RWX = L4RE_DS_F_R | L4RE_DS_F_W | L4RE_DS_F_X,
    L4RE_DS_F_RIGHTS_MASK = 0x0f,
    L4RE_DS_F_NORMAL = 0x00,
    L4RE_DS_F_CACHEABLE = L4RE_DS_F_NORMAL,
    L4RE_DS_F_BUFFERABLE = 0x10,
    L4RE_DS_F_UNCACHEABLE = 0x20,
    L4RE_DS_F_CACHING_MASK = 0x30,
    L4RE_DS_F_CACHING_SHIFT = 4,
};

typedef struct l4re_ds_stats_t {
    l4re_ds_size_t size; // bytes, need not be a multiple of the page size
    l4re_ds_flags_t flags;
} l4re_ds_stats_t;

// Map the page at `offset` to `local_addr`; the server may map more around it inside [min_addr,
// max_addr) (max exclusive). The offset belongs to local_addr.
long l4re_ds_map(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                 l4re_ds_map_addr_t local_addr, l4re_ds_map_addr_t min_addr,
                 l4re_ds_map_addr_t max_addr);

// As above; returns log2 of the bytes that were mapped around local_addr.
long l4re_ds_map_order(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                       l4re_ds_map_addr_t local_addr, l4re_ds_map_addr_t min_addr,
                       l4re_ds_map_addr_t max_addr);

// Map all of [min_addr, max_addr); `offset` belongs to min_addr.
long l4re_ds_map_region(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                        l4re_ds_map_addr_t min_addr, l4re_ds_map_addr_t max_addr);

long l4re_ds_clear(l4re_ds_t ds, l4re_ds_offset_t offset, l4re_ds_size_t size);
long l4re_ds_allocate(l4re_ds_t ds, l4re_ds_offset_t offset, l4re_ds_size_t size);
long l4re_ds_copy_in(l4re_ds_t dst, l4re_ds_offset_t dst_offs, l4re_ds_t src,
                     l4re_ds_offset_t src_offs, l4re_ds_size_t size);
long l4re_ds_info(l4re_ds_t ds, l4re_ds_stats_t *stats);

// Label 0 = no constraint, 1 = addresses of mappings must lie in [*start_addr, *end_addr].
long l4re_ds_map_info(l4re_ds_t ds, l4_addr_t *start_addr, l4_addr_t *end_addr);

// Size in bytes, 0 on error.
l4re_ds_size_t l4re_ds_size(l4re_ds_t ds);

// Flags, or a negative error code.
long l4re_ds_flags(l4re_ds_t ds);

L4_END_DECLS
