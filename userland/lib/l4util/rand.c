// SPDX-License-Identifier: MIT
#include <l4/util/rand.h>

static l4_uint64_t state = 1;

// A linear congruential generator (Knuth's MMIX constants): its high bits are the good ones.
l4_uint32_t l4util_rand(void)
{
    l4_uint64_t old = __atomic_load_n(&state, __ATOMIC_RELAXED), next;
    do
        next = old * 6364136223846793005ull + 1442695040888963407ull;
    while (!__atomic_compare_exchange_n(&state, &old, next, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return (l4_uint32_t)(next >> 48);
}

void l4util_srand(l4_uint32_t seed)
{
    __atomic_store_n(&state, seed, __ATOMIC_RELAXED);
}
