// SPDX-License-Identifier: MIT
#include "region.h"

#include <l4/sys/abi/fpage.h>
#include <string.h>

enum { PAGE_SHIFT = L4_PAGESHIFT };

static unsigned first_at_or_after(struct region_map const *m, uint64_t addr)
{
    unsigned lo = 0, hi = m->count;

    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (m->r[mid].end < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct region const *region_find(struct region_map const *m, uint64_t addr)
{
    unsigned i = first_at_or_after(m, addr);

    return i < m->count && m->r[i].start <= addr ? &m->r[i] : NULL;
}

bool region_overlaps(struct region_map const *m, uint64_t start, uint64_t end)
{
    unsigned i = first_at_or_after(m, start);

    return i < m->count && m->r[i].start <= end;
}

static bool same(struct region const *a, struct region const *b)
{
    return a->kind == b->kind && a->owner == b->owner && a->rights == b->rights;
}

static void replace(struct region_map *m, unsigned at, unsigned old_n, struct region const *neu,
                    unsigned new_n)
{
    memmove(&m->r[at + new_n], &m->r[at + old_n], (m->count - at - old_n) * sizeof(m->r[0]));
    if (new_n)
        memcpy(&m->r[at], neu, new_n * sizeof(*neu));
    m->count = m->count - old_n + new_n;
}

static void merge_around(struct region_map *m, unsigned i)
{
    if (i + 1 < m->count && same(&m->r[i], &m->r[i + 1]) && m->r[i].end + 1 == m->r[i + 1].start) {
        m->r[i].end = m->r[i + 1].end;
        replace(m, i + 1, 1, NULL, 0);
    }
    if (i > 0 && same(&m->r[i - 1], &m->r[i]) && m->r[i - 1].end + 1 == m->r[i].start) {
        m->r[i - 1].end = m->r[i].end;
        replace(m, i, 1, NULL, 0);
    }
}

bool region_set(struct region_map *m, struct region const *n)
{
    struct region neu[3];
    unsigned num = 0, mid;

    if (n->end < n->start)
        return false;
    unsigned first = first_at_or_after(m, n->start), last = first;
    while (last < m->count && m->r[last].start <= n->end)
        last++;
    if (first < last && m->r[first].start < n->start) {
        neu[num] = m->r[first];
        neu[num++].end = n->start - 1;
    }
    mid = num;
    neu[num++] = *n;
    if (first < last && m->r[last - 1].end > n->end) {
        neu[num] = m->r[last - 1];
        neu[num++].start = n->end + 1;
    }
    if (m->count - (last - first) + num > REGION_MAX)
        return false;
    replace(m, first, last - first, neu, num);
    merge_around(m, first + mid);
    return true;
}

bool region_ram_allowed(struct region_map const *m, uint64_t start, uint64_t end, unsigned client,
                        unsigned *rights)
{
    *rights = L4_FPAGE_RWX;
    for (unsigned i = first_at_or_after(m, start);; i++) {
        if (i >= m->count)
            return false;
        struct region const *r = &m->r[i];
        if (r->start > start || r->kind == REGION_RESERVED || (r->owner && r->owner != client))
            return false;
        *rights &= r->rights;
        if (r->end >= end)
            return *rights != 0;
        start = r->end + 1;
    }
}

bool region_claim(struct region_map *m, uint64_t start, uint64_t end, unsigned client)
{
    while (start <= end) {
        struct region const *r = region_find(m, start);
        if (!r)
            return false;
        uint64_t part_end = r->end < end ? r->end : end;
        if (r->owner != client) {
            struct region n = { start, part_end, r->kind, r->rights, (uint16_t)client };
            if (!region_set(m, &n))
                return false;
        }
        if (part_end == UINT64_MAX)
            break;
        start = part_end + 1;
    }
    return true;
}

bool region_find_free(struct region_map const *m, unsigned order, uint64_t *addr)
{
    uint64_t mask;

    if (order < PAGE_SHIFT || order > 63)
        return false;
    mask = (UINT64_C(1) << order) - 1;
    for (unsigned i = 0; i < m->count; i++) {
        struct region const *r = &m->r[i];
        if (r->kind != REGION_RAM || r->owner || r->rights != L4_FPAGE_RWX || r->start > UINT64_MAX - mask)
            continue;
        uint64_t a = (r->start + mask) & ~mask;
        if (a <= r->end && r->end - a >= mask) {
            *addr = a;
            return true;
        }
    }
    return false;
}

unsigned region_block_order(struct region const *r, uint64_t addr, unsigned max_order)
{
    for (unsigned order = max_order; order > PAGE_SHIFT; order--) {
        uint64_t mask = (UINT64_C(1) << order) - 1;
        if ((addr & ~mask) >= r->start && (addr | mask) <= r->end)
            return order;
    }
    return PAGE_SHIFT;
}
