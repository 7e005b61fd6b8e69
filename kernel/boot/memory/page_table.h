// SPDX-License-Identifier: MIT
// Translation tables of EL2 stage 1: 4 KiB granule, 48 bits, 4 levels (Arm ARM D8.3). Pure logic:
// writes tables in memory that is reachable at its physical address. Runs also with the MMU off.
#pragma once

#include "memory/range.h"

struct page_table {
    uint64_t root;      // address of the level-0 table
    uint64_t next, end; // pages for further tables
};

enum page_kind {
    PAGE_DEVICE, // nGnRnE, never executable
    PAGE_DATA,   // write-back, writable
    PAGE_RODATA, // write-back, read-only
    PAGE_TEXT,   // write-back, read-only, executable
};

// Starts a tree in the pages [start, end); needs at least one.
void page_table_init(struct page_table *t, uint64_t start, uint64_t end);

// Maps [va, va + size) to pa, all page aligned, with the largest blocks that fit. What was mapped
// there is replaced. False when the pages for tables are used up.
bool page_table_map(struct page_table *t, uint64_t va, uint64_t pa, uint64_t size,
                    enum page_kind kind);
