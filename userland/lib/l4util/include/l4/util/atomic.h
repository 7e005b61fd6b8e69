// SPDX-License-Identifier: MIT
// Atomic operations on words of 8, 16, 32, 64 bits, sequentially consistent. The _res forms return the new value, xchg the old
// one, cmpxchg 1 if it has written.
#pragma once

#include <l4/sys/types.h>

// Defines the functions for one width: `n` in their names, `type` of the words.
#define L4UTIL_ATOMIC_(n, type)                                                                                        \
    L4_INLINE int l4util_cmpxchg##n(volatile type *dest, type cmp_val, type new_val)                                   \
    {                                                                                                                  \
        return __atomic_compare_exchange_n(dest, &cmp_val, new_val, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
    }                                                                                                                  \
    L4_INLINE type l4util_xchg##n(volatile type *dest, type val)                                                       \
    {                                                                                                                  \
        return __atomic_exchange_n(dest, val, __ATOMIC_SEQ_CST);                                                       \
    }                                                                                                                  \
    L4UTIL_ATOMIC_OP_(n, type, add)                                                                                    \
    L4UTIL_ATOMIC_OP_(n, type, sub)                                                                                    \
    L4UTIL_ATOMIC_OP_(n, type, and)                                                                                    \
    L4UTIL_ATOMIC_OP_(n, type, or)                                                                                     \
    L4UTIL_ATOMIC_STEP_(n, type, inc, add)                                                                             \
    L4UTIL_ATOMIC_STEP_(n, type, dec, sub)

#define L4UTIL_ATOMIC_OP_(n, type, op)                                                                                 \
    L4_INLINE void l4util_##op##n(volatile type *dest, type val)                                                       \
    {                                                                                                                  \
        __atomic_fetch_##op(dest, val, __ATOMIC_SEQ_CST);                                                              \
    }                                                                                                                  \
    L4_INLINE type l4util_##op##n##_res(volatile type *dest, type val)                                                 \
    {                                                                                                                  \
        return __atomic_##op##_fetch(dest, val, __ATOMIC_SEQ_CST);                                                     \
    }

#define L4UTIL_ATOMIC_STEP_(n, type, step, op)                                                                         \
    L4_INLINE void l4util_##step##n(volatile type *dest)                                                               \
    {                                                                                                                  \
        __atomic_fetch_##op(dest, 1, __ATOMIC_SEQ_CST);                                                                \
    }                                                                                                                  \
    L4_INLINE type l4util_##step##n##_res(volatile type *dest)                                                         \
    {                                                                                                                  \
        return __atomic_##op##_fetch(dest, 1, __ATOMIC_SEQ_CST);                                                       \
    }

L4UTIL_ATOMIC_(8, l4_uint8_t)
L4UTIL_ATOMIC_(16, l4_uint16_t)
L4UTIL_ATOMIC_(32, l4_uint32_t)
L4UTIL_ATOMIC_(64, l4_uint64_t)
L4UTIL_ATOMIC_(, l4_umword_t)

L4_INLINE void l4util_atomic_add(volatile long *dest, long val)
{
    __atomic_fetch_add(dest, val, __ATOMIC_SEQ_CST);
}

L4_INLINE void l4util_atomic_inc(volatile long *dest)
{
    l4util_atomic_add(dest, 1);
}
