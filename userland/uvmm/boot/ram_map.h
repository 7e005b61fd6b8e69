// SPDX-License-Identifier: MIT
// Guest RAM: which guest physical range lies where in uvmm, and what is still free in it while the
// guest is being put together.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RAM_MAX_REGIONS 16
#define RAM_MAX_FREE 64

struct ram_region {
    uint64_t gpa;       // guest physical address
    uint64_t size;      // bytes
    uint8_t *host;      // address in uvmm
    uint64_t ds;        // capability of the dataspace
    uint64_t ds_offset; // bytes
    bool boot;          // may hold kernel, initrd and device tree (first dataspace)
};

struct ram_free {
    uint64_t start, end; // end exclusive
};

struct ram_map {
    struct ram_region region[RAM_MAX_REGIONS];
    unsigned count;
    struct ram_free free[RAM_MAX_FREE];
    unsigned num_free;
};

// Adds a region. 0, -1 table full, -2 overlaps another region or wraps.
int ram_map_add(struct ram_map *m, struct ram_region const *r);

// The region that contains [gpa, gpa + size) completely, or NULL.
struct ram_region const *ram_map_find(struct ram_map const *m, uint64_t gpa, uint64_t size);

// The region that shares bytes with [start, start + size), or NULL.
struct ram_region const *ram_map_overlap(struct ram_map const *m, uint64_t start, uint64_t size);

// Address in uvmm of [gpa, gpa + size), or NULL unless one region holds all of it.
void *ram_map_host(struct ram_map const *m, uint64_t gpa, uint64_t size);

// Guest address of the first byte of RAM (of the boot regions).
uint64_t ram_map_start(struct ram_map const *m);

// Guest address behind all RAM.
uint64_t ram_map_end(struct ram_map const *m);

// Takes [start, start + size) out of what is free. False when it is not free or not RAM.
bool ram_map_reserve(struct ram_map *m, uint64_t start, uint64_t size);

// Nothing is ever placed in [start, start + size), of which any part may be RAM, and free or not.
void ram_map_exclude(struct ram_map *m, uint64_t start, uint64_t size);

// Takes `size` bytes from the highest free place whose last byte is below `limit` (exclusive end,
// ~0 for none); start is aligned down to `align` (power of two). False when nothing fits.
bool ram_map_alloc_top(struct ram_map *m, uint64_t size, uint64_t align, uint64_t limit,
                       uint64_t *start);

// The lowest place with `size` free bytes that lies `offset` bytes above a multiple of `align`
// (power of two) which is not below the start of RAM. Takes nothing. False when there is none.
bool ram_map_lowest(struct ram_map const *m, uint64_t size, uint64_t align, uint64_t offset,
                    uint64_t *start);

// Bytes free from `start` upwards without interruption.
uint64_t ram_map_room(struct ram_map const *m, uint64_t start);

// Bytes of the boot regions, and of the largest free piece in them.
uint64_t ram_map_total(struct ram_map const *m);
uint64_t ram_map_largest(struct ram_map const *m);
