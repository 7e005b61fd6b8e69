// SPDX-License-Identifier: MIT
// Memory for moe's own objects. Small blocks of one size lie on pages of one heap alone, each for
// one owner; what is larger takes whole pages. An empty page goes back. So an owner keeps nobody
// else's memory, and pays for every page that nobody else can use.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HEAP_CLASSES = 7 }; // sizes of small blocks

struct heap_page;

struct heap {
    void *owner;                            // who pays, as given to the source of pages
    struct heap_page *partial[HEAP_CLASSES]; // pages with room
};

// Where pages come from: `count` zeroed pages, aligned to a page, NULL when there are none.
struct heap_pages {
    void *(*alloc)(void *owner, size_t count);
    void (*free)(void *owner, void *page, size_t count);
};

void heap_init(struct heap_pages const *pages);

// Zeroed memory, aligned to 16 bytes. NULL when there is none.
void *heap_alloc_from(struct heap *h, size_t size);

// size: as given to heap_alloc_from. p may be NULL.
void heap_free_to(struct heap *h, void *p, size_t size);

// The same with the heap that nobody pays for.
void *heap_alloc(size_t size);
void heap_free(void *p, size_t size);
