// SPDX-License-Identifier: MIT
// Where the pages of a lazily allocated dataspace are: a table of leaf tables of 512 pages, or of
// superpages. Charged to the dataspace's factory.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct factory;

struct page_table {
    struct factory *factory;
    uint64_t *root;       // per 2 MiB: 0, physical address of a leaf table, or of a superpage
    uint64_t num_root;
    bool super;           // all pages have 2 MiB
};

// For `bytes` of address range. Returns 0 or a negative error.
int page_table_init(struct page_table *t, struct factory *f, uint64_t bytes, bool super);

// Frees all pages too.
void page_table_destroy(struct page_table *t);

// log2 of the page size.
unsigned page_table_order(struct page_table const *t);

// Physical address of the page that contains offset, 0 when there is none yet.
uint64_t page_table_get(struct page_table const *t, uint64_t offset);

// Allocate that page; it must not exist. clear: zero it. Returns its address, 0 = out of memory.
uint64_t page_table_alloc(struct page_table *t, uint64_t offset, bool clear);

// Free that page if it exists.
void page_table_drop(struct page_table *t, uint64_t offset);
