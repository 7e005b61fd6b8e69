// SPDX-License-Identifier: MIT
// What a region map of a few pages must do, said another way: each page knows what it is, areas are a heap of ranges, places
// are found by trying all of them.
#pragma once

#include <l4/region/map.h>

#define MODEL_PAGES  96
#define MODEL_AREAS  64
#define MODEL_MEMORY 8

struct model_page {
    unsigned piece;      // number of the region that it belongs to; 0 = free
    unsigned memory;     // number, 0 = none
    uint64_t offset;     // of this page
    uint64_t client_cap;
    uint32_t flags;
};

struct model_area {
    uint64_t start, end;
    uint32_t flags;
};

struct model {
    uint64_t base; // address of page 0
    struct model_page page[MODEL_PAGES];
    struct model_area area[MODEL_AREAS];
    unsigned areas, pieces; // pieces: numbers that were given out
    bool full;              // lists that are full do not grow
    unsigned region_room, area_room; // entries that fit without growing
};

void model_init(struct model *m, uint64_t base);

// As the functions of the map. `memory`: number of the memory of a new region. *start: the place.
int model_attach(struct model *m, struct region_attach const *a, unsigned memory, uint64_t *start);
int model_detach(struct model *m, uint64_t start, uint64_t size, unsigned flags, struct model_page *gone, uint64_t *gone_size,
                 uint64_t *gone_start);
int model_reserve(struct model *m, uint64_t *start, uint64_t size, uint32_t flags, unsigned align);
int model_free_area(struct model *m, uint64_t addr);

// Regions that there are; references to a memory.
unsigned model_count(struct model const *m);
unsigned model_references(struct model const *m, unsigned memory);

// What is different in the map; NULL: nothing. number_of: the number of a region's memory.
char const *model_compare(struct model const *m, struct region_map const *map, unsigned (*number_of)(void const *memory));
