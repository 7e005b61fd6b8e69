// SPDX-License-Identifier: MIT
#include "devices.h"

#include "dt/dt_index.h"
#include "dt/dt_node.h"

#include <libfdt.h>
#include <string.h>

static bool is_below(void const *fdt, int node, int other)
{
    for (; node >= 0; node = dt_parent(fdt, node))
        if (node == other)
            return true;
    return false;
}

// Parts of the machine that are no devices: they have a place of their own in the description.
static bool is_machine(void const *fdt, int node, int gic)
{
    static char const *const tops[] = {"/cpus", "/reserved-memory", "/chosen", "/aliases", 0};
    for (char const *const *t = tops; *t; t++) {
        int top = fdt_path_offset(fdt, *t);
        if (top >= 0 && is_below(fdt, node, top))
            return true;
    }
    if (gic >= 0 && is_below(fdt, node, gic))
        return true;
    return node == 0 || dt_has_type(fdt, node, "memory") ||
           !fdt_node_check_compatible(fdt, node, "arm,armv8-timer");
}

static bool path_enabled(void const *fdt, int node)
{
    for (; node > 0; node = dt_parent(fdt, node))
        if (!dt_enabled(fdt, node))
            return false;
    return true;
}

static void read_regs(void const *fdt, int node, struct device *d)
{
    unsigned count = dt_reg_count(fdt, node);
    for (unsigned i = 0; i < count; i++) {
        struct range r;
        if (!dt_reg(fdt, node, i, &r) || d->num_regs == DEVICE_MAX_REGS)
            d->lost_regs++;
        else if (r.start < r.end)
            d->regs[d->num_regs++] = r;
    }
}

// Controller that gets the interrupts of a node with the property `interrupts` (2.4.1); < 0: none.
static int interrupt_parent(void const *fdt, int node)
{
    for (; node >= 0; node = dt_parent(fdt, node)) {
        uint64_t phandle;
        if (dt_get_number(fdt, node, "interrupt-parent", &phandle))
            return dt_by_phandle(fdt, (uint32_t)phandle);
    }
    return -1;
}

static void add_irq(void const *fdt, unsigned index, int to, uint64_t flags, int gic,
                    struct device *d)
{
    int intid = dt_interrupt(fdt, d->node, index, gic);
    if (intid < 0) {
        if (d->foreign < 0 && to != gic)
            d->foreign = to;
    } else if (d->num_irqs == DEVICE_MAX_IRQS) {
        d->lost_irqs++;
    } else {
        d->irqs[d->num_irqs++] = (struct device_irq){(unsigned)intid, (unsigned)flags & 0xf};
    }
}

// The interrupts-extended or interrupts of a node: which controller each goes to, and its trigger.
static void read_irqs(void const *fdt, int node, int gic, struct device *d)
{
    int len;
    uint8_t const *p = fdt_getprop(fdt, node, "interrupts-extended", &len);
    bool extended = p;
    int to = -1;
    if (!extended) {
        p = fdt_getprop(fdt, node, "interrupts", &len);
        to = p ? interrupt_parent(fdt, node) : -1;
    }
    for (unsigned i = 0; p && len >= 4; i++) {
        uint64_t cells;
        if (extended) {
            to = dt_by_phandle(fdt, (uint32_t)dt_number(p, 1));
            p += 4;
            len -= 4;
        }
        if (to < 0 || !dt_get_number(fdt, to, "#interrupt-cells", &cells) || cells < 1 ||
            cells > 8 || (uint64_t)len < 4 * cells)
            return;
        add_irq(fdt, i, to, cells >= 3 ? dt_number(p + 8, 1) : 0, gic, d);
        p += 4 * cells;
        len -= 4 * (int)cells;
    }
}

bool device_read(void const *fdt, int node, int gic, struct device *d)
{
    *d = (struct device){.node = node, .foreign = -1};
    if (!fdt_getprop(fdt, node, "compatible", NULL) || is_machine(fdt, node, gic))
        return false;
    read_regs(fdt, node, d);
    read_irqs(fdt, node, gic, d);
    d->enabled = path_enabled(fdt, node);
    return d->num_regs || d->num_irqs || (d->foreign >= 0 && !d->lost_regs);
}
