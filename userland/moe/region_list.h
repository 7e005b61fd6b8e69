// SPDX-License-Identifier: MIT
// The regions and reserved areas of one address space: sorted arrays without overlap. Pure logic.
#pragma once

#include <l4/sys/abi/fpage.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum region_flags {
    REGION_RIGHTS = 0x0f,   // X 1, W 2, R 4
    REGION_CACHING = 0x30,
    REGION_KERNEL = 0x100,
    REGION_PAGER = 0x400,
    REGION_RESERVED = 0x800,
    REGION_PRIVATE = 0x1000,
    REGION_ANONYMOUS = 0x2000,
    REGION_SEARCH = 0x20000,
    REGION_IN_AREA = 0x40000,
    REGION_EAGER = 0x80000,
    REGION_NO_EAGER = 0x100000,
    REGION_STORED = 0x3f3f, // what is kept and reported
};

enum { REGION_PAGE_SHIFT = L4_PAGESHIFT };

struct region {
    uint64_t start, end; // inclusive
    uint64_t offset;     // in the dataspace, of `start`
    void *ds;            // NULL for regions without dataspace
    uint64_t client_cap; // what the client calls the dataspace
    uint32_t flags;
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
