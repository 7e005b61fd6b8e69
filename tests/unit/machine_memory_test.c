// SPDX-License-Identifier: MIT
// Memory banks and what is reserved of them.
#include "machine_tree.h"

#include <libfdt.h>
#include <stdio.h>

START_TEST(test_banks_overlap_wrap_and_reach_too_far)
{
    tree_root();
    tree_gicv2();
    tree_memory("memory@40000000", 1024, 512);
    tree_memory("memory@50000000", 1280, 512);
    tree_open("memory@f");
    tree_string("device_type", "memory");
    tree_cells("reg", 8, 0xffffffff, 0xfffff000, 0, 0x2000, 0x4000, 0, 0, 0x100000);
    tree_close();
    tree_open("memory@80000000");
    tree_string("device_type", "memory");
    tree_string("status", "disabled");
    tree_cells("reg", 4, 0, 0x80000000, 0, 0x10000000);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.ram.num, 1);
    ck_assert_uint_eq(machine.ram.r[0].start, 0x40000000);
    ck_assert_uint_eq(machine.ram.r[0].end, 0x70000000);
    ck_reported("memory@50000000: bank 0x50000000..0x6fffffff overlaps");
    ck_reported("memory@f: entry 0 of reg");
    ck_reported("memory@f: memory 0x400000000000..0x4000000fffff left out");
}
END_TEST

// User spaces have 40 bits: what lies beyond is nobody's, whatever else there is.
START_TEST(test_banks_from_2_to_the_40th_on)
{
    tree_root();
    tree_gicv2();
    tree_memory("memory@40000000", 1024, 64);
    tree_open("memory@fffff00000");
    tree_string("device_type", "memory");
    tree_cells("reg", 8, 0xff, 0xfff00000, 0, 0x300000, 0x100, 0x40000000, 1, 0);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.ram.num, 2);
    ck_assert_uint_eq(machine.ram.r[1].start, (1ull << 40) - 0x100000);
    ck_assert_uint_eq(machine.ram.r[1].end, 1ull << 40);
    ck_assert(machine.ram_left_out);
    ck_reported("memory@fffff00000: memory 0x10000000000..0x100001fffff left out");
    ck_reported("memory@fffff00000: memory 0x10040000000..0x1013fffffff left out");
}
END_TEST

START_TEST(test_no_bank_below_2_to_the_40th)
{
    tree_root();
    tree_gicv2();
    tree_open("memory@10000000000");
    tree_string("device_type", "memory");
    tree_cells("reg", 4, 0x100, 0, 0, 0x40000000);
    tree_close();
    ck_assert(!tree_finish_and_read(0));
    ck_reported("all memory of the machine lies from 2^40 on");
}
END_TEST

START_TEST(test_banks_that_cover_devices)
{
    tree_root();
    tree_memory("memory@0", 0, 960);
    tree_gicv3(1);
    tree_pl011("serial@9000000", 0x9000000);
    ck_assert(tree_finish_and_read(0));
    ck_reported("calls the interrupt controller at 0x8000000 memory: left out");
    ck_reported("calls the interrupt controller at 0x80a0000 memory: left out");
    ck_reported("calls the console at 0x9000000 memory: left out");
    ck_assert_uint_eq(machine.ram.num, 3);
    ck_assert_uint_eq(machine.ram.r[0].end, 0x8000000);
    ck_assert_uint_eq(machine.ram.r[1].start, 0x8010000);
    ck_assert_uint_eq(machine.ram.r[1].end, 0x80a0000);
    ck_assert_uint_eq(machine.ram.r[2].start, 0x9001000);
}
END_TEST

START_TEST(test_banks_are_cut_to_pages)
{
    tree_root();
    tree_gicv2();
    tree_open("memory");
    tree_string("device_type", "memory");
    tree_cells("reg", 8, 0, 0x11001, 0, 0x3000, 1, 0, 0, 0x200000);
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.ram.num, 2);
    ck_assert_uint_eq(machine.ram.r[0].start, 0x12000);
    ck_assert_uint_eq(machine.ram.r[0].end, 0x14000);
    ck_assert_uint_eq(machine.ram.r[1].start, 1ull << 32);
}
END_TEST

// As many ranges as there is room for, and one more.
START_TEST(test_reserved_memory_limit)
{
    for (unsigned more = 0; more < 2; more++) {
        tree_root();
        tree_memory("memory@40000000", 1024, 64);
        tree_gicv3(1);
        tree_open("reserved-memory");
        tree_cells("#address-cells", 1, 2);
        tree_cells("#size-cells", 1, 2);
        tree_cells("ranges", 0);
        for (unsigned i = 0; i < MACHINE_MAX_RESERVED + more; i++) {
            char name[20];
            snprintf(name, sizeof(name), "pool@%x", 0x41000000 + i * 0x2000);
            tree_open(name);
            tree_cells("reg", 4, 0, 0x41000000 + i * 0x2000, 0, 0x1000);
            tree_close();
        }
        tree_close();
        ck_assert_msg(tree_finish_and_read(0) == !more, "%s", boot_reports);
        ck_assert_uint_eq(machine.num_reserved, MACHINE_MAX_RESERVED);
        if (more)
            ck_reported("more than 128 reserved memory ranges");
    }
}
END_TEST

START_TEST(test_reserved_memory)
{
    tree_root();
    tree_gicv2();
    tree_memory("memory@40000000", 1024, 512);
    tree_open("reserved-memory");
    tree_cells("#address-cells", 1, 2);
    tree_cells("#size-cells", 1, 2);
    tree_cells("ranges", 0);
    tree_open("secmon@43000000");
    tree_cells("reg", 8, 0, 0x43000800, 0, 0x1000, 0, 0x44000000, 0, 0x2000);
    tree_cells("no-map", 0);
    tree_close();
    tree_open("linux,cma"); // no address: for an operating system to choose
    tree_cells("size", 2, 0, 0x4000000);
    tree_close();
    tree_close();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_reserved, 2);
    ck_assert_uint_eq(machine.reserved[0].range.start, 0x43000000);
    ck_assert_uint_eq(machine.reserved[0].range.end, 0x43002000);
    ck_assert(machine.reserved[0].no_map);
    ck_assert_uint_eq(machine.reserved[1].range.start, 0x44000000);
}
END_TEST

START_TEST(test_memreserve)
{
    boot_reports_clear();
    memset(tree_blob, 0, sizeof tree_blob);
    fdt_create(tree_blob, sizeof tree_blob);
    fdt_add_reservemap_entry(tree_blob, 0, 0x1000);
    fdt_add_reservemap_entry(tree_blob, UINT64_MAX - 0xfff, 0x2000); // wraps around
    fdt_finish_reservemap(tree_blob);
    tree_open("");
    tree_cells("#address-cells", 1, 2);
    tree_cells("#size-cells", 1, 2);
    tree_memory("memory@0", 0, 64);
    tree_gicv2();
    ck_assert(tree_finish_and_read(0));
    ck_assert_uint_eq(machine.num_reserved, 1);
    ck_assert_uint_eq(machine.reserved[0].range.end, 0x1000);
}
END_TEST

TCase *machine_memory_cases(void)
{
    TCase *c = tcase_create("memory");
    tcase_add_test(c, test_banks_overlap_wrap_and_reach_too_far);
    tcase_add_test(c, test_banks_from_2_to_the_40th_on);
    tcase_add_test(c, test_no_bank_below_2_to_the_40th);
    tcase_add_test(c, test_banks_that_cover_devices);
    tcase_add_test(c, test_banks_are_cut_to_pages);
    tcase_add_test(c, test_reserved_memory);
    tcase_add_test(c, test_reserved_memory_limit);
    tcase_add_test(c, test_memreserve);
    return c;
}
