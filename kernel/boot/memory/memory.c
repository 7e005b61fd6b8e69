// SPDX-License-Identifier: MIT
#include "boot.h"
#include "report.h"

static void take_out(struct boot *b, struct range r)
{
    if (!place_remove(&b->free, r.start, r.end))
        report_stop("the memory map has too many pieces (more than %u)", PLACE_MAX);
}

static void note_overlap(struct boot *b, struct machine_reserved const *r)
{
    if (r->no_map && range_overlaps(r->range, b->image))
        report_note("boot was loaded into reserved memory 0x%llx..0x%llx",
                    (unsigned long long)r->range.start, (unsigned long long)r->range.end - 1);
}

struct range boot_take(struct boot *b, uint64_t size, uint64_t align, char const *what)
{
    uint64_t start;
    size = round_up(size ? size : 1, PAGE_SIZE);
    if (!place_take(&b->free, size, align, MACHINE_MAX_PA, &start))
        report_stop("no room for %s: %llu KiB in one piece; %llu KiB are free in all", what,
                    (unsigned long long)size >> 10,
                    (unsigned long long)place_total(&b->free) >> 10);
    return (struct range){start, start + size};
}

void boot_prepare_memory(struct boot *b)
{
    struct machine *m = &b->machine;
    b->free = m->ram;
    for (unsigned i = 0; i < m->num_reserved; i++) {
        take_out(b, m->reserved[i].range);
        note_overlap(b, &m->reserved[i]);
    }
    take_out(b, (struct range){0, PAGE_SIZE}); // a null pointer shall stay one
    if (!place_contains(&m->ram, b->image.start, b->image.end))
        report_note("boot runs at 0x%llx..0x%llx, not all of which is memory",
                    (unsigned long long)b->image.start, (unsigned long long)b->image.end - 1);
    take_out(b, b->image);
    take_out(b, b->tree);

    // Only what is free gets mapped: the CPU may read ahead wherever there is a mapping.
    for (unsigned i = 0; i < b->free.num; i++)
        if (!page_table_map(&b->map, b->free.r[i].start, b->free.r[i].start,
                            range_size(b->free.r[i]), PAGE_DATA))
            report_stop("the memory map has too many odd pieces for boot's page tables");
    asm volatile("dsb sy; isb" ::: "memory");
}
