// SPDX-License-Identifier: MIT
#include "payload/contents.h"

#include "payload/payload_check.h"
#include "payload/unpack.h"
#include "report.h"

#include <string.h>

uint64_t contents_address(struct boot const *b, struct payload_record const *r)
{
    return (uint64_t)(uintptr_t)b->payload + r->offset;
}

void contents_unpack(struct boot *b, struct payload_record const *r, struct range to)
{
    void const *from = address_pointer(contents_address(b, r));
    char const *wrong = NULL;
    if (r->compression == PAYLOAD_RAW)
        memcpy(address_pointer(to.start), from, r->size);
    else
        wrong = unpack_gzip(from, r->size, address_pointer(to.start), r->full_size);
    if (wrong)
        contents_refuse(b, r, wrong);
    memset(address_pointer(to.start + r->full_size), 0, range_size(to) - r->full_size);
}

struct contents contents_open(struct boot *b, struct payload_record const *r)
{
    if (r->compression == PAYLOAD_RAW)
        return (struct contents){address_pointer(contents_address(b, r)), r->size, {0, 0}};
    struct range to = boot_take(b, r->full_size, PAGE_SIZE, payload_string(b->payload, r->name));
    contents_unpack(b, r, to);
    return (struct contents){address_pointer(to.start), r->full_size, to};
}

void contents_drop(struct boot *b, struct contents const *c)
{
    if (c->taken.end && place_add(&b->free, c->taken.start, c->taken.end) == PLACE_FULL)
        report_note("0x%llx..0x%llx stays unused", (unsigned long long)c->taken.start,
                    (unsigned long long)c->taken.end - 1);
}

void contents_refuse(struct boot *b, struct payload_record const *r, char const *wrong)
{
    report_stop("%s %s", payload_string(b->payload, r->name), wrong);
}
