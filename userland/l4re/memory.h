// SPDX-License-Identifier: MIT
// The memory behind the regions of this address space: dataspaces, the client's or the runtime's own.
#pragma once

#include <l4/re/c/dataspace.h>
#include <l4/region/map.h>

struct memory {
    l4_cap_idx_t ds;
    l4_uint64_t base; // offset in the client's dataspace that ds begins with: not 0 for a private copy
    unsigned refs;    // regions; 0 = this entry is free
    bool owned;       // slot and capability go with the last region
};

// Entries of the region map, and of the memory behind them.
#define MEMORY_REGIONS_MAX 1024
#define MEMORY_AREAS_MAX   128

// A reference to the dataspace. There is an entry whenever the region map has room for a region.
struct memory *memory_of(l4_cap_idx_t ds, bool owned);

void memory_get(void *memory);
void memory_put(void *memory);

// Zeroed memory of `size` bytes, owned. 0 or a negative error.
int memory_new(l4_uint64_t size, struct memory **res);

// A private copy of `size` bytes of `ds` from `offset` on, zeros behind its end. If `ds` is not the allocator's, the copy is
// mapped to [at, at + size) for that, where nothing else may be. 0 or a negative error.
int memory_copy(l4_cap_idx_t ds, l4_uint64_t offset, l4_addr_t at, l4_uint64_t size, struct memory **res);

// Map the pages of a region from addr to last, which has memory. Returns 0 or a negative error.
long memory_map(struct region const *r, l4_addr_t addr, l4_addr_t last);

// Map the page of a region at addr, and what its server likes to give around it.
long memory_map_page(struct region const *r, l4_addr_t addr);

// Rights that a dataspace gives, or a negative error.
long memory_rights(l4_cap_idx_t ds);

// Unmap [start, end] from this task.
void memory_unmap(l4_addr_t start, l4_addr_t end);
