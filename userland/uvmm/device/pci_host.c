// SPDX-License-Identifier: MIT
// A PCI host bridge for the guest, with the devices of PCI that its vbus has. Their registers are mapped where the guest puts
// its BARs; a configuration space is the guest's own, and io's beneath decides what of it reaches the device.
#include "device/device.h"
#include "device/pci_node.h"
#include "device/vbus.h"
#include "device/vbus_pci.h"
#include "boot/dt.h"
#include "log.h"
#include "vcpu/fp.h"

#include <string.h>

enum { BUS_SPACE = 1 << 20, PINS = 4 };

struct host {
    struct pci_guest guest;
    struct lock lock;
    struct vbus_pci_device device[PCI_DEVICES]; // by slot
    void *bar[PCI_DEVICES][PCI_BARS];           // where it is here
    struct {
        unsigned hardware, guest;
    } line[PINS];                               // interrupts that are connected
    unsigned n_lines;
};

static bool map_bar(void *ctx, unsigned slot, unsigned bar, uint64_t gpa)
{
    struct host *h = ctx;
    uint64_t const size = h->guest.function[slot].bar[bar].size;
    fp_protect();
    int const err = vm_map(gpa, h->bar[slot][bar], size, L4_FPAGE_RW, L4_FPAGE_UNCACHEABLE);
    if (!err)
        return true;
    vm_unmap(gpa, h->bar[slot][bar], size);
    log_guest(LOG_WARN, "PCI device %u: BAR %u cannot be mapped at 0x%llx: error %d", slot, bar, (unsigned long long)gpa, err);
    return false;
}

static void unmap_bar(void *ctx, unsigned slot, unsigned bar, uint64_t gpa)
{
    struct host *h = ctx;
    fp_protect();
    vm_unmap(gpa, h->bar[slot][bar], h->guest.function[slot].bar[bar].size);
}

static void set_command(void *ctx, unsigned slot, uint32_t command)
{
    struct host *h = ctx;
    vbus_pci_write(&h->device[slot], PCI_COMMAND, 2, command);
}

static bool intx_pending(void *ctx, unsigned slot)
{
    struct host *h = ctx;
    return vbus_pci_read(&h->device[slot], PCI_STATUS, 2) & PCI_STATUS_INTX;
}

static uint64_t config_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct host *h = ctx;
    (void)v;
    fp_protect();
    LOCK_SCOPE(&h->lock);
    return pci_guest_read(&h->guest, off, size);
}

static void config_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct host *h = ctx;
    (void)v;
    fp_protect();
    LOCK_SCOPE(&h->lock);
    pci_guest_write(&h->guest, off, size, value);
}

// Where no BAR is.
static uint64_t window_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    (void)ctx, (void)v, (void)off, (void)size;
    return ~0ull;
}

static void window_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    (void)ctx, (void)v, (void)off, (void)size, (void)value;
}

static uint32_t read_real(void *ctx, unsigned reg, unsigned bytes)
{
    return vbus_pci_read(ctx, reg, bytes);
}

static char const *attach_bars(struct host *h, unsigned slot)
{
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (h->device[slot].size[i] && vbus_pci_attach(&h->device[slot], i, &h->bar[slot][i]))
            return "the memory of a BAR is not to be had";
    return NULL;
}

// Into the next slot. NULL, or why not.
static char const *add_device(struct host *h, struct vbus_pci_device const *d)
{
    struct pci_vconfig view;
    struct pci_reader const real = {read_real, (void *)d};
    unsigned flags[PCI_BARS];
    unsigned const slot = h->guest.n;
    char const *why = pci_vconfig_fill(&view, &real);
    for (unsigned i = 0; i < PCI_BARS; i++)
        flags[i] = vbus_pci_read(d, PCI_BAR0 + 4 * i, 4) & PCI_BAR_FLAGS;
    if (!why)
        why = pci_guest_add(&h->guest, &view, d->size, flags);
    if (why)
        return why;
    h->device[slot] = *d;
    why = attach_bars(h, slot);
    if (why)
        h->guest.n--;
    return why;
}

// Does a line of the machine lead to that interrupt of the guest's, or may it from now on?
static bool is_connectable(struct host const *h, unsigned hardware, unsigned guest)
{
    for (unsigned i = 0; i < h->n_lines; i++)
        if (h->line[i].hardware == hardware || h->line[i].guest == guest)
            return h->line[i].hardware == hardware && h->line[i].guest == guest;
    return h->n_lines < PINS;
}

static bool is_connected(struct host const *h, unsigned hardware)
{
    for (unsigned i = 0; i < h->n_lines; i++)
        if (h->line[i].hardware == hardware)
            return true;
    return false;
}

static bool bind_line(struct host *h, struct vm *m, int node, struct vbus_pci_device const *d, struct dt_irq const *irq)
{
    if (is_connected(h, d->irq))
        return true;
    if (vbus_bind_irq(m, node, d->irq, d->irq_mode, irq))
        return false;
    h->line[h->n_lines].hardware = d->irq;
    h->line[h->n_lines++].guest = irq->intid;
    return true;
}

// Devices share lines in the machine in another way than in the guest, where slots differ: the guest is told a pin that leads
// to the interrupt of the device's line.
static void connect_pin(struct host *h, struct vm *m, int node, unsigned slot)
{
    struct vbus_pci_device const *d = &h->device[slot];
    struct pci_vconfig *view = &h->guest.function[slot].view;
    unsigned const own = pci_vconfig_read(view, PCI_INTERRUPT_PIN, 1);
    struct dt_irq irq;
    for (unsigned i = 0; d->irq && i < PINS; i++) {
        unsigned const pin = (own - 1 + i) % PINS + 1;
        if (pci_node_interrupt(m->fdt, node, slot, pin, &irq) || !is_connectable(h, d->irq, irq.intid))
            continue;
        pci_vconfig_set(view, PCI_INTERRUPT_PIN, 1, bind_line(h, m, node, d, &irq) ? pin : 0, 0);
        return;
    }
    if (d->irq)
        device_error(m->fdt, node, "PCI device %u has no interrupt: interrupt-map does not name a free one for it", slot);
    pci_vconfig_set(view, PCI_INTERRUPT_PIN, 1, 0, 0);
}

static void add_all(struct host *h, struct vm *m, int node)
{
    struct vbus_pci_device d = {.handle = L4VBUS_NULL};
    while (vbus_pci_next(&d)) {
        unsigned const slot = h->guest.n, id = vbus_pci_read(&d, PCI_VENDOR, 4);
        char const *why = add_device(h, &d);
        if (why)
            device_error(m->fdt, node, "PCI device %04x:%04x is left out: %s", id & 0xffff, id >> 16, why);
        else
            connect_pin(h, m, node, slot);
    }
}

static int find_spaces(struct vm *m, int node, struct pci_guest *g, struct dt_range *config)
{
    if (device_reg(m, node, BUS_SPACE, config))
        return -1;
    if ((config->start | config->size) & ~L4_PAGEMASK)
        return device_error(m->fdt, node, "reg is not page aligned");
    if (pci_node_windows(m->fdt, node, g->window))
        return device_error(m->fdt, node, "ranges: windows of whole pages are needed, at the same addresses on both sides");
    return 0;
}

static int pci_host_create(struct vm *m, int node)
{
    static struct pci_guest_ops const ops = {map_bar, unmap_bar, set_command, intx_pending};
    static struct mmio_ops const config_ops = {config_read, config_write}, window_ops = {window_read, window_write};
    struct vbus_pci_device first = {.handle = L4VBUS_NULL};
    struct dt_range config;
    if (!vbus_pci_next(&first))
        return device_error(m->fdt, node, "there is no device of PCI on the vbus");
    struct host *h = device_alloc(sizeof(*h));
    if (find_spaces(m, node, &h->guest, &config))
        return -1;
    lock_init(&h->lock);
    pci_guest_init(&h->guest, ops, h);
    add_all(h, m, node);
    vm_claim(config.start, config.size, "PCI configuration spaces", &config_ops, h);
    for (unsigned i = 0; i < PCI_GUEST_WINDOWS; i++) {
        struct pci_guest_window const *w = &h->guest.window[i];
        if (w->end >= w->start)
            vm_claim(w->start, w->end - w->start + 1, "PCI window", &window_ops, h);
    }
    return 0;
}

DEVICE_TYPE(pci_host, .compatible = "pci-host-ecam-generic", .create = pci_host_create);
