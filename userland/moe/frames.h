// SPDX-License-Identifier: MIT
// Allocator of physical page frames. RAM is managed in chunks of 2 MiB: a chunk is free, used as a
// whole, or split into pages with a bitmap. So superpages stay whole as long as possible, and
// bookkeeping is written only for what is in use. Pure logic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FRAME_SHIFT 12
#define FRAME_SIZE (UINT64_C(1) << FRAME_SHIFT)
#define CHUNK_SHIFT 21
#define CHUNK_SIZE (UINT64_C(1) << CHUNK_SHIFT)
#define CHUNK_FRAMES 512u

#define FRAMES_MAX_RANGES 32
#define FRAMES_NONE (~UINT64_C(0))

struct frames_chunk {
    uint64_t used[CHUNK_FRAMES / 64]; // bit set = in use or not RAM; valid while split
    uint16_t num_free;
};

struct frames_range {
    uint64_t start, end;         // the RAM itself, end exclusive: two ranges may share a chunk
    uint64_t base;               // start of the first chunk, chunk aligned
    uint32_t num_chunks;
    uint32_t hint;               // a split chunk that may have free pages
    uint8_t *state;              // one per chunk, enum frames_state
    struct frames_chunk *chunks;
};

struct frames {
    unsigned num_ranges;
    uint64_t total, free;        // bytes
    struct frames_range range[FRAMES_MAX_RANGES];
};

// Bytes of bookkeeping for RAM [start, start + size).
uint64_t frames_meta_size(uint64_t start, uint64_t size);

// Add RAM [start, start + size), both page aligned. meta: frames_meta_size bytes, 8-byte aligned,
// not part of that RAM. Returns false when there are too many ranges.
bool frames_add(struct frames *f, uint64_t start, uint64_t size, void *meta);

// Allocate `count` consecutive frames, the first aligned to 2^align bytes (align >= 12).
// Returns the physical address, or FRAMES_NONE.
uint64_t frames_alloc(struct frames *f, uint64_t count, unsigned align);

// Give back frames that were allocated, also a part of an allocation.
void frames_free(struct frames *f, uint64_t addr, uint64_t count);

// Does the address lie in managed RAM (allocated or not)?
bool frames_contains(struct frames const *f, uint64_t addr);

// Largest number of consecutive chunk-aligned free bytes.
uint64_t frames_largest(struct frames const *f);
