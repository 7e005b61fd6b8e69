// SPDX-License-Identifier: MIT
// A fair lock. Who finds it free and nobody waiting takes it with one compare and exchange; all others
// draw a ticket and get it in that order. Whoever gives it up stores a byte, waiting CPUs or not.
#pragma once
#include "debug/assert.h"
#include <arch/multi.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOCK_TAKEN = 1, LOCK_WAITER = 0x100 };

struct lock {
    union {
        uint32_t word;  // 0 = free and nobody waits; LOCK_TAKEN, and LOCK_WAITER for each who waits
        uint8_t taken;  // the lowest byte of it
    };
    uint32_t tickets;   // the next to be drawn
    uint32_t turn;      // the ticket of who waits longest
};
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "`taken` is the lowest byte of `word`");

static inline bool lock_taken(struct lock const *l)
{
    return __atomic_load_n(&l->taken, __ATOMIC_RELAXED);
}

static inline bool lock_try(struct lock *l)
{
    return replace_zero(&l->word, LOCK_TAKEN);
}

static inline void lock_release(struct lock *l) // kernel_leave (entry.S) does the same
{
    assert(lock_taken(l));
    __atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
}

// Takes a place among those who wait; returns the ticket for lock_poll().
uint32_t lock_queue(struct lock *l);
// Takes the lock if it is free and this ticket's turn. If not, the change that may make it so ends the next
// wait_for_event().
bool lock_poll(struct lock *l, uint32_t ticket);
