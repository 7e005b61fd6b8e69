// SPDX-License-Identifier: MIT
#include "heap.h"
#include <l4/sys/abi/fpage.h>
#include <string.h>

enum { PAGE = L4_PAGESIZE, MIN_SHIFT = 5, MAX_SHIFT = 11, CLASSES = MAX_SHIFT - MIN_SHIFT + 1 };

struct free_block {
    struct free_block *next;
};

static struct heap_pages const *source;
static struct free_block *free_list[CLASSES];

void heap_init(struct heap_pages const *pages)
{
    source = pages;
    memset(free_list, 0, sizeof(free_list));
}

static unsigned class_of(size_t size)
{
    unsigned c = 0;

    while (size > (size_t)1 << (c + MIN_SHIFT))
        c++;
    return c;
}

static size_t pages_of(size_t size)
{
    return (size + PAGE - 1) / PAGE;
}

void *heap_alloc(size_t size)
{
    if (size > (size_t)1 << MAX_SHIFT)
        return source->alloc(pages_of(size));
    unsigned c = class_of(size);
    size_t block = (size_t)1 << (c + MIN_SHIFT);
    if (!free_list[c]) {
        char *page = source->alloc(1);
        if (!page)
            return NULL;
        for (size_t at = PAGE; at; at -= block) {
            struct free_block *b = (struct free_block *)(void *)(page + at - block);
            b->next = free_list[c];
            free_list[c] = b;
        }
    }
    struct free_block *b = free_list[c];
    free_list[c] = b->next;
    memset(b, 0, block);
    return b;
}

void heap_free(void *p, size_t size)
{
    if (!p)
        return;
    if (size > (size_t)1 << MAX_SHIFT) {
        source->free(p, pages_of(size));
        return;
    }
    struct free_block *b = p;
    unsigned c = class_of(size);
    b->next = free_list[c];
    free_list[c] = b;
}
