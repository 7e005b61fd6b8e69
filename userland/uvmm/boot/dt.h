// SPDX-License-Identifier: MIT
// Reading the guest's device tree: what libfdt leaves to its user (Devicetree Specification 0.4,
// sections 2.3 and 2.4). Trees come from scripts: every length is checked.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dt_error {
    DT_NONE = -1,      // no such entry
    DT_MALFORMED = -2, // property has a wrong length or cells are out of range
    DT_NO_RANGE = -3,  // not translatable to the root's address space
    DT_NO_GIC = -4,    // interrupt goes to another controller
};

struct dt_range {
    uint64_t start;
    uint64_t size;
};

struct dt_irq {
    unsigned intid; // GIC interrupt number
    uint32_t flags; // trigger type as in the tree: 1 rising, 4 level high
};

// Entry `index` of reg as an address in the root's space. 0 or enum dt_error.
int dt_reg(void const *fdt, int node, unsigned index, struct dt_range *r);

// Interrupt `index` of interrupts (or interrupts-extended). 0 or enum dt_error.
int dt_interrupt(void const *fdt, int node, unsigned index, struct dt_irq *irq);

// Reads `cells` (1 or 2) big-endian words.
uint64_t dt_cells(uint32_t const *p, int cells);

// Number of address or size cells that children of `bus` use.
int dt_address_cells(void const *fdt, int bus);
int dt_size_cells(void const *fdt, int bus);

bool dt_enabled(void const *fdt, int node);
void dt_disable(void *fdt, int node);

// Is `text` one of the node's compatible strings?
bool dt_is_compatible(void const *fdt, int node, char const *text);
// The first enabled node with that compatible string; negative: there is none.
int dt_find_compatible(void const *fdt, char const *text);
// Makes `first` the first compatible string; the node's others stay behind it, but `drop` does not.
// 0 or a negative error of libfdt.
int dt_set_compatible(void *fdt, int node, char const *first, char const *drop);
bool dt_is_type(void const *fdt, int node, char const *device_type);

// A NUL-terminated string property, or NULL.
char const *dt_string(void const *fdt, int node, char const *prop);
// A property of one cell, or `otherwise`.
uint32_t dt_u32(void const *fdt, int node, char const *prop, uint32_t otherwise);

// Path of a node for messages; buf is always terminated.
char const *dt_path(void const *fdt, int node, char *buf, size_t size);

char const *dt_strerror(int err);

// Changes a property as option --dt-mod says: "/path/prop",
// "/path/prop=[str:|bool:|u32:|u64:]value".
// 0, or negative with a reason in *why.
int dt_modify(void *fdt, char const *spec, char const **why);
