// SPDX-License-Identifier: MIT
// Puts kernel, ramdisk and device tree into guest RAM.
#pragma once

#include "vm.h"

// Keeps what follows away from memory that the device tree reserves.
void boot_reserve(struct vm *m);

// Loads the kernel of --kernel; sets m->kernel_entry.
void boot_load_kernel(struct vm *m);

// Loads --ramdisk, notes it and --cmdline in /chosen.
void boot_load_ramdisk(struct vm *m);

// Copies the finished device tree; sets m->dtb_addr. The last step.
void boot_place_dtb(struct vm *m);
