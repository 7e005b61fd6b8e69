// SPDX-License-Identifier: MIT
// What the in-task runtime's region map lives among, as one function in place of the kernel: dataspaces of two servers, an
// allocator, page tables. Addresses in `world_arena` are memory of this program; all others are only counted.
#pragma once

#include <l4/region/map.h>
#include <l4/sys/ipc.h>
#include <stdbool.h>

#define WORLD_PAGE     4096u
#define WORLD_DS_PAGES 16u
#define WORLD_ARENA    16u // pages
#define WORLD_DS       0x456000ul // moe's; the client's capability
#define WORLD_FOREIGN  0x457000ul // another server's
#define WORLD_RECEIVED 0x458000ul // came with a message
#define WORLD_NOTHING  0x459000ul // an empty slot
#define WORLD_RM       0x10000ul  // the creator's region map
#define WORLD_ALLOC    0x11000ul
#define WORLD_SLOTS    0x600u     // capability indices

struct world_ds {
    bool exists, foreign;
    unsigned rights;   // that its capability gives
    unsigned long size;
    unsigned char byte[WORLD_DS_PAGES * WORLD_PAGE];
};

extern unsigned char world_arena[WORLD_ARENA * WORLD_PAGE];
extern l4_utcb_t world_utcb;
extern long world_alloc_error, world_map_error, world_info_error; // 0: it works
extern unsigned world_maps, world_faults, world_unmapped_pages;
extern struct world_map {
    l4_addr_t addr;
    unsigned long offset, flags;
    l4_cap_idx_t ds;
} world_last_map;
extern l4_umword_t world_last_fault; // word sent to the creator's region map
extern struct region_map world_creator; // what that has

void world_reset(void);
struct world_ds *world_ds(l4_cap_idx_t cap);

// Is the arena's page at addr mapped?
bool world_is_mapped(l4_addr_t addr);

// Dataspaces that the allocator made and that are still there.
unsigned world_allocated(void);
