// SPDX-License-Identifier: MIT
#include <l4/region/region.h>

#include <string.h>

unsigned region_list_index(struct region_list const *l, uint64_t addr)
{
    unsigned lo = 0, hi = l->count;

    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (l->r[mid].end < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct region *region_list_overlap(struct region_list const *l, uint64_t start, uint64_t end)
{
    unsigned i = region_list_index(l, start);

    return i < l->count && l->r[i].start <= end ? &l->r[i] : NULL;
}

struct region *region_list_find(struct region_list const *l, uint64_t addr)
{
    return region_list_overlap(l, addr, addr);
}

uint64_t region_list_search(struct region_list const *l, struct region_list const *other, struct region_search const *s)
{
    uint64_t mask = (UINT64_C(1) << s->align) - 1;
    uint64_t at = s->from > s->min ? s->from : s->min;

    for (;;) {
        if (at > UINT64_MAX - mask)
            return REGION_NO_PLACE;
        at = (at + mask) & ~mask;
        if (at > s->max || s->max - at < s->last)
            return REGION_NO_PLACE;
        struct region const *hit = region_list_overlap(l, at, at + s->last);
        if (!hit && other)
            hit = region_list_overlap(other, at, at + s->last);
        if (!hit)
            return at;
        if (hit->end == UINT64_MAX)
            return REGION_NO_PLACE;
        at = hit->end + 1;
    }
}

void region_list_insert(struct region_list *l, struct region const *r)
{
    struct region copy = *r; // may lie in the array itself
    unsigned i = region_list_index(l, copy.start);

    memmove(&l->r[i + 1], &l->r[i], (l->count - i) * sizeof(*l->r));
    l->r[i] = copy;
    l->count++;
}

static void remove_entry(struct region_list *l, unsigned i)
{
    l->count--;
    memmove(&l->r[i], &l->r[i + 1], (l->count - i) * sizeof(*l->r));
}

// The part [start, end] of a region.
static struct region part(struct region r, uint64_t start, uint64_t end)
{
    r.offset += start - r.start;
    r.start = start;
    r.end = end;
    return r;
}

unsigned region_list_cut(struct region_list *l, unsigned i, uint64_t start, uint64_t end, struct region *cut)
{
    struct region old = l->r[i];
    unsigned left = 0;

    *cut = part(old, start, end);
    remove_entry(l, i);
    if (start > old.start) {
        struct region head = part(old, old.start, start - 1);
        region_list_insert(l, &head);
        left++;
    }
    if (end < old.end) {
        struct region tail = part(old, end + 1, old.end);
        region_list_insert(l, &tail);
        left++;
    }
    return left;
}
