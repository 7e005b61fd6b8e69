// SPDX-License-Identifier: MIT
// The physical timer: its registers, its level and its deadline (Arm ARM D19.12).
#include "unit_run.h"
#include "vcpu/ptimer.h"

#include <check.h>

#define NOW 0x100000000000ull

static struct ptimer timer_with(uint64_t cval, uint64_t ctl)
{
    struct ptimer t = {0};
    ptimer_write(&t, PTIMER_CVAL, cval, NOW);
    ptimer_write(&t, PTIMER_CTL, ctl, NOW);
    return t;
}

START_TEST(control)
{
    struct ptimer t = timer_with(NOW + 1, ~0ull);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CTL, NOW), PTIMER_ENABLE | PTIMER_IMASK);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CTL, NOW + 1), PTIMER_ENABLE | PTIMER_IMASK | PTIMER_ISTATUS);
    ptimer_write(&t, PTIMER_CTL, PTIMER_IMASK, NOW);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CTL, NOW + 1), PTIMER_IMASK);
    ptimer_write(&t, PTIMER_CTL, PTIMER_ISTATUS, NOW);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CTL, NOW + 1), 0);
}
END_TEST

START_TEST(compare_value)
{
    struct ptimer t = timer_with(0x123456789abcdef0, 0);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, NOW), 0x123456789abcdef0);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, ~0ull), 0x123456789abcdef0);
}
END_TEST

START_TEST(compares_unsigned)
{
    struct ptimer t = timer_with(1ull << 63, PTIMER_ENABLE);
    ck_assert(!ptimer_level(&t, NOW));
    ck_assert(!ptimer_level(&t, (1ull << 63) - 1));
    ck_assert(ptimer_level(&t, 1ull << 63));
    ck_assert(ptimer_level(&t, ~0ull));
    t = timer_with(0, PTIMER_ENABLE);
    ck_assert(ptimer_level(&t, 0));
    ck_assert(ptimer_level(&t, ~0ull));
}
END_TEST

START_TEST(timer_value)
{
    struct ptimer t = timer_with(0, PTIMER_ENABLE);
    ptimer_write(&t, PTIMER_TVAL, 0xabcdef01000003e8, NOW); // the upper half is ignored
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, NOW), NOW + 1000);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_TVAL, NOW + 8), 992);
    ptimer_write(&t, PTIMER_TVAL, 0xffffffff, NOW);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, NOW), NOW - 1);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_TVAL, NOW), 0xffffffff);
    ck_assert(ptimer_level(&t, NOW));
    ptimer_write(&t, PTIMER_TVAL, 0x80000000, NOW);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, NOW), NOW - 0x80000000);
    ptimer_write(&t, PTIMER_TVAL, 0xffffffff, 0); // before the counter's beginning is its end
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_CVAL, 0), ~0ull);
    ck_assert(!ptimer_level(&t, 0));
}
END_TEST

START_TEST(timer_value_counts_on)
{
    struct ptimer t = timer_with(NOW, 0);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_TVAL, NOW - 5), 5);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_TVAL, NOW + 5), 0xfffffffb);
    ck_assert_uint_eq(ptimer_read(&t, PTIMER_TVAL, NOW + 0x1234567890), (uint32_t)-0x34567890);
}
END_TEST

START_TEST(level)
{
    static unsigned const masks[] = {0, PTIMER_IMASK, PTIMER_ENABLE | PTIMER_IMASK};
    struct ptimer t = timer_with(NOW, PTIMER_ENABLE);
    ck_assert(!ptimer_level(&t, NOW - 1));
    ck_assert(ptimer_level(&t, NOW));
    ck_assert(ptimer_level(&t, NOW + 1));
    for (unsigned i = 0; i < 3; i++) {
        ptimer_write(&t, PTIMER_CTL, masks[i], NOW);
        ck_assert(!ptimer_level(&t, NOW));
    }
    ptimer_write(&t, PTIMER_CTL, PTIMER_ENABLE, NOW);
    ck_assert(ptimer_level(&t, NOW));
    ptimer_write(&t, PTIMER_CVAL, NOW + 1, NOW);
    ck_assert(!ptimer_level(&t, NOW));
}
END_TEST

START_TEST(deadline)
{
    struct ptimer t = timer_with(NOW, PTIMER_ENABLE);
    ck_assert_uint_eq(ptimer_deadline(&t, NOW - 1), NOW);
    ck_assert_uint_eq(ptimer_deadline(&t, NOW), PTIMER_NEVER);
    for (unsigned ctl = 0; ctl < 4; ctl++) {
        t = timer_with(NOW + 7, ctl);
        ck_assert_uint_eq(ptimer_deadline(&t, NOW), ctl == PTIMER_ENABLE ? NOW + 7 : PTIMER_NEVER);
    }
    t = timer_with(~0ull, PTIMER_ENABLE);
    ck_assert_uint_eq(ptimer_deadline(&t, NOW), PTIMER_NEVER);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_ptimer");
    TCase *c = tcase_create("registers");
    tcase_add_test(c, control);
    tcase_add_test(c, compare_value);
    tcase_add_test(c, compares_unsigned);
    tcase_add_test(c, timer_value);
    tcase_add_test(c, timer_value_counts_on);
    tcase_add_test(c, level);
    tcase_add_test(c, deadline);
    suite_add_tcase(s, c);
    return unit_run(s);
}
