// SPDX-License-Identifier: MIT
// The device tree that boot gets, and that the tools for boards read: the machine, its console, its devices.
#include "boot_report.h"
#include "check.h"
#include "devices.h"
#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "tree_input.h"

#include <libfdt.h>

static void read_uarts(void const *fdt, struct input *in, struct machine_uart *u)
{
    struct machine_uart other;
    char text[64];
    snprintf(text, sizeof(text), "%s@0x%llx", tree_word(in), (unsigned long long)in_number(in));
    if (in_u8(in) & 1)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ",%u,%u", in_u8(in), in_u8(in));
    machine_parse_uart(text, &other);
    in_text(in, text, sizeof(text));
    machine_parse_uart(text, &other);
    machine_guess_uart(fdt, &other);
    machine_find_uart(fdt, u);
}

static void read_devices(void const *fdt, int gic)
{
    static struct device d;
    for (int node = dt_next(fdt, -1); node >= 0; node = dt_next(fdt, node)) {
        device_read(fdt, node, gic, &d);
        ck_assert(d.num_regs <= DEVICE_MAX_REGS && d.num_irqs <= DEVICE_MAX_IRQS);
        dt_interrupt(fdt, node, 0, gic);
    }
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    static struct machine m;
    struct machine_uart uart = {.ops = NULL};
    uint8_t const how = in_u8(&in);
    size_t bytes;
    void *fdt = tree_from(&in, &bytes);
    if (!fdt)
        return 0;
    if (how & 4 && bytes)
        for (unsigned n = in_u8(&in) & 3; n; n--) {
            size_t const at = in_u16(&in) % bytes;
            ((uint8_t *)fdt)[at] = in_u8(&in);
        }
    boot_reports_clear();
    bool const good = bytes >= sizeof(struct fdt_header) && !machine_check_tree(fdt, bytes - (how >> 7));
    if (good && how & 1)
        dt_index_forget();
    if (good) {
        read_uarts(fdt, &in, &uart);
        if (uart.ops)
            machine_report_uart(fdt, &uart);
        if (machine_read(fdt, &uart, how & 2, &m))
            ck_assert(m.num_cpus && m.num_cpus <= BOOT_MAX_CPUS && m.num_reserved <= MACHINE_MAX_RESERVED);
        else
            ck_assert_ptr_nonnull(strstr(boot_reports, "error: "));
        read_devices(fdt, m.gic_node);
    }
    dt_index_forget();
    if (!good && bytes >= sizeof(struct fdt_header) && !fdt_check_header(fdt) && fdt_totalsize(fdt) <= bytes)
        read_uarts(fdt, &in, &uart); // the damaged tree's console shall say so
    free(fdt);
    return 0;
}
