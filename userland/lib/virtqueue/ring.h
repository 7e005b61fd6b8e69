// SPDX-License-Identifier: MIT
// A driver's access to the words of its ring that the other side reads and writes at the same time; the
// device's is guarded. Rings are 2-byte aligned (avail) or 4-byte aligned (used), checked at set-up.
#pragma once

#include <stdint.h>

enum { RING_FLAGS = 0, RING_IDX = 1, RING_ENTRIES = 2 };  // in 16-bit words

static inline uint16_t ring_load(uint16_t const *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline uint16_t ring_load_acquire(uint16_t const *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void ring_store(uint16_t *p, uint16_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

static inline void ring_store_release(uint16_t *p, uint16_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

// Orders my store before my load of what the other side stores (Dekker's pattern: index against
// notification flag); release and acquire are not enough for that.
static inline void ring_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

// virtio 1.2, 2.7.10: has `event` been passed on the way from old to now?
static inline _Bool ring_need_event(uint16_t event, uint16_t now, uint16_t old)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}
