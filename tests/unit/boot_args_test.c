// SPDX-License-Identifier: MIT
// The boot arguments.
#include "boot_args.h"
#include "boot_report.h"
#include "unit_run.h"

#include <check.h>
#include <stddef.h>
#include <string.h>

START_TEST(test_boot_arguments)
{
    struct boot_args a = {0};
    boot_reports_clear();
    boot_args_parse(&a, " console=ttyS0 -maxmem=512  -noserial -kmemsize=65536 -wait");
    ck_assert(a.no_serial && !a.no_hardening);
    ck_assert_uint_eq(a.max_mem, 512ull << 20);
    ck_assert_uint_eq(a.kmem_size, 64ull << 20);
    ck_assert_str_eq(boot_reports, "");
    boot_args_parse(&a, "-maxmem=12x -maxmem= -maxmem=99999999999 -strange");
    ck_assert_uint_eq(a.max_mem, 512ull << 20);
    ck_assert_ptr_nonnull(strstr(boot_reports, "boot argument \"-maxmem=12x\""));
    ck_assert_ptr_nonnull(strstr(boot_reports, "boot argument \"-strange\""));
    boot_args_parse(&a, "-a-word-that-is-longer-than-any-that-boot-understands-and-than-the-line-"
                        "that-complains-of-it-can-show-in-full-whatever");
    ck_assert_ptr_nonnull(strstr(boot_reports, "boot argument \"-a-word-that-is-longer-than"));
    ck_assert_ptr_null(strstr(boot_reports, "whatever"));
    boot_args_parse(&a, "-nohardening");
    ck_assert(a.no_hardening && !a.no_random);
    boot_args_parse(&a, "-norandom");
    ck_assert(a.no_random);
    boot_args_parse(&a, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_args");
    TCase *c = tcase_create("args");
    tcase_add_test(c, test_boot_arguments);
    suite_add_tcase(s, c);
    return unit_run(s);
}
