// SPDX-License-Identifier: MIT
// The kernel information page: what the kernel tells every program (kernel-abi 5).
#pragma once
#include <ashlar/boot_info.h>
#include <stdint.h>

extern uint64_t kip_phys; // physical address of the page

// Makes and fills the page, and lets sigma0 hand it out. After kmem_init() and timer_init().
void kip_init(struct boot_info const *bi);
