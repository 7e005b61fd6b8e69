// SPDX-License-Identifier: MIT
// The kernel's own stage-1 tables at EL2.
#pragma once
#include <ashlar/boot_info.h>
#include <stdbool.h>
#include <stdint.h>

// Takes over boot's tables: drops the identity mapping of boot. Uses kmem for further tables.
void kernel_map_init(struct boot_info const *bi);
// Maps device registers (nGnRnE, XN); returns the kernel address of `phys`. Halts with a message
// when out of memory.
void *kernel_map_device(uint64_t phys, uint64_t size);
// Makes the stack of a CPU; returns its top, NULL when out of memory. What lies below it is never mapped: an overflow
// faults.
enum { KERNEL_STACK_SIZE = 16384 };
char *kernel_map_stack(unsigned cpu);
// Whether an address is in the unmapped part below the stack of a CPU.
bool kernel_map_below_stack(unsigned cpu, uint64_t va);
// Maps the page(s) of the secondary CPUs' entry code 1:1, executable, read-only.
void kernel_map_identity(uint64_t phys, uint64_t size);
