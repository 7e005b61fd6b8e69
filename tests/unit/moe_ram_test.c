// SPDX-License-Identifier: MIT
// How moe gets its memory, from Ashlar's sigma0 and from one that knows the standard requests alone.
#include "unit_run.h"

#include "ram.h"
#include "say.h"

#include <check.h>
#include <l4/sys/ipc.h>
#include <l4/sys/sigma0.h>
#include <stdbool.h>
#include <string.h>

enum { PAGE = 4096, BLOCKS = 512, BLOCK = 64 << 10 };

static l4_utcb_t utcb;
static bool knows_claim, lies;
static unsigned calls, warnings;
static bool is_free[BLOCKS]; // of 64 KiB, from address BASE on
static unsigned taken[BLOCKS];
#define BASE UINT64_C(0x40000000)

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

void say(unsigned level, char const *fmt, ...)
{
    (void)level, (void)fmt;
    warnings++;
}

static unsigned run_from(unsigned i)
{
    unsigned n = 0;
    while (i + n < BLOCKS && is_free[i + n])
        n++;
    return n;
}

static l4_msgtag_t answer_claim(void)
{
    unsigned n = 0;
    if (!knows_claim)
        return l4_msgtag(-L4_ENOSYS, 0, 0, 0);
    for (unsigned i = 0; i < BLOCKS && n < 2; i++) {
        unsigned run = run_from(i);
        if (!run)
            continue;
        utcb.msg.mr[2 * n] = BASE + (uint64_t)i * BLOCK;
        utcb.msg.mr[2 * n + 1] = (uint64_t)run * BLOCK;
        memset(&is_free[i], 0, run);
        n++;
    }
    return l4_msgtag(lies ? 1000 : n, 2 * n, 0, 0);
}

static l4_msgtag_t answer_any(void)
{
    unsigned order = l4_fpage_size((l4_fpage_t){.raw = utcb.msg.mr[1]});
    ck_assert_uint_eq(utcb.buf.br[0], L4_ITEM_MAP);
    if (order > 30 || order < 16)
        return l4_msgtag(-L4_ENOMEM, 0, 0, 0);
    unsigned n = (1u << order) / BLOCK;
    for (unsigned i = 0; i + n <= BLOCKS; i += n) {
        if (run_from(i) < n)
            continue;
        memset(&is_free[i], 0, n);
        utcb.msg.mr[0] = (BASE + (uint64_t)i * BLOCK) | order << 6 | (lies ? L4_RCV_MEM_NOTHING : L4_RCV_MEM_MAPPED);
        return l4_msgtag(0, 0, 1, 0);
    }
    return l4_msgtag(-L4_ENOMEM, 0, 0, 0);
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    calls++;
    ck_assert_uint_eq(dest & L4_CAP_MASK, L4_BASE_PAGER_CAP);
    ck_assert_int_eq(l4_msgtag_label(tag), L4_PROTO_SIGMA0);
    switch (utcb.msg.mr[0] & SIGMA0_REQ_ID_MASK) {
    case SIGMA0_REQ_ID_CLAIM_RAM:
        ck_assert_uint_eq(l4_msgtag_words(tag), 1);
        return answer_claim();
    case SIGMA0_REQ_ID_FPAGE_ANY:
        ck_assert_uint_eq(l4_msgtag_words(tag), 2);
        return answer_any();
    default:
        ck_abort_msg("an unknown request");
    }
}

static unsigned pieces;

static void add(uint64_t start, uint64_t size)
{
    memset(utcb.msg.mr, 0xee, sizeof(utcb.msg.mr)); // a page fault of this took the registers
    pieces++;
    ck_assert_uint_ge(start, BASE);
    ck_assert_uint_le(start + size, BASE + (uint64_t)BLOCKS * BLOCK);
    for (uint64_t i = (start - BASE) / BLOCK; i < (start + size - BASE) / BLOCK; i++)
        taken[i]++;
}

// Free is everything but every `hole`th block.
static void run(unsigned hole)
{
    memset(taken, 0, sizeof(taken));
    pieces = calls = warnings = 0;
    for (unsigned i = 0; i < BLOCKS; i++)
        is_free[i] = i % hole != hole - 1;
    ram_take(add);
    for (unsigned i = 0; i < BLOCKS; i++)
        ck_assert_uint_le(taken[i], i % hole != hole - 1);
}

static unsigned num_taken(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < BLOCKS; i++)
        n += taken[i];
    return n;
}

START_TEST(claims)
{
    knows_claim = true;
    run(50);
    ck_assert_uint_eq(pieces, 11);
    ck_assert_uint_eq(calls, 6 + 1);
    ck_assert_uint_eq(num_taken(), BLOCKS - 10);
}
END_TEST

START_TEST(standard_requests)
{
    run(50);
    ck_assert_uint_eq(pieces, 11); // joined
    ck_assert_uint_eq(num_taken(), BLOCKS - 10);
    ck_assert_uint_eq(warnings, 0);
    run(7); // too many
    ck_assert_uint_eq(pieces, 64);
    ck_assert_uint_gt(warnings, 0);
}
END_TEST

START_TEST(answers_that_are_none)
{
    lies = true;
    run(50);
    ck_assert_uint_eq(pieces, 0);
    knows_claim = true; // more ranges than a message has
    run(50);
    ck_assert_uint_eq(pieces, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe_ram");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, claims);
    tcase_add_test(tc, standard_requests);
    tcase_add_test(tc, answers_that_are_none);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
