// SPDX-License-Identifier: MIT
#include "chacha20.h"

#include <string.h>

enum { WORDS = CHACHA20_BLOCK / 4, DOUBLE_ROUNDS = 10 };

static uint32_t rotate(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static void quarter_round(uint32_t s[WORDS], unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

void chacha20_block(uint32_t const key[CHACHA20_KEY_WORDS], uint32_t counter, uint32_t const nonce[CHACHA20_NONCE_WORDS],
                    uint8_t block[CHACHA20_BLOCK])
{
    uint32_t first[WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, [12] = counter }, s[WORDS];
    memcpy(first + 4, key, 4 * CHACHA20_KEY_WORDS);
    memcpy(first + 13, nonce, 4 * CHACHA20_NONCE_WORDS);
    memcpy(s, first, sizeof(s));
    for (unsigned i = 0; i < DOUBLE_ROUNDS; i++) {
        for (unsigned k = 0; k < 4; k++)
            quarter_round(s, k, k + 4, k + 8, k + 12);
        for (unsigned k = 0; k < 4; k++)
            quarter_round(s, k, (k + 1) % 4 + 4, (k + 2) % 4 + 8, (k + 3) % 4 + 12);
    }
    for (unsigned i = 0; i < CHACHA20_BLOCK; i++)
        block[i] = (uint8_t)((s[i / 4] + first[i / 4]) >> 8 * (i % 4));
    // What the key could be told from.
    memset(first, 0, sizeof(first));
    memset(s, 0, sizeof(s));
    __asm__ volatile("" : : "r"(first), "r"(s) : "memory");
}
