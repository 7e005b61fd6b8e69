// SPDX-License-Identifier: MIT
// Client side of the virtual bus. All functions return >= 0 or a negative L4 error.
//
// Walk over all devices:
//     l4vbus_device_handle_t dev = L4VBUS_NULL;
//     l4vbus_device_t info;
//     while (!l4vbus_get_next_device(vbus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info))
//         for (unsigned i = 0; i < info.num_resources; i++)
//             l4vbus_get_resource(vbus, dev, i, &res);
// Device memory: the vbus is a dataspace, attach it at offset = start of a MEM resource.
// Interrupts: l4vbus_vicu gives an ICU whose pin numbers are the IRQ resources' numbers; bind
// returns 0, so unmask through the Irq object.
#pragma once

#include <l4/sys/types.h>
#include <l4/vbus/vbus.h>

L4_BEGIN_DECLS

// Next device below `parent` after *dev (L4VBUS_NULL starts); *dev receives it. info may be NULL.
// -L4_ENODEV at the end.
int l4vbus_get_next_device(l4_cap_idx_t vbus, l4vbus_device_handle_t parent,
                           l4vbus_device_handle_t *dev, int depth, l4vbus_device_t *info);

// Same, only devices whose hid is `hid`. -L4_ENOENT when there is none (more).
int l4vbus_get_device_by_hid(l4_cap_idx_t vbus, l4vbus_device_handle_t parent,
                             l4vbus_device_handle_t *dev, char const *hid, int depth,
                             l4vbus_device_t *info);

int l4vbus_get_device(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, l4vbus_device_t *info);

// Resource number `index` of a device. -L4_ENOENT beyond the last one.
int l4vbus_get_resource(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, unsigned index,
                        l4vbus_resource_t *res);

// The device's hid ("" when it has none), NUL terminated, cut to size. Returns 0.
int l4vbus_get_hid(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, char *hid, unsigned size);

// 1 when the device has that compatible id, 0 when not.
int l4vbus_is_compatible(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, char const *cid);

// Address of the device on its bus. -L4_ENOSYS when it has none.
int l4vbus_get_adr(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t *adr);

// Binds a DMA space to a domain (L4VBUS_WHOLE_BUS_DMA_DOMAIN: all). -L4_ENOENT: nothing on this bus
// does DMA.
int l4vbus_assign_dma_domain(l4_cap_idx_t vbus, unsigned domain, unsigned flags,
                             l4_cap_idx_t dma_space);

// Registers of a device of PCI (interface L4VBUS_INTERFACE_PCIDEV). bits: 8, 16 or 32, at a multiple of it.
int l4vbus_pcidev_cfg_read(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t reg, uint32_t *value, uint32_t bits);
int l4vbus_pcidev_cfg_write(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t reg, uint32_t value, uint32_t bits);
// Lets it raise its interrupt. Returns its number (of the vicu), *trigger: 0 level, *polarity: 1 low. -L4_EINVAL: it has none.
int l4vbus_pcidev_irq_enable(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint8_t *trigger, uint8_t *polarity);

// The same by the device's number on a PCI bus (interface L4VBUS_INTERFACE_PCI). devfn: device << 16 | function. Where nothing
// is, all bits are ones, and there is no interrupt: -1.
int l4vbus_pci_cfg_read(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint32_t reg,
                        uint32_t *value, uint32_t bits);
int l4vbus_pci_cfg_write(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint32_t reg,
                         uint32_t value, uint32_t bits);
int l4vbus_pci_irq_enable(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint8_t *trigger,
                          uint8_t *polarity);

// Finds the device L4ICU and gets its capability into the free slot `icu`.
int l4vbus_vicu(l4_cap_idx_t vbus, l4_cap_idx_t icu);
int l4vbus_vicu_get_cap(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, l4_cap_idx_t icu);

// Keeps the platform from suspending or shutting down while held (enum l4vbus_inhibitor).
int l4vbus_inhibitor_acquire(l4_cap_idx_t vbus, uint64_t id, char const *reason);
int l4vbus_inhibitor_release(l4_cap_idx_t vbus, uint64_t id);

L4_END_DECLS
