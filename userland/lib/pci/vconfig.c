// SPDX-License-Identifier: MIT
#include <l4/pci/vconfig.h>

bool pci_access_ok(unsigned reg, unsigned bytes)
{
    return (bytes == 1 || bytes == 2 || bytes == 4) && !(reg % bytes) && reg < PCIE_SPACE_SIZE;
}

uint32_t pci_vconfig_read(struct pci_vconfig const *c, unsigned reg, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes && reg < PCI_SPACE_SIZE; i++)
        v |= (uint32_t)c->value[reg + i] << 8 * i;
    return v;
}

void pci_vconfig_write(struct pci_vconfig *c, unsigned reg, unsigned bytes, uint32_t value)
{
    for (unsigned i = 0; i < bytes && reg < PCI_SPACE_SIZE; i++) {
        uint8_t const mask = c->writable[reg + i], v = (uint8_t)(value >> 8 * i);
        c->value[reg + i] = (uint8_t)((c->value[reg + i] & ~mask) | (v & mask));
    }
}

void pci_vconfig_set(struct pci_vconfig *c, unsigned reg, unsigned bytes, uint32_t value, uint32_t writable)
{
    for (unsigned i = 0; i < bytes; i++) {
        c->value[reg + i] = (uint8_t)(value >> 8 * i);
        c->writable[reg + i] = (uint8_t)(writable >> 8 * i);
    }
}

static unsigned bar_reg(unsigned index)
{
    return PCI_BAR0 + 4 * index;
}

void pci_vconfig_set_bar(struct pci_vconfig *c, unsigned index, unsigned flags, uint64_t address, uint64_t size)
{
    uint64_t const mask = ~(size - 1) & ~(uint64_t)PCI_BAR_FLAGS;
    pci_vconfig_set(c, bar_reg(index), 4, (uint32_t)(address & mask) | flags, (uint32_t)mask);
    if ((flags & PCI_BAR_TYPE) == PCI_BAR_64BIT)
        pci_vconfig_set(c, bar_reg(index + 1), 4, (uint32_t)((address & mask) >> 32), (uint32_t)(mask >> 32));
}

uint64_t pci_vconfig_bar(struct pci_vconfig const *c, unsigned index)
{
    uint32_t const low = pci_vconfig_read(c, bar_reg(index), 4);
    uint64_t address = low & ~(uint32_t)PCI_BAR_FLAGS;
    if ((low & PCI_BAR_TYPE) == PCI_BAR_64BIT)
        address |= (uint64_t)pci_vconfig_read(c, bar_reg(index + 1), 4) << 32;
    return address;
}
