// SPDX-License-Identifier: MIT
#include "device/pci_regs.h"

#include <l4/sys/consts.h>
#include <stddef.h>

enum {
    FUNCTION_SHIFT = 12,
    SLOT_SHIFT = 15,
    BUS_SHIFT = 20,
    BRIDGE_ID = 0x00081b36,        // QEMU's generic host bridge
    BRIDGE_SUBSYSTEM = 0x11001af4,
    BRIDGE_CLASS = 0x06000000,
    COMMAND_BITS = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX,
};

void pci_guest_init(struct pci_guest *g, struct pci_guest_ops ops, void *ctx)
{
    struct pci_vconfig *view = &g->function[0].view;
    g->ops = ops;
    g->ctx = ctx;
    g->n = 1;
    pci_vconfig_set(view, PCI_VENDOR, 4, BRIDGE_ID, 0);
    pci_vconfig_set(view, PCI_SUBSYSTEM_VENDOR, 4, BRIDGE_SUBSYSTEM, 0);
    pci_vconfig_set(view, PCI_REVISION, 4, BRIDGE_CLASS, 0);
    pci_vconfig_set(view, PCI_COMMAND, 2, 0, COMMAND_BITS);
}

static bool is_inside(struct pci_guest_window const *w, uint64_t at, uint64_t size)
{
    return w->end >= w->start && at >= w->start && at <= w->end && size - 1 <= w->end - at;
}

// The first address in the window behind all that lie in it already.
static bool first_address(struct pci_guest const *g, struct pci_guest_window const *w, uint64_t size, uint64_t *at)
{
    *at = w->start;
    for (unsigned slot = 1; slot < g->n; slot++)
        for (unsigned i = 0; i < PCI_BARS; i++) {
            struct pci_guest_bar const *b = &g->function[slot].bar[i];
            uint64_t const a = pci_vconfig_bar(&g->function[slot].view, i);
            if (b->size && is_inside(w, a, b->size) && a + b->size > *at)
                *at = a + b->size;
        }
    uint64_t const start = (*at + size - 1) & ~(size - 1);
    if (start < *at || !is_inside(w, start, size))
        return false;
    *at = start;
    return true;
}

char const *pci_guest_add(struct pci_guest *g, struct pci_vconfig const *view, uint64_t const size[PCI_BARS],
                          unsigned const flags[PCI_BARS])
{
    if (g->n == PCI_DEVICES)
        return "all slots of the bus are in use";
    struct pci_guest_function *f = &g->function[g->n++]; // its own BARs are among those in the way
    f->view = *view;
    pci_vconfig_set(&f->view, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX, COMMAND_BITS);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        bool const wide = (flags[i] & PCI_BAR_TYPE) == PCI_BAR_64BIT;
        uint64_t const bytes = size[i] && size[i] < L4_PAGESIZE ? L4_PAGESIZE : size[i]; // what can be mapped
        uint64_t at;
        if (!bytes)
            continue;
        if (bytes & (bytes - 1) || (wide && i == PCI_BARS - 1)) {
            g->n--;
            return "a BAR is not as it can be";
        }
        if (!(wide && first_address(g, &g->window[1], bytes, &at)) && !first_address(g, &g->window[0], bytes, &at)) {
            g->n--;
            return "its BARs do not fit into the windows of the host bridge";
        }
        f->bar[i].size = bytes;
        pci_vconfig_set_bar(&f->view, i, flags[i] & PCI_BAR_FLAGS, at, bytes);
    }
    return NULL;
}

static bool is_free(struct pci_guest const *g, uint64_t at, uint64_t size)
{
    for (unsigned slot = 1; slot < g->n; slot++)
        for (unsigned i = 0; i < PCI_BARS; i++) {
            struct pci_guest_bar const *b = &g->function[slot].bar[i];
            if (b->is_mapped && b->at <= at + (size - 1) && at <= b->at + (b->size - 1))
                return false;
        }
    return is_inside(&g->window[0], at, size) || is_inside(&g->window[1], at, size);
}

// Maps BARs where the guest wants them. Those that it puts outside of the windows or onto others are nowhere.
static void place(struct pci_guest *g, unsigned slot)
{
    struct pci_guest_function *f = &g->function[slot];
    bool const decoded = pci_vconfig_read(&f->view, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        struct pci_guest_bar *b = &f->bar[i];
        uint64_t const at = pci_vconfig_bar(&f->view, i);
        if (!b->size)
            continue;
        if (b->is_mapped && (!decoded || b->at != at)) {
            g->ops.unmap(g->ctx, slot, i, b->at);
            b->is_mapped = false;
        }
        if (decoded && !b->is_mapped && is_free(g, at, b->size)) {
            b->is_mapped = g->ops.map(g->ctx, slot, i, at);
            b->at = at;
        }
    }
}

// NULL: nothing is there.
static struct pci_guest_function *find(struct pci_guest *g, uint64_t off, unsigned size, unsigned *slot, unsigned *reg)
{
    *reg = (unsigned)(off & ((1u << FUNCTION_SHIFT) - 1));
    *slot = (unsigned)(off >> SLOT_SHIFT) % PCI_DEVICES;
    bool const there = !(off >> BUS_SHIFT) && !(off >> FUNCTION_SHIFT & 7) && *slot < g->n;
    return there && size <= 2 && pci_access_ok(*reg, 1u << size) ? &g->function[*slot] : NULL;
}

static bool touches(unsigned reg, unsigned bytes, unsigned first, unsigned size)
{
    return reg < first + size && reg + bytes > first;
}

uint64_t pci_guest_read(struct pci_guest *g, uint64_t off, unsigned size)
{
    unsigned slot, reg;
    struct pci_guest_function *f = find(g, off, size, &slot, &reg);
    if (!f)
        return ~0ull >> (64 - (8u << size));
    uint32_t v = pci_vconfig_read(&f->view, reg, 1u << size);
    if (slot && touches(reg, 1u << size, PCI_STATUS, 1) && g->ops.intx_pending(g->ctx, slot))
        v |= (uint32_t)PCI_STATUS_INTX << 8 * (PCI_STATUS - reg);
    return v;
}

void pci_guest_write(struct pci_guest *g, uint64_t off, unsigned size, uint64_t value)
{
    unsigned slot, reg;
    struct pci_guest_function *f = find(g, off, size, &slot, &reg);
    if (!f)
        return;
    uint32_t const before = pci_vconfig_read(&f->view, PCI_COMMAND, 2);
    pci_vconfig_write(&f->view, reg, 1u << size, (uint32_t)value);
    uint32_t const command = pci_vconfig_read(&f->view, PCI_COMMAND, 2);
    if (!slot)
        return;
    if (command != before)
        g->ops.set_command(g->ctx, slot, command);
    if (command != before || touches(reg, 1u << size, PCI_BAR0, 4 * PCI_BARS))
        place(g, slot);
}
