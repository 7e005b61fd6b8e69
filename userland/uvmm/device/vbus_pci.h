// SPDX-License-Identifier: MIT
// Devices of PCI that io gives to this guest.
#pragma once

#include <l4/pci/vconfig.h>
#include <l4/vbus/client.h>

struct vbus_pci_device {
    l4vbus_device_handle_t handle;
    uint64_t start[PCI_BARS], size[PCI_BARS]; // of its BARs; size 0: there is none
    unsigned irq, irq_mode;                   // 0: none
};

// The next one behind *d, whose handle is L4VBUS_NULL for the first. False: there is none.
bool vbus_pci_next(struct vbus_pci_device *d);

// Registers. What io does not answer reads as all ones.
uint32_t vbus_pci_read(struct vbus_pci_device const *d, unsigned reg, unsigned bytes);
void vbus_pci_write(struct vbus_pci_device const *d, unsigned reg, unsigned bytes, uint32_t value);

// Makes a BAR appear here. 0 or a negative error.
int vbus_pci_attach(struct vbus_pci_device const *d, unsigned bar, void **at);
