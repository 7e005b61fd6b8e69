// SPDX-License-Identifier: MIT
#include "boot/ram_map.h"

#include <stddef.h>

int ram_map_add(struct ram_map *m, struct ram_region const *r)
{
    if (m->count == RAM_MAX_REGIONS || (r->boot && m->num_free == RAM_MAX_FREE))
        return -1;
    if (!r->size || r->gpa + r->size < r->gpa || ram_map_overlap(m, r->gpa, r->size))
        return -2;
    m->region[m->count++] = *r;
    if (r->boot)
        m->free[m->num_free++] = (struct ram_free){r->gpa, r->gpa + r->size};
    return 0;
}

struct ram_region const *ram_map_find(struct ram_map const *m, uint64_t gpa, uint64_t size)
{
    for (unsigned i = 0; i < m->count; i++) {
        struct ram_region const *r = &m->region[i];
        if (gpa >= r->gpa && gpa - r->gpa <= r->size && size <= r->size - (gpa - r->gpa))
            return r;
    }
    return NULL;
}

struct ram_region const *ram_map_overlap(struct ram_map const *m, uint64_t start, uint64_t size)
{
    for (unsigned i = 0; i < m->count; i++) {
        struct ram_region const *r = &m->region[i];
        if (start <= r->gpa ? r->gpa - start < size : start - r->gpa < r->size)
            return r;
    }
    return NULL;
}

void *ram_map_host(struct ram_map const *m, uint64_t gpa, uint64_t size)
{
    struct ram_region const *r = ram_map_find(m, gpa, size);
    return r ? r->host + (gpa - r->gpa) : NULL;
}

uint64_t ram_map_start(struct ram_map const *m)
{
    uint64_t start = ~0ull;
    for (unsigned i = 0; i < m->count; i++)
        if (m->region[i].boot && m->region[i].gpa < start)
            start = m->region[i].gpa;
    return start;
}

bool ram_map_reserve(struct ram_map *m, uint64_t start, uint64_t size)
{
    if (!size || start + size < start)
        return false;
    for (unsigned i = 0; i < m->num_free; i++) {
        struct ram_free *f = &m->free[i];
        uint64_t end = start + size;
        if (start < f->start || end > f->end)
            continue;
        if (start == f->start) {
            f->start = end;
        } else if (end == f->end) {
            f->end = start;
        } else {
            if (m->num_free == RAM_MAX_FREE)
                return false;
            m->free[m->num_free++] = (struct ram_free){end, f->end};
            f->end = start;
        }
        return true;
    }
    return false;
}

bool ram_map_alloc_top(struct ram_map *m, uint64_t size, uint64_t align, uint64_t limit,
                       uint64_t *start)
{
    uint64_t best = 0;
    bool found = false;
    for (unsigned i = 0; i < m->num_free; i++) {
        uint64_t end = m->free[i].end < limit ? m->free[i].end : limit;
        if (end < size || !size)
            continue;
        uint64_t at = (end - size) & ~(align - 1);
        if (at >= m->free[i].start && (!found || at > best)) {
            best = at;
            found = true;
        }
    }
    if (!found || !ram_map_reserve(m, best, size))
        return false;
    *start = best;
    return true;
}

uint64_t ram_map_room(struct ram_map const *m, uint64_t start)
{
    for (unsigned i = 0; i < m->num_free; i++)
        if (start >= m->free[i].start && start < m->free[i].end)
            return m->free[i].end - start;
    return 0;
}
