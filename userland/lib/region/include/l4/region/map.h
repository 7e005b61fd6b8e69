// SPDX-License-Identifier: MIT
// A region map (l4re-protocols 4): regions and reserved areas between two bounds. Pure logic, also used on the host: what
// memory is, and who maps it, is its owner's business.
#pragma once

#include <l4/region/region.h>

struct region_map {
    uint64_t min, max; // inclusive bounds of the address space
    struct region_list regions, areas;
    // Room for new_bytes of entries instead of old_bytes; the old entries are copied, and their room is given back. NULL when
    // there is none. No function: the lists keep the capacity that they have.
    void *(*grow)(void *ctx, void *old, size_t old_bytes, size_t new_bytes);
    void *grow_ctx;
    // One more region refers to the memory. May be NULL.
    void (*get)(void *memory);
};

// What an attach asks for.
struct region_attach {
    uint64_t start;      // wished address, or where the search begins; rounded down to a page
    uint64_t size;       // bytes; ends at a page's end
    uint32_t flags;      // region and attach flags
    unsigned align;      // log2, for L4RE_RM_F_SEARCH_ADDR
    uint64_t offset;     // in the dataspace, rounded down to a page
    uint64_t client_cap; // what the client calls the dataspace
    bool has_memory;     // with a dataspace
    unsigned rights;     // that the dataspace gives, and its capability; only with has_memory
};

// Check what is asked for, and find the place: *r = the region to be, without memory. Nothing is entered, but there is room for
// it. 0, -L4_EINVAL (flags, size, wrap-around, align), -L4_EPERM (more rights than the dataspace gives; a private copy may be
// written), -L4_EADDRNOTAVAIL (taken, outside, no room in the address space), -L4_ENOMEM (no room for the entry).
int region_map_plan(struct region_map *m, struct region_attach const *a, struct region *r);

// Enter what was planned; nothing else may have been entered since. The region takes over a reference to r->memory.
void region_map_enter(struct region_map *m, struct region const *r);

// Take memory out of the first region that overlaps [start, start + size): the whole region with L4RE_RM_DETACH_OVERLAP in
// `flags`, else what lies in the range, in whole pages. *gone = what was taken, with a reference to its memory that the caller
// has to drop. L4RE_RM_DETACHED_DS (nothing is left of the region), _KEPT_DS (a part is), _SPLIT_DS (two parts are), or'ed with
// _DETACH_AGAIN when more regions overlap the range; -L4_ENOENT (nothing there), -L4_EINVAL (empty, wrap-around), -L4_ENOMEM.
int region_map_detach(struct region_map *m, uint64_t start, uint64_t size, unsigned flags, struct region *gone);

// Reserve an area exactly as asked for, to the byte: only attaches with L4RE_RM_F_IN_AREA go there. *start: wished address, or
// where a search begins; the place found on return. 0, -L4_EINVAL (unknown flags), -L4_EADDRNOTAVAIL, -L4_ENOMEM.
int region_map_reserve(struct region_map *m, uint64_t *start, uint64_t size, uint32_t flags, unsigned align);

// Give up the area that contains addr; its regions stay. 0 or -L4_ENOENT.
int region_map_free_area(struct region_map *m, uint64_t addr);

// The region that contains addr, or NULL.
struct region *region_map_find(struct region_map const *m, uint64_t addr);

// The first region, or area, that overlaps [start, start + size), NULL if none does.
struct region *region_map_overlap(struct region_map const *m, uint64_t start, uint64_t size);
struct region *region_map_overlap_area(struct region_map const *m, uint64_t start, uint64_t size);
