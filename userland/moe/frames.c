// SPDX-License-Identifier: MIT
#include "frames.h"
#include <string.h>

enum frames_state { CHUNK_FREE, CHUNK_USED, CHUNK_SPLIT };

static uint64_t chunk_floor(uint64_t a)
{
    return a & ~(CHUNK_SIZE - 1);
}

static uint64_t num_chunks(uint64_t start, uint64_t size)
{
    return (chunk_floor(start + size - 1) - chunk_floor(start)) / CHUNK_SIZE + 1;
}

uint64_t frames_meta_size(uint64_t start, uint64_t size)
{
    uint64_t n = num_chunks(start, size);

    return n * sizeof(struct frames_chunk) + ((n + 7) & ~UINT64_C(7));
}

static void set_used(struct frames_chunk *c, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        c->used[i / 64] |= UINT64_C(1) << (i % 64);
    c->num_free = (uint16_t)(c->num_free - count);
}

// A free or completely used chunk becomes one that is managed by pages.
static struct frames_chunk *split(struct frames_range *r, uint32_t i, bool used)
{
    struct frames_chunk *c = &r->chunks[i];

    memset(c->used, used ? 0xff : 0, sizeof(c->used));
    c->num_free = used ? 0 : CHUNK_FRAMES;
    r->state[i] = CHUNK_SPLIT;
    r->hint = i;
    return c;
}

bool frames_add(struct frames *f, uint64_t start, uint64_t size, void *meta)
{
    if (f->num_ranges == FRAMES_MAX_RANGES || size == 0)
        return false;
    struct frames_range *r = &f->range[f->num_ranges++];
    uint32_t n = (uint32_t)num_chunks(start, size);

    *r = (struct frames_range){
        .start = start, .end = start + size, .base = chunk_floor(start), .num_chunks = n, .chunks = meta,
        .state = (uint8_t *)meta + n * sizeof(struct frames_chunk),
    };
    memset(r->state, CHUNK_FREE, n);
    uint64_t head = start - r->base, end = start + size;
    uint64_t tail = (end - chunk_floor(end - 1)) % CHUNK_SIZE;
    if (head)
        set_used(split(r, 0, false), 0, (unsigned)(head >> FRAME_SHIFT));
    if (tail) {
        struct frames_chunk *c = r->state[n - 1] == CHUNK_SPLIT ? &r->chunks[n - 1]
                                                                : split(r, n - 1, false);
        unsigned first = (unsigned)(tail >> FRAME_SHIFT);
        set_used(c, first, CHUNK_FRAMES - first);
    }
    f->total += size;
    f->free += size;
    return true;
}

static unsigned run_of_free(struct frames_chunk const *c, unsigned first, unsigned max)
{
    unsigned n = 0;

    while (n < max && !(c->used[(first + n) / 64] >> ((first + n) % 64) & 1))
        n++;
    return n;
}

// First of `count` free frames in the chunk, aligned to `step` frames; CHUNK_FRAMES = none.
static unsigned find_in_chunk(struct frames_chunk const *c, unsigned count, unsigned step)
{
    if (count > c->num_free)
        return CHUNK_FRAMES;
    if (count == 1 && step == 1) {
        for (unsigned w = 0; w < CHUNK_FRAMES / 64; w++)
            if (~c->used[w])
                return w * 64 + (unsigned)__builtin_ctzll(~c->used[w]);
        return CHUNK_FRAMES;
    }
    for (unsigned i = 0; i + count <= CHUNK_FRAMES;) {
        unsigned n = run_of_free(c, i, count);
        if (n == count)
            return i;
        i = (i + n + step) / step * step;
    }
    return CHUNK_FRAMES;
}

static uint64_t alloc_in_chunk(struct frames_range *r, uint32_t i, unsigned count, unsigned step)
{
    unsigned first = find_in_chunk(&r->chunks[i], count, step);

    if (first == CHUNK_FRAMES)
        return FRAMES_NONE;
    set_used(&r->chunks[i], first, count);
    r->hint = i;
    return r->base + i * CHUNK_SIZE + ((uint64_t)first << FRAME_SHIFT);
}

// Less than a chunk: from a split chunk if one has room, else split a free one.
static uint64_t alloc_small(struct frames *f, unsigned count, unsigned align)
{
    unsigned step = 1u << (align - FRAME_SHIFT);
    uint64_t addr;

    for (struct frames_range *r = f->range; r < f->range + f->num_ranges; r++) {
        if (r->state[r->hint] == CHUNK_SPLIT
            && (addr = alloc_in_chunk(r, r->hint, count, step)) != FRAMES_NONE)
            return addr;
        for (uint32_t i = 0; i < r->num_chunks; i++)
            if (r->state[i] == CHUNK_SPLIT
                && (addr = alloc_in_chunk(r, i, count, step)) != FRAMES_NONE)
                return addr;
    }
    for (struct frames_range *r = f->range; r < f->range + f->num_ranges; r++) {
        uint8_t *free_chunk = memchr(r->state, CHUNK_FREE, r->num_chunks);
        if (!free_chunk)
            continue;
        uint32_t i = (uint32_t)(free_chunk - r->state);
        split(r, i, false);
        return alloc_in_chunk(r, i, count, step);
    }
    return FRAMES_NONE;
}

// Chunks from the upper end, so that split chunks gather at the lower end.
static uint64_t alloc_chunks(struct frames_range *r, uint64_t count, uint64_t align)
{
    for (uint32_t end = r->num_chunks; end >= count; end--) {
        uint32_t first = end - (uint32_t)count, i = end;
        if ((r->base + first * CHUNK_SIZE) & (align - 1))
            continue;
        while (i > first && r->state[i - 1] == CHUNK_FREE)
            i--;
        if (i == first) {
            memset(r->state + first, CHUNK_USED, count);
            return r->base + first * CHUNK_SIZE;
        }
        end = i; // chunk i - 1 is taken: no run may contain it
    }
    return FRAMES_NONE;
}

uint64_t frames_alloc(struct frames *f, uint64_t count, unsigned align)
{
    uint64_t addr = FRAMES_NONE, bytes = count << FRAME_SHIFT;

    if (count == 0 || count > f->free >> FRAME_SHIFT || align < FRAME_SHIFT || align > 47)
        return FRAMES_NONE;
    if (count < CHUNK_FRAMES && align < CHUNK_SHIFT) {
        addr = alloc_small(f, (unsigned)count, align);
    } else {
        uint64_t chunks = (bytes + CHUNK_SIZE - 1) >> CHUNK_SHIFT;
        for (unsigned i = 0; i < f->num_ranges && addr == FRAMES_NONE; i++)
            addr = alloc_chunks(&f->range[i], chunks, UINT64_C(1) << align);
        uint64_t rest = chunks * CHUNK_SIZE - bytes;
        if (addr != FRAMES_NONE && rest) {
            f->free -= rest; // given back at once
            frames_free(f, addr + bytes, rest >> FRAME_SHIFT);
        }
    }
    if (addr != FRAMES_NONE)
        f->free -= bytes;
    return addr;
}

static struct frames_range *range_of(struct frames const *f, uint64_t addr)
{
    for (unsigned i = 0; i < f->num_ranges; i++) {
        struct frames_range const *r = &f->range[i];
        if (addr >= r->start && addr < r->end)
            return (struct frames_range *)r;
    }
    return NULL;
}

void frames_free(struct frames *f, uint64_t addr, uint64_t count)
{
    struct frames_range *r = range_of(f, addr);

    if (!r)
        return;
    f->free += count << FRAME_SHIFT;
    while (count) {
        uint32_t i = (uint32_t)((addr - r->base) >> CHUNK_SHIFT);
        unsigned first = (unsigned)(addr >> FRAME_SHIFT) % CHUNK_FRAMES;
        unsigned n = CHUNK_FRAMES - first < count ? CHUNK_FRAMES - first : (unsigned)count;
        struct frames_chunk *c = &r->chunks[i];

        if (n == CHUNK_FRAMES) {
            r->state[i] = CHUNK_FREE;
        } else {
            if (r->state[i] != CHUNK_SPLIT)
                split(r, i, true);
            for (unsigned b = first; b < first + n; b++)
                c->used[b / 64] &= ~(UINT64_C(1) << (b % 64));
            c->num_free = (uint16_t)(c->num_free + n);
            if (c->num_free == CHUNK_FRAMES)
                r->state[i] = CHUNK_FREE;
        }
        addr += (uint64_t)n << FRAME_SHIFT;
        count -= n;
    }
}

bool frames_contains(struct frames const *f, uint64_t addr)
{
    return range_of(f, addr) != NULL;
}

uint64_t frames_largest(struct frames const *f)
{
    uint64_t best = 0;

    for (unsigned i = 0; i < f->num_ranges; i++) {
        uint64_t run = 0;
        for (uint32_t c = 0; c < f->range[i].num_chunks; c++) {
            run = f->range[i].state[c] == CHUNK_FREE ? run + CHUNK_SIZE : 0;
            if (run > best)
                best = run;
        }
    }
    return best;
}
