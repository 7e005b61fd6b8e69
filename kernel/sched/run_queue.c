// SPDX-License-Identifier: MIT
#include "sched/run_queue.h"
#include "debug/assert.h"
#include <stddef.h>

// For assertions: do the maps tell whether there are entries of this priority?
static bool maps_agree(struct run_queue const *q, unsigned prio)
{
    return !q->first[prio] == !(q->map[prio >> 6] & 1ull << (prio & 63)) &&
           !q->map[prio >> 6] == !(q->words & 1u << (prio >> 6));
}

// For assertions: an entry that is queued, and has the priority with which it was.
static bool in_ring(struct run_queue const *q, struct run_entry const *e)
{
    return q->first[e->prio] && e->queued && e->next->prev == e && e->prev->next == e && e->next->queued &&
           e->next->prio == e->prio && e->prev->prio == e->prio;
}

void run_enqueue(struct run_queue *q, struct run_entry *e, bool head)
{
    if (e->queued)
        return;
    assert(!e->next && !e->prev && maps_agree(q, e->prio));
    e->queued = true;
    struct run_entry *first = q->first[e->prio], *next = first;
    if (!first) {
        e->next = e->prev = e;
        q->first[e->prio] = e;
        q->map[e->prio >> 6] |= 1ull << (e->prio & 63);
        q->words |= 1u << (e->prio >> 6);
        return;
    }
    assert(in_ring(q, first));
    bool passes = head;
    if (head && !e->work && first->work) { // behind the kernel's work, of which a CPU has little
        do
            next = next->next;
        while (next != first && next->work);
        passes = false;
    }
    e->next = next;
    e->prev = next->prev;
    next->prev->next = e;
    next->prev = e;
    if (passes)
        q->first[e->prio] = e;
}

void run_dequeue(struct run_queue *q, struct run_entry *e)
{
    if (!e->queued)
        return;
    assert(in_ring(q, e) && maps_agree(q, e->prio));
    e->queued = false;
    if (e->next == e) {
        q->first[e->prio] = NULL;
        q->map[e->prio >> 6] &= ~(1ull << (e->prio & 63));
        if (!q->map[e->prio >> 6])
            q->words &= ~(1u << (e->prio >> 6));
    } else {
        e->prev->next = e->next;
        e->next->prev = e->prev;
        if (q->first[e->prio] == e)
            q->first[e->prio] = e->next;
    }
    e->next = e->prev = NULL;
}
