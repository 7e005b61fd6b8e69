// SPDX-License-Identifier: MIT
// The command line of uvmm.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define OPT_MAX_DTBS 16
#define OPT_MAX_MODS 32
#define OPT_MAX_VCPUS 16

struct options {
    char const *kernel;
    char const *ramdisk;
    char const *cmdline;
    char const *dtb[OPT_MAX_DTBS]; // the tree, then overlays
    unsigned num_dtbs;
    uint64_t dtb_limit; // the tree is placed below this guest address, ~0: anywhere
    char const *mod[OPT_MAX_MODS]; // --dt-mod
    unsigned num_mods;
    uint64_t ram_base;
    unsigned vcpus;     // 0: one for each physical CPU
    bool reused_ram;    // others may have written to the guest's RAM before
    int verbosity;      // enum log_level
    enum { FAULT_IGNORE, FAULT_HALT } fault_mode;
};

// Fills *o. Returns 0, or -1 after having written what is wrong to `err` (size bytes). argv strings
// must stay; they are modified.
int options_parse(struct options *o, int argc, char **argv, char *err, unsigned size);
