// SPDX-License-Identifier: MIT
#include "dt/dt_node.h"

#include "dt/dt_index.h"

#include <libfdt.h>
#include <string.h>

bool dt_enabled(void const *fdt, int node)
{
    int len;
    char const *s = fdt_getprop(fdt, node, "status", &len);
    return !s || (len == 5 && !memcmp(s, "okay", 5)) || (len == 3 && !memcmp(s, "ok", 3));
}

uint64_t dt_number(void const *p, unsigned n)
{
    uint8_t const *b = p;
    uint64_t value = 0;
    for (unsigned i = 0; i < 4 * n; i++)
        value = value << 8 | b[i];
    return value;
}

bool dt_get_number(void const *fdt, int node, char const *name, uint64_t *value)
{
    int len;
    void const *p = fdt_getprop(fdt, node, name, &len);
    if (!p || (len != 4 && len != 8))
        return false;
    *value = dt_number(p, (unsigned)len / 4);
    return true;
}

struct reg {
    uint8_t const *data;
    unsigned address_cells, size_cells, count;
};

static struct reg reg_of(void const *fdt, int node, int parent)
{
    struct reg r = {0};
    if (parent < 0)
        return r;
    int na = fdt_address_cells(fdt, parent), ns = fdt_size_cells(fdt, parent), len;
    if (na < 1 || na > 2 || ns < 0 || ns > 2)
        return r;
    r.data = fdt_getprop(fdt, node, "reg", &len);
    if (!r.data || len % (4 * (na + ns)))
        return r;
    r.address_cells = (unsigned)na;
    r.size_cells = (unsigned)ns;
    r.count = (unsigned)len / (4 * (r.address_cells + r.size_cells));
    return r;
}

unsigned dt_reg_count(void const *fdt, int node)
{
    return reg_of(fdt, node, dt_parent(fdt, node)).count;
}

// One step up: an address on `bus` becomes one on the bus above. False if bus does not show it
// there.
static bool translate_once(void const *fdt, int bus, int parent, uint64_t *address)
{
    int len, na = fdt_address_cells(fdt, bus), ns = fdt_size_cells(fdt, bus),
             pna = fdt_address_cells(fdt, parent);
    uint8_t const *p = fdt_getprop(fdt, bus, "ranges", &len);
    if (!p || na < 1 || na > 2 || ns < 1 || ns > 2 || pna < 1 || pna > 2)
        return false;
    if (!len)
        return true; // 1:1
    int row = 4 * (na + pna + ns);
    for (; len >= row; len -= row, p += row) {
        uint64_t child = dt_number(p, (unsigned)na);
        uint64_t size = dt_number(p + 4 * (na + pna), (unsigned)ns);
        if (*address >= child && *address - child < size) {
            *address = *address - child + dt_number(p + 4 * na, (unsigned)pna);
            return true;
        }
    }
    return false;
}

bool dt_reg(void const *fdt, int node, unsigned i, struct range *out)
{
    int bus = dt_parent(fdt, node);
    struct reg r = reg_of(fdt, node, bus);
    if (i >= r.count)
        return false;
    uint8_t const *p = r.data + (size_t)i * 4 * (r.address_cells + r.size_cells);
    uint64_t address = dt_number(p, r.address_cells);
    uint64_t size = dt_number(p + 4 * r.address_cells, r.size_cells);

    while (bus != 0) {
        int parent = bus < 0 ? bus : dt_parent(fdt, bus);
        if (parent < 0 || !translate_once(fdt, bus, parent, &address))
            return false;
        bus = parent;
    }
    if (address + size < address)
        return false;
    *out = (struct range){address, address + size};
    return true;
}

static bool compatible_with(void const *fdt, int node, char const *const *list)
{
    int len;
    char const *s = dt_compatible(fdt, node, &len);
    for (; s && *list; list++)
        if (fdt_stringlist_contains(s, len, *list))
            return true;
    return false;
}

int dt_find(void const *fdt, int start, char const *const *compatible)
{
    int node = start;
    while ((node = dt_next(fdt, node)) >= 0)
        if (compatible_with(fdt, node, compatible) && dt_enabled(fdt, node))
            return node;
    return -1;
}

// The node that interrupts of `node` go to: the nearest interrupt-parent on the way up (2.4.1).
static int interrupt_parent(void const *fdt, int node)
{
    for (; node >= 0; node = dt_parent(fdt, node)) {
        uint64_t phandle;
        if (dt_get_number(fdt, node, "interrupt-parent", &phandle))
            return dt_by_phandle(fdt, (uint32_t)phandle);
    }
    return -1;
}

// Controllers in front of the GIC (for wake-up or polarity) that keep its numbers.
static bool leads_to_gic(void const *fdt, int controller, int gic)
{
    static char const *const in_front[] = {
        "nvidia,tegra210-ictlr", "nvidia,tegra124-ictlr", "nvidia,tegra114-ictlr",
        "nvidia,tegra30-ictlr", "mediatek,mt6577-sysirq", "fsl,imx7d-gpc", "fsl,imx8mq-gpc", 0,
    };
    return controller == gic || (controller >= 0 && compatible_with(fdt, controller, in_front) &&
                                 interrupt_parent(fdt, controller) == gic);
}

// GIC binding: cell 0 is the kind (0 SPI, 1 PPI), cell 1 the number.
static int intid(uint8_t const *cells)
{
    uint64_t kind = dt_number(cells, 1), number = dt_number(cells + 4, 1);
    if (kind == 0 && number < 988)
        return (int)number + 32;
    if (kind == 1 && number < 16)
        return (int)number + 16;
    return -1;
}

static int extended_interrupt(void const *fdt, uint8_t const *p, int len, unsigned i, int gic)
{
    while (len >= 4) {
        int to = dt_by_phandle(fdt, (uint32_t)dt_number(p, 1));
        uint64_t cells;
        if (to < 0 || !dt_get_number(fdt, to, "#interrupt-cells", &cells) || cells > 8)
            return -1;
        int size = 4 + 4 * (int)cells;
        if (len < size)
            return -1;
        if (!i--)
            return leads_to_gic(fdt, to, gic) && cells >= 3 ? intid(p + 4) : -1;
        p += size;
        len -= size;
    }
    return -1;
}

int dt_interrupt(void const *fdt, int node, unsigned i, int gic)
{
    int len;
    uint8_t const *p = fdt_getprop(fdt, node, "interrupts-extended", &len);
    if (p)
        return extended_interrupt(fdt, p, len, i, gic);

    uint64_t cells;
    p = fdt_getprop(fdt, node, "interrupts", &len);
    // The GIC's own maintenance interrupt goes to the GIC, whatever its parent is.
    int to = node == gic ? gic : interrupt_parent(fdt, node);
    if (!p || to < 0 || !leads_to_gic(fdt, to, gic) ||
        !dt_get_number(fdt, to, "#interrupt-cells", &cells) || cells < 3 || cells > 8 ||
        (uint64_t)len / 4 / cells <= i)
        return -1;
    return intid(p + (size_t)i * 4 * cells);
}
