// SPDX-License-Identifier: MIT
#include "device/pci_node.h"

#include <libfdt.h>

enum {
    UNIT_CELLS = 3, // of an address of PCI
    KEY_CELLS = UNIT_CELLS + 1,
    SIZE_CELLS = 2,
    SPACE_SHIFT = 24,
    SPACE_MASK = 3,
    SPACE_32 = 2,
    SPACE_64 = 3,
    SLOT_SHIFT = 11,
    GIC_CELLS = 3,
};

static uint32_t cell(uint32_t const *p)
{
    return fdt32_to_cpu(*p);
}

int pci_node_windows(void const *fdt, int node, struct pci_guest_window window[PCI_GUEST_WINDOWS])
{
    int const parent_cells = dt_address_cells(fdt, fdt_parent_offset(fdt, node));
    int len;
    uint32_t const *p = fdt_getprop(fdt, node, "ranges", &len);
    for (unsigned i = 0; i < PCI_GUEST_WINDOWS; i++)
        window[i] = (struct pci_guest_window){1, 0};
    if (parent_cells < 1 || parent_cells > 2)
        return DT_MALFORMED;
    int const cells = UNIT_CELLS + parent_cells + SIZE_CELLS;
    if (!p || len <= 0 || len % (4 * cells))
        return DT_MALFORMED;
    for (int n = len / (4 * cells); n; n--, p += cells) {
        unsigned const space = cell(p) >> SPACE_SHIFT & SPACE_MASK;
        uint64_t const bus = dt_cells(p + 1, 2), at = dt_cells(p + UNIT_CELLS, parent_cells);
        uint64_t const size = dt_cells(p + UNIT_CELLS + parent_cells, SIZE_CELLS);
        if (space != SPACE_32 && space != SPACE_64)
            continue;
        // A BAR holds the address that CPUs use.
        if (bus != at || !size || at + (size - 1) < at || (at | size) & 0xfff || (space == SPACE_32 && (at + (size - 1)) >> 32))
            return DT_MALFORMED;
        window[space - SPACE_32] = (struct pci_guest_window){at, at + (size - 1)};
    }
    return 0;
}

// Does the entry at p stand for that pin? Bits outside of the mask do not matter.
static bool is_for(uint32_t const *p, uint32_t const *mask, unsigned slot, unsigned pin)
{
    return !((cell(p) ^ slot << SLOT_SHIFT) & cell(mask)) && !((cell(p + UNIT_CELLS) ^ pin) & cell(mask + UNIT_CELLS));
}

// Cells of an entry behind its key and the controller's phandle; -1: that is not the GIC.
static int cells_behind(void const *fdt, uint32_t const *p)
{
    int const ic = fdt_node_offset_by_phandle(fdt, cell(p));
    if (ic < 0 || !fdt_getprop(fdt, ic, "interrupt-controller", NULL) || dt_u32(fdt, ic, "#interrupt-cells", 0) != GIC_CELLS)
        return -1;
    uint32_t const cells = dt_u32(fdt, ic, "#address-cells", 0);
    return cells > 2 ? -1 : (int)cells + GIC_CELLS;
}

int pci_node_interrupt(void const *fdt, int node, unsigned slot, unsigned pin, struct dt_irq *irq)
{
    int len, mask_len;
    uint32_t const *p = fdt_getprop(fdt, node, "interrupt-map", &len);
    uint32_t const *mask = fdt_getprop(fdt, node, "interrupt-map-mask", &mask_len);
    if (!p)
        return DT_NONE;
    if (!mask || mask_len != 4 * KEY_CELLS || len % 4)
        return DT_MALFORMED;
    for (int left = len / 4; left > KEY_CELLS;) {
        int const behind = cells_behind(fdt, p + KEY_CELLS), size = KEY_CELLS + 1 + behind;
        if (behind < 0)
            return DT_NO_GIC;
        if (size > left)
            return DT_MALFORMED;
        uint32_t const *gic = p + size - GIC_CELLS;
        if (is_for(p, mask, slot, pin)) {
            if (cell(gic) || cell(gic + 1) >= 988) // shared ones only
                return DT_MALFORMED;
            *irq = (struct dt_irq){cell(gic + 1) + 32, cell(gic + 2) & 0xf};
            return 0;
        }
        p += size;
        left -= size;
    }
    return DT_NONE;
}
