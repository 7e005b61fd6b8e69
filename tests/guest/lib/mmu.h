// SPDX-License-Identifier: MIT
// Stage 1 of EL1&0: RAM and devices at their own addresses, below 4 GiB, for one function (Arm ARM, D8).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum granule { GRANULE_4K = 12, GRANULE_16K = 14, GRANULE_64K = 16 }; // log2

#define PAGE_USER (1ull << 6)      // AP[1]: EL0 too
#define PAGE_READ_ONLY (1ull << 7) // AP[2]
#define PAGE_AF (1ull << 10)
#define PAGE_GUARDED (1ull << 50)
#define PAGE_DBM (1ull << 51)

#define TCR_HA (1ull << 39)
#define TCR_HD (1ull << 40)

// Does ID_AA64MMFR0_EL1 show it?
bool mmu_has(enum granule granule);
// Builds the tables.
void mmu_map(enum granule granule);
// The descriptor of the page at this address, which must be in the image.
uint64_t *mmu_page(void const *address);
// Runs f with MMU and caches on, and these bits in TCR_EL1 as well.
void mmu_run(uint64_t tcr, void (*f)(void));
// A changed descriptor has its effect, within f.
void mmu_flush(void);
