// SPDX-License-Identifier: MIT
#include "memory/place.h"

// Makes room at index i (count > 0) or closes a gap there (count < 0).
static void shift(struct place *p, unsigned i, int count)
{
    if (count > 0) {
        for (unsigned k = p->num; k > i; k--)
            p->r[k - 1 + (unsigned)count] = p->r[k - 1];
        p->num += (unsigned)count;
    } else if (count < 0) {
        unsigned n = (unsigned)-count;
        for (unsigned k = i; k + n < p->num; k++)
            p->r[k] = p->r[k + n];
        p->num -= n;
    }
}

enum place_result place_add(struct place *p, uint64_t start, uint64_t end)
{
    unsigned i = 0;
    while (i < p->num && p->r[i].end < start)
        i++;
    unsigned last = i; // one behind the ranges that touch the new one
    bool overlap = false;
    struct range sum = {start, end};
    for (; last < p->num && p->r[last].start <= end; last++) {
        overlap |= range_overlaps(p->r[last], (struct range){start, end});
        if (p->r[last].start < sum.start)
            sum.start = p->r[last].start;
        if (p->r[last].end > sum.end)
            sum.end = p->r[last].end;
    }
    if (last == i) {
        if (p->num == PLACE_MAX)
            return PLACE_FULL;
        shift(p, i, 1);
    } else {
        shift(p, i + 1, -(int)(last - i - 1));
    }
    p->r[i] = sum;
    return overlap ? PLACE_OVERLAP : PLACE_OK;
}

bool place_remove(struct place *p, uint64_t start, uint64_t end)
{
    if (start >= end)
        return true;
    for (unsigned i = 0; i < p->num;) {
        struct range *r = &p->r[i];
        if (!range_overlaps(*r, (struct range){start, end})) {
            i++;
        } else if (start <= r->start && r->end <= end) {
            shift(p, i, -1);
        } else if (start <= r->start) {
            r->start = end;
            i++;
        } else if (r->end <= end) {
            r->end = start;
            i++;
        } else { // the only case that needs room, and then it is the only range concerned
            if (p->num == PLACE_MAX)
                return false;
            shift(p, i + 1, 1);
            p->r[i + 1] = (struct range){end, p->r[i].end};
            p->r[i].end = start;
            return true;
        }
    }
    return true;
}

bool place_contains(struct place const *p, uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < p->num; i++)
        if (p->r[i].start <= start && end <= p->r[i].end)
            return true;
    return false;
}

bool place_take(struct place *p, uint64_t size, uint64_t align, uint64_t limit, uint64_t *start)
{
    for (unsigned i = 0; i < p->num; i++) {
        uint64_t s = p->r[i].start + (align - 1);
        uint64_t end = p->r[i].end < limit ? p->r[i].end : limit;
        if (s < p->r[i].start)
            return false; // wrapped
        s = round_down(s, align);
        if (s < end && end - s >= size && place_remove(p, s, s + size)) {
            *start = s;
            return true;
        }
    }
    return false;
}

uint64_t place_total(struct place const *p)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < p->num; i++)
        sum += range_size(p->r[i]);
    return sum;
}

void place_limit(struct place *p, uint64_t bytes)
{
    for (unsigned i = 0; i < p->num; i++) {
        uint64_t size = range_size(p->r[i]);
        if (size < bytes) {
            bytes -= size;
            continue;
        }
        p->r[i].end = p->r[i].start + bytes;
        p->num = bytes ? i + 1 : i;
        return;
    }
}
