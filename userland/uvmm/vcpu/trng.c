// SPDX-License-Identifier: MIT
#include "vcpu/trng.h"

#include "entropy.h"
#include "vcpu/vcpu.h"

#include <l4/re/env.h>
#include <string.h>

enum { WORDS = 3 }; // of random bits, x1 to x3

static l4_cap_idx_t rng;
static bool works;

void trng_init(void)
{
    rng = l4re_env_get_cap(ENTROPY_CAP);
    works = !l4_is_invalid_cap(rng) && entropy_works(rng);
}

static void answer(struct vcpu *v, int64_t status, uint64_t const word[WORDS])
{
    vcpu_set_reg(v, 0, (uint64_t)status);
    for (unsigned i = 0; i < WORDS; i++)
        vcpu_set_reg(v, 1 + i, word[i]);
}

// `wanted` bits: the lowest are in x3, those behind them in x2 and x1, words of 32 or 64 bits; what is above is zero.
static void random_bits(struct vcpu *v, uint64_t wanted, unsigned width)
{
    static uint64_t const nothing[WORDS];
    uint64_t bits[WORDS] = {0}, wait_us;
    if (!wanted || wanted > WORDS * width) {
        answer(v, TRNG_INVALID_PARAMETERS, nothing);
        return;
    }
    fp_protect(); // what copies the bytes
    if (entropy_get(rng, bits, sizeof(bits), &wait_us) < 0) {
        answer(v, TRNG_NO_ENTROPY, nothing);
        return;
    }
    for (unsigned i = WORDS; i-- > 0;) {
        unsigned const n = wanted < width ? (unsigned)wanted : width;
        bits[i] &= n == 64 ? ~0ull : (1ull << n) - 1;
        wanted -= n;
    }
    answer(v, TRNG_SUCCESS, bits);
}

// Of this implementation, by its bytes 5d6b0a7e-29c4-4f3d-9a81-6c0f3e52d7b4.
static void uuid(struct vcpu *v)
{
    static uint32_t const word[] = {0x7e0a6b5d, 0x3d4fc429, 0x0f6c819a, 0xb4d7523e};
    for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        vcpu_set_reg(v, i, word[i]);
}

static bool exists(uint32_t fn)
{
    return (fn >= SMCCC_TRNG_VERSION && fn <= SMCCC_TRNG_RND32) || fn == SMCCC_TRNG_RND64;
}

bool trng_call(struct vcpu *v, uint32_t fn)
{
    if (!works || !exists(fn))
        return false;
    if (fn == SMCCC_TRNG_VERSION)
        vcpu_set_reg(v, 0, TRNG_1_0);
    else if (fn == SMCCC_TRNG_FEATURES)
        vcpu_set_reg(v, 0, exists((uint32_t)vcpu_reg(v, 1)) ? TRNG_SUCCESS : (uint64_t)TRNG_NOT_SUPPORTED);
    else if (fn == SMCCC_TRNG_GET_UUID)
        uuid(v);
    else if (fn == SMCCC_TRNG_RND32)
        random_bits(v, (uint32_t)vcpu_reg(v, 1), 32);
    else if (fn == SMCCC_TRNG_RND64)
        random_bits(v, vcpu_reg(v, 1), 64);
    return true;
}
