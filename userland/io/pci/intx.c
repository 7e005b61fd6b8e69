// SPDX-License-Identifier: MIT
#include "root.h"

// Each bridge turns the pins of what is behind it by their device number (PCI-to-PCI Bridge Architecture Specification 1.2,
// section 9.1), and so does the host bridge.
unsigned pci_intx(struct pci_function const *f)
{
    if (!f->pin || f->pin > PCI_INTX_LINES)
        return 0;
    unsigned line = f->pin - 1u;
    for (struct pci_function const *at = f; at; at = at->parent)
        line = (line + pci_dev_of(at->bdf)) % PCI_INTX_LINES;
    return f->root->irq[line];
}
