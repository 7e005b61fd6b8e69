// SPDX-License-Identifier: MIT
// Memory for moe's own objects: power-of-two size classes cut from pages, whole pages above.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Where pages come from: `count` zeroed pages, NULL when there are none.
struct heap_pages {
    void *(*alloc)(size_t count);
    void (*free)(void *page, size_t count);
};

void heap_init(struct heap_pages const *pages);

// Zeroed memory, aligned to 16 bytes. NULL when there is none.
void *heap_alloc(size_t size);

// size: as given to heap_alloc. p may be NULL.
void heap_free(void *p, size_t size);
