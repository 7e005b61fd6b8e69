// SPDX-License-Identifier: MIT
// Buddy allocator of page frames with power-of-two slabs of one page on top. What is known about a
// page is in an array at the start of the heap, so that no allocation needs a header and all are
// aligned to their size. No two quotas share a slab: otherwise whoever keeps one object in each of
// many slabs would hold pages that somebody else has paid for.
#include "mem/kmem.h"
#include "debug/assert.h"
#include "debug/print.h"
#include "lock/held.h"
#include "panic.h"
#include <l4/sys/abi/fpage.h>
#include <stdbool.h>

enum {
    PAGE_SHIFT = L4_PAGESHIFT,
    MIN_SHIFT = 5,                    // smallest object: 32 bytes
    CLASSES = PAGE_SHIFT - MIN_SHIFT, // slabs of 32 ... 2048 bytes
    ORDERS = 19,                      // blocks of up to 2^18 pages: 1 GiB
    UNITS = 1 << CLASSES,             // smallest objects of a slab
    NO_PAGE = 0,                      // page 0 holds the array of pages
    NO_OBJECT = 0xffff,
};
_Static_assert((int)CLASSES == (int)QUOTA_SLABS, "lists of slabs in a quota");

enum page_state { PAGE_USED, PAGE_FREE, PAGE_SLAB };

struct page {
    uint32_t next, prev; // list of free blocks of this order, or of slabs with room of this class
    // Slab, in units of 32 bytes: the first object that was freed, and the first of those that were
    // never used; NO_OBJECT = none.
    uint16_t freed, fresh;
    uint8_t used;   // slab: objects handed out
    uint8_t state;  // enum page_state; of a block, its first page counts
    uint8_t order;  // block: log2 of its pages. Slab: class
};
_Static_assert(UNITS < 256, "struct page, used");

static struct {
    uintptr_t base; // address of page 0
    uint32_t pages;
    struct page *page;
    uint32_t free[ORDERS]; // heads of the lists of free blocks
    uint64_t free_bytes;   // in free blocks
    bool said_out;
} heap;

struct quota quota_root;

static void *page_address(uint32_t i)
{
    return (void *)(heap.base + ((uintptr_t)i << PAGE_SHIFT));
}

static void list_push(uint32_t *head, uint32_t i)
{
    assert(i != NO_PAGE && i < heap.pages);
    struct page *p = &heap.page[i];
    p->prev = NO_PAGE;
    p->next = *head;
    if (*head != NO_PAGE)
        heap.page[*head].prev = i;
    *head = i;
}

static void list_remove(uint32_t *head, uint32_t i)
{
    struct page *p = &heap.page[i];
    assert(p->prev != NO_PAGE ? heap.page[p->prev].next == i : *head == i);
    assert(p->next == NO_PAGE || heap.page[p->next].prev == i);
    if (p->prev != NO_PAGE)
        heap.page[p->prev].next = p->next;
    else
        *head = p->next;
    if (p->next != NO_PAGE)
        heap.page[p->next].prev = p->prev;
}

// Page number of the buddy; blocks are aligned by address, and so that page numbers need an offset.
static uint32_t buddy_of(uint32_t i, unsigned order)
{
    uintptr_t frame = (heap.base >> PAGE_SHIFT) + i;
    return (uint32_t)((frame ^ ((uintptr_t)1 << order)) - (heap.base >> PAGE_SHIFT));
}

static void block_free(uint32_t i, unsigned order)
{
    heap.free_bytes += (uint64_t)1 << (order + PAGE_SHIFT);
    while (order + 1 < ORDERS) {
        uint32_t b = buddy_of(i, order); // wraps to a huge number below the base
        if (b >= heap.pages || heap.page[b].state != PAGE_FREE || heap.page[b].order != order)
            break;
        list_remove(&heap.free[order], b);
        heap.page[b].state = PAGE_USED;
        if (b < i)
            i = b;
        order++;
    }
    heap.page[i].state = PAGE_FREE;
    heap.page[i].order = (uint8_t)order;
    list_push(&heap.free[order], i);
}

static uint32_t block_alloc(unsigned order)
{
    unsigned o = order;
    while (o < ORDERS && heap.free[o] == NO_PAGE)
        o++;
    if (o >= ORDERS)
        return NO_PAGE;
    uint32_t i = heap.free[o];
    assert(heap.page[i].state == PAGE_FREE && heap.page[i].order == o);
    list_remove(&heap.free[o], i);
    while (o > order) {
        o--;
        uint32_t upper = i + ((uint32_t)1 << o);
        heap.page[upper].state = PAGE_FREE;
        heap.page[upper].order = (uint8_t)o;
        list_push(&heap.free[o], upper);
    }
    heap.page[i].state = PAGE_USED;
    heap.page[i].order = (uint8_t)order;
    heap.free_bytes -= (uint64_t)1 << (order + PAGE_SHIFT);
    return i;
}

static uint16_t *slab_object(uint32_t page, uint16_t unit)
{
    return (uint16_t *)((char *)page_address(page) + ((size_t)unit << MIN_SHIFT));
}

static bool slab_has_room(struct page const *p)
{
    return p->freed != NO_OBJECT || p->fresh != NO_OBJECT;
}

// For assertions: is the object at `unit` in use?
static bool slab_object_used(uint32_t page, uint16_t unit)
{
    struct page const *p = &heap.page[page];
    if (p->fresh != NO_OBJECT && unit >= p->fresh)
        return false;
    for (uint16_t u = p->freed; u != NO_OBJECT; u = *slab_object(page, u))
        if (u == unit)
            return false;
    return true;
}

// The machine has too little, not a task. Once: what asks again and again shall not own the console.
static void say_heap_is_out(uint64_t bytes)
{
    if (heap.said_out)
        return;
    heap.said_out = true;
    log_print("kernel memory is used up (%lu KiB more wanted, %lu KiB free of %lu): boot gives "
                "more with the option -kmemsize=KIB\n",
                (unsigned long)((bytes + 1023) >> 10), (unsigned long)(heap.free_bytes >> 10),
                (unsigned long)((uint64_t)heap.pages << (PAGE_SHIFT - 10)));
}

// Takes 2^order pages out of the heap, charged to `q`. NO_PAGE when one of them has not so many.
static uint32_t block_charge(struct quota *q, unsigned order)
{
    uint64_t bytes = (uint64_t)1 << (order + PAGE_SHIFT);
    uint32_t i = NO_PAGE;
    bool taken = quota_take(q, bytes);
    if (taken)
        i = block_alloc(order);
    if (i == NO_PAGE && (taken || q == &quota_root)) // what others may have stays in the heap
        say_heap_is_out(bytes);
    if (i == NO_PAGE && taken)
        quota_give(q, bytes);
    return i;
}

static void *pages_alloc(struct quota *q, unsigned order)
{
    uint32_t i = block_charge(q, order);
    return i == NO_PAGE ? NULL : page_address(i);
}

static uint32_t slab_create(struct quota *q, unsigned class)
{
    uint32_t i = block_charge(q, 0);
    if (i == NO_PAGE)
        return NO_PAGE;
    struct page *p = &heap.page[i];
    p->state = PAGE_SLAB;
    p->order = (uint8_t)class;
    p->freed = NO_OBJECT;
    p->fresh = 0;
    p->used = 0;
    list_push(&q->partial[class], i);
    return i;
}

static void *slab_alloc(struct quota *q, unsigned class)
{
    uint32_t i = q->partial[class];
    if (i == NO_PAGE)
        i = slab_create(q, class);
    if (i == NO_PAGE)
        return NULL;
    struct page *p = &heap.page[i];
    assert(p->state == PAGE_SLAB && p->order == class && slab_has_room(p) && p->used < UNITS >> class);
    uint16_t *obj;
    if (p->freed != NO_OBJECT) { // linked through their first two bytes
        obj = slab_object(i, p->freed);
        p->freed = *obj;
    } else {
        obj = slab_object(i, p->fresh);
        unsigned next = p->fresh + (1u << class);
        p->fresh = (uint16_t)(next < UNITS ? next : NO_OBJECT);
    }
    p->used++;
    if (!slab_has_room(p))
        list_remove(&q->partial[class], i);
    return obj;
}

static void slab_free(struct quota *q, uint32_t i, void *obj)
{
    struct page *p = &heap.page[i];
    unsigned class = p->order;
    uint16_t unit = (uint16_t)(((uintptr_t)obj & ((1u << PAGE_SHIFT) - 1)) >> MIN_SHIFT);
    assert(p->used && slab_object_used(i, unit));
    if (!slab_has_room(p))
        list_push(&q->partial[class], i);
    *(uint16_t *)obj = p->freed;
    p->freed = unit;
    if (--p->used)
        return;
    list_remove(&q->partial[class], i);
    block_free(i, 0);
    quota_give(q, 1u << PAGE_SHIFT);
}

// log2 of a size rounded up to a power of two of at least 32.
static unsigned size_order(size_t size)
{
    return size <= (size_t)1 << MIN_SHIFT ? MIN_SHIFT : 64 - (unsigned)__builtin_clzll(size - 1);
}

void kmem_init(void *start, void *end)
{
    heap.base = (uintptr_t)start;
    heap.pages = (uint32_t)(((uintptr_t)end - heap.base) >> PAGE_SHIFT);
    heap.page = start;
    heap.free_bytes = 0;
    heap.said_out = false;
    for (unsigned i = 0; i < ORDERS; i++)
        heap.free[i] = NO_PAGE;
    size_t table = (heap.pages * sizeof(struct page) + (1u << PAGE_SHIFT) - 1) >> PAGE_SHIFT;
    if (table >= heap.pages)
        kernel_panic("kmem: the heap is too small");
    for (uint32_t i = 0; i < heap.pages; i++)
        heap.page[i] = (struct page){.state = PAGE_USED};
    for (uint32_t i = (uint32_t)table, n; i < heap.pages; i += n) {
        unsigned order = 0;
        uintptr_t frame = (heap.base >> PAGE_SHIFT) + i;
        while (order + 1 < ORDERS && !(frame & ((2u << order) - 1)) &&
               heap.pages - i >= 2u << order)
            order++;
        n = 1u << order;
        block_free(i, order);
    }
    quota_root = (struct quota){.limit = heap.free_bytes, .refs = 1};
}

void *kmem_alloc(struct quota *q, size_t size)
{
    assert(global_lock_held());
    unsigned order = size_order(size);
    if (order >= ORDERS + PAGE_SHIFT)
        return NULL;
    void *p = order < PAGE_SHIFT ? slab_alloc(q, order - MIN_SHIFT) : pages_alloc(q, order - PAGE_SHIFT);
    if (!p)
        return NULL;
    __builtin_memset(p, 0, (size_t)1 << order);
    q->objects += (uint64_t)1 << order;
    return p;
}

void kmem_free(struct quota *q, void *p, size_t size)
{
    assert(global_lock_held());
    if (!p)
        return;
    unsigned order = size_order(size);
    uint32_t i = (uint32_t)(((uintptr_t)p - heap.base) >> PAGE_SHIFT);
    if ((uintptr_t)p < heap.base || i >= heap.pages ||
        ((uintptr_t)p & (((uintptr_t)1 << order) - 1)))
        kernel_panic("kmem: freed what is no allocation");
    struct page *pg = &heap.page[i];
    bool slab = order < PAGE_SHIFT;
    if (pg->state != (slab ? PAGE_SLAB : PAGE_USED) ||
        pg->order != order - (slab ? MIN_SHIFT : PAGE_SHIFT))
        kernel_panic("kmem: freed twice, or with another size");
    q->objects -= (uint64_t)1 << order;
    if (slab) {
        slab_free(q, i, p);
    } else {
        block_free(i, order - PAGE_SHIFT);
        quota_give(q, (uint64_t)1 << order);
    }
}

uint64_t kmem_free_bytes(void)
{
    return heap.free_bytes;
}

struct quota *quota_create(struct quota *parent, uint64_t limit)
{
    assert(global_lock_held());
    if (!quota_take(parent, limit)) {
        // more than the whole heap is no sign of a small one
        if (parent == &quota_root && limit <= quota_root.limit)
            say_heap_is_out(limit);
        return NULL;
    }
    struct quota *q = kmem_alloc(parent, sizeof(*q));
    if (!q) {
        quota_give(parent, limit);
        return NULL;
    }
    q->parent = parent;
    q->limit = limit;
    q->refs = 1;
    quota_ref(parent);
    return q;
}

void quota_unref(struct quota *q)
{
    // A chain of nested quotas may end at once: a loop, since its depth is up to the user.
    assert(global_lock_held() && q->refs);
    while (q && --q->refs == 0) {
        assert(!q->used); // everything charged to it held a reference
        struct quota *parent = q->parent;
        if (!parent)
            kernel_panic("quota: the root quota lost its last reference");
        quota_give(parent, q->limit - q->used); // what leaked stays charged
        kmem_free(parent, q, sizeof(*q));
        q = parent;
    }
}
