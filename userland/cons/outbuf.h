// SPDX-License-Identifier: MIT
// What a client has written, kept as a ring addressed by absolute byte positions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBUF_CHUNK (64u * 1024u)
#define OUTBUF_MAX (1024u * 1024u * 1024u) // bytes that a ring keeps at most

// Memory of the ring comes in chunks of OUTBUF_CHUNK bytes, so that a quiet client costs little.
struct outbuf_mem {
    void *(*alloc)(struct outbuf_mem *mem, size_t size); // NULL when there is no more
    void (*release)(struct outbuf_mem *mem, void *chunk, size_t size);
};

struct outbuf {
    struct outbuf_mem *mem;
    uint8_t **chunks;
    unsigned chunk_count; // chunks allocated so far
    unsigned chunk_max;
    uint64_t capacity;    // bytes kept at most; shrinks once if memory runs out
    uint64_t end;         // bytes ever written
    uint64_t lines;       // line feeds ever written
};

// Prepares an empty ring for `capacity` bytes. False if these are more than OUTBUF_MAX, or not even its table can be
// allocated.
bool outbuf_init(struct outbuf *b, struct outbuf_mem *mem, uint64_t capacity);
void outbuf_free(struct outbuf *b);

// Appends n bytes; the oldest bytes make room.
void outbuf_put(struct outbuf *b, void const *data, size_t n);

// Position of the oldest byte still kept.
uint64_t outbuf_begin(struct outbuf const *b);

// The longest contiguous piece from position `pos`, which must lie in [begin, end].
// Returns its length (0 at the end) and sets *data.
size_t outbuf_peek(struct outbuf const *b, uint64_t pos, char const **data);

// Byte at `pos`, which must lie in [begin, end).
char outbuf_at(struct outbuf const *b, uint64_t pos);

// Position of the first byte of the line that holds `pos` (of the last line for pos == end); does
// not go back beyond `min`.
uint64_t outbuf_line_start(struct outbuf const *b, uint64_t pos, uint64_t min);

// Position from which the last n lines begin; an unfinished last line counts as one.
uint64_t outbuf_tail(struct outbuf const *b, unsigned n);
