// SPDX-License-Identifier: MIT
// Region map client (l4re-protocols 4). Functions return 0 or a negative error code unless said
// otherwise.
#pragma once

#include <l4/re/c/dataspace.h>
#include <l4/re/env.h>

L4_BEGIN_DECLS

typedef l4_uint32_t l4re_rm_flags_t;
typedef l4_uint64_t l4re_rm_offset_t;

enum l4re_rm_flags_values {
    L4RE_RM_F_X = L4RE_DS_F_X,
    L4RE_RM_F_W = L4RE_DS_F_W,
    L4RE_RM_F_R = L4RE_DS_F_R,
    L4RE_RM_F_RX = L4RE_DS_F_RX,
    L4RE_RM_F_RW = L4RE_DS_F_RW,
    L4RE_RM_F_RWX = L4RE_DS_F_RWX,
    L4RE_RM_F_RIGHTS = 0x0f,
    L4RE_RM_F_CACHE_NORMAL = L4RE_DS_F_NORMAL,
    L4RE_RM_F_CACHE_BUFFERED = L4RE_DS_F_BUFFERABLE,
    L4RE_RM_F_CACHE_UNCACHED = L4RE_DS_F_UNCACHEABLE,
    L4RE_RM_F_CACHING = L4RE_DS_F_CACHING_MASK,
    L4RE_RM_F_KERNEL = 0x100,
    L4RE_RM_F_PAGER = 0x400,
    L4RE_RM_F_RESERVED = 0x800,
    L4RE_RM_F_PRIVATE = 0x1000,   // a copy: writes stay in the region
    L4RE_RM_F_ANONYMOUS = 0x2000, // zeroed memory of the region map's making, without dataspace
    L4RE_RM_F_REGION_FLAGS = 0xffff,
    L4RE_RM_F_SEARCH_ADDR = 0x20000,
    L4RE_RM_F_IN_AREA = 0x40000,
    L4RE_RM_F_EAGER_MAP = 0x80000, // all pages at once, or an error; done by the library, for the own region map
    L4RE_RM_F_NO_EAGER_MAP = 0x100000,
    L4RE_RM_F_ATTACH_FLAGS = 0x1e0000,
};

enum l4re_rm_detach_flags { L4RE_RM_DETACH_EXACT = 1, L4RE_RM_DETACH_OVERLAP = 2 };

enum l4re_rm_detach_result {
    L4RE_RM_DETACHED_DS = 0,
    L4RE_RM_KEPT_DS = 1,
    L4RE_RM_SPLIT_DS = 2,
    L4RE_RM_DETACH_RESULT_MASK = 3,
    L4RE_RM_DETACH_AGAIN = 4,
    L4RE_RM_DETACH_UNMAPPED = 8,
};

typedef struct l4re_rm_region_t {
    l4_addr_t start;
    l4_addr_t end; // inclusive
    l4_uint16_t flags;
} l4re_rm_region_t;

// Attach `size` bytes of `mem` from `offs` on. *start: wished address in, address out. `align`: log2, at least 12 together with
// L4RE_RM_F_SEARCH_ADDR, which finds the lowest free place from *start on. `mem` may be L4_INVALID_CAP for anonymous memory, or
// a region without memory. -L4_EPERM: more rights than `mem` gives.
int l4re_rm_attach_srv(l4_cap_idx_t rm, void **start, unsigned long size, l4re_rm_flags_t flags,
                       l4re_ds_t mem, l4re_rm_offset_t offs, unsigned char align);
int l4re_rm_attach(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                   l4re_rm_offset_t offs, unsigned char align);

// Remove the region that contains `addr` and unmap its memory. *ds: what was attached there.
int l4re_rm_detach_srv(l4_cap_idx_t rm, l4_addr_t addr, l4re_ds_t *ds, l4_cap_idx_t task);
int l4re_rm_detach(void *addr);
int l4re_rm_detach_ds(void *addr, l4re_ds_t *ds);
int l4re_rm_detach_unmap(l4_addr_t addr, l4_cap_idx_t task);

// Find the region or area that overlaps [*addr, *addr + *size).
int l4re_rm_find_srv(l4_cap_idx_t rm, l4_addr_t *addr, unsigned long *size,
                     l4re_rm_offset_t *offset, l4re_rm_flags_t *flags, l4re_ds_t *m);
int l4re_rm_find(l4_addr_t *addr, unsigned long *size, l4re_rm_offset_t *offset,
                 l4re_rm_flags_t *flags, l4re_ds_t *m);

// Ashlar's: where the functions without _srv look first for what may lie anywhere (start 0 with L4RE_RM_F_SEARCH_ADDR); the
// start code sets it at random.
void l4re_rm_search_from(l4_addr_t start);

// Reserve an area: only attaches with L4RE_RM_F_IN_AREA go there.
int l4re_rm_reserve_area_srv(l4_cap_idx_t rm, l4_addr_t *start, unsigned long size,
                             l4re_rm_flags_t flags, unsigned char align);
int l4re_rm_reserve_area(l4_addr_t *start, unsigned long size, l4re_rm_flags_t flags,
                         unsigned char align);
int l4re_rm_free_area_srv(l4_cap_idx_t rm, l4_addr_t addr);
int l4re_rm_free_area(l4_addr_t addr);

// Regions (or areas) from `start` on, at most `max` of them. Returns their number; the list may be
// partial, continue behind the last one's end.
int l4re_rm_get_regions_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max);
int l4re_rm_get_areas_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max);

// Name and place in its file of the region at `addr`, for debuggers: -L4_ENOSYS where the region map keeps none.
int l4re_rm_get_info_srv(l4_cap_idx_t rm, l4_addr_t addr, char *name, unsigned int len, l4re_rm_offset_t *backing_offset);
int l4re_rm_get_info(l4_addr_t addr, char *name, unsigned int len, l4re_rm_offset_t *backing_offset);

// As l4re_rm_attach(), with a name and a place in a file for debuggers, which no region map of this system keeps.
int l4re_rm_attach_w_info_srv(l4_cap_idx_t rm, void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                              l4re_rm_offset_t offs, unsigned char align, char const *name,
                              l4re_ds_offset_t backing_offset);
int l4re_rm_attach_w_info(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem, l4re_rm_offset_t offs,
                          unsigned char align, char const *name, l4re_ds_offset_t backing_offset);

// As l4re_rm_detach_ds(), and unmap from `task` instead of the own one.
int l4re_rm_detach_ds_unmap(void *addr, l4re_ds_t *ds, l4_cap_idx_t task);

// Print regions and areas to the log.
void l4re_rm_show_lists_srv(l4_cap_idx_t rm);
void l4re_rm_show_lists(void);

L4_END_DECLS
