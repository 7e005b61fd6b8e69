// SPDX-License-Identifier: MIT
// What the kernel information page says about physical memory.
#pragma once

#include <stdint.h>

#include <l4/sys/memdesc.h>

// NULL when [start, end] (inclusive) may be device memory, else what stands in the way: RAM or
// something the kernel or the boot loader put there.
char const *memory_map_check(l4_kernel_info_mem_desc_t const *desc, unsigned n, uint64_t start,
                             uint64_t end);
