// SPDX-License-Identifier: MIT
#include "region_list.h"
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

struct region *region_list_find(struct region_list const *l, uint64_t addr)
{
    unsigned i = region_list_index(l, addr);

    return i < l->count && l->r[i].start <= addr ? &l->r[i] : NULL;
}

static struct region *first_overlap(struct region_list const *l, uint64_t start, uint64_t end)
{
    unsigned i = region_list_index(l, start);

    return i < l->count && l->r[i].start <= end ? &l->r[i] : NULL;
}

bool region_list_is_free(struct region_list const *l, uint64_t start, uint64_t end)
{
    return first_overlap(l, start, end) == NULL;
}

uint64_t region_list_search(struct region_list const *l, struct region_list const *other,
                            struct region_search const *s)
{
    uint64_t mask = (UINT64_C(1) << s->align) - 1, max = s->max, size = s->size;
    uint64_t at = s->from > s->min ? s->from : s->min;

    while (size && at <= max) {
        if (at > UINT64_MAX - mask)
            break;
        at = (at + mask) & ~mask;
        if (at > max || max - at < size - 1)
            break;
        struct region const *hit = first_overlap(l, at, at + size - 1);
        if (!hit && other)
            hit = first_overlap(other, at, at + size - 1);
        if (!hit)
            return at;
        if (hit->end == UINT64_MAX)
            break;
        at = hit->end + 1;
    }
    return ~UINT64_C(0);
}

static int make_room(struct region_list *l)
{
    if (l->count < l->capacity)
        return 0;
    unsigned capacity = l->capacity ? 2 * l->capacity : 16;
    void *r = l->grow(l->grow_ctx, l->r, l->capacity * sizeof(*l->r), capacity * sizeof(*l->r));
    if (!r)
        return -1;
    l->r = r;
    l->capacity = capacity;
    return 0;
}

int region_list_insert(struct region_list *l, struct region const *r)
{
    struct region copy = *r;

    if (make_room(l) < 0)
        return -1;
    unsigned i = region_list_index(l, copy.start);
    memmove(&l->r[i + 1], &l->r[i], (l->count - i) * sizeof(*l->r));
    l->r[i] = copy;
    l->count++;
    return 0;
}

int region_list_cut(struct region_list *l, unsigned i, uint64_t start, uint64_t end,
                    struct region *cut)
{
    struct region old = l->r[i];
    bool left = start > old.start, right = end < old.end;

    if (left && right && make_room(l) < 0)
        return -1;
    *cut = old;
    if (left) {
        cut->start = start;
        cut->offset += start - old.start;
    }
    if (right)
        cut->end = end;
    if (!left && !right) {
        memmove(&l->r[i], &l->r[i + 1], (l->count - i - 1) * sizeof(*l->r));
        l->count--;
        return 0;
    }
    struct region tail = old;
    tail.start = end + 1;
    tail.offset += tail.start - old.start;
    if (left)
        l->r[i].end = start - 1;
    else
        l->r[i] = tail;
    if (left && right)
        region_list_insert(l, &tail);
    return left + right;
}
