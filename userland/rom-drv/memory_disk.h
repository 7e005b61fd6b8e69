// SPDX-License-Identifier: MIT
// A disk in memory: what it holds at first is a file's contents or zeros, and what is written is kept page by page beside that,
// until the program ends.
#pragma once

#include <l4/block/disk.h>

struct memory_disk {
    struct disk disk;
    uint8_t const *base;     // NULL: zeros
    uint8_t ***changed;      // by groups of pages; NULL: as at first
    uint64_t pages;
    bool out_of_memory;      // said already
};

// `base`: `sectors` sectors that stay as they are and are readable up to the end of their page; NULL for a disk of zeros.
// Returns 0 or -L4_ENOMEM.
int memory_disk_init(struct memory_disk *m, char const *name, uint8_t const *base, uint64_t sectors, bool read_only);
