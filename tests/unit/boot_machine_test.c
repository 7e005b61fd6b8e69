// SPDX-License-Identifier: MIT
// The machine as boot reads it from device trees: the whole, and what is missing.
#include "machine_tree.h"
#include "unit_run.h"

#include <libfdt.h>

START_TEST(test_complete_machine)
{
    tree_root();
    tree_memory("memory@40000000", 1024, 1024);
    tree_gicv3(1);
    tree_psci("arm,psci-1.0", "smc");
    tree_cpus_open();
    tree_cpu("cpu@0", 0, "psci");
    tree_cpu("cpu@1", 1, "psci");
    tree_cpu("cpu@100", 0x100, "psci");
    tree_close();
    tree_open("timer");
    tree_string("compatible", "arm,armv8-timer");
    tree_cells("interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 12, 4, 1, 11, 4);
    tree_cells("clock-frequency", 1, 8333333);
    tree_close();
    tree_open("clk");
    tree_string("compatible", "fixed-clock");
    tree_cells("clock-frequency", 1, 24000000);
    tree_cells("phandle", 1, 7);
    tree_close();
    tree_pl011("serial@9000000", 0x9000000);
    tree_pl011("serial@9040000", 0x9040000);
    tree_open("aliases");
    tree_string("console", "/serial@9040000");
    tree_close();
    tree_open("chosen");
    tree_string("stdout-path", "console:115200n8");
    tree_string("bootargs", "-noserial quiet");
    tree_close();
    ck_assert(tree_finish_and_read(1));
    ck_assert_str_eq(boot_reports, "");
    ck_assert_str_eq(machine.model, "Test board");
    ck_assert_uint_eq(place_total(&machine.ram), 1u << 30);
    ck_assert_uint_eq(machine.num_cpus, 3);
    ck_assert_uint_eq(machine.cpus[0].mpidr, 1); // the boot CPU comes first
    ck_assert_uint_eq(machine.cpus[0].method, BOOT_CPU_BOOT);
    ck_assert_uint_eq(machine.cpus[1].mpidr, 0);
    ck_assert_uint_eq(machine.cpus[2].mpidr, 0x100);
    ck_assert_uint_eq(machine.cpus[2].method, BOOT_CPU_PSCI);
    ck_assert_int_eq(machine.psci, BOOT_PSCI_SMC);
    ck_assert_uint_eq(machine.gic_version, 3);
    ck_assert_uint_eq(machine.gicd.start, 0x8000000);
    ck_assert_uint_eq(machine.gicr[0].end, 0x80a0000 + 0xf60000);
    ck_assert_uint_eq(machine.maintenance_irq, 25);
    ck_assert_uint_eq(machine.virt_irq, 28);
    ck_assert_uint_eq(machine.hyp_irq, 27);
    ck_assert_uint_eq(machine.timer_hz, 8333333);
    ck_assert_str_eq(machine_uart.ops->name, "PL011");
    ck_assert_uint_eq(machine_uart.range.start, 0x9040000);
    ck_assert_uint_eq(machine_uart.clock_hz, 24000000);
    ck_assert_uint_eq(machine.uart_irq, 33);
    ck_assert_str_eq(machine.bootargs, "-noserial quiet");
}
END_TEST

// Longer seeds count as a whole; nobody finds one in the copy of the tree.
START_TEST(test_seed)
{
    uint8_t seed[40] = {[0] = 1, [9] = 2, [31] = 0x80, [32] = 4};
    tree_small_board();
    tree_open("chosen");
    tree_bytes("rng-seed", seed, sizeof seed);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.seed[0], 1 ^ 4);
    ck_assert_uint_eq(machine.seed[1], 2 << 8);
    ck_assert_uint_eq(machine.seed[2], 0);
    ck_assert_uint_eq(machine.seed[3], 0x80ull << 56);
    machine_forget_seed(tree_blob);
    int size;
    uint8_t const *left = fdt_getprop(tree_blob, fdt_path_offset(tree_blob, "/chosen"), "rng-seed", &size);
    ck_assert_int_eq(size, sizeof seed);
    for (unsigned i = 0; i < sizeof seed; i++)
        ck_assert_uint_eq(left[i], 0);
    tree_small_board();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.seed[0] | machine.seed[1] | machine.seed[2] | machine.seed[3], 0);
    machine_forget_seed(tree_blob);
    for (unsigned n = 31; n < 33; n++) { // what is too short for all words is for none
        memset(seed, 0xff, sizeof seed);
        tree_small_board();
        tree_open("chosen");
        tree_bytes("rng-seed", seed, n);
        tree_close();
        ck_assert(tree_finish_and_read(0));
        for (unsigned i = 0; i < 4; i++)
            ck_assert_uint_eq(machine.seed[i], n < 32 ? 0 : ~0ull);
    }
}
END_TEST

START_TEST(test_gicv2_and_spin_table)
{
    tree_small_board();
    tree_cpus_open();
    for (unsigned i = 0; i < 4; i++) {
        char name[8] = {'c', 'p', 'u', '@', (char)('0' + i)};
        tree_cpu(name, i, "spin-table");
    }
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.gic_version, 2);
    ck_assert_uint_eq(machine.gich.start, 0x4000);
    ck_assert_uint_eq(machine.gicv.end, 0x8000);
    ck_assert_uint_eq(machine.num_cpus, 4);
    ck_assert_uint_eq(machine.cpus[3].method, BOOT_CPU_SPIN_TABLE);
    ck_assert_uint_eq(machine.cpus[3].release_addr, 0xf0);
    // the page with the release words is nobody's memory
    bool reserved = false;
    for (unsigned i = 0; i < machine.num_reserved; i++)
        reserved |= machine.reserved[i].range.start == 0 && machine.reserved[i].range.end == 0x1000;
    ck_assert(reserved);
    ck_assert_int_eq(machine.psci, BOOT_PSCI_NONE);
    ck_reported("maintenance interrupt");
    ck_reported("generic timer");
    ck_assert_uint_eq(machine.virt_irq, 27);
    ck_assert_uint_eq(machine.hyp_irq, 26);
    ck_assert_uint_eq(machine.timer_hz, 0);
}
END_TEST

START_TEST(test_no_gic_no_memory)
{
    tree_root();
    ck_assert(!tree_finish_and_read(0));
    ck_reported("error: the device tree names no memory");
    ck_reported("error: the device tree names no interrupt controller");
}
END_TEST

static TCase *machine_whole_cases(void)
{
    TCase *c = tcase_create("whole");
    tcase_add_test(c, test_complete_machine);
    tcase_add_test(c, test_seed);
    tcase_add_test(c, test_gicv2_and_spin_table);
    tcase_add_test(c, test_no_gic_no_memory);
    return c;
}

int main(void)
{
    Suite *s = suite_create("boot_machine");
    suite_add_tcase(s, machine_whole_cases());
    suite_add_tcase(s, machine_memory_cases());
    suite_add_tcase(s, machine_gic_cases());
    suite_add_tcase(s, machine_smmu_cases());
    suite_add_tcase(s, machine_cpus_cases());
    suite_add_tcase(s, machine_uart_cases());
    suite_add_tcase(s, machine_damage_cases());
    return unit_run(s);
}
