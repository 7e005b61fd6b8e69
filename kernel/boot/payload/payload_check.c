// SPDX-License-Identifier: MIT
#include "payload/payload_check.h"

#include <string.h>

#define FILE_MAX (1ull << 40)

struct payload_record const *payload_records(void const *payload)
{
    struct payload_header const *h = payload;
    return (struct payload_record const *)((char const *)payload + h->records);
}

char const *payload_string(void const *payload, uint32_t offset)
{
    return (char const *)payload + offset;
}

static bool inside(uint64_t start, uint64_t size, uint64_t whole)
{
    return start <= whole && size <= whole - start;
}

static bool is_string(struct payload_header const *h, uint32_t offset)
{
    return offset >= h->strings && offset - h->strings < h->strings_size;
}

static char const *check_record(struct payload_header const *h, struct payload_record const *r)
{
    if (r->type > PAYLOAD_ROOT)
        return "is of unknown type";
    if (r->compression > PAYLOAD_GZIP)
        return "is compressed in an unknown way";
    if (r->offset % PAYLOAD_ALIGN || !inside(r->offset, r->size, h->size) ||
        r->full_size > FILE_MAX)
        return "lies outside the image";
    if (r->compression == PAYLOAD_RAW && r->size != r->full_size)
        return "has two different sizes";
    if (!is_string(h, r->name) || !is_string(h, r->cmdline))
        return "has no name";
    return 0;
}

static char const *check_frame(struct payload_header const *h, uint64_t space, payload_crc32 *crc32)
{
    if (h->magic != PAYLOAD_MAGIC)
        return "no modules behind boot: was the image made by the image tool?";
    if (h->version != PAYLOAD_VERSION)
        return "the modules are in a format of another version";
    if (h->size > space)
        return "the image is cut short";
    uint64_t records = (uint64_t)h->count * sizeof(struct payload_record);
    if (h->records % 8 || !inside(h->records, records, h->size) || !h->strings_size ||
        !inside(h->strings, h->strings_size, h->size) || h->records < sizeof *h ||
        h->strings != h->records + records ||
        ((char const *)h)[(uint64_t)h->strings + h->strings_size - 1] || !is_string(h, h->cmdline) ||
        !is_string(h, h->uart))
        return "the module table is damaged";
    struct payload_header copy = *h;
    copy.header_crc32 = 0;
    uint32_t crc = crc32(0, &copy, sizeof copy);
    crc = crc32(crc, (char const *)h + sizeof copy, h->strings + h->strings_size - sizeof copy);
    return crc == h->header_crc32 ? 0 : "the module table is damaged (checksum)";
}

char const *payload_check(void const *payload, uint64_t space, payload_crc32 *crc32, int *which)
{
    struct payload_header const *h = payload;
    *which = -1;
    if (space < sizeof *h)
        return "no modules behind boot: was the image made by the image tool?";
    char const *wrong = check_frame(h, space, crc32);
    for (uint32_t i = 0; !wrong && i < h->count; i++) {
        *which = (int)i;
        wrong = check_record(h, &payload_records(payload)[i]);
    }
    return wrong;
}
