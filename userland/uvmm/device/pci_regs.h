// SPDX-License-Identifier: MIT
// The configuration spaces behind a guest's PCI host bridge: bus 0 with the bridge itself in slot 0, and devices from slot 1
// on. What a guest writes stays here, apart from what `struct pci_guest_ops` hands on. No system calls.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/pci/vconfig.h>

enum { PCI_GUEST_WINDOWS = 2 };

// Addresses of the guest's that BARs may have; both inclusive. Empty: end < start.
struct pci_guest_window {
    uint64_t start, end;
};

struct pci_guest_bar {
    uint64_t size; // whole pages; 0: there is none
    uint64_t at;   // where it is mapped
    bool is_mapped;
};

struct pci_guest_function {
    struct pci_vconfig view;
    struct pci_guest_bar bar[PCI_BARS];
};

struct pci_guest_ops {
    // Lets the guest reach a BAR there. False: it does not.
    bool (*map)(void *ctx, unsigned slot, unsigned bar, uint64_t gpa);
    void (*unmap)(void *ctx, unsigned slot, unsigned bar, uint64_t gpa);
    // DMA and interrupt of the device as the guest wants them: bits of enum pci_command.
    void (*set_command)(void *ctx, unsigned slot, uint32_t command);
    bool (*intx_pending)(void *ctx, unsigned slot);
};

struct pci_guest {
    struct pci_guest_window window[PCI_GUEST_WINDOWS]; // below 4 GiB, above
    struct pci_guest_ops ops;
    void *ctx;
    struct pci_guest_function function[PCI_DEVICES];
    unsigned n; // slots that are used
};

// The bridge alone.
void pci_guest_init(struct pci_guest *g, struct pci_guest_ops ops, void *ctx);

// Adds a device: what pci_vconfig_fill has read, and BARs. Each gets a first address. NULL, or why it is left out.
char const *pci_guest_add(struct pci_guest *g, struct pci_vconfig const *view, uint64_t const size[PCI_BARS],
                          unsigned const flags[PCI_BARS]);

// The guest's accesses: off from the start of the spaces, size log2 of the bytes.
uint64_t pci_guest_read(struct pci_guest *g, uint64_t off, unsigned size);
void pci_guest_write(struct pci_guest *g, uint64_t off, unsigned size, uint64_t value);
