// SPDX-License-Identifier: MIT
// The configuration spaces of all functions behind a host bridge.
#pragma once

#include <stdint.h>

// Bus in bits 15-8, device in 7-3, function in 2-0.
typedef uint16_t pci_bdf_t;

static inline unsigned pci_bus_of(pci_bdf_t f) { return f >> 8; }
static inline unsigned pci_dev_of(pci_bdf_t f) { return f >> 3 & 31; }
static inline unsigned pci_fn_of(pci_bdf_t f) { return f & 7; }

// Accesses are naturally aligned, of 1, 2 or 4 bytes. What nobody answers reads as all ones.
struct pci_space {
    uint32_t (*read)(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes);
    void (*write)(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes, uint32_t value);
    unsigned n_busses; // 0 to n_busses - 1 can be reached
};
