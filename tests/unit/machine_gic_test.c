// SPDX-License-Identifier: MIT
// The interrupt controller.
#include "machine_tree.h"

START_TEST(test_several_redistributor_regions)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 64);
    tree_gicv3(2);
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_gicr, 2);
    ck_assert_uint_eq(machine.gicr[1].start, 0x4000000000);
}
END_TEST

START_TEST(test_gic_regions_missing_or_too_many)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 64);
    tree_gicv3(3);
    ck_assert(!tree_finish_and_read(0));
    ck_reported("error: gic@8000000: reg has no redistributor region 2");
    tree_root();
    tree_memory("memory@40000000", 1024, 64);
    tree_gicv3(1000);
    ck_assert(!tree_finish_and_read(0));
    ck_reported("error: gic@8000000: 1000 redistributor regions");
    tree_root();
    tree_memory("memory@40000000", 1024, 64);
    tree_gicv3(BOOT_MAX_GICR + 1);
    ck_assert(!tree_finish_and_read(0));
    ck_reported("error: gic@8000000: 5 redistributor regions");
}
END_TEST

TCase *machine_gic_cases(void)
{
    TCase *c = tcase_create("gic");
    tcase_add_test(c, test_several_redistributor_regions);
    tcase_add_test(c, test_gic_regions_missing_or_too_many);
    return c;
}
