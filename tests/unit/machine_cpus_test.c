// SPDX-License-Identifier: MIT
// The CPUs and how they are started.
#include "machine_tree.h"

#include <stdio.h>

START_TEST(test_cpus_left_out)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 512);
    tree_gicv2();
    tree_psci("arm,psci-0.2", "smc");
    tree_cpus_open();
    tree_cpu("cpu@0", 0, "psci");
    tree_cpu("cpu@1", 1, "brcm,old");
    tree_cpu("cpu@2", 0x80000002, "psci"); // not an affinity
    tree_cpu("cpu@3", 3, "psci");
    tree_cpu("cpu@33", 3, "psci");
    tree_cpu("cpu@5", 5, NULL); // PSCI exists: taken as its method
    tree_open("cpu@4");
    tree_string("device_type", "cpu");
    tree_string("status", "disabled");
    tree_cells("reg", 1, 4);
    tree_close();
    tree_open("cpu-map");
    tree_close();
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_cpus, 3);
    ck_assert_uint_eq(machine.cpus[1].mpidr, 3);
    ck_assert_uint_eq(machine.cpus[2].mpidr, 5);
    ck_reported("cpu@1: enable-method \"brcm,old\" is not known");
    ck_reported("cpu@2: reg is no affinity value");
    ck_reported("cpu@33: CPU 0x3 is named twice");
}
END_TEST

START_TEST(test_more_cpus_than_supported)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 512);
    tree_gicv2();
    tree_psci("arm,psci-1.0", "hvc");
    tree_cpus_open();
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "cpu@%x", i);
        tree_cpu(name, i, "psci");
    }
    tree_close();
    ck_assert(tree_finish_and_read(19)); // the boot CPU is in, wherever it stands in the tree
    ck_assert_uint_eq(machine.num_cpus, BOOT_MAX_CPUS);
    ck_assert_uint_eq(machine.cpus[0].mpidr, 19);
    ck_reported("4 CPUs left out: 16 are supported");
    ck_assert_int_eq(machine.psci, BOOT_PSCI_HVC);
}
END_TEST

START_TEST(test_psci_0_1_starts_nobody)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 512);
    tree_gicv2();
    tree_psci("arm,psci", "smc");
    tree_cpus_open();
    tree_cpu("cpu@0", 0, "psci");
    tree_cpu("cpu@1", 1, "psci");
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_cpus, 1);
    ck_reported("no PSCI 0.2 or later");
}
END_TEST

TCase *machine_cpus_cases(void)
{
    TCase *c = tcase_create("cpus");
    tcase_add_test(c, test_cpus_left_out);
    tcase_add_test(c, test_more_cpus_than_supported);
    tcase_add_test(c, test_psci_0_1_starts_nobody);
    return c;
}
