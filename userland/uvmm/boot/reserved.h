// SPDX-License-Identifier: MIT
// Memory that the guest's device tree reserves: entries of the memory reservation block (Devicetree
// Specification 5.3) and reg of the nodes in /reserved-memory (3.5). A node that has `size` without
// reg leaves the place to the guest. Pure.
#pragma once

#include "boot/dt.h"
#include "boot/ram_map.h"

struct reserved {
    struct dt_range range;
    bool no_map; // the guest must not even map it
};

// Calls fn for each piece that is not empty. 0, or enum dt_error: then reg of *bad cannot be read.
typedef void reserved_fn(void *ctx, struct reserved const *r);
int reserved_each(void const *fdt, reserved_fn *fn, void *ctx, int *bad);

// Excludes all of it from what is free. As reserved_each().
int reserved_exclude(void const *fdt, struct ram_map *m, int *bad);

// The first piece that shares bytes with [start, start + size). False: there is none.
bool reserved_overlap(void const *fdt, uint64_t start, uint64_t size, struct dt_range *r);

// Takes a place below `limit` for the device tree itself. False when there is none.
bool reserved_place_tree(void const *fdt, struct ram_map *m, uint64_t size, uint64_t limit, uint64_t *start);
