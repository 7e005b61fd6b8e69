// SPDX-License-Identifier: MIT
#include "lock/lock.h"

// In this order: once a waiting CPU is counted, nobody passes it by lock_try().
uint32_t lock_queue(struct lock *l)
{
    __atomic_fetch_add(&l->word, LOCK_WAITER, __ATOMIC_RELAXED);
    return __atomic_fetch_add(&l->tickets, 1, __ATOMIC_RELAXED);
}

bool lock_poll(struct lock *l, uint32_t ticket)
{
    if (load_watched(&l->turn) != ticket)
        return false;
    if (load_watched(&l->word) & LOCK_TAKEN)
        return false;
    // Nobody else takes it now: lock_try() sees that somebody waits, and the others wait for their turn.
    uint32_t before = __atomic_fetch_add(&l->word, (uint32_t)LOCK_TAKEN - LOCK_WAITER, __ATOMIC_ACQUIRE);
    assert(before >= LOCK_WAITER && !(before & LOCK_TAKEN));
    __atomic_store_n(&l->turn, ticket + 1, __ATOMIC_RELEASE);
    return true;
}
