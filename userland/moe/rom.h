// SPDX-License-Identifier: MIT
// Files of the boot image: name spaces rom (read only) and rwfs (modules marked ":rw").
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "object.h"

extern struct object *rom_ns, *rwfs_ns;

// Build both from the module info at a physical address. Returns moe's own command line ("" when
// the image gives none), which may be changed.
char *rom_init(uint64_t module_info);

// A file of rom by its path ("rom/name"): its dataspace, content and size. NULL = none.
struct dataspace *rom_find(char const *path, void const **data, size_t *size);
