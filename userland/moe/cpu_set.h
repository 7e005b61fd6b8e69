// SPDX-License-Identifier: MIT
// CPU sets of the scheduler protocol (kernel-abi 4.5) against a mask of allowed CPUs.
// Pure logic.
#pragma once

#include <stdint.h>

enum { CPU_SET_MAX = 64 }; // CPUs that a mask can name

// The CPUs below CPU_SET_MAX that a set {gran_offset, map} covers.
uint64_t cpu_set_expand(uint64_t gran_offset, uint64_t map);

// Bit map, in the granularity and offset asked for, of the CPUs in `cpus`.
uint64_t cpu_set_fold(uint64_t gran_offset, uint64_t cpus);
