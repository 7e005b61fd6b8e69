// SPDX-License-Identifier: MIT
// Addresses. From the last function to the first, each bridge sums up what is behind it; then from the first to the last, each
// bus gives what it has to its BARs and bridges, the largest first. What does not fit is left out, and all behind it.
#include <stdlib.h>

#include <l4/sys/consts.h>

#include "root.h"

enum {
    BAR_PAGE = L4_PAGESIZE,    // devices of different clients have no page in common
    BRIDGE_UNIT = 0x100000,    // of a bridge's windows
    REQUESTS_MAX = PCI_MAX_FUNCTIONS * PCI_BARS,
};
#define BELOW_4G 0xffffffffu

struct request {
    struct pci_function *f;
    unsigned bar;            // PCI_BARS: the window of a bridge
    uint64_t size, align;
};

static struct pci_window const nothing = {1, 0};

static bool has(struct pci_window const *w)
{
    return w->end >= w->start;
}

// A BAR of 64 bits needs bridges above that pass such addresses on; they do for what can be prefetched.
static enum pci_pool pool_of(struct pci_function const *f, struct pci_bar const *b)
{
    if ((b->flags & PCI_BAR_TYPE) != PCI_BAR_64BIT || !has(&f->root->window[PCI_HIGH]))
        return PCI_LOW;
    if (f->parent && !(b->flags & PCI_BAR_PREFETCHABLE))
        return PCI_LOW;
    for (struct pci_function const *p = f->parent; p; p = p->parent)
        if (!p->prefetch_64)
            return PCI_LOW;
    return PCI_HIGH;
}

static int by_alignment(void const *a, void const *b)
{
    struct request const *x = a, *y = b;
    if (x->align != y->align)
        return x->align < y->align ? 1 : -1;
    return x->f != y->f ? (x->f < y->f ? -1 : 1) : (int)x->bar - (int)y->bar;
}

static unsigned add_bars(struct request *list, unsigned n, struct pci_function *f, enum pci_pool pool)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        struct pci_bar const *b = &f->bar[i];
        if (b->size && pool_of(f, b) == pool)
            list[n++] = (struct request){f, i, b->size, b->size < BAR_PAGE ? BAR_PAGE : b->size};
    }
    return n;
}

// What the bus behind `bridge` (NULL: the first one) asks for, those of the largest alignment first.
static unsigned collect(struct pci_root *r, struct pci_function const *bridge, enum pci_pool pool, struct request *list)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->n; i++) {
        struct pci_function *f = &r->function[i];
        if (f->parent != bridge || f->refused)
            continue;
        if (!f->bridge)
            n = add_bars(list, n, f, pool);
        else if (f->need[pool])
            list[n++] = (struct request){f, PCI_BARS, f->need[pool], f->align[pool]};
    }
    qsort(list, n, sizeof(*list), by_alignment);
    return n;
}

// The first multiple of `align` from `at` on with `size` bytes up to `end`. False: there is none.
static bool fit(uint64_t *at, uint64_t size, uint64_t align, uint64_t end)
{
    uint64_t const start = (*at + align - 1) & ~(align - 1);
    if (start < *at || start > end || size - 1 > end - start)
        return false;
    *at = start;
    return true;
}

// A BAR takes whole pages.
static uint64_t taken(struct request const *q)
{
    return q->size < q->align && q->bar < PCI_BARS ? q->align : q->size;
}

static void sum_up(struct pci_root *r, struct pci_function *bridge, enum pci_pool pool, struct request *list)
{
    unsigned const n = collect(r, bridge, pool, list);
    uint64_t at = 0;
    bridge->need[pool] = 0;
    bridge->align[pool] = BRIDGE_UNIT;
    for (unsigned i = 0; i < n; i++) {
        if (list[i].align > bridge->align[pool])
            bridge->align[pool] = list[i].align;
        if (!fit(&at, taken(&list[i]), list[i].align, UINT64_MAX / 2)) {
            pci_refuse(bridge, "what is behind it asks for more addresses than there are");
            return;
        }
        at += taken(&list[i]);
    }
    bridge->need[pool] = (at + BRIDGE_UNIT - 1) & ~(uint64_t)(BRIDGE_UNIT - 1);
}

static bool write_bar(struct pci_function *f, unsigned i)
{
    struct pci_bar const *b = &f->bar[i];
    unsigned const reg = PCI_BAR0 + 4 * i;
    bool const wide = (b->flags & PCI_BAR_TYPE) == PCI_BAR_64BIT;
    pci_put(f, reg, 4, (uint32_t)b->address);
    if (wide)
        pci_put(f, reg + 4, 4, (uint32_t)(b->address >> 32));
    return pci_get(f, reg, 4) == ((uint32_t)b->address | b->flags) &&
           (!wide || pci_get(f, reg + 4, 4) == (uint32_t)(b->address >> 32));
}

// Registers of a window hold bits 31-20 of its first and last address in their bits 15-4.
static uint32_t window_bits(struct pci_window const *w)
{
    return (uint32_t)(w->start >> 16 & 0xfff0) | (uint32_t)(w->end >> 16 & 0xfff0) << 16;
}

static bool write_window(struct pci_function *f, enum pci_pool pool)
{
    struct pci_window const *w = &f->window[pool];
    unsigned const reg = pool == PCI_LOW ? PCI_MEMORY_BASE : PCI_PREF_BASE;
    uint32_t const flags = pool == PCI_LOW ? 0 : 0x10001; // bits 3-0 say that there are 64 bits
    pci_put(f, reg, 4, window_bits(w));
    if (pool == PCI_HIGH) {
        pci_put(f, PCI_PREF_BASE_UPPER, 4, (uint32_t)(w->start >> 32));
        pci_put(f, PCI_PREF_LIMIT_UPPER, 4, (uint32_t)(w->end >> 32));
        if (pci_get(f, PCI_PREF_BASE_UPPER, 4) != (uint32_t)(w->start >> 32) ||
            pci_get(f, PCI_PREF_LIMIT_UPPER, 4) != (uint32_t)(w->end >> 32))
            return false;
    }
    return pci_get(f, reg, 4) == (window_bits(w) | flags);
}

// What it has been given goes into the hardware, and has to stay there.
static void give(struct request const *q, enum pci_pool pool, uint64_t at)
{
    if (q->bar < PCI_BARS) {
        q->f->bar[q->bar].address = at;
        if (!write_bar(q->f, q->bar))
            pci_refuse(q->f, "a BAR does not take its address");
    } else {
        q->f->window[pool] = (struct pci_window){at, at + (q->size - 1)};
        if (!write_window(q->f, pool))
            pci_refuse(q->f, "this bridge does not take its window");
    }
}

static void hand_out(struct pci_root *r, struct pci_function const *bridge, enum pci_pool pool, struct request *list)
{
    struct pci_window const *w = bridge ? &bridge->window[pool] : &r->window[pool];
    unsigned const n = collect(r, bridge, pool, list);
    uint64_t at = w->start;
    for (unsigned i = 0; i < n; i++) {
        if (list[i].f->refused)
            continue;
        if (!has(w) || !fit(&at, taken(&list[i]), list[i].align, w->end)) {
            pci_refuse(list[i].f, "the host bridge has no addresses left for it");
            continue;
        }
        give(&list[i], pool, at);
        if (w->end - at < taken(&list[i])) { // the last byte is taken
            w = &nothing;
            continue;
        }
        at += taken(&list[i]);
    }
}

// Only a bridge passes on what the devices behind it want to read and write.
static void switch_on(struct pci_function *f)
{
    if (f->parent && f->parent->refused && !f->refused)
        pci_refuse(f, "the bridge before it is left out");
    if (!f->refused)
        pci_put(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_NO_INTX | (f->bridge ? PCI_COMMAND_MASTER : 0u));
}

int pci_assign(struct pci_root *r)
{
    struct request *list = calloc(REQUESTS_MAX, sizeof(*list));
    if (!list)
        return -1;
    if (has(&r->window[PCI_LOW]) && r->window[PCI_LOW].end > BELOW_4G)
        r->window[PCI_LOW].end = BELOW_4G;
    for (unsigned i = 0; i < r->n; i++)
        for (unsigned pool = 0; pool < PCI_POOLS; pool++)
            r->function[i].window[pool] = nothing;
    for (unsigned i = r->n; i-- > 0;)
        for (unsigned pool = 0; pool < PCI_POOLS; pool++)
            if (r->function[i].bridge && !r->function[i].refused)
                sum_up(r, &r->function[i], pool, list);
    for (unsigned pool = 0; pool < PCI_POOLS; pool++)
        hand_out(r, NULL, pool, list);
    for (unsigned i = 0; i < r->n; i++)
        for (unsigned pool = 0; pool < PCI_POOLS; pool++)
            if (r->function[i].bridge && !r->function[i].refused)
                hand_out(r, &r->function[i], pool, list);
    for (unsigned i = 0; i < r->n; i++)
        switch_on(&r->function[i]);
    free(list);
    return 0;
}
