// SPDX-License-Identifier: MIT
// Regions of an address space: a sorted array without overlap. Pure logic, also used on the host.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region {
    uint64_t start, end; // inclusive
    uint64_t offset;     // in the memory, of `start`
    uint64_t client_cap; // what the client calls its dataspace
    void *memory;        // what the map's owner keeps of it; NULL = none
    uint32_t flags;      // L4RE_RM_F_REGION_FLAGS
};

struct region_list {
    struct region *r;
    unsigned count, capacity;
};

#define REGION_NO_PLACE (~UINT64_C(0))

// Index of the first region whose end is >= addr (count when there is none).
unsigned region_list_index(struct region_list const *l, uint64_t addr);

// The region that contains addr, or NULL.
struct region *region_list_find(struct region_list const *l, uint64_t addr);

// The first region that overlaps [start, end], or NULL.
struct region *region_list_overlap(struct region_list const *l, uint64_t start, uint64_t end);

struct region_search {
    uint64_t from, min, max; // where the search begins, and the bounds (inclusive) of what it finds
    uint64_t last;           // size - 1
    unsigned align;          // log2
};

// Lowest start >= `from` of what is looked for and free, REGION_NO_PLACE when there is none. Neither this list nor `other`
// (may be NULL) may touch the result.
uint64_t region_list_search(struct region_list const *l, struct region_list const *other, struct region_search const *s);

// Insert a region into free space. There must be room: count < capacity.
void region_list_insert(struct region_list *l, struct region const *r);

// Take [start, end], which lies inside region i, out of it. *cut = the piece that was removed. Returns how many pieces are
// left, 0 to 2; for two there must be room: count < capacity.
unsigned region_list_cut(struct region_list *l, unsigned i, uint64_t start, uint64_t end, struct region *cut);
