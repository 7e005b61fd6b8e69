// SPDX-License-Identifier: MIT
// The generator of random numbers against RFC 8439 and its own promises; sources that are broken; shares of clients.
#include "budget.h"
#include "entropy.h"
#include "unit_run.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

// RFC 8439, 2.3.2 and A.1, test vectors 1 to 3.
static struct {
    uint32_t key[CHACHA20_KEY_WORDS], counter, nonce[CHACHA20_NONCE_WORDS];
    char const *block;
} const vectors[] = {
    { { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c },
      1,
      { 0x09000000, 0x4a000000, 0 },
      "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
      "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e" },
    { { 0 },
      0,
      { 0 },
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
      "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
    { { 0 },
      1,
      { 0 },
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
      "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
    { { [7] = 0x01000000 },
      1,
      { 0 },
      "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
      "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
};

START_TEST(rfc_8439)
{
    for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t block[CHACHA20_BLOCK];
        char hex[2 * CHACHA20_BLOCK + 1];
        chacha20_block(vectors[i].key, vectors[i].counter, vectors[i].nonce, block);
        for (unsigned k = 0; k < sizeof(block); k++)
            snprintf(hex + 2 * k, 3, "%02x", block[k]);
        ck_assert_str_eq(hex, vectors[i].block);
    }
}
END_TEST

static struct drbg seeded(unsigned char with)
{
    struct drbg d = { .bits = 0 };
    uint8_t seed[32];
    memset(seed, with, sizeof(seed));
    drbg_add(&d, seed, sizeof(seed), DRBG_FULL);
    return d;
}

START_TEST(nothing_without_entropy)
{
    struct drbg d = { .bits = 0 };
    uint8_t to[16] = "untouched";
    ck_assert(!drbg_read(&d, to, sizeof(to)));
    drbg_add(&d, "0123456789abcdef", 16, DRBG_ENOUGH - 1);
    struct drbg const before = d;
    ck_assert(!drbg_ready(&d));
    ck_assert(!drbg_read(&d, to, sizeof(to)));
    ck_assert_str_eq((char *)to, "untouched");
    ck_assert_mem_eq(&before, &d, sizeof(d));
    drbg_add(&d, "", 0, 1);
    ck_assert(drbg_ready(&d) && drbg_read(&d, to, sizeof(to)));
    drbg_add(&d, "x", 1, ~0u);
    ck_assert_uint_eq(d.bits, DRBG_FULL);
}
END_TEST

// What is handed out is this stream, whatever its length, and the key that made it is gone.
START_TEST(key_is_erased)
{
    for (size_t size = 0; size <= 256; size++) {
        struct drbg d = seeded(7), const_key = d;
        uint8_t to[258], stream[CHACHA20_BLOCK * 5];
        memset(to, 0xee, sizeof(to));
        for (uint32_t i = 0; i < 5; i++)
            chacha20_block(const_key.key, i, (uint32_t[]){ 2, 0, 0 }, stream + i * CHACHA20_BLOCK);
        ck_assert(drbg_read(&d, to + 1, size));
        ck_assert_uint_eq(d.read, size);
        ck_assert_mem_eq(to + 1, stream + 32, size);
        ck_assert_uint_eq(to[0], 0xee);
        ck_assert_uint_eq(to[1 + size], 0xee);
        ck_assert_mem_eq(d.key, stream, 32); // which is not handed out
    }
}
END_TEST

START_TEST(never_the_same_again)
{
    enum { N = 500, SIZE = 16 };
    static uint8_t all[N][SIZE];
    struct drbg d = seeded(1);
    for (unsigned i = 0; i < N; i++) {
        ck_assert(drbg_read(&d, all[i], SIZE));
        for (unsigned k = 0; k < i; k++)
            ck_assert(memcmp(all[i], all[k], SIZE));
    }
}
END_TEST

// Each byte, their number and their order count, and what was there before.
START_TEST(all_that_is_added_counts)
{
    static char const *const added[] = { "", "a", "b", "aa", "ab", "ba", "0123456789abcdef0123456789abcdef",
                                         "0123456789abcdef0123456789abcdefa", "0123456789abcdef0123456789abcdefb" };
    enum { N = sizeof(added) / sizeof(added[0]) };
    struct drbg d[2 * N + 1];
    for (unsigned i = 0; i < 2 * N; i++) {
        d[i] = seeded((unsigned char)(i / N));
        drbg_add(&d[i], added[i % N], strlen(added[i % N]), 0);
        ck_assert_uint_eq(d[i].read, 0);
    }
    d[2 * N] = seeded(0);
    drbg_add(&d[2 * N], "a\0", 2, 0); // not as "a"
    for (unsigned i = 0; i <= 2 * N; i++)
        for (unsigned k = 0; k < i; k++)
            ck_assert(memcmp(d[i].key, d[k].key, sizeof(d[i].key)));
}
END_TEST

static void block_of(uint8_t *b, unsigned n)
{
    for (unsigned i = 0; i < ENTROPY_BLOCK; i++)
        b[i] = (uint8_t)(n * 37 + i + 1);
}

START_TEST(sources)
{
    static struct entropy e;
    uint8_t b[2 * ENTROPY_BLOCK];
    char text[200];
    memset(&e, 0, sizeof(e));
    ck_assert(!entropy_possible(&e));
    entropy_describe(&e, text, sizeof(text));
    ck_assert_str_eq(text, "nothing");
    entropy_announce(&e, SOURCE_DEVICE);
    ck_assert(entropy_possible(&e));
    entropy_lost(&e, SOURCE_DEVICE);
    ck_assert(!entropy_possible(&e));
    block_of(b, 0);
    ck_assert(entropy_add(&e, SOURCE_SEED, b, ENTROPY_BLOCK, 128));
    ck_assert(entropy_possible(&e) && drbg_ready(&e.drbg));
    block_of(b, 1);
    block_of(b + ENTROPY_BLOCK, 2);
    ck_assert(entropy_add(&e, SOURCE_DEVICE, b, sizeof(b), 512));
    entropy_describe(&e, text, sizeof(text));
    ck_assert_str_eq(text, "the seed of the machine's start (128 bits), the machine's virtio device (256 bits)");
    entropy_describe(&e, text, 10);
    ck_assert_str_eq(text, "the seed ");
}
END_TEST

// A source that says the same again and again, or nothing but zeros, has no entropy; others go on.
START_TEST(broken_sources)
{
    static struct entropy e;
    uint8_t b[2 * ENTROPY_BLOCK] = { 0 };
    memset(&e, 0, sizeof(e));
    entropy_announce(&e, SOURCE_DEVICE);
    ck_assert(!entropy_add(&e, SOURCE_DEVICE, b, ENTROPY_BLOCK, 256));
    ck_assert(!entropy_possible(&e));
    block_of(b, 1);
    ck_assert(!entropy_add(&e, SOURCE_DEVICE, b, ENTROPY_BLOCK, 256)); // it has failed for good
    ck_assert_uint_eq(e.drbg.bits, 0);

    ck_assert(entropy_add(&e, SOURCE_CPU, b, ENTROPY_BLOCK, 100));
    struct drbg const before = e.drbg;
    ck_assert(!entropy_add(&e, SOURCE_CPU, b, ENTROPY_BLOCK, 100));
    ck_assert_mem_eq(&before, &e.drbg, sizeof(before));
    block_of(b, 2);
    block_of(b + ENTROPY_BLOCK, 2); // within what comes at once
    ck_assert(!entropy_add(&e, SOURCE_SEED, b, sizeof(b), 256));
    ck_assert_uint_eq(e.drbg.bits, 100);
}
END_TEST

START_TEST(shares)
{
    struct budget b;
    budget_init(&b, 1000, 5000000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(budget_take(&b, 250, 5000000), 0);
    ck_assert_uint_eq(budget_take(&b, 1, 5000000), 1000); // nothing is taken
    ck_assert_uint_eq(budget_take(&b, 100, 5000000), 100000);
    ck_assert_uint_eq(budget_take(&b, 100, 5099999), 1);
    ck_assert_uint_eq(budget_take(&b, 100, 5100000), 0);
    ck_assert_uint_eq(budget_take(&b, 1, 5100000), 1000);
    // not more than a second's, however long nobody asked
    ck_assert_uint_eq(budget_take(&b, 250, ~0ull), 0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(budget_take(&b, 250, ~0ull), 0);
    ck_assert_uint_ne(budget_take(&b, 1, ~0ull), 0);
}
END_TEST

// Who asks all the time has the rate, over a minute, and what it may have had left.
START_TEST(shares_over_time)
{
    static uint32_t const rates[] = { BUDGET_RATE_MIN, 1013, BUDGET_RATE, BUDGET_RATE_MAX };
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct budget b;
        uint64_t now = 1, bytes = 0, calls = 0;
        budget_init(&b, rates[i], now);
        while (now < 60000001 && calls++ < 5000000) {
            uint64_t wait = budget_take(&b, 256, now);
            bytes += wait ? 0 : 256;
            now += wait;
        }
        if (calls < 5000000) {
            ck_assert_uint_le(bytes, 61ull * rates[i]);
            ck_assert_uint_ge(bytes, 61ull * rates[i] - 512);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rng_generator");
    TCase *c = tcase_create("generator");
    tcase_add_test(c, rfc_8439);
    tcase_add_test(c, nothing_without_entropy);
    tcase_add_test(c, key_is_erased);
    tcase_add_test(c, never_the_same_again);
    tcase_add_test(c, all_that_is_added_counts);
    tcase_add_test(c, sources);
    tcase_add_test(c, broken_sources);
    tcase_add_test(c, shares);
    tcase_add_test(c, shares_over_time);
    suite_add_tcase(s, c);
    return unit_run(s);
}
