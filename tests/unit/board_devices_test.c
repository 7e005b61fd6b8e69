// SPDX-License-Identifier: MIT
// The devices that make new-board finds in a device tree.
#include "devices.h"
#include "tree_builder.h"
#include "unit_run.h"

#include <check.h>
#include <libfdt.h>

static struct device d;

static void controller(char const *name, char const *compatible, unsigned phandle, unsigned n)
{
    tree_open(name);
    tree_string("compatible", compatible);
    tree_cells("phandle", 1, phandle);
    tree_cells("#interrupt-cells", 1, n);
    tree_cells("reg", 2, 0x1000 * phandle, 0x1000);
    tree_close();
}

// A tree with a GIC (phandle 1), a GPIO block (phandle 2, two cells) and an open node "/dev".
static void begin(void)
{
    tree_begin();
    tree_open("");
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 1);
    tree_cells("interrupt-parent", 1, 1);
    controller("gic", "arm,gic-400", 1, 3);
    controller("gpio", "x,gpio", 2, 2);
    tree_open("dev");
    tree_string("compatible", "x,device");
}

static bool read_node(char const *path)
{
    tree_close();
    tree_close();
    tree_finish();
    return device_read(tree_blob, fdt_path_offset(tree_blob, path), fdt_path_offset(tree_blob, "/gic"), &d);
}

START_TEST(test_registers_and_interrupts)
{
    begin();
    tree_cells("reg", 4, 0x90000, 0x100, 0xa0000, 0x2000);
    tree_cells("interrupts", 6, 0, 5, 4, 1, 9, 1);
    ck_assert(read_node("/dev"));
    ck_assert(d.enabled);
    ck_assert_uint_eq(d.num_regs, 2);
    ck_assert_uint_eq(d.regs[1].start, 0xa0000);
    ck_assert_uint_eq(d.regs[1].end, 0xa2000);
    ck_assert_uint_eq(d.num_irqs, 2);
    ck_assert_uint_eq(d.irqs[0].intid, 37);
    ck_assert_uint_eq(d.irqs[0].flags, 4);
    ck_assert_uint_eq(d.irqs[1].intid, 25);
    ck_assert_uint_eq(d.irqs[1].flags, 1);
    ck_assert_int_lt(d.foreign, 0);
}
END_TEST

START_TEST(test_interrupts_of_two_controllers)
{
    begin();
    tree_cells("reg", 2, 0x90000, 0x100);
    tree_cells("interrupts-extended", 11, 2, 7, 8, 1, 0, 3, 1, 1, 0, 4, 8);
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_irqs, 2);
    ck_assert_uint_eq(d.irqs[0].intid, 35);
    ck_assert_uint_eq(d.irqs[1].intid, 36);
    ck_assert_uint_eq(d.irqs[1].flags, 8);
    ck_assert_int_eq(d.foreign, fdt_path_offset(tree_blob, "/gpio"));
}
END_TEST

START_TEST(test_controller_in_front_of_the_gic)
{
    begin();
    tree_cells("reg", 2, 0x90000, 0x100);
    tree_cells("interrupts-extended", 8, 3, 0, 7, 8, 4, 0, 8, 4);
    tree_close();
    controller("front", "mediatek,mt6577-sysirq", 3, 3);
    controller("other", "x,other", 4, 3);
    tree_open("end");
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_irqs, 1);
    ck_assert_uint_eq(d.irqs[0].intid, 39);
    ck_assert_int_eq(d.foreign, fdt_path_offset(tree_blob, "/other"));
}
END_TEST

START_TEST(test_disabled_by_its_bus)
{
    begin();
    tree_string("status", "disabled");
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 1);
    tree_bytes("ranges", "", 0);
    tree_open("inner");
    tree_string("compatible", "x,inner");
    tree_cells("reg", 2, 0x90000, 0x100);
    tree_close();
    ck_assert(read_node("/dev/inner"));
    ck_assert(!d.enabled);
}
END_TEST

START_TEST(test_behind_another_bus)
{
    begin(); // no ranges: an I2C bus, say
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 0);
    tree_open("inner");
    tree_string("compatible", "x,inner");
    tree_cells("reg", 1, 0x50);
    tree_close();
    ck_assert(!read_node("/dev/inner"));
    ck_assert_uint_eq(d.lost_regs, 1);
}
END_TEST

START_TEST(test_no_devices)
{
    begin();
    tree_cells("reg", 2, 0x90000, 0x100);
    ck_assert(read_node("/dev"));
    int gic = fdt_path_offset(tree_blob, "/gic");
    ck_assert(!device_read(tree_blob, gic, gic, &d));
    ck_assert(!device_read(tree_blob, 0, gic, &d));
}
END_TEST

START_TEST(test_malformed)
{
    begin();
    tree_cells("reg", 3, 0x90000, 0x100, 0x5);
    tree_cells("interrupts", 2, 0, 5);
    ck_assert(!read_node("/dev"));

    begin();
    tree_cells("reg", 4, 0xfffff000, 0x100, 0x1000, 0);
    tree_cells("interrupts-extended", 3, 99, 0, 5);
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_regs, 1);
    ck_assert_uint_eq(d.num_irqs, 0);
}
END_TEST

START_TEST(test_more_than_fit)
{
    begin();
    fdt32_t regs[2 * (DEVICE_MAX_REGS + 3)], irqs[3 * (DEVICE_MAX_IRQS + 2)];
    for (unsigned i = 0; i < DEVICE_MAX_REGS + 3; i++) {
        regs[2 * i] = cpu_to_fdt32(0x100000 + 0x1000 * i);
        regs[2 * i + 1] = cpu_to_fdt32(0x1000);
    }
    for (unsigned i = 0; i < DEVICE_MAX_IRQS + 2; i++) {
        irqs[3 * i] = 0;
        irqs[3 * i + 1] = cpu_to_fdt32(i);
        irqs[3 * i + 2] = cpu_to_fdt32(4);
    }
    tree_bytes("reg", regs, sizeof regs);
    tree_bytes("interrupts", irqs, sizeof irqs);
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_regs, DEVICE_MAX_REGS);
    ck_assert_uint_eq(d.lost_regs, 3);
    ck_assert_uint_eq(d.num_irqs, DEVICE_MAX_IRQS);
    ck_assert_uint_eq(d.lost_irqs, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("board_devices");
    TCase *t = tcase_create("devices");
    tcase_add_test(t, test_registers_and_interrupts);
    tcase_add_test(t, test_interrupts_of_two_controllers);
    tcase_add_test(t, test_controller_in_front_of_the_gic);
    tcase_add_test(t, test_disabled_by_its_bus);
    tcase_add_test(t, test_behind_another_bus);
    tcase_add_test(t, test_no_devices);
    tcase_add_test(t, test_malformed);
    tcase_add_test(t, test_more_than_fit);
    suite_add_tcase(s, t);
    return unit_run(s);
}
