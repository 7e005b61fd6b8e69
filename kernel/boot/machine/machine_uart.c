// SPDX-License-Identifier: MIT
// The console UART (Devicetree Specification 3.6: stdout-path).
#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

static struct uart_ops const *driver_of_list(char const *list, int len)
{
    for (int i = 0; list && len > 0 && !list[len - 1] && i < len; i += (int)strlen(list + i) + 1) {
        struct uart_ops const *ops = uart_find(list + i);
        if (ops)
            return ops;
    }
    return NULL;
}

static struct uart_ops const *driver_of(void const *fdt, int node)
{
    int len;
    char const *list = dt_compatible(fdt, node, &len);
    return driver_of_list(list, len);
}

// Input clock in Hz: stated, or that of a fixed clock; 0 when a clock driver would be needed.
static uint32_t clock_of(void const *fdt, int node)
{
    uint64_t hz = 0;
    int len;
    if (!dt_get_number(fdt, node, "clock-frequency", &hz)) {
        void const *clocks = fdt_getprop(fdt, node, "clocks", &len);
        int clock = clocks && len >= 4
                        ? dt_by_phandle(fdt, (uint32_t)dt_number(clocks, 1))
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
    int len, chosen = dt_top(fdt, "chosen");
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

bool machine_find_uart(void const *fdt, struct machine_uart *u)
{
    char const *path;
    memset(u, 0, sizeof *u);
    int node = stdout_node(fdt, &path);
    if (node >= 0 && use_node(fdt, node, u))
        return true;

    int aliases = dt_top(fdt, "aliases"), len;
    char const *serial = aliases < 0 ? NULL : fdt_getprop(fdt, aliases, "serial0", &len);
    int first = serial ? node_of_path(fdt, serial, len) : -1;
    bool found = first >= 0 && dt_enabled(fdt, first) && use_node(fdt, first, u);
    for (node = 0; !found && (node = dt_next(fdt, node)) >= 0;)
        found = driver_of(fdt, node) && dt_enabled(fdt, node) && use_node(fdt, node, u);
    if (!found)
        u->ops = NULL;
    u->unknown_stdout = path;
    return found;
}

void machine_report_uart(void const *fdt, struct machine_uart const *u)
{
    if (u->unknown_stdout)
        report_note("stdout-path \"%s\" is no UART that a driver knows%s%s", u->unknown_stdout,
                    u->ops ? ": taking " : "", u->ops ? fdt_get_name(fdt, u->node, NULL) : "");
}

// An address in hexadecimal digits up to `end`; 0 if it is none that a UART can have.
static uint64_t parse_address(char const *digits, char end)
{
    uint64_t address = 0;
    for (; *digits != end; digits++) {
        bool letter = *digits >= 'a' && *digits <= 'f';
        unsigned digit = letter ? (unsigned)(*digits - 'a' + 10) : (unsigned)(*digits - '0');
        if (digit > (letter ? 15 : 9) || address >= MACHINE_MAX_PA / 16)
            return 0;
        address = address * 16 + digit;
    }
    return address % 4 ? 0 : address;
}

// A UART of which no more is known.
static void use_address(struct machine_uart *u, struct uart_ops const *ops, uint64_t address)
{
    u->ops = ops;
    u->range = (struct range){address, round_up(address + 1, PAGE_SIZE)};
    u->reg_shift = ops->default_shift;
    u->reg_width = ops->default_width;
}

// ",SHIFT,WIDTH"
static bool is_layout(char const *s)
{
    return s[1] >= '0' && s[1] <= '4' && s[2] == ',' &&
           (s[3] == '1' || s[3] == '2' || s[3] == '4') && !s[4];
}

bool machine_parse_uart(char const *text, struct machine_uart *u)
{
    char name[64];
    size_t len = strcspn(text, "@");
    memset(u, 0, sizeof *u);
    if (len >= sizeof name || strncmp(text + len, "@0x", 3))
        return false;
    memcpy(name, text, len);
    name[len] = 0;
    struct uart_ops const *ops = uart_find(name);
    char const *digits = text + len + 3, *layout = strchr(digits, ',');
    uint64_t address = parse_address(digits, layout ? ',' : 0);
    if (!ops || !address || (layout && !is_layout(layout)))
        return false;
    use_address(u, ops, address);
    if (layout) {
        u->reg_shift = (unsigned)(layout[1] - '0');
        u->reg_width = (unsigned)(layout[3] - '0');
    }
    return true;
}

// The ADDRESS of a node NAME@ADDRESS (2.2.1.1); 0 if there is none that can be a UART's.
static uint64_t unit_address(void const *fdt, int node)
{
    char const *name = fdt_get_name(fdt, node, NULL), *at = name ? strchr(name, '@') : NULL;
    return at ? parse_address(at + 1, 0) : 0;
}

bool machine_guess_uart(void const *fdt, struct machine_uart *u)
{
    uint64_t address = 0;
    uint32_t tag;
    memset(u, 0, sizeof *u);
    for (int at = 0, next; (tag = fdt_next_tag(fdt, at, &next)) != FDT_END; at = next) {
        int len;
        struct fdt_property const *p;
        struct uart_ops const *ops;
        if (tag == FDT_BEGIN_NODE) {
            address = unit_address(fdt, at);
        } else if (tag == FDT_PROP && address &&
                   (p = fdt_get_property_by_offset(fdt, at, &len)) &&
                   (ops = driver_of_list(p->data, len))) {
            use_address(u, ops, address);
            return true;
        }
    }
    return false;
}
