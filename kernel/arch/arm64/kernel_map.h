// SPDX-License-Identifier: MIT
// The kernel's own stage-1 tables at EL2.
#pragma once
#include <ashlar/boot_info.h>
#include <stdint.h>

// Takes over boot's tables: drops the identity mapping of boot. Uses kmem for further tables.
void kernel_map_init(struct boot_info const *bi);
// Maps device registers (nGnRnE, XN); returns the kernel address of `phys`. Halts with a message
// when out of memory.
void *kernel_map_device(uint64_t phys, uint64_t size);
// Maps the page(s) of the secondary CPUs' entry code 1:1, executable, read-only.
void kernel_map_identity(uint64_t phys, uint64_t size);
