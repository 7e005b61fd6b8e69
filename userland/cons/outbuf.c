// SPDX-License-Identifier: MIT
#include "outbuf.h"

#include <stdlib.h>
#include <string.h>

bool outbuf_init(struct outbuf *b, struct outbuf_mem *mem, uint64_t capacity)
{
    memset(b, 0, sizeof *b);
    if (capacity > OUTBUF_MAX)
        return false;
    b->mem = mem;
    b->capacity = capacity;
    b->chunk_max = (unsigned)((capacity + OUTBUF_CHUNK - 1) / OUTBUF_CHUNK);
    b->chunks = calloc(b->chunk_max ? b->chunk_max : 1, sizeof *b->chunks);
    return b->chunks != NULL;
}

void outbuf_free(struct outbuf *b)
{
    for (unsigned i = 0; i < b->chunk_count; i++)
        b->mem->release(b->mem, b->chunks[i], OUTBUF_CHUNK);
    free(b->chunks);
    memset(b, 0, sizeof *b);
}

// The place of position `pos` in the ring and how many bytes follow it contiguously. New chunks are
// needed only during the first round, when pos == offset; if there are none the ring stays that
// small.
static uint8_t *ring_place(struct outbuf *b, uint64_t pos, size_t *room)
{
    if (!b->capacity)
        return NULL;
    uint64_t offset = pos % b->capacity;
    unsigned chunk = (unsigned)(offset / OUTBUF_CHUNK);
    if (chunk >= b->chunk_count) {
        uint8_t *fresh = b->mem->alloc(b->mem, OUTBUF_CHUNK);
        if (!fresh) {
            b->capacity = (uint64_t)b->chunk_count * OUTBUF_CHUNK;
            return b->capacity ? ring_place(b, pos, room) : NULL;
        }
        b->chunks[b->chunk_count++] = fresh;
    }
    uint64_t in_chunk = offset % OUTBUF_CHUNK;
    uint64_t left = OUTBUF_CHUNK - in_chunk;
    *room = left < b->capacity - offset ? left : b->capacity - offset;
    return b->chunks[chunk] + in_chunk;
}

void outbuf_put(struct outbuf *b, void const *data, size_t n)
{
    uint8_t const *src = data;
    for (size_t i = 0; i < n; i++)
        b->lines += src[i] == '\n';
    while (n) {
        size_t room;
        uint8_t *place = ring_place(b, b->end, &room);
        if (!place) {
            b->end += n;
            return;
        }
        size_t part = n < room ? n : room;
        memcpy(place, src, part);
        b->end += part;
        src += part;
        n -= part;
    }
}

uint64_t outbuf_begin(struct outbuf const *b)
{
    return b->end > b->capacity ? b->end - b->capacity : 0;
}

size_t outbuf_peek(struct outbuf const *b, uint64_t pos, char const **data)
{
    if (pos >= b->end || !b->capacity)
        return 0;
    uint64_t offset = pos % b->capacity;
    uint64_t in_chunk = offset % OUTBUF_CHUNK;
    uint64_t n = OUTBUF_CHUNK - in_chunk;
    if (n > b->capacity - offset)
        n = b->capacity - offset;
    if (n > b->end - pos)
        n = b->end - pos;
    *data = (char const *)b->chunks[offset / OUTBUF_CHUNK] + in_chunk;
    return (size_t)n;
}

char outbuf_at(struct outbuf const *b, uint64_t pos)
{
    uint64_t offset = pos % b->capacity;
    return (char)b->chunks[offset / OUTBUF_CHUNK][offset % OUTBUF_CHUNK];
}

uint64_t outbuf_line_start(struct outbuf const *b, uint64_t pos, uint64_t min)
{
    uint64_t begin = outbuf_begin(b);
    if (min < begin)
        min = begin;
    while (pos > min && outbuf_at(b, pos - 1) != '\n')
        pos--;
    return pos;
}

uint64_t outbuf_tail(struct outbuf const *b, unsigned n)
{
    uint64_t begin = outbuf_begin(b);
    uint64_t pos = b->end;
    if (pos > begin && outbuf_at(b, pos - 1) == '\n' && n)
        pos--; // the line feed that ends the last line does not begin another
    else if (!n)
        return pos;
    for (;;) {
        pos = outbuf_line_start(b, pos, begin);
        if (--n == 0 || pos == begin)
            return pos;
        pos--;
    }
}
