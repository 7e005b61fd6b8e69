// SPDX-License-Identifier: MIT
// The configuration space of a function as somebody who must not have the real one sees it: bytes that were read once, and a
// mask of the bits that he may change. A BAR is a register like any other: its bits below the size cannot be written.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/pci/regs.h>

struct pci_vconfig {
    uint8_t value[PCI_SPACE_SIZE];
    uint8_t writable[PCI_SPACE_SIZE];
};

// How a function's real space is read: `bytes` (1, 2, 4) from `reg` on, naturally aligned.
struct pci_reader {
    uint32_t (*read)(void *ctx, unsigned reg, unsigned bytes);
    void *ctx;
};

// Is that an access inside of PCI Express' configuration space?
bool pci_access_ok(unsigned reg, unsigned bytes);

// What lies behind the first 256 bytes is not there: it reads as 0. Both: only for accesses that are ok.
uint32_t pci_vconfig_read(struct pci_vconfig const *c, unsigned reg, unsigned bytes);
void pci_vconfig_write(struct pci_vconfig *c, unsigned reg, unsigned bytes, uint32_t value);

// Sets a register and the bits of it that may be written.
void pci_vconfig_set(struct pci_vconfig *c, unsigned reg, unsigned bytes, uint32_t value, uint32_t writable);

// Sets a memory BAR, which takes two registers if flags say 64 bits. flags: enum pci_bar_bits; size: a power of two.
void pci_vconfig_set_bar(struct pci_vconfig *c, unsigned index, unsigned flags, uint64_t address, uint64_t size);

// Its address.
uint64_t pci_vconfig_bar(struct pci_vconfig const *c, unsigned index);

// Reads the header of a device, without its BARs, ROM and command, and those of its capabilities of which is known that
// whoever reads them can do no harm: vendor specific ones and PCI Express'. NULL, or what is wrong with the space.
char const *pci_vconfig_fill(struct pci_vconfig *c, struct pci_reader const *from);
