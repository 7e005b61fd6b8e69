// SPDX-License-Identifier: MIT
#include "page_table.h"

#include <l4/sys/err.h>

#include "factory.h"
#include "phys_mem.h"

int page_table_init(struct page_table *t, struct factory *f, uint64_t bytes, bool super)
{
    *t = (struct page_table){ .factory = f, .super = super };
    t->num_root = (bytes + CHUNK_SIZE - 1) >> CHUNK_SHIFT;
    uint64_t size = t->num_root * sizeof(*t->root);
    t->root = factory_alloc(f, size);
    return t->root ? 0 : -L4_ENOMEM;
}

// Charged frames, zeroed if asked for. 0 = none.
static uint64_t get_frames(struct page_table *t, unsigned order, bool clear)
{
    uint64_t bytes = UINT64_C(1) << order;

    if (t->factory && !factory_charge(t->factory, bytes))
        return 0;
    uint64_t addr = phys_alloc(bytes >> FRAME_SHIFT, order);
    if (addr == FRAMES_NONE) {
        if (t->factory)
            factory_uncharge(t->factory, bytes);
        return 0;
    }
    if (clear)
        phys_clear(addr, bytes);
    return addr;
}

static void put_frames(struct page_table *t, uint64_t addr, unsigned order)
{
    phys_free(addr, UINT64_C(1) << (order - FRAME_SHIFT));
    if (t->factory)
        factory_uncharge(t->factory, UINT64_C(1) << order);
}

unsigned page_table_order(struct page_table const *t)
{
    return t->super ? CHUNK_SHIFT : FRAME_SHIFT;
}

static uint64_t *leaf_entry(struct page_table const *t, uint64_t offset)
{
    uint64_t leaf = t->root[offset >> CHUNK_SHIFT];
    uint64_t *table = phys_ptr(leaf);

    return leaf ? &table[(offset >> FRAME_SHIFT) % CHUNK_FRAMES] : NULL;
}

uint64_t page_table_get(struct page_table const *t, uint64_t offset)
{
    if (t->super)
        return t->root[offset >> CHUNK_SHIFT];
    uint64_t *e = leaf_entry(t, offset);
    return e ? *e : 0;
}

uint64_t page_table_alloc(struct page_table *t, uint64_t offset, bool clear)
{
    uint64_t *root = &t->root[offset >> CHUNK_SHIFT];

    if (t->super)
        return *root = get_frames(t, CHUNK_SHIFT, clear);
    if (!*root)
        *root = get_frames(t, FRAME_SHIFT, true);
    uint64_t *e = leaf_entry(t, offset);
    return e ? *e = get_frames(t, FRAME_SHIFT, clear) : 0;
}

void page_table_drop(struct page_table *t, uint64_t offset)
{
    uint64_t *e = t->super ? &t->root[offset >> CHUNK_SHIFT] : leaf_entry(t, offset);

    if (e && *e) {
        put_frames(t, *e, page_table_order(t));
        *e = 0;
    }
}

void page_table_destroy(struct page_table *t)
{
    if (!t->root)
        return;
    for (uint64_t i = 0; i < t->num_root; i++) {
        if (!t->root[i])
            continue;
        for (unsigned n = 0; n < CHUNK_FRAMES && !t->super; n++)
            page_table_drop(t, (i << CHUNK_SHIFT) + ((uint64_t)n << FRAME_SHIFT));
        put_frames(t, t->root[i], page_table_order(t));
    }
    factory_free(t->factory, t->root, t->num_root * sizeof(*t->root));
    t->root = NULL;
}
