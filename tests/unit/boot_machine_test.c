// SPDX-License-Identifier: MIT
// The machine as boot reads it from device trees, good and bad ones.
#include "boot_args.h"
#include "boot_report.h"
#include "dt_node.h"
#include "machine.h"

#include <check.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) char blob[65536];
static struct machine m;
static struct machine_uart uart;

// -- building trees --------------------------------------------------------------------------

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
    fdt32_t value[32];
    va_list args;
    va_start(args, n);
    for (unsigned i = 0; i < n; i++)
        value[i] = cpu_to_fdt32(va_arg(args, unsigned));
    va_end(args);
    ck_assert_int_eq(fdt_property(blob, name, value, (int)(4 * n)), 0);
}

static void begin(void)
{
    boot_reports_clear();
    memset(blob, 0, sizeof blob);
    ck_assert_int_eq(fdt_create(blob, sizeof blob), 0);
    ck_assert_int_eq(fdt_finish_reservemap(blob), 0);
}

static void root(void)
{
    begin();
    open_node("");
    cells("#address-cells", 1, 2);
    cells("#size-cells", 1, 2);
    cells("interrupt-parent", 1, 1);
    string("model", "Test board");
    string("compatible", "test,board");
}

static void memory(char const *name, unsigned start_mib, unsigned size_mib)
{
    open_node(name);
    string("device_type", "memory");
    cells("reg", 4, start_mib >> 12, start_mib << 20, size_mib >> 12, size_mib << 20);
    close_node();
}

static void gicv3_node(unsigned regions)
{
    open_node("gic@8000000");
    string("compatible", "arm,gic-v3");
    cells("#interrupt-cells", 1, 3);
    cells("phandle", 1, 1);
    cells("#redistributor-regions", 1, regions);
    cells("reg", 12, 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000, 0x40, 0, 0, 0x4000000);
    cells("interrupts", 3, 1, 9, 4);
    close_node();
}

static void gicv2_node(void)
{
    open_node("gic@8000000");
    string("compatible", "arm,gic-400");
    cells("#interrupt-cells", 1, 3);
    cells("phandle", 1, 1);
    cells("reg", 16, 0, 0x1000, 0, 0x1000, 0, 0x2000, 0, 0x2000, 0, 0x4000, 0, 0x2000, 0, 0x6000,
          0, 0x2000);
    close_node();
}

static void pl011_node(char const *name, unsigned address)
{
    static char const compatible[] = "arm,pl011\0arm,primecell";
    open_node(name);
    fdt_property(blob, "compatible", compatible, sizeof compatible);
    cells("reg", 4, 0, address, 0, 0x1000);
    cells("interrupts", 3, 0, 1, 4);
    cells("clocks", 1, 7);
    close_node();
}

static void cpu_node(char const *name, unsigned reg, char const *method)
{
    open_node(name);
    string("device_type", "cpu");
    cells("reg", 1, reg);
    if (method)
        string("enable-method", method);
    if (method && !strcmp(method, "spin-table"))
        cells("cpu-release-addr", 2, 0, 0xd8 + 8 * (reg & 0xff));
    close_node();
}

static void cpus_begin(void)
{
    open_node("cpus");
    cells("#address-cells", 1, 1);
    cells("#size-cells", 1, 0);
}

static void psci_node(char const *compatible, char const *method)
{
    open_node("psci");
    string("compatible", compatible);
    string("method", method);
    close_node();
}

static bool finish_and_read(uint64_t mpidr)
{
    close_node();
    ck_assert_int_eq(fdt_finish(blob), 0);
    ck_assert_ptr_null(machine_check_tree(blob, sizeof blob));
    machine_find_uart(blob, &uart);
    machine_report_uart(blob, &uart);
    return machine_read(blob, &uart, mpidr, &m);
}

#define ck_reported(text) \
    ck_assert_msg(strstr(boot_reports, text), "no \"%s\" in:\n%s", text, boot_reports)

// -- whole machines --------------------------------------------------------------------------

START_TEST(test_complete_machine)
{
    root();
    memory("memory@40000000", 1024, 1024);
    gicv3_node(1);
    psci_node("arm,psci-1.0", "smc");
    cpus_begin();
    cpu_node("cpu@0", 0, "psci");
    cpu_node("cpu@1", 1, "psci");
    cpu_node("cpu@100", 0x100, "psci");
    close_node();
    open_node("timer");
    string("compatible", "arm,armv8-timer");
    cells("interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 12, 4, 1, 11, 4);
    close_node();
    open_node("clk");
    string("compatible", "fixed-clock");
    cells("clock-frequency", 1, 24000000);
    cells("phandle", 1, 7);
    close_node();
    pl011_node("serial@9000000", 0x9000000);
    pl011_node("serial@9040000", 0x9040000);
    open_node("aliases");
    string("console", "/serial@9040000");
    close_node();
    open_node("chosen");
    string("stdout-path", "console:115200n8");
    string("bootargs", "-noserial quiet");
    close_node();
    ck_assert(finish_and_read(1));
    ck_assert_str_eq(boot_reports, "");
    ck_assert_str_eq(m.model, "Test board");
    ck_assert_uint_eq(place_total(&m.ram), 1u << 30);
    ck_assert_uint_eq(m.num_cpus, 3);
    ck_assert_uint_eq(m.cpus[0].mpidr, 1); // the boot CPU comes first
    ck_assert_uint_eq(m.cpus[0].method, BOOT_CPU_BOOT);
    ck_assert_uint_eq(m.cpus[1].mpidr, 0);
    ck_assert_uint_eq(m.cpus[2].mpidr, 0x100);
    ck_assert_uint_eq(m.cpus[2].method, BOOT_CPU_PSCI);
    ck_assert_int_eq(m.psci, BOOT_PSCI_SMC);
    ck_assert_uint_eq(m.gic_version, 3);
    ck_assert_uint_eq(m.gicd.start, 0x8000000);
    ck_assert_uint_eq(m.gicr[0].end, 0x80a0000 + 0xf60000);
    ck_assert_uint_eq(m.maintenance_irq, 25);
    ck_assert_uint_eq(m.virt_irq, 28);
    ck_assert_uint_eq(m.hyp_irq, 27);
    ck_assert_str_eq(uart.ops->name, "PL011");
    ck_assert_uint_eq(uart.range.start, 0x9040000);
    ck_assert_uint_eq(uart.clock_hz, 24000000);
    ck_assert_uint_eq(m.uart_irq, 33);
    ck_assert_str_eq(m.bootargs, "-noserial quiet");
}
END_TEST

START_TEST(test_gicv2_and_spin_table)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    cpus_begin();
    for (unsigned i = 0; i < 4; i++) {
        char name[8] = {'c', 'p', 'u', '@', (char)('0' + i)};
        cpu_node(name, i, "spin-table");
    }
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.gic_version, 2);
    ck_assert_uint_eq(m.gich.start, 0x4000);
    ck_assert_uint_eq(m.gicv.end, 0x8000);
    ck_assert_uint_eq(m.num_cpus, 4);
    ck_assert_uint_eq(m.cpus[3].method, BOOT_CPU_SPIN_TABLE);
    ck_assert_uint_eq(m.cpus[3].release_addr, 0xf0);
    // the page with the release words is nobody's memory
    bool reserved = false;
    for (unsigned i = 0; i < m.num_reserved; i++)
        reserved |= m.reserved[i].range.start == 0 && m.reserved[i].range.end == 0x1000;
    ck_assert(reserved);
    ck_assert_int_eq(m.psci, BOOT_PSCI_NONE);
    ck_reported("maintenance interrupt");
    ck_reported("generic timer");
    ck_assert_uint_eq(m.virt_irq, 27);
    ck_assert_uint_eq(m.hyp_irq, 26);
}
END_TEST

START_TEST(test_several_redistributor_regions)
{
    root();
    memory("memory@40000000", 1024, 64);
    gicv3_node(2);
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.num_gicr, 2);
    ck_assert_uint_eq(m.gicr[1].start, 0x4000000000);
}
END_TEST

// -- what is missing or wrong ----------------------------------------------------------------

START_TEST(test_no_gic_no_memory)
{
    root();
    ck_assert(!finish_and_read(0));
    ck_reported("error: the device tree names no memory");
    ck_reported("error: the device tree names no interrupt controller");
}
END_TEST

START_TEST(test_gic_regions_missing_or_too_many)
{
    root();
    memory("memory@40000000", 1024, 64);
    gicv3_node(3);
    ck_assert(!finish_and_read(0));
    ck_reported("error: gic@8000000: reg has no redistributor region 2");
    root();
    memory("memory@40000000", 1024, 64);
    gicv3_node(1000);
    ck_assert(!finish_and_read(0));
    ck_reported("error: gic@8000000: 1000 redistributor regions");
}
END_TEST

START_TEST(test_banks_overlap_wrap_and_reach_too_far)
{
    root();
    gicv2_node();
    memory("memory@40000000", 1024, 512);
    memory("memory@50000000", 1280, 512);
    open_node("memory@f");
    string("device_type", "memory");
    cells("reg", 8, 0xffffffff, 0xfffff000, 0, 0x2000, 0x4000, 0, 0, 0x100000);
    close_node();
    open_node("memory@80000000");
    string("device_type", "memory");
    string("status", "disabled");
    cells("reg", 4, 0, 0x80000000, 0, 0x10000000);
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.ram.num, 1);
    ck_assert_uint_eq(m.ram.r[0].start, 0x40000000);
    ck_assert_uint_eq(m.ram.r[0].end, 0x70000000);
    ck_reported("memory@50000000: bank 0x50000000..0x6fffffff overlaps");
    ck_reported("memory@f: entry 0 of reg");
    ck_reported("beyond the 46 bits");
}
END_TEST

START_TEST(test_banks_that_cover_devices)
{
    root();
    memory("memory@0", 0, 960);
    gicv3_node(1);
    pl011_node("serial@9000000", 0x9000000);
    ck_assert(finish_and_read(0));
    ck_reported("calls the interrupt controller at 0x8000000 memory: left out");
    ck_reported("calls the interrupt controller at 0x80a0000 memory: left out");
    ck_reported("calls the console at 0x9000000 memory: left out");
    ck_assert_uint_eq(m.ram.num, 3);
    ck_assert_uint_eq(m.ram.r[0].end, 0x8000000);
    ck_assert_uint_eq(m.ram.r[1].start, 0x8010000);
    ck_assert_uint_eq(m.ram.r[1].end, 0x80a0000);
    ck_assert_uint_eq(m.ram.r[2].start, 0x9001000);
}
END_TEST

START_TEST(test_banks_are_cut_to_pages)
{
    root();
    gicv2_node();
    open_node("memory");
    string("device_type", "memory");
    cells("reg", 8, 0, 0x11001, 0, 0x3000, 1, 0, 0, 0x200000);
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.ram.num, 2);
    ck_assert_uint_eq(m.ram.r[0].start, 0x12000);
    ck_assert_uint_eq(m.ram.r[0].end, 0x14000);
    ck_assert_uint_eq(m.ram.r[1].start, 1ull << 32);
}
END_TEST

START_TEST(test_reserved_memory)
{
    root();
    gicv2_node();
    memory("memory@40000000", 1024, 512);
    open_node("reserved-memory");
    cells("#address-cells", 1, 2);
    cells("#size-cells", 1, 2);
    cells("ranges", 0);
    open_node("secmon@43000000");
    cells("reg", 8, 0, 0x43000800, 0, 0x1000, 0, 0x44000000, 0, 0x2000);
    cells("no-map", 0);
    close_node();
    open_node("linux,cma"); // no address: for an operating system to choose
    cells("size", 2, 0, 0x4000000);
    close_node();
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.num_reserved, 2);
    ck_assert_uint_eq(m.reserved[0].range.start, 0x43000000);
    ck_assert_uint_eq(m.reserved[0].range.end, 0x43002000);
    ck_assert(m.reserved[0].no_map);
    ck_assert_uint_eq(m.reserved[1].range.start, 0x44000000);
}
END_TEST

START_TEST(test_memreserve)
{
    boot_reports_clear();
    memset(blob, 0, sizeof blob);
    fdt_create(blob, sizeof blob);
    fdt_add_reservemap_entry(blob, 0, 0x1000);
    fdt_add_reservemap_entry(blob, UINT64_MAX - 0xfff, 0x2000); // wraps around
    fdt_finish_reservemap(blob);
    open_node("");
    cells("#address-cells", 1, 2);
    cells("#size-cells", 1, 2);
    memory("memory@0", 0, 64);
    gicv2_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.num_reserved, 1);
    ck_assert_uint_eq(m.reserved[0].range.end, 0x1000);
}
END_TEST

START_TEST(test_cpus_left_out)
{
    root();
    memory("memory@40000000", 1024, 512);
    gicv2_node();
    psci_node("arm,psci-0.2", "smc");
    cpus_begin();
    cpu_node("cpu@0", 0, "psci");
    cpu_node("cpu@1", 1, "brcm,old");
    cpu_node("cpu@2", 0x80000002, "psci"); // not an affinity
    cpu_node("cpu@3", 3, "psci");
    cpu_node("cpu@33", 3, "psci");
    cpu_node("cpu@5", 5, NULL); // PSCI exists: taken as its method
    open_node("cpu@4");
    string("device_type", "cpu");
    string("status", "disabled");
    cells("reg", 1, 4);
    close_node();
    open_node("cpu-map");
    close_node();
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.num_cpus, 3);
    ck_assert_uint_eq(m.cpus[1].mpidr, 3);
    ck_assert_uint_eq(m.cpus[2].mpidr, 5);
    ck_reported("cpu@1: enable-method \"brcm,old\" is not known");
    ck_reported("cpu@2: reg is no affinity value");
    ck_reported("cpu@33: CPU 0x3 is named twice");
}
END_TEST

START_TEST(test_more_cpus_than_supported)
{
    root();
    memory("memory@40000000", 1024, 512);
    gicv2_node();
    psci_node("arm,psci-1.0", "hvc");
    cpus_begin();
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "cpu@%x", i);
        cpu_node(name, i, "psci");
    }
    close_node();
    ck_assert(finish_and_read(19)); // the boot CPU is in, wherever it stands in the tree
    ck_assert_uint_eq(m.num_cpus, BOOT_MAX_CPUS);
    ck_assert_uint_eq(m.cpus[0].mpidr, 19);
    ck_reported("4 CPUs left out: 16 are supported");
    ck_assert_int_eq(m.psci, BOOT_PSCI_HVC);
}
END_TEST

START_TEST(test_psci_0_1_starts_nobody)
{
    root();
    memory("memory@40000000", 1024, 512);
    gicv2_node();
    psci_node("arm,psci", "smc");
    cpus_begin();
    cpu_node("cpu@0", 0, "psci");
    cpu_node("cpu@1", 1, "psci");
    close_node();
    ck_assert(finish_and_read(0));
    ck_assert_uint_eq(m.num_cpus, 1);
    ck_reported("no PSCI 0.2 or later");
}
END_TEST

// -- console ---------------------------------------------------------------------------------

// A UART behind two buses, the inner one as on BCM2711.
static void soc(char const *compatible, bool with_ranges)
{
    open_node("soc");
    cells("#address-cells", 1, 1);
    cells("#size-cells", 1, 1);
    if (with_ranges)
        cells("ranges", 8, 0x7e000000, 0, 0xfe000000, 0x1800000, 0x7c000000, 0, 0xfc000000,
              0x2000000);
    open_node("serial@7e215040");
    string("compatible", compatible);
    cells("reg", 2, 0x7e215040, 0x40);
    cells("interrupts", 3, 0, 93, 4);
    cells("reg-shift", 1, 2);
    close_node();
    close_node();
}

static void chosen(char const *path)
{
    open_node("chosen");
    string("stdout-path", path);
    close_node();
}

START_TEST(test_uart_behind_ranges)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    soc("brcm,bcm2835-aux-uart", true);
    chosen("/soc/serial@7e215040:115200");
    ck_assert(finish_and_read(0));
    ck_assert_str_eq(uart.ops->name, "BCM2835 mini UART");
    ck_assert_uint_eq(uart.range.start, 0xfe215040);
    ck_assert_uint_eq(uart.range.end, 0xfe215080);
    ck_assert_uint_eq(m.uart_irq, 32 + 93);
}
END_TEST

START_TEST(test_uart_without_ranges_is_not_reachable)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    soc("brcm,bcm2835-aux-uart", false);
    ck_assert(finish_and_read(0));
    ck_assert_ptr_null(uart.ops);
}
END_TEST

START_TEST(test_unknown_stdout_falls_back)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    soc("acme,uart", true);
    pl011_node("serial@9000000", 0x9000000);
    chosen("/soc/serial@7e215040");
    ck_assert(finish_and_read(0));
    ck_assert_str_eq(uart.ops->name, "PL011");
    ck_reported("\"/soc/serial@7e215040\" is no UART that a driver knows: taking serial@9000000");
}
END_TEST

START_TEST(test_no_known_uart)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    soc("acme,uart", true);
    chosen("serial7");
    ck_assert(finish_and_read(0));
    ck_assert_ptr_null(uart.ops);
    ck_reported("stdout-path \"serial7\" is no UART");
}
END_TEST

START_TEST(test_register_layout_of_16550)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    soc("ns16550a", true);
    ck_assert(finish_and_read(0));
    ck_assert_str_eq(uart.ops->name, "16550");
    ck_assert_uint_eq(uart.reg_shift, 2);
    ck_assert_uint_eq(uart.reg_width, 1);
}
END_TEST

// -- damaged trees ---------------------------------------------------------------------------

START_TEST(test_truncated_tree)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    pl011_node("serial@9000000", 0x9000000);
    close_node();
    fdt_finish(blob);
    uint32_t size = fdt_totalsize(blob);
    ck_assert_ptr_nonnull(machine_check_tree(blob, size - 1));
    fdt_set_totalsize(blob, size - 64);
    ck_assert_ptr_nonnull(machine_check_tree(blob, sizeof blob));
    ck_assert_ptr_nonnull(machine_check_tree("not a tree, not at all, nor a header of one.", 44));
}
END_TEST

// The console is found as long as nodes and values are there.
START_TEST(test_console_of_truncated_tree)
{
    root();
    memory("memory@0", 0, 960);
    gicv2_node();
    pl011_node("serial@9000000", 0x9000000);
    close_node();
    fdt_finish(blob);
    ck_assert_ptr_null(machine_check_tree(blob, sizeof blob));
    memset(blob + fdt_off_dt_strings(blob), 0, fdt_size_dt_strings(blob));
    ck_assert_ptr_nonnull(machine_check_tree(blob, sizeof blob));
    ck_assert(!machine_find_uart(blob, &uart));
    ck_assert(machine_guess_uart(blob, &uart));
    ck_assert_str_eq(uart.ops->name, "PL011");
    ck_assert_uint_eq(uart.range.start, 0x9000000);

    // cut inside of the nodes
    root();
    pl011_node("serial@x", 0x9000000);
    pl011_node("serial@9000003", 0x9000000);
    pl011_node("serial@123456789abcdef0", 0x9000000);
    pl011_node("serial@9000000", 0x9000000);
    close_node();
    fdt_finish(blob);
    memset(blob + fdt_off_dt_strings(blob), 0, fdt_size_dt_strings(blob));
    ck_assert(machine_guess_uart(blob, &uart));
    ck_assert_uint_eq(uart.range.start, 0x9000000);
    memset(blob + fdt_off_dt_struct(blob) + 40, 0xff, 400);
    ck_assert(!machine_guess_uart(blob, &uart));
}
END_TEST

// Whatever the bytes are: no crash, no endless loop (the sanitizers watch).
START_TEST(test_random_damage)
{
    static _Alignas(8) char good[sizeof blob];
    root();
    memory("memory@0", 0, 960);
    gicv3_node(1);
    psci_node("arm,psci-1.0", "smc");
    cpus_begin();
    cpu_node("cpu@0", 0, "psci");
    cpu_node("cpu@1", 1, "spin-table");
    close_node();
    soc("ns16550a", true);
    chosen("/soc/serial@7e215040:115200");
    close_node();
    fdt_finish(blob);
    memcpy(good, blob, sizeof blob);
    uint32_t size = fdt_totalsize(good);
    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        boot_reports_clear();
        memcpy(blob, good, size);
        for (int n = rand() % 4; n >= 0; n--)
            blob[40 + (unsigned)rand() % (size - 40)] = (char)(rand() % 3 ? rand() % 4 : rand());
        bool sound = !machine_check_tree(blob, size);
        machine_find_uart(blob, &uart);
        machine_guess_uart(blob, &uart);
        if (sound)
            machine_read(blob, &uart, 0, &m);
    }
}
END_TEST

START_TEST(test_boot_arguments)
{
    struct boot_args a = {0};
    boot_reports_clear();
    boot_args_parse(&a, " console=ttyS0 -maxmem=512  -noserial -kmemsize=65536 -wait");
    ck_assert(a.no_serial);
    ck_assert_uint_eq(a.max_mem, 512ull << 20);
    ck_assert_uint_eq(a.kmem_size, 64ull << 20);
    ck_assert_str_eq(boot_reports, "");
    boot_args_parse(&a, "-maxmem=12x -maxmem= -maxmem=99999999999 -strange");
    ck_assert_uint_eq(a.max_mem, 512ull << 20);
    ck_reported("boot argument \"-maxmem=12x\"");
    ck_reported("boot argument \"-strange\"");
    boot_args_parse(&a, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_machine");
    TCase *c = tcase_create("machine");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_complete_machine);
    tcase_add_test(c, test_gicv2_and_spin_table);
    tcase_add_test(c, test_several_redistributor_regions);
    tcase_add_test(c, test_no_gic_no_memory);
    tcase_add_test(c, test_gic_regions_missing_or_too_many);
    tcase_add_test(c, test_banks_overlap_wrap_and_reach_too_far);
    tcase_add_test(c, test_banks_that_cover_devices);
    tcase_add_test(c, test_banks_are_cut_to_pages);
    tcase_add_test(c, test_reserved_memory);
    tcase_add_test(c, test_memreserve);
    tcase_add_test(c, test_cpus_left_out);
    tcase_add_test(c, test_more_cpus_than_supported);
    tcase_add_test(c, test_psci_0_1_starts_nobody);
    tcase_add_test(c, test_uart_behind_ranges);
    tcase_add_test(c, test_uart_without_ranges_is_not_reachable);
    tcase_add_test(c, test_unknown_stdout_falls_back);
    tcase_add_test(c, test_no_known_uart);
    tcase_add_test(c, test_register_layout_of_16550);
    tcase_add_test(c, test_truncated_tree);
    tcase_add_test(c, test_console_of_truncated_tree);
    tcase_add_test(c, test_random_damage);
    tcase_add_test(c, test_boot_arguments);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
