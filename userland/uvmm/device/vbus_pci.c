// SPDX-License-Identifier: MIT
#include "device/vbus_pci.h"

#include "device/vbus.h"
#include "vcpu/fp.h"

#include <l4/re/c/rm.h>
#include <stdio.h>

static void take_resource(struct vbus_pci_device *d, l4vbus_resource_t const *r)
{
    char name[8];
    if (r->type == L4VBUS_RESOURCE_IRQ && r->id == l4vbus_resource_id("PIN")) {
        d->irq = (unsigned)r->start;
        d->irq_mode = r->flags;
    }
    for (unsigned i = 0; i < PCI_BARS; i++) {
        snprintf(name, sizeof(name), "BAR%u", i);
        if (r->type == L4VBUS_RESOURCE_MEM && r->id == l4vbus_resource_id(name) && r->end >= r->start) {
            d->start[i] = r->start;
            d->size[i] = r->end - r->start + 1;
        }
    }
}

bool vbus_pci_next(struct vbus_pci_device *d)
{
    l4_cap_idx_t const bus = vbus_cap();
    l4vbus_device_handle_t at = d->handle;
    l4vbus_device_t info;
    if (l4_is_invalid_cap(bus))
        return false;
    do {
        if (l4vbus_get_next_device(bus, L4VBUS_ROOT_BUS, &at, L4VBUS_MAX_DEPTH, &info) < 0)
            return false;
    } while (!(info.type & 1u << L4VBUS_INTERFACE_PCIDEV));
    *d = (struct vbus_pci_device){.handle = at};
    for (unsigned i = 0; i < info.num_resources; i++) {
        l4vbus_resource_t r;
        if (l4vbus_get_resource(bus, at, i, &r) >= 0)
            take_resource(d, &r);
    }
    return true;
}

uint32_t vbus_pci_read(struct vbus_pci_device const *d, unsigned reg, unsigned bytes)
{
    uint32_t v = ~0u;
    fp_protect();
    l4vbus_pcidev_cfg_read(vbus_cap(), d->handle, reg, &v, 8 * bytes);
    return v;
}

void vbus_pci_write(struct vbus_pci_device const *d, unsigned reg, unsigned bytes, uint32_t value)
{
    fp_protect();
    l4vbus_pcidev_cfg_write(vbus_cap(), d->handle, reg, value, 8 * bytes);
}

int vbus_pci_attach(struct vbus_pci_device const *d, unsigned bar, void **at)
{
    return vm_attach(at, l4_round_page(d->size[bar]), L4RE_RM_F_RW | L4RE_RM_F_CACHE_UNCACHED, vbus_cap(), d->start[bar]);
}
