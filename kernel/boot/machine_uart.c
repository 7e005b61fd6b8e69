// SPDX-License-Identifier: MIT
// The console UART (Devicetree Specification 3.6: stdout-path).
#include "dt_node.h"
#include "machine.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

static struct uart_ops const *driver_of(void const *fdt, int node)
{
    int len;
    char const *list = fdt_getprop(fdt, node, "compatible", &len);
    for (int i = 0; list && len > 0 && !list[len - 1] && i < len; i += (int)strlen(list + i) + 1) {
        struct uart_ops const *ops = uart_find(list + i);
        if (ops)
            return ops;
    }
    return NULL;
}

// Input clock in Hz: stated, or that of a fixed clock; 0 when a clock driver would be needed.
static uint32_t clock_of(void const *fdt, int node)
{
    uint64_t hz = 0;
    int len;
    if (!dt_get_number(fdt, node, "clock-frequency", &hz)) {
        void const *clocks = fdt_getprop(fdt, node, "clocks", &len);
        int clock = clocks && len >= 4
                        ? fdt_node_offset_by_phandle(fdt, (uint32_t)dt_number(clocks, 1))
                        : -1;
        if (clock < 0 || fdt_node_check_compatible(fdt, clock, "fixed-clock") ||
            !dt_get_number(fdt, clock, "clock-frequency", &hz))
            return 0;
    }
    return hz <= UINT32_MAX ? (uint32_t)hz : 0;
}

// Takes the node as console if a driver knows it and it has registers.
static bool use_node(void const *fdt, int node, struct machine_uart *u)
{
    struct uart_ops const *ops = driver_of(fdt, node);
    if (!ops || !dt_reg(fdt, node, 0, &u->range) || u->range.end > MACHINE_MAX_PA ||
        u->range.start % 4)
        return false;
    uint64_t shift = ops->default_shift, width = ops->default_width, offset = 0;
    dt_get_number(fdt, node, "reg-shift", &shift);
    dt_get_number(fdt, node, "reg-io-width", &width);
    dt_get_number(fdt, node, "reg-offset", &offset);
    if (shift > 4 || (width != 1 && width != 2 && width != 4) || offset >= PAGE_SIZE)
        return false;
    u->range.start += offset;
    if (range_size(u->range) > 0x100000) // some trees give a whole block of devices
        u->range.end = u->range.start + PAGE_SIZE;
    u->ops = ops;
    u->reg_shift = (unsigned)shift;
    u->reg_width = (unsigned)width;
    u->clock_hz = clock_of(fdt, node);
    u->node = node;
    return u->range.start < u->range.end;
}

// Node of a path or alias, which may be followed by ":115200n8"; < 0: none.
static int node_of_path(void const *fdt, char const *path, int len)
{
    if (!path || len <= 1 || path[len - 1])
        return -1;
    char const *colon = strchr(path, ':');
    return fdt_path_offset_namelen(fdt, path, colon ? (int)(colon - path) : (int)strlen(path));
}

static int stdout_node(void const *fdt, char const **path)
{
    int len, chosen = fdt_path_offset(fdt, "/chosen");
    *path = NULL;
    if (chosen < 0)
        return -1;
    *path = fdt_getprop(fdt, chosen, "stdout-path", &len);
    if (!*path)
        *path = fdt_getprop(fdt, chosen, "linux,stdout-path", &len);
    if (!*path || len <= 0 || (*path)[len - 1]) {
        *path = NULL;
        return -1;
    }
    return node_of_path(fdt, *path, len);
}

bool machine_find_uart(void const *fdt, struct machine_uart *u, bool quiet)
{
    char const *path;
    memset(u, 0, sizeof *u);
    int node = stdout_node(fdt, &path);
    if (node >= 0 && use_node(fdt, node, u))
        return true;

    int aliases = fdt_path_offset(fdt, "/aliases"), len;
    char const *serial = aliases < 0 ? NULL : fdt_getprop(fdt, aliases, "serial0", &len);
    int first = serial ? node_of_path(fdt, serial, len) : -1;
    bool found = first >= 0 && dt_enabled(fdt, first) && use_node(fdt, first, u);
    for (node = 0; !found && (node = fdt_next_node(fdt, node, NULL)) >= 0;)
        found = driver_of(fdt, node) && dt_enabled(fdt, node) && use_node(fdt, node, u);
    if (quiet || !path)
        return found;
    report_note("stdout-path \"%s\" is no UART that a driver knows%s%s", path,
                found ? ": taking " : "", found ? fdt_get_name(fdt, u->node, NULL) : "");
    return found;
}
