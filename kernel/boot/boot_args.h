// SPDX-License-Identifier: MIT
// Words of the boot command line (bootargs of the device tree, or built into the image). Pure
// logic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct boot_args {
    bool no_serial;     // -noserial
    bool no_hardening;  // -nohardening
    bool no_random;     // -norandom
    uint64_t max_mem;   // -maxmem=MB, in bytes; 0: no limit
    uint64_t kmem_size; // -kmemsize=KB, in bytes; 0: default
};

// Takes what it knows from `words` (blank separated, may be NULL). A word that begins with '-' and
// means nothing here is noted; others belong to somebody else and are not.
void boot_args_parse(struct boot_args *a, char const *words);
