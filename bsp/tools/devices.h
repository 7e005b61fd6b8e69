// SPDX-License-Identifier: MIT
// The devices that a device tree names: registers and interrupts as the CPUs see them. Pure logic
// (libfdt and boot's reader).
#pragma once

#include "memory/range.h"

#define DEVICE_MAX_REGS 16
#define DEVICE_MAX_IRQS 32

struct device_irq {
    unsigned intid;
    unsigned flags;     // of the GIC binding: 1 rising, 2 falling edge, 4 level high, 8 level low
};

struct device {
    int node;           // offset in the tree
    bool enabled;       // it and all buses above it
    unsigned num_regs, num_irqs;
    struct range regs[DEVICE_MAX_REGS];
    struct device_irq irqs[DEVICE_MAX_IRQS];
    unsigned lost_regs; // entries of reg that no bus shows to the CPUs, or beyond the maximum
    unsigned lost_irqs; // beyond the maximum
    int foreign;        // first interrupt controller besides the GIC that gets interrupts, or < 0
};

// Reads a node. False when it is no device: no compatible, no register that the CPUs can address
// and no interrupt, or a part of the machine that has a description of its own (memory, CPUs, the
// interrupt controller `gic` and what lies below it).
bool device_read(void const *fdt, int node, int gic, struct device *d);
