// SPDX-License-Identifier: MIT
// SMMUs.
#include "machine_tree.h"

static void board(void)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 64);
    tree_gicv3(1);
}

static void smmu(char const *name, unsigned address, unsigned size)
{
    tree_open(name);
    tree_string("compatible", "arm,smmu-v3");
    tree_cells("reg", 4, 0, address, 0, size);
    tree_cells("interrupt-parent", 1, 1);
    tree_cells("interrupts", 12, 0, 74, 1, 0, 75, 1, 0, 76, 1, 0, 77, 1);
}

START_TEST(test_smmu)
{
    board();
    smmu("smmuv3@9050000", 0x9050000, 0x20000);
    tree_bytes("interrupt-names", "gerror\0priq\0cmdq-sync\0eventq", 29);
    tree_close();
    smmu("smmuv3@a000000", 0xa000000, 0x20000);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_smmu, 2);
    ck_assert_uint_eq(machine.smmu[0].regs.start, 0x9050000);
    ck_assert_uint_eq(machine.smmu[0].event_irq, 32 + 77);
    ck_assert_uint_eq(machine.smmu[0].error_irq, 32 + 74);
    ck_assert_uint_eq(machine.smmu[1].event_irq, 32 + 74); // by their usual places
    ck_assert_uint_eq(machine.smmu[1].error_irq, 32 + 77);
}
END_TEST

START_TEST(test_smmu_without_interrupts)
{
    board();
    tree_open("smmuv3@9050000");
    tree_string("compatible", "arm,smmu-v3");
    tree_cells("reg", 4, 0, 0x9050000, 0, 0x20000);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_smmu, 1);
    ck_assert_uint_eq(machine.smmu[0].event_irq, 0);
}
END_TEST

START_TEST(test_smmu_that_is_none)
{
    board();
    smmu("smmuv3@9050000", 0x9050000, 0x1000);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_smmu, 0);
    ck_reported("smmuv3@9050000: reg has no registers of an SMMU");
}
END_TEST

START_TEST(test_too_many_smmus)
{
    board();
    for (unsigned i = 0; i < BOOT_MAX_SMMU + 2; i++) {
        char name[] = "smmuv3@9000000";
        name[8] = (char)('0' + i);
        smmu(name, 0x9000000 + i * 0x100000, 0x20000);
        tree_close();
    }
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_smmu, BOOT_MAX_SMMU);
    ck_reported("smmuv3@9500000: more than 4 SMMUs, left out");
}
END_TEST

TCase *machine_smmu_cases(void)
{
    TCase *c = tcase_create("smmu");
    tcase_add_test(c, test_smmu);
    tcase_add_test(c, test_smmu_without_interrupts);
    tcase_add_test(c, test_smmu_that_is_none);
    tcase_add_test(c, test_too_many_smmus);
    return c;
}
