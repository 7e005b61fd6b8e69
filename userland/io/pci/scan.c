// SPDX-License-Identifier: MIT
#include "root.h"

static uint32_t read_real(void *ctx, unsigned reg, unsigned bytes)
{
    return pci_get(ctx, reg, bytes);
}

static void make_view(struct pci_function *f)
{
    struct pci_reader const real = {read_real, f};
    char const *problem = pci_vconfig_fill(&f->view, &real);
    if (problem) {
        pci_refuse(f, problem);
        return;
    }
    // What it said when it was looked at: it must not be another device now.
    pci_vconfig_set(&f->view, PCI_VENDOR, 4, f->vendor | (uint32_t)f->device << 16, 0);
    pci_vconfig_set(&f->view, PCI_REVISION, 4, f->revision | f->class_code << 8, 0);
    pci_vconfig_set(&f->view, PCI_INTERRUPT_PIN, 1, f->irq ? f->pin : 0, 0);
    pci_vconfig_set(&f->view, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_NO_INTX,
                    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX);
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (f->bar[i].size)
            pci_vconfig_set_bar(&f->view, i, f->bar[i].flags, f->bar[i].address, f->bar[i].size);
}

int pci_scan(struct pci_root *r)
{
    if (pci_enumerate(r) || pci_assign(r))
        return -1;
    for (unsigned i = 0; i < r->n; i++) {
        struct pci_function *f = &r->function[i];
        if (f->bridge || f->refused)
            continue;
        f->irq = pci_intx(f);
        make_view(f);
    }
    return 0;
}
