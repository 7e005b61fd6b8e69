// SPDX-License-Identifier: MIT
// Queues of those who wait for something that one of them gets: a receiver, the thread of a gate, a semaphore. By priority,
// and first come, first served within one. No step depends on how many there are: a ring for each priority, whose first is
// linked with the first ones of the next higher and the next lower one.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum sender_kind { SENDER_THREAD, SENDER_IRQ };

struct sender { // part of a thread or of an IRQ object
    struct sender *next, *prev;    // ring: those of one priority
    struct sender *higher, *lower; // the first of a ring only
    struct sender_queue *queue;    // NULL = not queued
    uint8_t kind;
    uint8_t prio;
};

struct sender_queue {
    struct sender *first;
    struct sender *cursor; // where a walk has stopped,
    void const *walker;    // and whose it is
};

void sender_enqueue(struct sender_queue *q, struct sender *s);
void sender_dequeue(struct sender *s);
// The one after `s` in its queue, NULL = it is the last.
struct sender *sender_after(struct sender const *s);
