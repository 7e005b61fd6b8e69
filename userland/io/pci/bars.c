// SPDX-License-Identifier: MIT
// Sizes of BARs (PCI Local Bus Specification 3.0, section 6.2.5.1): the bits that stay 0 when ones are written. Decoding is
// off meanwhile, and each BAR is 0 afterwards.
#include "root.h"

#include <stddef.h>

static uint32_t size_mask(struct pci_function *f, unsigned reg)
{
    pci_put(f, reg, 4, ~0u);
    uint32_t const mask = pci_get(f, reg, 4);
    pci_put(f, reg, 4, 0);
    return mask;
}

// mask: the address bits that can be written. 0: those of no power of two.
static uint64_t size_of(uint64_t mask)
{
    uint64_t const size = ~mask + 1;
    return size & (size - 1) ? 0 : size;
}

static bool too_large(struct pci_root const *r, uint64_t size)
{
    for (unsigned i = 0; i < PCI_POOLS; i++)
        if (r->window[i].end >= r->window[i].start && size - 1 <= r->window[i].end - r->window[i].start)
            return false;
    return true;
}

// *used: registers that the BAR has.
static char const *read_bar(struct pci_function *f, unsigned i, unsigned *used)
{
    unsigned const reg = PCI_BAR0 + 4 * i;
    struct pci_bar *b = &f->bar[i];
    *used = 1;
    uint32_t const low = size_mask(f, reg);
    if (low & PCI_BAR_IO) // there are no I/O ports; it stays at 0, where it is not decoded
        return NULL;
    b->flags = low & PCI_BAR_FLAGS;
    uint64_t mask = 0xffffffff00000000 | (low & ~(uint32_t)PCI_BAR_FLAGS);
    if ((low & PCI_BAR_TYPE) == PCI_BAR_64BIT) {
        if (i == PCI_BARS - 1)
            return "its last BAR wants to have 64 bits";
        *used = 2;
        mask = (mask & 0xffffffff) | (uint64_t)size_mask(f, reg + 4) << 32;
    } else if ((low & PCI_BAR_TYPE) != PCI_BAR_32BIT) {
        return "a BAR has a type that does not exist";
    } else if (!(low & ~(uint32_t)PCI_BAR_FLAGS)) {
        return NULL;
    }
    if (!mask)
        return NULL;
    b->size = size_of(mask);
    if (!b->size)
        return "the size of a BAR is no power of two";
    if ((pci_get(f, reg, 4) & PCI_BAR_FLAGS) != b->flags)
        return "a BAR changes its type";
    return too_large(f->root, b->size) ? "a BAR is larger than what the host bridge has" : NULL;
}

char const *pci_read_bars(struct pci_function *f)
{
    char const *problem = NULL;
    unsigned used;
    for (unsigned i = 0; i < PCI_BARS && !problem; i += used)
        problem = read_bar(f, i, &used);
    return problem;
}
