// SPDX-License-Identifier: MIT
// Rescue jumps of the runtime: which range covers a program counter, and what is refused.
#include "unit_run.h"

#include <l4/region/rescue.h>
#include <l4/sys/err.h>

enum { JUMPS = 16 };
static struct rescue_jump jumps[JUMPS];
static struct rescue_table table = {.jump = jumps, .capacity = JUMPS};

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)tag, (void)label, (void)dest, (void)to;
    ck_abort_msg("the table asks nobody");
}

static int add(uint64_t begin, uint64_t end, uint64_t target)
{
    return rescue_add(&table, (struct rescue_jump){begin, end, target});
}

static uint64_t target_of(uint64_t pc)
{
    struct rescue_jump const *j = rescue_find(&table, pc);
    return j ? j->target : 0;
}

START_TEST(covers_its_range)
{
    ck_assert_uint_eq(target_of(0), 0);
    ck_assert_int_eq(add(0x1000, 0x1010, 0x5000), 0);
    ck_assert_uint_eq(target_of(0xfff), 0);
    ck_assert_uint_eq(target_of(0x1000), 0x5000);
    ck_assert_uint_eq(target_of(0x100f), 0x5000);
    ck_assert_uint_eq(target_of(0x1010), 0);
}
END_TEST

START_TEST(newest_first)
{
    ck_assert_int_eq(add(0x1000, 0x2000, 1), 0);
    ck_assert_int_eq(add(0x1100, 0x1200, 2), 0);
    ck_assert_int_eq(add(0x8000, 0x9000, 3), 0);
    ck_assert_uint_eq(target_of(0x1150), 2);
    ck_assert_int_eq(rescue_remove(&table, 0x1150), 0);
    ck_assert_uint_eq(target_of(0x1150), 1);
    ck_assert_uint_eq(target_of(0x8000), 3);
    ck_assert_int_eq(rescue_remove(&table, 0x1150), 0);
    ck_assert_int_eq(rescue_remove(&table, 0x1150), -L4_ENOENT);
    ck_assert_uint_eq(target_of(0x8000), 3);
}
END_TEST

START_TEST(refusals)
{
    ck_assert_int_eq(add(0x1000, 0x1000, 1), -L4_EINVAL);
    ck_assert_int_eq(add(0x1000, 0xfff, 1), -L4_EINVAL);
    for (unsigned i = 0; i < JUMPS; i++)
        ck_assert_int_eq(add(i, i + 1, 1), 0);
    ck_assert_int_eq(add(0x1000, 0x1001, 1), -L4_ENOMEM);
}
END_TEST

static void setup(void)
{
    table.count = 0;
}

int main(void)
{
    Suite *s = suite_create("rescue");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, covers_its_range);
    tcase_add_test(t, newest_first);
    tcase_add_test(t, refusals);
    suite_add_tcase(s, t);
    return unit_run(s);
}
