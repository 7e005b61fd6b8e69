// SPDX-License-Identifier: MIT
// SipHash-2-4 (Aumasson and Bernstein, 2012) of a counter, with the seed as key.
#include <l4/re/random.h>

static l4_uint64_t key[L4RE_RANDOM_WORDS], counter;

void l4re_random_init(l4_uint64_t const seed[L4RE_RANDOM_WORDS])
{
    key[0] = seed[0];
    key[1] = seed[1];
}

static l4_uint64_t rotate(l4_uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static void rounds(l4_uint64_t v[4], unsigned n)
{
    while (n--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static void absorb(l4_uint64_t v[4], l4_uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

static l4_uint64_t siphash(l4_uint64_t word)
{
    l4_uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                        key[1] ^ 0x7465646279746573};
    absorb(v, word);
    absorb(v, (l4_uint64_t)sizeof(word) << 56); // the length of the message
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

l4_uint64_t l4re_random(void)
{
    if (!(key[0] | key[1]))
        return 0;
    l4_uint64_t n = siphash(__atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
    return n ? n : 1;
}
