// SPDX-License-Identifier: MIT
// Bits of words and of bitmaps, which are arrays of words. Changes are atomic.
#pragma once

#include <l4/sys/types.h>

#define L4UTIL_WORD_BITS_ (8 * (int)sizeof(l4_umword_t))

// The word that holds bit `b` of a bitmap, and the bit in it.
#define L4UTIL_BIT_WORD_(b, dest) (&(dest)[(b) / L4UTIL_WORD_BITS_])
#define L4UTIL_BIT_MASK_(b)       ((l4_umword_t)1 << ((b) % L4UTIL_WORD_BITS_))

L4_INLINE void l4util_set_bit(int b, volatile l4_umword_t *dest)
{
    __atomic_fetch_or(L4UTIL_BIT_WORD_(b, dest), L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
}

L4_INLINE void l4util_clear_bit(int b, volatile l4_umword_t *dest)
{
    __atomic_fetch_and(L4UTIL_BIT_WORD_(b, dest), ~L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
}

L4_INLINE void l4util_complement_bit(int b, volatile l4_umword_t *dest)
{
    __atomic_fetch_xor(L4UTIL_BIT_WORD_(b, dest), L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
}

L4_INLINE int l4util_test_bit(int b, volatile l4_umword_t const *dest)
{
    return (__atomic_load_n(L4UTIL_BIT_WORD_(b, dest), __ATOMIC_SEQ_CST) & L4UTIL_BIT_MASK_(b)) != 0;
}

// Set, reset, complement a bit; returns what it was.
L4_INLINE int l4util_bts(int b, volatile l4_umword_t *dest)
{
    l4_umword_t old = __atomic_fetch_or(L4UTIL_BIT_WORD_(b, dest), L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
    return (old & L4UTIL_BIT_MASK_(b)) != 0;
}

L4_INLINE int l4util_btr(int b, volatile l4_umword_t *dest)
{
    l4_umword_t old = __atomic_fetch_and(L4UTIL_BIT_WORD_(b, dest), ~L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
    return (old & L4UTIL_BIT_MASK_(b)) != 0;
}

L4_INLINE int l4util_btc(int b, volatile l4_umword_t *dest)
{
    l4_umword_t old = __atomic_fetch_xor(L4UTIL_BIT_WORD_(b, dest), L4UTIL_BIT_MASK_(b), __ATOMIC_SEQ_CST);
    return (old & L4UTIL_BIT_MASK_(b)) != 0;
}

#define l4util_test_and_set_bit(b, dest)    l4util_bts(b, dest)
#define l4util_test_and_clear_bit(b, dest)  l4util_btr(b, dest)
#define l4util_test_and_change_bit(b, dest) l4util_btc(b, dest)

// Number of the highest (bsr), the lowest (bsf) bit that is set; -1 of 0.
L4_INLINE int l4util_bsr(l4_umword_t word)
{
    return word ? L4UTIL_WORD_BITS_ - 1 - __builtin_clzl(word) : -1;
}

L4_INLINE int l4util_bsf(l4_umword_t word)
{
    return word ? __builtin_ctzl(word) : -1;
}

#define l4util_log2(word) l4util_bsr(word)

// The first bit of the bitmap's `size` bits that is set (that is not set); `size` if there is none.
L4_INLINE int l4util_find_first_set_bit(void const *dest, l4_size_t size)
{
    l4_umword_t const *w = (l4_umword_t const *)dest;
    for (l4_size_t i = 0; i < size; i += (l4_size_t)L4UTIL_WORD_BITS_, w++) {
        if (*w) {
            l4_size_t bit = i + (l4_size_t)l4util_bsf(*w);
            return (int)(bit < size ? bit : size);
        }
    }
    return (int)size;
}

L4_INLINE int l4util_find_first_zero_bit(void const *dest, l4_size_t size)
{
    l4_umword_t const *w = (l4_umword_t const *)dest;
    for (l4_size_t i = 0; i < size; i += (l4_size_t)L4UTIL_WORD_BITS_, w++) {
        if (~*w) {
            l4_size_t bit = i + (l4_size_t)l4util_bsf(~*w);
            return (int)(bit < size ? bit : size);
        }
    }
    return (int)size;
}

// log2 of the smallest power of two that is not below `val`.
L4_INLINE int l4util_next_power2(unsigned long val)
{
    return val <= 1 ? 0 : l4util_bsr(val - 1) + 1;
}
