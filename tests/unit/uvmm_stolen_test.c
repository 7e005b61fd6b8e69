// SPDX-License-Identifier: MIT
// Stolen time: what passes while a vCPU neither runs nor sleeps.
#include "unit_run.h"
#include "vcpu/stolen_time.h"

#include <check.h>

#define NEVER (~0ull)

static struct stolen_time s;

static void setup(void)
{
    stolen_time_begin(&s, 1000, 300);
}

START_TEST(runs)
{
    ck_assert_uint_eq(stolen_time_sum(&s, 1000, 300), 0);
    ck_assert_uint_eq(stolen_time_sum(&s, 3000, 2300), 0);
}
END_TEST

START_TEST(loses_its_cpu)
{
    ck_assert_uint_eq(stolen_time_sum(&s, 3000, 1300), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 4000, 2300), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 5000, 2300), 2000);
}
END_TEST

START_TEST(sleeps)
{
    stolen_time_sleep(&s, 1000, NEVER, 5000);
    ck_assert_uint_eq(stolen_time_sum(&s, 5000, 300), 0);
    ck_assert_uint_eq(stolen_time_sum(&s, 6000, 800), 500);
}
END_TEST

START_TEST(is_woken_late)
{
    stolen_time_sleep(&s, 1000, 2000, 5000);
    ck_assert_uint_eq(stolen_time_sum(&s, 5000, 300), 3000);
    stolen_time_sleep(&s, 5000, 4000, 5100); // there was nothing to wait for
    ck_assert_uint_eq(stolen_time_sum(&s, 5100, 300), 3100);
    stolen_time_sleep(&s, 5100, 9000, 6100); // an event came first
    ck_assert_uint_eq(stolen_time_sum(&s, 6100, 300), 3100);
}
END_TEST

// The clocks are read one after the other, and the thread may lose its CPU between.
START_TEST(never_goes_back)
{
    ck_assert_uint_eq(stolen_time_sum(&s, 3000, 1300), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 3001, 1350), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 3100, 9999), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 900, 1350), 1000);
    ck_assert_uint_eq(stolen_time_sum(&s, 3100, 1350), 1050);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uvmm_stolen");
    TCase *c = tcase_create("stolen");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, runs);
    tcase_add_test(c, loses_its_cpu);
    tcase_add_test(c, sleeps);
    tcase_add_test(c, is_woken_late);
    tcase_add_test(c, never_goes_back);
    suite_add_tcase(suite, c);
    return unit_run(suite);
}
