// SPDX-License-Identifier: MIT
#include "region_model.h"

#include <l4/re/c/rm.h>
#include <l4/sys/err.h>

#define PAGE ((uint64_t)L4_PAGESIZE)

void model_init(struct model *m, uint64_t base)
{
    *m = (struct model){.base = base};
}

static uint64_t model_last(struct model const *m)
{
    return m->base + (MODEL_PAGES * PAGE - 1);
}

// A range of bytes becomes [first, last]; false: empty, or around the end of all addresses.
static bool bytes(uint64_t start, uint64_t size, uint64_t *last)
{
    *last = start + size - 1;
    return size != 0 && *last >= start;
}

static bool inside(struct model const *m, uint64_t first, uint64_t last)
{
    return first >= m->base && last <= model_last(m);
}

static unsigned page_of(struct model const *m, uint64_t addr)
{
    return (unsigned)((addr - m->base) / PAGE);
}

static bool pages_free(struct model const *m, uint64_t first, uint64_t last)
{
    for (unsigned p = page_of(m, first); p <= page_of(m, last); p++)
        if (m->page[p].piece)
            return false;
    return true;
}

static struct model_area const *area_at(struct model const *m, uint64_t addr)
{
    for (unsigned i = 0; i < m->areas; i++)
        if (m->area[i].start <= addr && addr <= m->area[i].end)
            return &m->area[i];
    return NULL;
}

static bool areas_free(struct model const *m, uint64_t first, uint64_t last)
{
    for (unsigned i = 0; i < m->areas; i++)
        if (m->area[i].start <= last && m->area[i].end >= first)
            return false;
    return true;
}

static bool fits(struct model const *m, struct model_area const *in, uint64_t first, uint64_t last)
{
    if (!inside(m, first, last) || !pages_free(m, first, last))
        return false;
    return in ? in->start <= first && last <= in->end : areas_free(m, first, last);
}

// Try `from` and whatever lies behind an obstacle, each at the next aligned address; the lowest that fits.
static int lowest(struct model const *m, struct model_area const *in, unsigned align, uint64_t span, uint64_t *start)
{
    uint64_t step = (uint64_t)1 << align, best = 0, from = *start;
    bool found = false;

    for (unsigned i = 0; i < 3 + MODEL_PAGES + m->areas; i++) {
        uint64_t at = i == 0 ? from : i == 1 ? m->base : i == 2 ? (in ? in->start : from)
                      : i < 3 + MODEL_PAGES ? m->base + (i - 3) * PAGE
                                            : m->area[i - 3 - MODEL_PAGES].end + 1;
        if (at < from)
            continue;
        at = at % step ? at - at % step + step : at;
        if (at < from || at + span < at || !fits(m, in, at, at + span) || (found && best <= at))
            continue;
        best = at;
        found = true;
    }
    *start = best;
    return found ? 0 : -L4_EADDRNOTAVAIL;
}

int model_attach(struct model *m, struct region_attach const *a, unsigned memory, uint64_t *start)
{
    uint32_t known = L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_IN_AREA | L4RE_RM_F_EAGER_MAP
                     | L4RE_RM_F_NO_EAGER_MAP;
    bool search = a->flags & L4RE_RM_F_SEARCH_ADDR, private = a->flags & L4RE_RM_F_PRIVATE;
    struct model_area const *in = NULL;
    uint64_t last, first = a->start - a->start % PAGE, offset = a->offset - a->offset % PAGE;

    if ((a->flags & known) != a->flags || (search && (a->align < 12 || a->align > 47)) || !bytes(a->start, a->size, &last))
        return -L4_EINVAL;
    last = last - last % PAGE + (PAGE - 1);
    uint64_t span = last - first;
    if (offset + span < offset)
        return -L4_EINVAL;
    for (unsigned right = 1; a->has_memory && right < 8; right <<= 1)
        if ((a->flags & right) && !(a->rights & right) && !(private && right == L4RE_RM_F_W))
            return -L4_EPERM;
    if (a->flags & L4RE_RM_F_IN_AREA) {
        in = area_at(m, a->start);
        if (!in)
            return -L4_EADDRNOTAVAIL;
    }
    *start = first;
    if (search ? lowest(m, in, a->align, span, start) < 0 : !fits(m, in, first, last))
        return -L4_EADDRNOTAVAIL;
    if (m->full && model_count(m) == m->region_room)
        return -L4_ENOMEM;
    m->pieces++;
    for (unsigned p = 0; p <= span / PAGE; p++)
        m->page[page_of(m, *start) + p] = (struct model_page){
            m->pieces, memory, offset + p * PAGE, a->has_memory ? a->client_cap : L4_INVALID_CAP,
            a->flags & L4RE_RM_F_REGION_FLAGS};
    return 0;
}

int model_detach(struct model *m, uint64_t start, uint64_t size, unsigned flags, struct model_page *gone, uint64_t *gone_size,
                 uint64_t *gone_start)
{
    uint64_t last;
    unsigned piece = 0, left = 0, taken = 0, first_taken = 0;
    bool head = false, tail = false, again = false, in[MODEL_PAGES];

    if (!bytes(start, size, &last))
        return -L4_EINVAL;
    for (unsigned p = 0; p < MODEL_PAGES; p++) {
        uint64_t addr = m->base + p * PAGE;
        in[p] = addr <= last && addr + (PAGE - 1) >= start;
        if (in[p] && m->page[p].piece && !piece)
            piece = m->page[p].piece;
    }
    if (!piece)
        return -L4_ENOENT;
    for (unsigned p = 0; p < MODEL_PAGES; p++) {
        bool mine = m->page[p].piece == piece, take = mine && (in[p] || (flags & L4RE_RM_DETACH_OVERLAP));
        again |= in[p] && m->page[p].piece && !take;
        head |= mine && !take && !taken;
        tail |= mine && !take && taken;
        if (take && !taken++)
            first_taken = p;
    }
    left = head + tail;
    if (left == 2 && m->full && model_count(m) == m->region_room)
        return -L4_ENOMEM;
    *gone = m->page[first_taken];
    *gone_start = m->base + first_taken * PAGE;
    *gone_size = taken * PAGE;
    m->pieces++;
    for (unsigned p = 0; p < MODEL_PAGES; p++) {
        if (p >= first_taken && p < first_taken + taken)
            m->page[p] = (struct model_page){0};
        else if (p > first_taken && m->page[p].piece == piece)
            m->page[p].piece = m->pieces;
    }
    return (left == 0 ? L4RE_RM_DETACHED_DS : left == 1 ? L4RE_RM_KEPT_DS : L4RE_RM_SPLIT_DS)
           | (again ? L4RE_RM_DETACH_AGAIN : 0);
}

int model_reserve(struct model *m, uint64_t *start, uint64_t size, uint32_t flags, unsigned align)
{
    uint32_t known = L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_ATTACH_FLAGS;
    bool search = flags & L4RE_RM_F_SEARCH_ADDR;
    uint64_t last, at = *start;

    if ((flags & known) != flags)
        return -L4_EINVAL;
    if (!bytes(at, size, &last) || (search && align > 47))
        return -L4_EADDRNOTAVAIL;
    if (search ? lowest(m, NULL, align, size - 1, &at) < 0 : !fits(m, NULL, at, last))
        return -L4_EADDRNOTAVAIL;
    if (m->full && m->areas == m->area_room)
        return -L4_ENOMEM;
    m->area[m->areas++] = (struct model_area){at, at + (size - 1), flags & L4RE_RM_F_REGION_FLAGS};
    *start = at;
    return 0;
}

int model_free_area(struct model *m, uint64_t addr)
{
    struct model_area const *a = area_at(m, addr);

    if (!a)
        return -L4_ENOENT;
    m->area[a - m->area] = m->area[--m->areas];
    return 0;
}

static bool begins_piece(struct model const *m, unsigned p)
{
    return m->page[p].piece && (p == 0 || m->page[p - 1].piece != m->page[p].piece);
}

unsigned model_count(struct model const *m)
{
    unsigned n = 0;

    for (unsigned p = 0; p < MODEL_PAGES; p++)
        n += begins_piece(m, p);
    return n;
}

unsigned model_references(struct model const *m, unsigned memory)
{
    unsigned n = 0;

    for (unsigned p = 0; p < MODEL_PAGES; p++)
        n += begins_piece(m, p) && m->page[p].memory == memory;
    return n;
}

static char const *compare_areas(struct model const *m, struct region_list const *l)
{
    if (l->count != m->areas)
        return "number of areas";
    for (unsigned i = 0; i < l->count; i++) {
        struct model_area const *a = area_at(m, l->r[i].start);
        if (!a || a->start != l->r[i].start || a->end != l->r[i].end || a->flags != l->r[i].flags)
            return "area";
        if (i && l->r[i - 1].end >= l->r[i].start)
            return "order of areas";
    }
    return NULL;
}

char const *model_compare(struct model const *m, struct region_map const *map, unsigned (*number_of)(void const *memory))
{
    unsigned i = 0;

    for (unsigned p = 0; p < MODEL_PAGES; p++) {
        struct model_page const *e = &m->page[p];
        uint64_t addr = m->base + p * PAGE;
        struct region const *r = i < map->regions.count ? &map->regions.r[i] : NULL;
        bool ends = p == MODEL_PAGES - 1 || m->page[p + 1].piece != e->piece;
        if (region_map_find(map, addr + 0x234) != (e->piece ? r : NULL))
            return "a page's region";
        if (!e->piece)
            continue;
        if (begins_piece(m, p) && (r->start != addr || r->offset != e->offset))
            return "start or offset";
        if (r->offset + (addr - r->start) != e->offset || r->flags != e->flags || r->client_cap != e->client_cap
            || number_of(r->memory) != e->memory)
            return "what a region is";
        if (ends && r->end != addr + (PAGE - 1))
            return "end";
        i += ends;
    }
    return i != map->regions.count ? "number of regions" : compare_areas(m, &map->areas);
}
