// SPDX-License-Identifier: MIT
// A set of physical memory ranges, sorted, disjoint and never adjacent: RAM, and what of it is
// free. Pure logic.
#pragma once

#include "memory/range.h"

#define PLACE_MAX 192

struct place {
    unsigned num;
    struct range r[PLACE_MAX];
};

enum place_result {
    PLACE_OK,
    PLACE_OVERLAP, // added, but a part was there already
    PLACE_FULL,    // not added: more than PLACE_MAX ranges
};

// Adds [start, end), start < end.
enum place_result place_add(struct place *p, uint64_t start, uint64_t end);

// Takes [start, end) out, whatever part of it is there. False when the set has no room for one more
// range; then nothing is changed.
bool place_remove(struct place *p, uint64_t start, uint64_t end);

// True if all of [start, end) is in the set.
bool place_contains(struct place const *p, uint64_t start, uint64_t end);

// Finds the lowest `size` bytes aligned to `align` (a power of two) that end at or below `limit`,
// takes them out of the set and stores their start. False if there are none.
bool place_take(struct place *p, uint64_t size, uint64_t align, uint64_t limit, uint64_t *start);

// Bytes in the set.
uint64_t place_total(struct place const *p);

// Cuts the set from the top so that at most `bytes` remain.
void place_limit(struct place *p, uint64_t bytes);
