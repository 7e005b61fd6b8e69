// SPDX-License-Identifier: MIT
#include "ipc/sender_queue.h"
#include "debug/assert.h"
#include <stddef.h>

static bool is_first(struct sender const *s)
{
    return s->higher || s->queue->first == s;
}

// For assertions: is it linked with those of its priority, and with the rings beside?
static bool is_linked(struct sender const *s)
{
    struct sender const *next = s->next, *higher = s->higher, *lower = s->lower;
    if (next->prev != s || s->prev->next != s || next->queue != s->queue || next->prio != s->prio)
        return false;
    if (!is_first(s))
        return !lower;
    return (!higher || (higher->lower == s && higher->prio > s->prio)) &&
           (!lower || (lower->higher == s && lower->prio < s->prio));
}

// Puts `s` (NULL: nobody) where the first of a ring is, or is to be, between two others.
static void link_rings(struct sender_queue *q, struct sender *higher, struct sender *s, struct sender *lower)
{
    struct sender *below = s ? s : lower, *above = s ? s : higher;
    if (higher)
        higher->lower = below;
    else
        q->first = below;
    if (lower)
        lower->higher = above;
    if (s) {
        s->higher = higher;
        s->lower = lower;
    }
}

void sender_enqueue(struct sender_queue *q, struct sender *s)
{
    struct sender *higher = NULL, *ring = q->first;
    assert(!s->queue);
    while (ring && ring->prio > s->prio) {
        higher = ring;
        ring = ring->lower;
    }
    s->queue = q;
    s->higher = s->lower = NULL;
    if (ring && ring->prio == s->prio) {
        s->next = ring;
        s->prev = ring->prev;
        ring->prev->next = s;
        ring->prev = s;
        assert(is_linked(s) && is_linked(ring));
        return;
    }
    s->next = s->prev = s;
    link_rings(q, higher, s, ring);
    assert(is_linked(s));
}

void sender_dequeue(struct sender *s)
{
    struct sender_queue *q = s->queue;
    if (!q)
        return;
    assert(is_linked(s));
    if (q->cursor == s)
        q->cursor = sender_after(s);
    if (is_first(s))
        link_rings(q, s->higher, s->next == s ? NULL : s->next, s->lower);
    s->next->prev = s->prev;
    s->prev->next = s->next;
    s->queue = NULL;
}

struct sender *sender_after(struct sender const *s)
{
    struct sender *next = s->next;
    return is_first(next) ? next->lower : next;
}
