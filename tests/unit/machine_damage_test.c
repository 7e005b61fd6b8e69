// SPDX-License-Identifier: MIT
// Device trees that are damaged.
#include "machine_tree.h"

#include <libfdt.h>
#include <stdlib.h>

START_TEST(test_truncated_tree)
{
    tree_small_board();
    tree_pl011("serial@9000000", 0x9000000);
    tree_close();
    tree_finish();
    uint32_t size = fdt_totalsize(tree_blob);
    ck_assert_ptr_nonnull(machine_check_tree(tree_blob, size - 1));
    fdt_set_totalsize(tree_blob, size - 64);
    ck_assert_ptr_nonnull(machine_check_tree(tree_blob, sizeof tree_blob));
    ck_assert_ptr_nonnull(machine_check_tree("not a tree, not at all, nor a header of one.", 44));
}
END_TEST

// Trees older than version 16 name their nodes by whole paths, and libfdt's check of them reads
// address 0.
START_TEST(test_versions)
{
    static struct {
        unsigned version, last_compatible;
        char const *wrong; // NULL: a good tree
    } const cases[] = {
        {17, 16, NULL},      {18, 16, NULL},      {15, 15, "version"}, {3, 1, "version"},
        {16, 15, NULL},      {2, 1, "version"},   {1, 1, "version"},   {0, 0, "version"},
        {18, 18, "version"}, {16, 17, "VERSION"}, {~0u, 16, NULL},     {15, 16, "version"},
    };
    tree_small_board();
    tree_pl011("serial@9000000", 0x9000000);
    tree_close();
    tree_finish();
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fdt_set_version(tree_blob, cases[i].version);
        fdt_set_last_comp_version(tree_blob, cases[i].last_compatible);
        char const *wrong = machine_check_tree(tree_blob, sizeof tree_blob);
        ck_assert_msg(!wrong == !cases[i].wrong, "version %u, compatible with %u: %s",
                      cases[i].version, cases[i].last_compatible, wrong ? wrong : "good");
        if (wrong)
            ck_assert_msg(strstr(wrong, cases[i].wrong) != NULL, "%s", wrong);
        machine_find_uart(tree_blob, &machine_uart);
        machine_guess_uart(tree_blob, &machine_uart);
    }
}
END_TEST

START_TEST(test_size_smaller_than_the_header)
{
    tree_small_board();
    tree_close();
    tree_finish();
    static unsigned const sizes[] = {0, 1, 28, 39, 0x7fffffff, 0x80000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fdt_set_totalsize(tree_blob, sizes[i]);
        ck_assert_ptr_nonnull(machine_check_tree(tree_blob, sizeof tree_blob));
    }
    ck_assert_ptr_nonnull(machine_check_tree(tree_blob, 39));
}
END_TEST

// The console is found as long as nodes and values are there.
START_TEST(test_console_of_truncated_tree)
{
    tree_small_board();
    tree_pl011("serial@9000000", 0x9000000);
    tree_close();
    tree_finish();
    ck_assert_ptr_null(machine_check_tree(tree_blob, sizeof tree_blob));
    memset(tree_blob + fdt_off_dt_strings(tree_blob), 0, fdt_size_dt_strings(tree_blob));
    ck_assert_ptr_nonnull(machine_check_tree(tree_blob, sizeof tree_blob));
    ck_assert(!machine_find_uart(tree_blob, &machine_uart));
    ck_assert(machine_guess_uart(tree_blob, &machine_uart));
    ck_assert_str_eq(machine_uart.ops->name, "PL011");
    ck_assert_uint_eq(machine_uart.range.start, 0x9000000);

    // cut inside of the nodes
    tree_root();
    tree_pl011("serial@x", 0x9000000);
    tree_pl011("serial@9000003", 0x9000000);
    tree_pl011("serial@123456789abcdef0", 0x9000000);
    tree_pl011("serial@9000000", 0x9000000);
    tree_close();
    tree_finish();
    memset(tree_blob + fdt_off_dt_strings(tree_blob), 0, fdt_size_dt_strings(tree_blob));
    ck_assert(machine_guess_uart(tree_blob, &machine_uart));
    ck_assert_uint_eq(machine_uart.range.start, 0x9000000);
    memset(tree_blob + fdt_off_dt_struct(tree_blob) + 40, 0xff, 400);
    ck_assert(!machine_guess_uart(tree_blob, &machine_uart));
}
END_TEST

// Whatever the bytes are: no crash, no endless loop (the sanitizers watch).
START_TEST(test_random_damage)
{
    static _Alignas(8) char good[sizeof tree_blob];
    tree_root();
    tree_memory("memory@0", 0, 960);
    tree_gicv3(1);
    tree_psci("arm,psci-1.0", "smc");
    tree_cpus_open();
    tree_cpu("cpu@0", 0, "psci");
    tree_cpu("cpu@1", 1, "spin-table");
    tree_close();
    tree_soc("ns16550a", true);
    tree_chosen("/soc/serial@7e215040:115200");
    tree_close();
    tree_finish();
    memcpy(good, tree_blob, sizeof tree_blob);
    uint32_t size = fdt_totalsize(good);
    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        boot_reports_clear();
        memcpy(tree_blob, good, size);
        if (rand() % 4 == 0) // header, but for magic number and size
            tree_blob[8 + rand() % 32] = (char)(rand() % 3 ? rand() % 20 : rand());
        for (int n = rand() % 4; n >= 0; n--)
            tree_blob[40 + (unsigned)rand() % (size - 40)] = (char)(rand() % 3 ? rand() % 4 : rand());
        bool sound = !machine_check_tree(tree_blob, size);
        machine_find_uart(tree_blob, &machine_uart);
        machine_guess_uart(tree_blob, &machine_uart);
        if (sound)
            machine_read(tree_blob, &machine_uart, 0, &machine);
    }
}
END_TEST

TCase *machine_damage_cases(void)
{
    TCase *c = tcase_create("damage");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_truncated_tree);
    tcase_add_test(c, test_versions);
    tcase_add_test(c, test_size_smaller_than_the_header);
    tcase_add_test(c, test_console_of_truncated_tree);
    tcase_add_test(c, test_random_damage);
    return c;
}
