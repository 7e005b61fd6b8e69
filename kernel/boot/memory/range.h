// SPDX-License-Identifier: MIT
// A range of physical addresses.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE 4096ull
#define SUPERPAGE_SIZE 0x200000ull

struct range {
    uint64_t start;
    uint64_t end; // exclusive
};

static inline uint64_t round_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}

// The caller knows that value + align does not wrap.
static inline uint64_t round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

static inline uint64_t range_size(struct range r)
{
    return r.end - r.start;
}

static inline bool range_overlaps(struct range a, struct range b)
{
    return a.start < b.end && b.start < a.end;
}
