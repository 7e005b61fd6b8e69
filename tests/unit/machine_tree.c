// SPDX-License-Identifier: MIT
#include "machine_tree.h"

struct machine machine;
struct machine_uart machine_uart;

void tree_root(void)
{
    boot_reports_clear();
    tree_begin();
    tree_open("");
    tree_cells("#address-cells", 1, 2);
    tree_cells("#size-cells", 1, 2);
    tree_cells("interrupt-parent", 1, 1);
    tree_string("model", "Test board");
    tree_string("compatible", "test,board");
}

void tree_memory(char const *name, unsigned start_mib, unsigned size_mib)
{
    tree_open(name);
    tree_string("device_type", "memory");
    tree_cells("reg", 4, start_mib >> 12, start_mib << 20, size_mib >> 12, size_mib << 20);
    tree_close();
}

void tree_small_board(void)
{
    tree_root();
    tree_memory("memory@0", 0, 960);
    tree_gicv2();
}

void tree_gicv3(unsigned regions)
{
    tree_open("gic@8000000");
    tree_string("compatible", "arm,gic-v3");
    tree_cells("#interrupt-cells", 1, 3);
    tree_cells("phandle", 1, 1);
    tree_cells("#redistributor-regions", 1, regions);
    tree_cells("reg", 12, 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000, 0x40, 0, 0, 0x4000000);
    tree_cells("interrupts", 3, 1, 9, 4);
    tree_close();
}

void tree_gicv2(void)
{
    tree_open("gic@8000000");
    tree_string("compatible", "arm,gic-400");
    tree_cells("#interrupt-cells", 1, 3);
    tree_cells("phandle", 1, 1);
    tree_cells("reg", 16, 0, 0x1000, 0, 0x1000, 0, 0x2000, 0, 0x2000, 0, 0x4000, 0, 0x2000, 0, 0x6000,
          0, 0x2000);
    tree_close();
}

void tree_pl011(char const *name, unsigned address)
{
    static char const compatible[] = "arm,pl011\0arm,primecell";
    tree_open(name);
    tree_bytes("compatible", compatible, sizeof compatible);
    tree_cells("reg", 4, 0, address, 0, 0x1000);
    tree_cells("interrupts", 3, 0, 1, 4);
    tree_cells("clocks", 1, 7);
    tree_close();
}

void tree_cpus_open(void)
{
    tree_open("cpus");
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 0);
}

void tree_cpu(char const *name, unsigned reg, char const *method)
{
    tree_open(name);
    tree_string("device_type", "cpu");
    tree_cells("reg", 1, reg);
    if (method)
        tree_string("enable-method", method);
    if (method && !strcmp(method, "spin-table"))
        tree_cells("cpu-release-addr", 2, 0, 0xd8 + 8 * (reg & 0xff));
    tree_close();
}

void tree_psci(char const *compatible, char const *method)
{
    tree_open("psci");
    tree_string("compatible", compatible);
    tree_string("method", method);
    tree_close();
}

void tree_soc(char const *compatible, bool with_ranges)
{
    tree_open("soc");
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 1);
    if (with_ranges)
        tree_cells("ranges", 8, 0x7e000000, 0, 0xfe000000, 0x1800000, 0x7c000000, 0, 0xfc000000,
              0x2000000);
    tree_open("serial@7e215040");
    tree_string("compatible", compatible);
    tree_cells("reg", 2, 0x7e215040, 0x40);
    tree_cells("interrupts", 3, 0, 93, 4);
    tree_cells("reg-shift", 1, 2);
    tree_close();
    tree_close();
}

void tree_chosen(char const *path)
{
    tree_open("chosen");
    tree_string("stdout-path", path);
    tree_close();
}

bool tree_finish_and_read(uint64_t mpidr)
{
    tree_close();
    tree_finish();
    ck_assert_ptr_null(machine_check_tree(tree_blob, sizeof tree_blob));
    machine_find_uart(tree_blob, &machine_uart);
    machine_report_uart(tree_blob, &machine_uart);
    return machine_read(tree_blob, &machine_uart, mpidr, &machine);
}
