// SPDX-License-Identifier: MIT
// The guest's debug registers (Arm ARM D19.3).
#include "unit_run.h"
#include "vcpu/debug_regs.h"

#include <check.h>

// ID_AA64DFR0_EL1 of a CPU with 16 breakpoints, 2 watchpoints, 4 context comparisons; all other features there are.
#define ID_LARGE 0x0fff0fff3f1fffffull

static struct debug_regs fresh(uint64_t real)
{
    struct debug_regs d;
    debug_reset(&d, debug_id(real));
    return d;
}

#define MDSCR ((struct debug_name){0, 0, 2, 2})
#define OSLAR ((struct debug_name){0, 1, 0, 4})
#define OSLSR ((struct debug_name){0, 1, 1, 4})
#define OSDLR ((struct debug_name){0, 1, 3, 4})
#define DBGPRCR ((struct debug_name){0, 1, 4, 4})
#define CLAIMSET ((struct debug_name){0, 7, 8, 6})
#define CLAIMCLR ((struct debug_name){0, 7, 9, 6})

static struct debug_name pair(unsigned n, unsigned op2)
{
    return (struct debug_name){0, 0, (uint8_t)n, (uint8_t)op2};
}

static uint64_t get(struct debug_regs const *d, struct debug_name n)
{
    uint64_t value;
    ck_assert(debug_read(d, n, &value));
    return value;
}

START_TEST(what_is_shown)
{
    uint64_t id = debug_id(ID_LARGE);
    ck_assert_uint_eq(id & 0xf, 6);
    ck_assert_uint_eq(id >> 12 & 0xf, 5);
    ck_assert_uint_eq(id >> 20 & 0xf, 1);
    ck_assert_uint_eq(id >> 28 & 0xf, 3);
    ck_assert_uint_eq(id & ~0xf0f0f00full, 0);
    ck_assert_uint_eq(debug_id(0x1f11f006) >> 28, 1);
    ck_assert_uint_eq(debug_id(0xf0f0f006) >> 28, 5); // not more than there are breakpoints
}
END_TEST

START_TEST(pairs)
{
    struct debug_regs d = fresh(ID_LARGE);
    uint64_t value = 1;
    for (unsigned op2 = 4; op2 < 8; op2++)
        for (unsigned n = 0; n < 16; n++) {
            bool there = n < (op2 < 6 ? 6 : 2);
            ck_assert_int_eq(debug_write(&d, pair(n, op2), ~0ull), there);
            ck_assert_int_eq(debug_read(&d, pair(n, op2), &value), there);
            uint64_t const all[] = {~0ull, 0x00ffe1e7, ~3ull, 0x1f1fffff};
            ck_assert_uint_eq(value, there ? all[op2 - 4] : 0);
        }
    ck_assert_uint_eq(d.regs.breakpoint[5].control, 0x00ffe1e7);
    ck_assert_uint_eq(d.regs.watchpoint[1].value, ~3ull);
    ck_assert_uint_eq(d.regs.watchpoint[2].value, 0);
    ck_assert_uint_eq(d.regs.mdscr, 0);
}
END_TEST

START_TEST(nothing_while_locked)
{
    struct debug_regs d = fresh(ID_LARGE);
    ck_assert_uint_eq(get(&d, OSLSR), 0xa);
    debug_write(&d, MDSCR, ~0ull);
    ck_assert_uint_eq(get(&d, MDSCR), 0xb001);
    ck_assert_uint_eq(debug_effective(&d), 0);
    debug_write(&d, OSLAR, 0);
    ck_assert_uint_eq(get(&d, OSLSR), 0x8);
    ck_assert_uint_eq(debug_effective(&d), 0xa001);
    debug_write(&d, OSDLR, 1);
    ck_assert_uint_eq(debug_effective(&d), 0);
    debug_write(&d, DBGPRCR, 1);
    ck_assert_uint_eq(debug_effective(&d), 0xa001);
    debug_write(&d, DBGPRCR, 0);
    debug_write(&d, OSDLR, 0);
    debug_write(&d, MDSCR, 0);
    ck_assert_uint_eq(debug_effective(&d), 0);
}
END_TEST

START_TEST(claims)
{
    struct debug_regs d = fresh(ID_LARGE);
    ck_assert_uint_eq(get(&d, CLAIMSET), 0xff);
    ck_assert_uint_eq(get(&d, CLAIMCLR), 0);
    debug_write(&d, CLAIMSET, 0x181);
    debug_write(&d, CLAIMSET, 0x02);
    ck_assert_uint_eq(get(&d, CLAIMCLR), 0x83);
    debug_write(&d, CLAIMCLR, 0x01);
    ck_assert_uint_eq(get(&d, CLAIMCLR), 0x82);
}
END_TEST

// Each encoding with op0 = 2: those that are there can be told from those that are not, and nothing else changes.
START_TEST(all_names)
{
    unsigned readable = 0, writable = 0;
    for (unsigned n = 0; n < 1 << 14; n++) {
        struct debug_regs d = fresh(ID_LARGE);
        struct debug_name name = {n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7};
        uint64_t value;
        readable += debug_read(&d, name, &value);
        writable += debug_write(&d, name, ~0ull);
        ck_assert_uint_eq(d.breakpoints, 6);
        ck_assert_uint_eq(d.watchpoints, 2);
        ck_assert_uint_eq(debug_effective(&d), 0);
    }
    ck_assert_uint_eq(readable, 16 + 15);
    ck_assert_uint_eq(writable, 16 + 12);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_debug");
    TCase *c = tcase_create("registers");
    tcase_add_test(c, what_is_shown);
    tcase_add_test(c, pairs);
    tcase_add_test(c, nothing_while_locked);
    tcase_add_test(c, claims);
    tcase_add_test(c, all_names);
    suite_add_tcase(s, c);
    return unit_run(s);
}
