// SPDX-License-Identifier: MIT
// Input typed for a client and not read by it yet.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INBUF_SIZE 16384u

struct inbuf {
    uint64_t head, tail; // bytes ever put and taken
    uint64_t lines;      // carriage returns and line feeds ever put
    uint64_t break_pos;  // position before which a break was sent
    bool has_break;
    char data[INBUF_SIZE];
};

// Puts one byte; the oldest byte makes room. Returns true if the buffer was empty before.
bool inbuf_put(struct inbuf *b, char c);

// Marks a break at the present end. Returns true if the buffer was empty before.
bool inbuf_break(struct inbuf *b);

// Takes up to max bytes, but none from behind a break; *brk tells that the break is reached now.
size_t inbuf_take(struct inbuf *b, char *dst, size_t max, bool *brk);

// Bytes waiting; inbuf_empty also counts a break.
size_t inbuf_pending(struct inbuf const *b);
bool inbuf_empty(struct inbuf const *b);
