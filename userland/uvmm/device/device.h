// SPDX-License-Identifier: MIT
// Emulated devices: one file each, which announces itself by DEVICE_TYPE and is found by matching
// the guest's device tree. Adding a device touches no other file (but the list in build.mk).
#pragma once

#include "vgic/irq_line.h"
#include "vm.h"

struct device_type {
    char const *compatible;
    char const *vdev; // required value of l4vmm,vdev; NULL: none needed
    bool on_demand;   // a node without any l4vmm property means the machine's device, and never this one,
    char const *wish; // unless there is a node with this compatible string; NULL: none changes that
    // Makes the device for this node. 0; negative: the node is disabled (device_error says why).
    int (*create)(struct vm *m, int node);
};

#define DEVICE_TYPE(name, ...)                                                                     \
    static struct device_type const name = {__VA_ARGS__};                                          \
    __attribute__((used, section("uvmm_devices"))) static struct device_type const         \
        *const name##_entry = &name

// Creates or disables the device of each node in the tree, passes nodes of the vbus through.
void device_scan(struct vm *m);

// Prints "<path>: text" as a warning and returns -1.
int device_error(void const *fdt, int node, char const *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// First reg entry, at least `min_size` bytes. 0, or -1 after a message.
struct dt_range;
int device_reg(struct vm *m, int node, uint64_t min_size, struct dt_range *r);

// Interrupt `index` as a line of the guest's interrupt controller. 0, or -1 after a message.
int device_irq(struct vm *m, int node, unsigned index, struct irq_line *line);

// The capability that string property `prop` names, or `otherwise` when there is no such property.
// L4_INVALID_CAP after a message when the script did not pass it.
l4_cap_idx_t device_cap(struct vm *m, int node, char const *prop, l4_cap_idx_t otherwise);

// Zeroed memory that lives as long as uvmm; ends uvmm when there is none.
void *device_alloc(unsigned long size);
