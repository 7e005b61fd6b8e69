// SPDX-License-Identifier: MIT
// The cpu nodes of the guest's device tree (Devicetree Specification 3.8). Pure.
#pragma once

// The next node after `node` (-1: the first) that is a CPU in use; < 0: none.
int dt_next_cpu(void const *fdt, int node);

// Removes the CPUs in use behind the first `keep`, and what refers to them. Their number, or a
// negative error of libfdt.
int dt_remove_cpus(void *fdt, unsigned keep);
