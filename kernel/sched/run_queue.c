// SPDX-License-Identifier: MIT
#include "sched/run_queue.h"
#include <stddef.h>

void run_enqueue(struct run_queue *q, struct run_entry *e, bool head)
{
    if (e->queued)
        return;
    e->queued = true;
    struct run_entry *first = q->first[e->prio], *next = first;
    if (!first) {
        e->next = e->prev = e;
        q->first[e->prio] = e;
        q->map[e->prio >> 6] |= 1ull << (e->prio & 63);
        q->words |= 1u << (e->prio >> 6);
        return;
    }
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
