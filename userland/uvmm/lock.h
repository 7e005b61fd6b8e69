// SPDX-License-Identifier: MIT
// A lock whose uncontended path is a few instructions without a call (exit path!) and whose
// waiters sleep on a kernel semaphore. Not recursive.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct lock {
    atomic_uint users;   // holder + waiters
    unsigned long sem;   // capability of the semaphore
};

// Creates the semaphore; ends uvmm when the kernel gives none.
void lock_init(struct lock *l);

// Slow paths, lock.c.
void lock_wait(struct lock *l);
void lock_wake(struct lock *l);

static inline void lock_acquire(struct lock *l)
{
    if (atomic_fetch_add_explicit(&l->users, 1, memory_order_acquire) != 0)
        lock_wait(l); // the holder hands over by one semaphore up
}

static inline void lock_release(struct lock *l)
{
    if (atomic_fetch_sub_explicit(&l->users, 1, memory_order_release) != 1)
        lock_wake(l);
}

// Holds the lock until the end of the block that this stands in.
#define LOCK_SCOPE(l)                                                                              \
    __attribute__((cleanup(lock_scope_end))) struct lock *const lock_scope_ = (l);                 \
    lock_acquire(lock_scope_)

static inline void lock_scope_end(struct lock *const *l)
{
    lock_release(*l);
}
