// SPDX-License-Identifier: MIT
// Physical address ranges and whose they are: a sorted array without overlaps. Pure logic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum region_kind {
    REGION_RAM,      // RAM: owner 0 = free, else the client that has it
    // RAM with what boot loaded. Apart from REGION_RAM, so that such a region never grows after
    // pages of it were mapped: the size of the flexpages that answer a fault stays the same.
    REGION_BOOT,
    REGION_RESERVED, // kernel, sigma0, firmware: nobody gets it
};

struct region {
    uint64_t start, end; // end inclusive
    uint8_t kind;        // enum region_kind
    uint8_t rights;      // flexpage rights that the owner may have
    uint16_t owner;      // client id, 0 = free
};

// Neighbours with equal properties are merged, so that the number of regions stays near the number
// of memory descriptors plus the holes that clients asked for one by one.
#define REGION_MAX 512

struct region_map {
    unsigned count;
    struct region r[REGION_MAX];
};

// Give [start, end] (end inclusive) the stated properties, whatever was there.
// Returns false when the table is full or end < start; nothing is changed then.
bool region_set(struct region_map *m, struct region const *n);

// The region that contains addr, NULL when no region does (i.e. device memory or nothing).
struct region const *region_find(struct region_map const *m, uint64_t addr);

// Does any region touch [start, end]?
bool region_overlaps(struct region_map const *m, uint64_t start, uint64_t end);

// May `client` have RAM [start, end]? It may when every byte is RAM that is free or its own.
// rights: set to what it may have there. Free parts are not claimed yet.
bool region_ram_allowed(struct region_map const *m, uint64_t start, uint64_t end, unsigned client,
                        unsigned *rights);

// Make [start, end], which region_ram_allowed said yes to, the client's. Own parts keep their
// rights. Returns false when the table is full.
bool region_claim(struct region_map *m, uint64_t start, uint64_t end, unsigned client);

// Lowest free aligned block of 2^order bytes. Returns false when there is none.
bool region_find_free(struct region_map const *m, unsigned order, uint64_t *addr);

// Order of the largest naturally aligned block around addr that lies in r, at most max_order.
unsigned region_block_order(struct region const *r, uint64_t addr, unsigned max_order);
