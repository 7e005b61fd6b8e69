// SPDX-License-Identifier: MIT
#include "heap.h"
#include <l4/sys/abi/fpage.h>
#include <string.h>

enum { PAGE = L4_PAGESIZE, HEADER = 64, MIN_SHIFT = 5, SMALL_MAX = (PAGE - HEADER) / 2 };

struct free_block {
    struct free_block *next;
};

// At the start of a page of small blocks.
struct heap_page {
    struct heap_page *next, **prev; // in the list of pages with room; prev NULL = not there
    struct free_block *free;
    unsigned used; // blocks
};

_Static_assert(sizeof(struct heap_page) <= HEADER, "blocks begin behind the header");

static struct heap_pages const *source;
static struct heap own;

void heap_init(struct heap_pages const *pages)
{
    source = pages;
    own = (struct heap){0};
}

static unsigned class_of(size_t size)
{
    unsigned c = 0;

    while (c + 1 < HEAP_CLASSES && size > (size_t)1 << (c + MIN_SHIFT))
        c++;
    return c;
}

// The last class is as large as two blocks of a page can be.
static size_t block_size(unsigned c)
{
    return c + 1 < HEAP_CLASSES ? (size_t)1 << (c + MIN_SHIFT) : SMALL_MAX;
}

static size_t pages_of(size_t size)
{
    return (size + PAGE - 1) / PAGE;
}

static void link_page(struct heap *h, unsigned c, struct heap_page *p)
{
    p->next = h->partial[c];
    p->prev = &h->partial[c];
    if (p->next)
        p->next->prev = &p->next;
    h->partial[c] = p;
}

static void unlink_page(struct heap_page *p)
{
    *p->prev = p->next;
    if (p->next)
        p->next->prev = p->prev;
    p->prev = NULL;
}

static struct heap_page *add_page(struct heap *h, unsigned c)
{
    struct heap_page *p = source->alloc(h->owner, 1);
    size_t block = block_size(c);

    if (!p)
        return NULL;
    for (size_t at = HEADER; at + block <= PAGE; at += block) {
        struct free_block *b = (struct free_block *)(void *)((char *)p + at);
        b->next = p->free;
        p->free = b;
    }
    link_page(h, c, p);
    return p;
}

void *heap_alloc_from(struct heap *h, size_t size)
{
    if (size > SMALL_MAX)
        return source->alloc(h->owner, pages_of(size));
    unsigned c = class_of(size);
    struct heap_page *p = h->partial[c] ? h->partial[c] : add_page(h, c);
    if (!p)
        return NULL;
    struct free_block *b = p->free;
    p->free = b->next;
    p->used++;
    if (!p->free)
        unlink_page(p);
    memset(b, 0, block_size(c));
    return b;
}

void heap_free_to(struct heap *h, void *p, size_t size)
{
    if (!p)
        return;
    if (size > SMALL_MAX) {
        source->free(h->owner, p, pages_of(size));
        return;
    }
    struct heap_page *page = (struct heap_page *)(void *)((char *)p - (uintptr_t)p % PAGE);
    struct free_block *b = p;
    b->next = page->free;
    page->free = b;
    if (!page->prev)
        link_page(h, class_of(size), page);
    if (--page->used == 0) {
        unlink_page(page);
        source->free(h->owner, page, 1);
    }
}

void *heap_alloc(size_t size)
{
    return heap_alloc_from(&own, size);
}

void heap_free(void *p, size_t size)
{
    heap_free_to(&own, p, size);
}
