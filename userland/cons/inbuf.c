// SPDX-License-Identifier: MIT
#include "inbuf.h"

size_t inbuf_pending(struct inbuf const *b)
{
    return (size_t)(b->head - b->tail);
}

bool inbuf_empty(struct inbuf const *b)
{
    return b->head == b->tail && !b->has_break;
}

bool inbuf_put(struct inbuf *b, char c)
{
    bool was_empty = inbuf_empty(b);
    if (inbuf_pending(b) == INBUF_SIZE) {
        b->tail++;
        if (b->has_break && b->break_pos < b->tail)
            b->break_pos = b->tail;
    }
    b->data[b->head++ % INBUF_SIZE] = c;
    b->lines += c == '\n' || c == '\r';
    return was_empty;
}

bool inbuf_break(struct inbuf *b)
{
    bool was_empty = inbuf_empty(b);
    b->has_break = true;
    b->break_pos = b->head;
    return was_empty;
}

size_t inbuf_take(struct inbuf *b, char *dst, size_t max, bool *brk)
{
    uint64_t end = b->has_break ? b->break_pos : b->head;
    size_t n = 0;
    while (n < max && b->tail < end)
        dst[n++] = b->data[b->tail++ % INBUF_SIZE];
    *brk = b->has_break && b->tail == b->break_pos;
    if (*brk)
        b->has_break = false;
    return n;
}
