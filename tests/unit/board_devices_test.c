// SPDX-License-Identifier: MIT
// The devices that make new-board finds in a device tree.
#include "devices.h"

#include <check.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) char blob[16384];
static struct device d;

static void open_node(char const *name)
{
    ck_assert_int_eq(fdt_begin_node(blob, name), 0);
}

static void close_node(void)
{
    ck_assert_int_eq(fdt_end_node(blob), 0);
}

static void string(char const *name, char const *value)
{
    ck_assert_int_eq(fdt_property_string(blob, name, value), 0);
}

static void cells(char const *name, unsigned n, ...)
{
    fdt32_t value[128];
    va_list args;
    va_start(args, n);
    for (unsigned i = 0; i < n; i++)
        value[i] = cpu_to_fdt32(va_arg(args, unsigned));
    va_end(args);
    ck_assert_int_eq(fdt_property(blob, name, value, (int)(4 * n)), 0);
}

static void controller(char const *name, char const *compatible, unsigned phandle, unsigned n)
{
    open_node(name);
    string("compatible", compatible);
    cells("phandle", 1, phandle);
    cells("#interrupt-cells", 1, n);
    cells("reg", 2, 0x1000 * phandle, 0x1000);
    close_node();
}

// A tree with a GIC (phandle 1), a GPIO block (phandle 2, two cells) and an open node "/dev".
static void begin(void)
{
    memset(blob, 0, sizeof blob);
    ck_assert_int_eq(fdt_create(blob, sizeof blob), 0);
    ck_assert_int_eq(fdt_finish_reservemap(blob), 0);
    open_node("");
    cells("#address-cells", 1, 1);
    cells("#size-cells", 1, 1);
    cells("interrupt-parent", 1, 1);
    controller("gic", "arm,gic-400", 1, 3);
    controller("gpio", "x,gpio", 2, 2);
    open_node("dev");
    string("compatible", "x,device");
}

static bool read_node(char const *path)
{
    close_node();
    close_node();
    ck_assert_int_eq(fdt_finish(blob), 0);
    return device_read(blob, fdt_path_offset(blob, path), fdt_path_offset(blob, "/gic"), &d);
}

START_TEST(test_registers_and_interrupts)
{
    begin();
    cells("reg", 4, 0x90000, 0x100, 0xa0000, 0x2000);
    cells("interrupts", 6, 0, 5, 4, 1, 9, 1);
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
    cells("reg", 2, 0x90000, 0x100);
    cells("interrupts-extended", 11, 2, 7, 8, 1, 0, 3, 1, 1, 0, 4, 8);
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_irqs, 2);
    ck_assert_uint_eq(d.irqs[0].intid, 35);
    ck_assert_uint_eq(d.irqs[1].intid, 36);
    ck_assert_uint_eq(d.irqs[1].flags, 8);
    ck_assert_int_eq(d.foreign, fdt_path_offset(blob, "/gpio"));
}
END_TEST

START_TEST(test_controller_in_front_of_the_gic)
{
    begin();
    cells("reg", 2, 0x90000, 0x100);
    cells("interrupts-extended", 8, 3, 0, 7, 8, 4, 0, 8, 4);
    close_node();
    controller("front", "mediatek,mt6577-sysirq", 3, 3);
    controller("other", "x,other", 4, 3);
    open_node("end");
    ck_assert(read_node("/dev"));
    ck_assert_uint_eq(d.num_irqs, 1);
    ck_assert_uint_eq(d.irqs[0].intid, 39);
    ck_assert_int_eq(d.foreign, fdt_path_offset(blob, "/other"));
}
END_TEST

START_TEST(test_disabled_by_its_bus)
{
    begin();
    string("status", "disabled");
    cells("#address-cells", 1, 1);
    cells("#size-cells", 1, 1);
    ck_assert_int_eq(fdt_property(blob, "ranges", "", 0), 0);
    open_node("inner");
    string("compatible", "x,inner");
    cells("reg", 2, 0x90000, 0x100);
    close_node();
    ck_assert(read_node("/dev/inner"));
    ck_assert(!d.enabled);
}
END_TEST

START_TEST(test_behind_another_bus)
{
    begin(); // no ranges: an I2C bus, say
    cells("#address-cells", 1, 1);
    cells("#size-cells", 1, 0);
    open_node("inner");
    string("compatible", "x,inner");
    cells("reg", 1, 0x50);
    close_node();
    ck_assert(!read_node("/dev/inner"));
    ck_assert_uint_eq(d.lost_regs, 1);
}
END_TEST

START_TEST(test_no_devices)
{
    begin();
    cells("reg", 2, 0x90000, 0x100);
    ck_assert(read_node("/dev"));
    int gic = fdt_path_offset(blob, "/gic");
    ck_assert(!device_read(blob, gic, gic, &d));
    ck_assert(!device_read(blob, 0, gic, &d));
}
END_TEST

START_TEST(test_malformed)
{
    begin();
    cells("reg", 3, 0x90000, 0x100, 0x5);
    cells("interrupts", 2, 0, 5);
    ck_assert(!read_node("/dev"));

    begin();
    cells("reg", 4, 0xfffff000, 0x100, 0x1000, 0);
    cells("interrupts-extended", 3, 99, 0, 5);
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
    ck_assert_int_eq(fdt_property(blob, "reg", regs, sizeof regs), 0);
    ck_assert_int_eq(fdt_property(blob, "interrupts", irqs, sizeof irqs), 0);
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
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
