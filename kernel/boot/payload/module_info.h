// SPDX-License-Identifier: MIT
// The list of modules for the root task (kernel-abi 7).
#pragma once

#include "boot.h"

struct module_info {
    uint64_t flags;
    uint64_t cmdline;    // physical address of boot's own command line
    uint64_t mods_addr;  // physical address of the first entry
    uint32_t mods_count;
    uint32_t reserved;
    uint64_t vbe[2];
};

struct module_info_entry {
    uint64_t flags; // enum payload_type
    uint64_t start;
    uint64_t end;   // exclusive
    uint64_t cmdline;
};

_Static_assert(sizeof(struct module_info) == 48, "module info layout");
_Static_assert(sizeof(struct module_info_entry) == 32, "module info layout");

// Writes the list to memory of its own, b->module_info.
void module_info_build(struct boot *b);
