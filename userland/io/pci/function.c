// SPDX-License-Identifier: MIT
#include "function.h"

// Interrupt pending: what a client looks at that shares the interrupt with others.
uint32_t pci_function_read(struct pci_function *f, unsigned reg, unsigned bytes)
{
    uint32_t v = pci_vconfig_read(&f->view, reg, bytes);
    if (reg <= PCI_STATUS && reg + bytes > PCI_STATUS)
        v |= (pci_get(f, PCI_STATUS, 2) & PCI_STATUS_INTX) << 8 * (PCI_STATUS - reg);
    return v;
}

static void set_command(struct pci_function *f)
{
    uint32_t const wanted = pci_vconfig_read(&f->view, PCI_COMMAND, 2);
    pci_put(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | (wanted & (PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX)));
}

void pci_function_write(struct pci_function *f, unsigned reg, unsigned bytes, uint32_t value)
{
    pci_vconfig_write(&f->view, reg, bytes, value);
    if (reg < PCI_COMMAND + 2 && reg + bytes > PCI_COMMAND)
        set_command(f);
}

unsigned pci_function_enable_irq(struct pci_function *f)
{
    if (f->irq) {
        uint32_t const command = pci_vconfig_read(&f->view, PCI_COMMAND, 2);
        pci_vconfig_write(&f->view, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_NO_INTX);
        set_command(f);
    }
    return f->irq;
}
