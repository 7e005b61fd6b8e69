// SPDX-License-Identifier: MIT
#include "ipc/ipc.h"

void sender_enqueue(struct sender_queue *q, struct sender *s)
{
    s->queue = q;
    struct sender *first = q->first;
    if (!first) {
        s->next = s->prev = s;
        q->first = s;
        return;
    }
    struct sender *before = first;
    if (s->prio > first->prio) {
        q->first = s;
    } else if (s->prio > first->prev->prio) { // behind the last one of at least this priority
        before = first->next;
        while (before != first && before->prio >= s->prio)
            before = before->next;
    }
    s->next = before;
    s->prev = before->prev;
    before->prev->next = s;
    before->prev = s;
}

void sender_dequeue(struct sender *s)
{
    struct sender_queue *q = s->queue;
    if (!q)
        return;
    s->queue = 0;
    if (s->next == s) {
        q->first = 0;
        return;
    }
    if (q->first == s)
        q->first = s->next;
    s->prev->next = s->next;
    s->next->prev = s->prev;
}
