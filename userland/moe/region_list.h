// SPDX-License-Identifier: MIT
// The regions and reserved areas of one address space: sorted arrays without overlap. Pure logic.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region {
    uint64_t start, end; // inclusive
    uint64_t offset;     // in the dataspace, of `start`
    void *ds;            // NULL for regions without dataspace
    uint64_t client_cap; // what the client calls the dataspace
    uint32_t flags; // L4RE_RM_F_*
};

struct region_list {
    struct region *r;
    unsigned count, capacity;
    void *(*grow)(void *ctx, void *old, size_t old_bytes, size_t new_bytes);
    void *grow_ctx;
};

// The region that contains addr, or NULL.
struct region *region_list_find(struct region_list const *l, uint64_t addr);

// Index of the first region whose end is >= addr (count when there is none).
unsigned region_list_index(struct region_list const *l, uint64_t addr);

struct region_search {
    uint64_t from, min, max; // where the search begins, and the bounds (inclusive) of what it finds
    uint64_t size;           // bytes
    unsigned align;          // log2
};

// Lowest start >= `from` of what is looked for and free, or ~0 when there is none. Neither this list
// nor `other` (may be NULL) may touch the result.
uint64_t region_list_search(struct region_list const *l, struct region_list const *other,
                            struct region_search const *s);

// Is [start, end] free?
bool region_list_is_free(struct region_list const *l, uint64_t start, uint64_t end);

// Insert a region into free space. Returns 0, or -1 when there is no memory for the entry.
int region_list_insert(struct region_list *l, struct region const *r);

// Take [start, end] out of the region at index i, which it must overlap. Returns in *cut the piece
// that was removed, and the number of pieces that are left (0, 1, 2), or -1 for lack of memory.
int region_list_cut(struct region_list *l, unsigned i, uint64_t start, uint64_t end,
                    struct region *cut);
