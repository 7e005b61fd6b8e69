// SPDX-License-Identifier: MIT
// What is behind a PCI host bridge: found, given addresses and interrupts once, and constant from then on. No firmware is
// trusted to have done so. What a device says of itself is believed only where it can harm nobody.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/pci/vconfig.h>

#include "space.h"

enum { PCI_INTX_LINES = 4, PCI_MAX_FUNCTIONS = 256, PCI_MAX_DEPTH = 16 };

// Addresses, both inclusive. Empty: end < start.
struct pci_window {
    uint64_t start, end;
};

struct pci_bar {
    uint64_t address, size; // size 0: there is none
    unsigned flags;         // enum pci_bar_bits
};

struct pci_root;

struct pci_function {
    struct pci_root *root;
    struct pci_function *parent; // the bridge before it; NULL: on the first bus
    pci_bdf_t bdf;
    bool bridge;
    char const *refused;   // why it is not used, and nothing behind it; NULL: it is
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint32_t class_code;   // class, subclass, interface: 24 bits
    uint8_t revision;
    uint8_t pin;           // 1 to 4, 0: no interrupt
    unsigned irq;          // of its pin
    struct pci_bar bar[PCI_BARS];

    // A bridge's
    uint8_t secondary;
    bool downstream_port;  // of PCI Express: one device is behind it
    bool prefetch_64;      // its second window can be anywhere
    uint64_t need[2], align[2]; // of what is behind it, by enum pci_pool
    struct pci_window window[2];

    // What a client sees of a device
    struct pci_vconfig view;
};

// Where addresses come from. A bridge has a window for each; its one for LOW is always below 4 GiB.
enum pci_pool { PCI_LOW, PCI_HIGH, PCI_POOLS };

struct pci_root {
    struct pci_root *next; // of a list that its owner has
    struct pci_space *space;
    struct pci_window window[PCI_POOLS]; // HIGH may be empty
    unsigned irq[PCI_INTX_LINES];        // of pins A to D of device 0; 0: none
    // text names the function, if it is about one
    void (*report)(void *ctx, bool error, char const *text);
    void *ctx;

    struct pci_function *function; // a bridge comes before what is behind it
    unsigned n;
    unsigned busses; // that have a number
};

// Finds functions, gives them what they need and switches their memory on, DMA and interrupts off. Space, window, irq, report
// and ctx are set. Returns 0, or -1 without memory.
int pci_scan(struct pci_root *r);

// The steps of that: what exists; its sizes are read into bar[] by the next one.
int pci_enumerate(struct pci_root *r);
// Reads the BARs of a function whose decoding is off. NULL, or what is wrong with them.
char const *pci_read_bars(struct pci_function *f);
// Addresses for BARs and bridges' windows, written to the hardware. -1 without memory.
int pci_assign(struct pci_root *r);
// The interrupt of a function's pin, through all bridges. 0: none.
unsigned pci_intx(struct pci_function const *f);

// No decoding, no DMA, no interrupt; and a message.
void pci_refuse(struct pci_function *f, char const *why);

// "00:02.0"
enum { PCI_NAME_SIZE = 8 };
void pci_name(char name[PCI_NAME_SIZE], pci_bdf_t f);

// A function's registers.
uint32_t pci_get(struct pci_function const *f, unsigned reg, unsigned bytes);
void pci_put(struct pci_function const *f, unsigned reg, unsigned bytes, uint32_t value);
