// SPDX-License-Identifier: MIT
// A device's configuration space for the client that has the device. BARs stay where they are, and decoded: what a client
// writes there, only it sees. DMA and interrupts it can switch.
#pragma once

#include "root.h"

// Accesses must be ok (pci_access_ok).
uint32_t pci_function_read(struct pci_function *f, unsigned reg, unsigned bytes);
void pci_function_write(struct pci_function *f, unsigned reg, unsigned bytes, uint32_t value);

// Lets the device raise its interrupt. Returns its number, 0 when there is none.
unsigned pci_function_enable_irq(struct pci_function *f);
