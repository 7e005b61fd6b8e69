// SPDX-License-Identifier: MIT
// Questions to a device tree node (Devicetree Specification 0.4, chapter 2) beyond those of libfdt.
#pragma once

#include "memory/range.h"

#define DT_MPIDR_AFFINITY 0xff00ffffffull

// True unless status says otherwise (2.3.4).
bool dt_enabled(void const *fdt, int node);

// Big-endian number of n cells (1 or 2) at p; p need not be aligned.
uint64_t dt_number(void const *p, unsigned n);

// Number in property `name` of one or two cells; false if absent or of another size.
bool dt_get_number(void const *fdt, int node, char const *name, uint64_t *value);

// Entries in the node's reg property (2.3.6), 0 if it has none or a malformed one.
unsigned dt_reg_count(void const *fdt, int node);

// Entry i of reg, translated by the ranges of all buses above to a physical address.
bool dt_reg(void const *fdt, int node, unsigned i, struct range *out);

// First enabled node after `start` that is compatible with one of the NULL terminated list; < 0:
// none.
int dt_find(void const *fdt, int start, char const *const *compatible);

// Interrupt i of the node (interrupts or interrupts-extended) as the GIC's INTID; -1 if there is
// none, or it does not go to `gic`, directly or by way of a controller that keeps its numbers.
int dt_interrupt(void const *fdt, int node, unsigned i, int gic);
