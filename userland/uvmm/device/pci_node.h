// SPDX-License-Identifier: MIT
// What a PCI host bridge's node says (Devicetree bindings: pci-host-ecam-generic; IEEE 1275 PCI bus binding).
#pragma once

#include "boot/dt.h"
#include "device/pci_regs.h"

// Its windows for memory. 0, or DT_MALFORMED.
int pci_node_windows(void const *fdt, int node, struct pci_guest_window window[PCI_GUEST_WINDOWS]);

// Where pin 1 to 4 of the device in that slot leads to. 0 or enum dt_error.
int pci_node_interrupt(void const *fdt, int node, unsigned slot, unsigned pin, struct dt_irq *irq);
