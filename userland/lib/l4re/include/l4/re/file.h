// SPDX-License-Identifier: MIT
// Files: "cap/name" is what namespace `cap` (a named initial capability, usually rom) holds under
// `name`; a path without slash is a dataspace among the initial capabilities.
#pragma once

#include <l4/re/c/dataspace.h>

L4_BEGIN_DECLS

// Open a file: *ds gets a new capability (free with l4re_util_cap_free_um), *size its size in bytes
// (may be NULL). 0, -L4_ENOENT, or another negative error code.
int l4re_rom_open(char const *path, l4re_ds_t *ds, l4_size_t *size);

// Map a file read-only: *addr and *size (bytes). It stays mapped until l4re_file_unmap(*addr).
int l4re_file_map(char const *path, void const **addr, l4_size_t *size);
int l4re_file_unmap(void const *addr);

L4_END_DECLS
