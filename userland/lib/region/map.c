// SPDX-License-Identifier: MIT
#include <l4/region/map.h>

#include <l4/re/c/rm.h>
#include <l4/sys/err.h>

#define ALIGN_MAX     47
#define IN_PAGE       ((uint64_t)L4_PAGESIZE - 1)
#define KNOWN_FLAGS   ((uint32_t)L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_ATTACH_FLAGS)
#define MEMORY_RIGHTS ((unsigned)L4RE_RM_F_RWX)

// Last byte of a range, or false when it is empty or wraps around.
static bool range_last(uint64_t start, uint64_t size, uint64_t *last)
{
    return size != 0 && !__builtin_add_overflow(start, size - 1, last);
}

static int make_room(struct region_map *m, struct region_list *l)
{
    if (l->count < l->capacity)
        return 0;
    unsigned capacity = l->capacity ? 2 * l->capacity : 16;
    void *r = m->grow ? m->grow(m->grow_ctx, l->r, l->capacity * sizeof(*l->r), capacity * sizeof(*l->r)) : NULL;
    if (!r)
        return -L4_ENOMEM;
    l->r = r;
    l->capacity = capacity;
    return 0;
}

// A place for [*start, *last], the same for where it may lie: in the area `in`, or outside all areas (NULL). A search keeps the
// size, and changes both.
static int find_place(struct region_map const *m, struct region const *in, bool search, unsigned align,
                      uint64_t *start, uint64_t *last)
{
    struct region_list const *areas = in ? NULL : &m->areas;
    uint64_t min = in ? in->start : m->min, max = in ? in->end : m->max;

    if (search) {
        struct region_search s = {.from = *start, .min = min, .max = max, .last = *last - *start, .align = align};
        *start = region_list_search(&m->regions, areas, &s);
        if (*start == REGION_NO_PLACE)
            return -L4_EADDRNOTAVAIL;
        *last = *start + s.last;
        return 0;
    }
    bool taken = region_list_overlap(&m->regions, *start, *last) || (areas && region_list_overlap(areas, *start, *last));
    return taken || *start < min || *last > max ? -L4_EADDRNOTAVAIL : 0;
}

static int check_attach(struct region_attach const *a, uint64_t *start, uint64_t *last)
{
    uint64_t unused;

    if (a->flags & ~KNOWN_FLAGS)
        return -L4_EINVAL;
    if ((a->flags & L4RE_RM_F_SEARCH_ADDR) && (a->align < L4_PAGESHIFT || a->align > ALIGN_MAX))
        return -L4_EINVAL;
    if (!range_last(a->start, a->size, last))
        return -L4_EINVAL;
    *start = a->start & ~IN_PAGE;
    *last |= IN_PAGE;
    if (__builtin_add_overflow(a->offset & ~IN_PAGE, *last - *start, &unused))
        return -L4_EINVAL;
    unsigned given = a->rights | (a->flags & L4RE_RM_F_PRIVATE ? L4RE_RM_F_W : 0);
    if (a->has_memory && (a->flags & MEMORY_RIGHTS & ~given))
        return -L4_EPERM;
    return 0;
}

int region_map_plan(struct region_map *m, struct region_attach const *a, struct region *r)
{
    uint64_t start, last;
    struct region const *area = NULL;
    int err = check_attach(a, &start, &last);

    if (err < 0)
        return err;
    if (a->flags & L4RE_RM_F_IN_AREA) {
        area = region_list_find(&m->areas, a->start);
        if (!area)
            return -L4_EADDRNOTAVAIL;
    }
    err = find_place(m, area, a->flags & L4RE_RM_F_SEARCH_ADDR, a->align, &start, &last);
    if (err >= 0)
        err = make_room(m, &m->regions);
    if (err < 0)
        return err;
    *r = (struct region){.start = start, .end = last, .offset = a->offset & ~IN_PAGE,
                         .client_cap = a->has_memory ? a->client_cap : L4_INVALID_CAP,
                         .flags = a->flags & L4RE_RM_F_REGION_FLAGS};
    return 0;
}

void region_map_enter(struct region_map *m, struct region const *r)
{
    region_list_insert(&m->regions, r);
}

int region_map_detach(struct region_map *m, uint64_t start, uint64_t size, unsigned flags, struct region *gone)
{
    uint64_t last;

    if (!range_last(start, size, &last))
        return -L4_EINVAL;
    start &= ~IN_PAGE;
    last |= IN_PAGE;
    struct region const *hit = region_list_overlap(&m->regions, start, last);
    if (!hit)
        return -L4_ENOENT;
    bool whole = flags & L4RE_RM_DETACH_OVERLAP;
    uint64_t from = !whole && hit->start < start ? start : hit->start;
    uint64_t to = !whole && hit->end > last ? last : hit->end;
    unsigned i = (unsigned)(hit - m->regions.r);
    if (from > hit->start && to < hit->end && make_room(m, &m->regions) < 0)
        return -L4_ENOMEM;

    static int const results[] = {L4RE_RM_DETACHED_DS, L4RE_RM_KEPT_DS, L4RE_RM_SPLIT_DS};
    unsigned left = region_list_cut(&m->regions, i, from, to, gone);
    for (unsigned n = 0; gone->memory && m->get && n < left; n++)
        m->get(gone->memory);
    return results[left] | (region_list_overlap(&m->regions, start, last) ? L4RE_RM_DETACH_AGAIN : 0);
}

int region_map_reserve(struct region_map *m, uint64_t *start, uint64_t size, uint32_t flags, unsigned align)
{
    uint64_t at = *start, last;

    if (flags & ~KNOWN_FLAGS)
        return -L4_EINVAL;
    if (!range_last(at, size, &last) || ((flags & L4RE_RM_F_SEARCH_ADDR) && align > ALIGN_MAX))
        return -L4_EADDRNOTAVAIL;
    int err = find_place(m, NULL, flags & L4RE_RM_F_SEARCH_ADDR, align, &at, &last);
    if (err >= 0)
        err = make_room(m, &m->areas);
    if (err < 0)
        return err;
    struct region area = {.start = at, .end = last, .flags = flags & L4RE_RM_F_REGION_FLAGS};
    region_list_insert(&m->areas, &area);
    *start = at;
    return 0;
}

int region_map_free_area(struct region_map *m, uint64_t addr)
{
    struct region const *area = region_list_find(&m->areas, addr);
    struct region gone;

    if (!area)
        return -L4_ENOENT;
    region_list_cut(&m->areas, (unsigned)(area - m->areas.r), area->start, area->end, &gone);
    return 0;
}

struct region *region_map_find(struct region_map const *m, uint64_t addr)
{
    return region_list_find(&m->regions, addr);
}

static struct region *overlap(struct region_list const *l, uint64_t start, uint64_t size)
{
    uint64_t last;

    return range_last(start, size, &last) ? region_list_overlap(l, start, last) : NULL;
}

struct region *region_map_overlap(struct region_map const *m, uint64_t start, uint64_t size)
{
    return overlap(&m->regions, start, size);
}

struct region *region_map_overlap_area(struct region_map const *m, uint64_t start, uint64_t size)
{
    return overlap(&m->areas, start, size);
}
