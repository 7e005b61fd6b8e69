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

uint64_t ram_map_end(struct ram_map const *m)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < m->count; i++)
        if (m->region[i].gpa + m->region[i].size > end)
            end = m->region[i].gpa + m->region[i].size;
    return end;
}

// Takes [start, end), which lies in it, out of a free piece. When the table has no room for the two
// pieces that are left, the smaller one is given up: it is free, but nobody will know.
static void cut(struct ram_map *m, unsigned i, uint64_t start, uint64_t end)
{
    struct ram_free low = {m->free[i].start, start}, high = {end, m->free[i].end};
    bool has_low = low.start < low.end, has_high = high.start < high.end;
    if (!has_low && !has_high) {
        m->free[i] = m->free[--m->num_free];
    } else if (has_low && has_high && m->num_free < RAM_MAX_FREE) {
        m->free[i] = low;
        m->free[m->num_free++] = high;
    } else {
        m->free[i] = low.end - low.start > high.end - high.start ? low : high;
    }
}

bool ram_map_reserve(struct ram_map *m, uint64_t start, uint64_t size)
{
    uint64_t end = start + size;
    if (!size || end < start)
        return false;
    for (unsigned i = 0; i < m->num_free; i++)
        if (start >= m->free[i].start && end <= m->free[i].end) {
            cut(m, i, start, end);
            return true;
        }
    return false;
}

void ram_map_exclude(struct ram_map *m, uint64_t start, uint64_t size)
{
    uint64_t end = start + size < start ? ~0ull : start + size;
    for (unsigned i = m->num_free; i-- > 0;) { // what cut() appends or moves has been looked at
        uint64_t from = start > m->free[i].start ? start : m->free[i].start;
        uint64_t to = end < m->free[i].end ? end : m->free[i].end;
        if (from < to)
            cut(m, i, from, to);
    }
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

bool ram_map_lowest(struct ram_map const *m, uint64_t size, uint64_t align, uint64_t offset,
                    uint64_t *start)
{
    uint64_t lowest = ram_map_start(m) + offset;
    bool found = false;
    if (lowest < offset || !size)
        return false;
    for (unsigned i = 0; i < m->num_free; i++) {
        uint64_t from = m->free[i].start > lowest ? m->free[i].start : lowest;
        uint64_t at = ((from - offset + align - 1) & ~(align - 1)) + offset;
        if (at < from || at > m->free[i].end || size > m->free[i].end - at)
            continue;
        if (!found || at < *start)
            *start = at;
        found = true;
    }
    return found;
}

uint64_t ram_map_room(struct ram_map const *m, uint64_t start)
{
    for (unsigned i = 0; i < m->num_free; i++)
        if (start >= m->free[i].start && start < m->free[i].end)
            return m->free[i].end - start;
    return 0;
}

uint64_t ram_map_total(struct ram_map const *m)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < m->count; i++)
        total += m->region[i].boot ? m->region[i].size : 0;
    return total;
}

uint64_t ram_map_largest(struct ram_map const *m)
{
    uint64_t largest = 0;
    for (unsigned i = 0; i < m->num_free; i++)
        if (m->free[i].end - m->free[i].start > largest)
            largest = m->free[i].end - m->free[i].start;
    return largest;
}
