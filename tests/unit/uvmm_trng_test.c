// SPDX-License-Identifier: MIT
// The guest's calls for random numbers (DEN 0098), with and without somebody who has any.
#include "entropy.h"
#include "unit_run.h"
#include "vcpu/smccc.h"
#include "vcpu/trng.h"
#include "vcpu/vcpu.h"

#include <check.h>
#include <l4/re/env.h>
#include <string.h>

enum { RNG = 0x5000 };

static struct vcpu cpu;
static _Alignas(8) char area[0x1000];
static bool given, works, empty;
static unsigned protected;
static uint8_t bytes[24];

l4_cap_idx_t l4re_env_get_cap(char const *name)
{
    ck_assert_str_eq(name, "rng");
    return given ? RNG : L4_INVALID_CAP;
}

bool entropy_works(l4_cap_idx_t cap)
{
    ck_assert_uint_eq(cap, RNG);
    return works;
}

void fp_protect(void)
{
    protected++;
}

int entropy_get(l4_cap_idx_t cap, void *to, unsigned size, uint64_t *wait_us)
{
    ck_assert_uint_eq(cap, RNG);
    ck_assert_uint_le(size, sizeof(bytes));
    ck_assert_uint_ge(protected, 1);
    *wait_us = 1000;
    if (empty)
        return -11;
    memcpy(to, bytes, size);
    return 0;
}

static void begin(bool with_cap, bool with_source)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(area, 0, sizeof(area));
    cpu.area = (l4_vcpu_state_t *)area;
    given = with_cap;
    works = with_source;
    empty = false;
    protected = 0;
    memset(bytes, 0xff, sizeof(bytes));
    trng_init();
}

static bool call(uint32_t fn, uint64_t a1)
{
    cpu.area->r.r[0] = fn;
    cpu.area->r.r[1] = a1;
    for (unsigned i = 2; i < 31; i++)
        cpu.area->r.r[i] = 0x1000 + i;
    bool handled = trng_call(&cpu, fn);
    for (unsigned i = 4; i < 31; i++)
        ck_assert_uint_eq(cpu.area->r.r[i], 0x1000 + i);
    return handled;
}

static int64_t status(uint32_t fn, uint64_t a1)
{
    ck_assert(call(fn, a1));
    return (int64_t)cpu.area->r.r[0];
}

static uint32_t const functions[] = { SMCCC_TRNG_VERSION, SMCCC_TRNG_FEATURES, SMCCC_TRNG_GET_UUID, SMCCC_TRNG_RND32,
                                      SMCCC_TRNG_RND64 };
enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

// No call exists: who handles others answers NOT_SUPPORTED.
START_TEST(nobody_has_any)
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        begin(false, false);
        ck_assert(!call(functions[i], 32));
        begin(true, false);
        ck_assert(!call(functions[i], 32));
    }
}
END_TEST

START_TEST(version_and_features)
{
    begin(true, true);
    ck_assert_int_eq(status(SMCCC_TRNG_VERSION, 0), 0x10000);
    for (unsigned i = 0; i < FUNCTIONS; i++)
        ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, functions[i]), 0);
    ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, 0xffffffff00000000 | SMCCC_TRNG_RND64), 0);
    ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, 0x84000054), -1);
    ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, 0xc4000050), -1);
    ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, 0x84000000), -1);
    ck_assert_int_eq(status(SMCCC_TRNG_FEATURES, 0), -1);
    ck_assert(!call(0x84000054, 0));
    for (unsigned i = 0; i < 3; i++)
        ck_assert(!call(functions[i] | 0x40000000, 0)); // there is no 64-bit form
}
END_TEST

START_TEST(uuid)
{
    begin(true, true);
    ck_assert(call(SMCCC_TRNG_GET_UUID, 0));
    uint64_t any = 0;
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(cpu.area->r.r[i] >> 32, 0);
        any |= cpu.area->r.r[i];
    }
    ck_assert_uint_ne(any, 0);
    ck_assert_uint_ne(cpu.area->r.r[0], 0xffffffff); // which is NOT_SUPPORTED
}
END_TEST

static uint64_t mask(uint64_t bits, unsigned width)
{
    return bits >= width ? width == 64 ? ~0ull : (1ull << width) - 1 : (1ull << bits) - 1;
}

// The lowest bits are in x3, and no bit is set that was not asked for.
static void check_bits(uint32_t fn, unsigned width)
{
    for (uint64_t n = 1; n <= 3 * width; n++) {
        ck_assert_int_eq(status(fn, n), 0);
        for (unsigned i = 0; i < 3; i++) {
            unsigned const below = (2 - i) * width;
            ck_assert_uint_eq(cpu.area->r.r[1 + i], n > below ? mask(n - below, width) : 0);
        }
    }
}

START_TEST(as_many_bits_as_asked_for)
{
    begin(true, true);
    check_bits(SMCCC_TRNG_RND32, 32);
    check_bits(SMCCC_TRNG_RND64, 64);
}
END_TEST

START_TEST(wrong_parameters)
{
    static struct {
        uint32_t fn;
        uint64_t bits;
        int64_t result;
    } const t[] = {
        { SMCCC_TRNG_RND32, 0, -2 },          { SMCCC_TRNG_RND32, 97, -2 },       { SMCCC_TRNG_RND32, 0xffffffff, -2 },
        { SMCCC_TRNG_RND64, 0, -2 },          { SMCCC_TRNG_RND64, 193, -2 },      { SMCCC_TRNG_RND64, ~0ull, -2 },
        { SMCCC_TRNG_RND64, 1ull << 32, -2 }, { SMCCC_TRNG_RND32, 1ull << 32, -2 }, { SMCCC_TRNG_RND32, 1ull << 32 | 96, 0 },
    };
    begin(true, true);
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        ck_assert_int_eq(status(t[i].fn, t[i].bits), t[i].result);
        for (unsigned k = 1; t[i].result && k < 4; k++)
            ck_assert_uint_eq(cpu.area->r.r[k], 0);
    }
}
END_TEST

START_TEST(no_entropy_now)
{
    begin(true, true);
    empty = true;
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(status(i ? SMCCC_TRNG_RND64 : SMCCC_TRNG_RND32, 64), -3);
        for (unsigned k = 1; k < 4; k++)
            ck_assert_uint_eq(cpu.area->r.r[k], 0);
    }
    ck_assert_int_eq(status(SMCCC_TRNG_VERSION, 0), 0x10000);
    empty = false;
    ck_assert_int_eq(status(SMCCC_TRNG_RND64, 64), 0);
    ck_assert_uint_eq(cpu.area->r.r[3], ~0ull);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_trng");
    TCase *c = tcase_create("trng");
    tcase_add_test(c, nobody_has_any);
    tcase_add_test(c, version_and_features);
    tcase_add_test(c, uuid);
    tcase_add_test(c, as_many_bits_as_asked_for);
    tcase_add_test(c, wrong_parameters);
    tcase_add_test(c, no_entropy_now);
    suite_add_tcase(s, c);
    return unit_run(s);
}
