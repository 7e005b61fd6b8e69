// SPDX-License-Identifier: MIT
#include "region_table.h"

#include <l4/sys/err.h>
#include <string.h>

#define LARGE_FILE_SHIFT 16 // alignment of the larger files in the boot image

void region_table_init(struct region_table *t, l4_addr_t min, l4_addr_t max)
{
    t->min = min;
    t->max = max;
    t->n_regions = 0;
    t->n_areas = 0;
}

// Index of the first region that ends at or behind `addr`.
static unsigned region_index(struct region_table const *t, l4_addr_t addr)
{
    unsigned lo = 0, hi = t->n_regions;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (t->region[mid].end < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static unsigned area_index(struct region_table const *t, l4_addr_t addr)
{
    unsigned i = 0;
    while (i < t->n_areas && t->area[i].end < addr)
        i++;
    return i;
}

// Last byte of a range, or false when it is empty or wraps.
static bool range_end(l4_addr_t start, l4_uint64_t size, l4_addr_t *end)
{
    return size != 0 && !__builtin_add_overflow(start, size - 1, end);
}

struct region *region_table_find(struct region_table *t, l4_addr_t start, l4_uint64_t size)
{
    l4_addr_t end;
    unsigned i = region_index(t, start);
    if (!range_end(start, size, &end) || i == t->n_regions || t->region[i].start > end)
        return NULL;
    return &t->region[i];
}

struct region_area *region_table_find_area(struct region_table *t, l4_addr_t start,
                                           l4_uint64_t size)
{
    l4_addr_t end;
    unsigned i = area_index(t, start);
    if (!range_end(start, size, &end) || i == t->n_areas || t->area[i].start > end)
        return NULL;
    return &t->area[i];
}

// Is [start, end] free? Otherwise *next = first address behind the obstacle (0 if there is none).
static bool range_free(struct region_table *t, l4_addr_t start, l4_addr_t end, bool in_area,
                       l4_addr_t *next)
{
    unsigned i = region_index(t, start);
    if (i < t->n_regions && t->region[i].start <= end) {
        *next = t->region[i].end + 1;
        return false;
    }
    i = area_index(t, start);
    if (!in_area && i < t->n_areas && t->area[i].start <= end) {
        *next = t->area[i].end + 1;
        return false;
    }
    return true;
}

// Find room for `size` bytes (whole pages) inside [min, max].
static int range_place(struct region_table *t, l4_addr_t *start, l4_uint64_t size,
                       l4_uint32_t flags, unsigned align)
{
    bool in_area = flags & L4RE_RM_F_IN_AREA;
    l4_addr_t min = t->min, max = t->max, end, next;
    if (in_area) {
        struct region_area *a = region_table_find_area(t, *start, 1);
        if (!a)
            return -L4_EADDRNOTAVAIL;
        min = a->start;
        max = a->end;
    }
    if (!(flags & L4RE_RM_F_SEARCH_ADDR)) {
        if (!range_end(*start, size, &end))
            return -L4_EINVAL;
        if (*start < min || end > max || !range_free(t, *start, end, in_area, &next))
            return -L4_EADDRNOTAVAIL;
        return 0;
    }

    l4_addr_t mask = (1ul << align) - 1;
    l4_addr_t at = *start < min ? min : *start;
    for (;;) {
        if (at + mask < at)
            return -L4_EADDRNOTAVAIL;
        at = (at + mask) & ~mask;
        if (!range_end(at, size, &end) || end > max)
            return -L4_EADDRNOTAVAIL;
        if (range_free(t, at, end, in_area, &next)) {
            *start = at;
            return 0;
        }
        if (next == 0)
            return -L4_EADDRNOTAVAIL;
        at = next;
    }
}

// Bring start and size to whole pages and check them.
static int range_check(l4_addr_t *start, l4_uint64_t *size, l4_uint32_t flags, l4_uint32_t known,
                       unsigned align)
{
    l4_addr_t end;
    if ((flags & ~known) || *size == 0)
        return -L4_EINVAL;
    if ((flags & L4RE_RM_F_SEARCH_ADDR) && (align < L4_PAGESHIFT || align > 47))
        return -L4_EINVAL;
    *size += *start & ~L4_PAGEMASK;
    *start &= L4_PAGEMASK;
    if (*size > ~0ul - L4_PAGESIZE)
        return -L4_EINVAL;
    *size = l4_round_page(*size);
    if (!(flags & L4RE_RM_F_SEARCH_ADDR) && !range_end(*start, *size, &end))
        return -L4_EINVAL;
    return 0;
}

static void region_insert(struct region_table *t, unsigned i, struct region const *r)
{
    memmove(&t->region[i + 1], &t->region[i], (t->n_regions - i) * sizeof(*r));
    t->region[i] = *r;
    t->n_regions++;
}

int region_table_attach(struct region_table *t, l4_addr_t *start, struct region_attach const *a)
{
    l4_addr_t at = *start;
    l4_uint64_t size = a->size;
    l4_uint32_t flags = a->flags;
    int e = range_check(&at, &size, flags, L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_ATTACH_FLAGS, a->align);
    if (e < 0)
        return e;
    if (t->n_regions == REGION_MAX)
        return -L4_ENOMEM;

    // Superpages, and pieces of several pages in one mapping, need a place that agrees with the
    // offset modulo their size.
    static unsigned char const orders[] = {L4_SUPERPAGESHIFT, LARGE_FILE_SHIFT};
    e = -L4_EADDRNOTAVAIL;
    for (unsigned i = 0; e < 0 && i < sizeof(orders) && (flags & L4RE_RM_F_SEARCH_ADDR); i++)
        if (size >> orders[i] && a->align < orders[i] && !(a->offset & ((1ul << orders[i]) - 1)))
            e = range_place(t, &at, size, flags, orders[i]);
    if (e < 0)
        e = range_place(t, &at, size, flags, a->align);
    if (e < 0)
        return e;

    struct region r = {at, at + size - 1, flags & L4RE_RM_F_REGION_FLAGS, a->ds, a->offset & L4_PAGEMASK};
    region_insert(t, region_index(t, at), &r);
    *start = at;
    return 0;
}

static void region_remove(struct region_table *t, unsigned i)
{
    t->n_regions--;
    memmove(&t->region[i], &t->region[i + 1], (t->n_regions - i) * sizeof(t->region[0]));
}

// Cut [start, end], which lies inside region i, out of it.
static int region_cut(struct region_table *t, unsigned i, l4_addr_t start, l4_addr_t end,
                      struct region *gone)
{
    struct region *r = &t->region[i];
    struct region tail = *r;
    *gone = *r;
    gone->start = start;
    gone->end = end;
    gone->offset += start - r->start;
    if (r->start == start && r->end == end) {
        region_remove(t, i);
        return L4RE_RM_DETACHED_DS;
    }
    if (r->end == end) {
        r->end = start - 1;
        return L4RE_RM_KEPT_DS;
    }
    tail.offset += end + 1 - r->start;
    tail.start = end + 1;
    if (r->start == start) {
        *r = tail;
        return L4RE_RM_KEPT_DS;
    }
    if (t->n_regions == REGION_MAX)
        return -L4_ENOMEM;
    r->end = start - 1;
    region_insert(t, i + 1, &tail);
    return L4RE_RM_SPLIT_DS;
}

int region_table_detach(struct region_table *t, l4_addr_t start, l4_uint64_t size, unsigned flags,
                        struct region *gone)
{
    l4_addr_t end;
    if (!range_end(start, size, &end))
        return -L4_EINVAL;
    struct region *r = region_table_find(t, start, size);
    if (!r)
        return -L4_ENOENT;
    unsigned i = (unsigned)(r - t->region);

    if (flags & L4RE_RM_DETACH_EXACT) {
        start &= L4_PAGEMASK;
        end |= ~L4_PAGEMASK;
        if (start < r->start || end > r->end)
            return -L4_EINVAL;
        return region_cut(t, i, start, end, gone);
    }
    int result = region_cut(t, i, r->start, r->end, gone);
    if (result >= 0 && region_table_find(t, start, size))
        result |= L4RE_RM_DETACH_AGAIN;
    return result;
}

int region_table_reserve(struct region_table *t, l4_addr_t *start, l4_uint64_t size,
                         l4_uint32_t flags, unsigned align)
{
    l4_addr_t at = *start;
    int e = range_check(
        &at, &size, flags,
        (L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_ATTACH_FLAGS) & ~(l4_uint32_t)L4RE_RM_F_IN_AREA, align);
    if (e < 0)
        return e;
    if (t->n_areas == REGION_AREAS_MAX)
        return -L4_ENOMEM;
    e = range_place(t, &at, size, flags, align);
    if (e < 0)
        return e;
    unsigned i = area_index(t, at);
    memmove(&t->area[i + 1], &t->area[i], (t->n_areas - i) * sizeof(t->area[0]));
    t->area[i] = (struct region_area){at, at + size - 1};
    t->n_areas++;
    *start = at;
    return 0;
}

int region_table_free_area(struct region_table *t, l4_addr_t addr)
{
    unsigned i = area_index(t, addr);
    if (i == t->n_areas || t->area[i].start > addr)
        return -L4_ENOENT;
    t->n_areas--;
    memmove(&t->area[i], &t->area[i + 1], (t->n_areas - i) * sizeof(t->area[0]));
    return 0;
}
