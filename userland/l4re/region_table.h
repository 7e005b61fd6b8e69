// SPDX-License-Identifier: MIT
// The regions and reserved areas of an address space, sorted by address. Pure logic, also used on
// the host.
#pragma once

#include <l4/re/c/rm.h>
#include <stdbool.h>

#define REGION_MAX       1024
#define REGION_AREAS_MAX 128

struct region {
    l4_addr_t start;
    l4_addr_t end;      // inclusive
    l4_uint32_t flags;  // L4RE_RM_F_REGION_FLAGS
    l4_cap_idx_t ds;    // L4_INVALID_CAP = no memory
    l4_uint64_t offset; // of start in ds
};

struct region_area {
    l4_addr_t start;
    l4_addr_t end; // inclusive
};

struct region_table {
    l4_addr_t min, max; // inclusive bounds of the address space
    unsigned n_regions, n_areas;
    struct region region[REGION_MAX];
    struct region_area area[REGION_AREAS_MAX];
};

void region_table_init(struct region_table *t, l4_addr_t min, l4_addr_t max);

struct region_attach {
    l4_uint64_t size;   // bytes, rounded up to pages
    l4_uint32_t flags;  // region and attach flags
    l4_cap_idx_t ds;
    l4_uint64_t offset; // in the dataspace
    unsigned align;     // log2, for L4RE_RM_F_SEARCH_ADDR
};

// Enter a region. *start: wished address (rounded down to a page), the place found on return. 0,
// -L4_EINVAL (flags, size, wrap-around, align), -L4_EADDRNOTAVAIL (taken, outside, no room),
// -L4_ENOMEM (table full).
int region_table_attach(struct region_table *t, l4_addr_t *start, struct region_attach const *a);

// First region that overlaps [start, start + size), NULL if none does.
struct region *region_table_find(struct region_table *t, l4_addr_t start, l4_uint64_t size);
struct region_area *region_table_find_area(struct region_table *t, l4_addr_t start,
                                           l4_uint64_t size);

// Take memory out. `flags`: L4RE_RM_DETACH_OVERLAP takes the whole first region that overlaps,
// _EXACT exactly the given range, which must lie inside one region. *gone = what was taken. Returns
// L4RE_RM_DETACHED_DS, _KEPT_DS (a part stays), _SPLIT_DS (two parts stay), or'ed with
// _DETACH_AGAIN when more regions overlap; -L4_ENOENT, -L4_EINVAL, -L4_ENOMEM.
int region_table_detach(struct region_table *t, l4_addr_t start, l4_uint64_t size, unsigned flags,
                        struct region *gone);

// Reserve an area: only attaches with L4RE_RM_F_IN_AREA go there. Errors as for attach.
int region_table_reserve(struct region_table *t, l4_addr_t *start, l4_uint64_t size,
                         l4_uint32_t flags, unsigned align);

// Give up the area that contains `addr`; its regions stay. 0 or -L4_ENOENT.
int region_table_free_area(struct region_table *t, l4_addr_t addr);
