// SPDX-License-Identifier: MIT
// Locks of a word. Who does not get one sleeps a little and tries again; l4re/mutex.h has those that wake the next thread.
#pragma once

#include <l4/sys/ipc.h>

typedef l4_uint32_t l4util_simple_lock_t; // 0: free

// 1 if it was free, and is the caller's now.
L4_INLINE int l4_simple_try_lock(l4util_simple_lock_t *lock)
{
    return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0;
}

L4_INLINE int l4_simple_lock_locked(l4util_simple_lock_t *lock)
{
    return __atomic_load_n(lock, __ATOMIC_RELAXED) != 0;
}

L4_INLINE void l4_simple_lock(l4util_simple_lock_t *lock)
{
    while (!l4_simple_try_lock(lock))
        l4_ipc_sleep_us(100);
}

// The same: here nobody spins, the holder may have a lower priority.
L4_INLINE void l4_simple_lock_solid(l4util_simple_lock_t *lock)
{
    l4_simple_lock(lock);
}

L4_INLINE void l4_simple_unlock(l4util_simple_lock_t *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}
