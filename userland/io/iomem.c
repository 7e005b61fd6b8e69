// SPDX-License-Identifier: MIT
#include "iomem.h"

#include <stdlib.h>

#include <l4/re/c/rm.h>
#include <l4/sys/ipc.h>
#include <l4/sys/sigma0.h>

enum { LARGEST_ORDER = 30 };

struct region {
    struct region *next;
    uint64_t first, last;  // whole pages
    bool cached;
    l4_addr_t local;
};

static l4_cap_idx_t sigma0_cap;
static struct region *regions;

void iomem_init(l4_cap_idx_t sigma0)
{
    sigma0_cap = sigma0;
}

// Gets one flexpage at `local`.
static int fetch(uint64_t phys, unsigned order, bool cached, l4_addr_t local)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = SIGMA0_REQ(cached ? SIGMA0_REQ_ID_FPAGE_IOMEM_CACHED
                                     : SIGMA0_REQ_ID_FPAGE_IOMEM);
    u->msg.mr[1] = l4_fpage(phys, order, 0).raw;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP | local;
    u->buf.br[1] = l4_fpage(local, order, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    l4_msgtag_t t =
        l4_ipc_call(sigma0_cap, u, l4_msgtag(L4_PROTO_SIGMA0, 2, 0, 0), L4_IPC_NEVER);
    long r = l4_error_u(t, u);
    if (r < 0)
        return (int)r;
    return l4_msgtag_items(t) ? 0 : -L4_ENOMEM;
}

// Largest order of a page that starts at `a` and does not reach beyond `last`.
static unsigned fitting_order(uint64_t a, uint64_t last, unsigned limit)
{
    unsigned order = L4_PAGESHIFT;
    while (order < limit && !(a & ((2ull << order) - 1)) && (2ull << order) - 1 <= last - a)
        order++;
    return order;
}

static int fetch_all(struct region const *r, unsigned align)
{
    for (uint64_t a = r->first;;) {
        unsigned order = fitting_order(a, r->last, align);
        int err = fetch(a, order, r->cached, r->local + (l4_addr_t)(a - r->first));
        if (err < 0)
            return err;
        if (r->last - a < 1ull << order)
            return 0;
        a += 1ull << order;
        if (a > r->last)
            return 0;
    }
}

// Reserves addresses for r that equal its physical ones modulo 2^align.
static int reserve(struct region *r, unsigned align)
{
    uint64_t const size = 1ull << align, before = r->first & (size - 1);
    l4_addr_t start = 0;
    int err = l4re_rm_reserve_area(&start, before + (r->last - r->first) + 1,
                                   L4RE_RM_F_SEARCH_ADDR, (unsigned char)align);
    r->local = start + before;
    return err;
}

static struct region *find(uint64_t first, uint64_t last, bool cached)
{
    for (struct region *r = regions; r; r = r->next)
        if (r->cached == cached && r->first <= first && r->last >= last)
            return r;
    return NULL;
}

int iomem_map(uint64_t start, uint64_t end, bool cached, l4_addr_t *local)
{
    uint64_t first = start & L4_PAGEMASK, last = end | (L4_PAGESIZE - 1);
    struct region *r = find(first, last, cached);
    if (!r) {
        unsigned align = L4_PAGESHIFT;
        while (align < LARGEST_ORDER && 1ull << align <= last - first)
            align++;
        r = calloc(1, sizeof(*r));
        if (!r)
            return -L4_ENOMEM;
        r->first = first;
        r->last = last;
        r->cached = cached;
        int err = reserve(r, align);
        if (err >= 0) {
            err = fetch_all(r, align);
            if (err < 0)
                l4re_rm_free_area(r->local - (l4_addr_t)(first & ((1ull << align) - 1)));
        }
        if (err < 0) {
            free(r);
            return err;
        }
        r->next = regions;
        regions = r;
    }
    *local = r->local + (l4_addr_t)(first - r->first);
    return 0;
}
