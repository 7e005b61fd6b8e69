// SPDX-License-Identifier: MIT
// A bitmap that threads change with atomic operations, so that it needs no lock (a lock may need a
// slot).
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <stdbool.h>

#define CAP_SLOTS 16384u
#define WORD_BITS 64u

static l4_uint64_t used[CAP_SLOTS / WORD_BITS];
static unsigned long base; // index of bit 0; 0 = not set up
static unsigned hint;      // word to look at first

void l4re_util_cap_alloc_init(unsigned long first)
{
    __atomic_store_n(&base, first, __ATOMIC_RELEASE);
}

static unsigned long cap_alloc_base(void)
{
    unsigned long b = __atomic_load_n(&base, __ATOMIC_ACQUIRE);
    if (b == 0 && l4re_env()) {
        b = l4re_env()->first_free_cap;
        l4re_util_cap_alloc_init(b);
    }
    return b;
}

l4_cap_idx_t l4re_util_cap_alloc(void)
{
    unsigned long b = cap_alloc_base();
    if (b == 0)
        return L4_INVALID_CAP;

    unsigned const words = CAP_SLOTS / WORD_BITS;
    unsigned start = __atomic_load_n(&hint, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < words; i++) {
        unsigned w = (start + i) % words;
        l4_uint64_t v = __atomic_load_n(&used[w], __ATOMIC_RELAXED);
        while (~v) {
            unsigned bit = (unsigned)__builtin_ctzll(~v);
            if (__atomic_compare_exchange_n(&used[w], &v, v | (1ull << bit), false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                __atomic_store_n(&hint, w, __ATOMIC_RELAXED);
                return (b + w * WORD_BITS + bit) << L4_CAP_SHIFT;
            }
        }
    }
    return L4_INVALID_CAP;
}

void l4re_util_cap_free(l4_cap_idx_t cap)
{
    unsigned long idx = cap >> L4_CAP_SHIFT;
    unsigned long b = cap_alloc_base();
    if (l4_is_invalid_cap(cap) || idx < b || idx - b >= CAP_SLOTS)
        return; // not from this allocator, e.g. an initial capability
    idx -= b;
    __atomic_fetch_and(&used[idx / WORD_BITS], ~(1ull << (idx % WORD_BITS)), __ATOMIC_RELEASE);
    __atomic_store_n(&hint, (unsigned)(idx / WORD_BITS), __ATOMIC_RELAXED);
}

void l4re_util_cap_free_um(l4_cap_idx_t cap)
{
    if (l4_is_invalid_cap(cap))
        return;
    l4_task_release_cap(L4RE_THIS_TASK_CAP, cap);
    l4re_util_cap_free(cap);
}

unsigned l4re_util_cap_in_use(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < CAP_SLOTS / WORD_BITS; i++)
        n += (unsigned)__builtin_popcountll(__atomic_load_n(&used[i], __ATOMIC_RELAXED));
    return n;
}
