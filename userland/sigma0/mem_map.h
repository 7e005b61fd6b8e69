// SPDX-License-Identifier: MIT
// The initial region map, from the memory descriptors of the kernel info page. Pure logic.
#pragma once

#include "region.h"

#define SIGMA0_ROOT_CLIENT 4 // owner of everything that boot loaded for the root task

// Fill `m` from the descriptors of `kip` (kernel-abi 5).
// kip_size: bytes that may be read behind kip.
// Returns NULL, or what is wrong with the page.
char const *mem_map_init(struct region_map *m, void const *kip, uint64_t kip_size);

// Bytes of RAM that nobody owns.
uint64_t mem_map_free(struct region_map const *m);
