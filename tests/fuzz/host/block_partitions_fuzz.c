// SPDX-License-Identifier: MIT
// Tables of partitions as anybody could write them, with checksums that are right where that leads further. What is accepted
// lies on the disk, nothing on another one, and has names that can be shown.
#include "block_partitions_test.c"

#include "input.h"

enum { STEPS = 64, BIG_BLOCKS = 1, SEAL_ENTRIES = 2, SEAL_FIRST = 4, SEAL_LAST = 8, FAILS = 16 };

static unsigned a_sector(struct input *in)
{
    unsigned const form = in_u8(in), per = block / BLOCK_SECTOR;
    return form & 1 ? 0 : form & 2 ? (form >> 2) * per : form & 4 ? SECTORS - 1 - (form >> 3) : in_u16(in) % SECTORS;
}

static void an_mbr_entry(struct input *in)
{
    static uint8_t const types[] = { 0, 0x83, 0x05, 0x0f, 0x85, 0x0c, 0xee };
    unsigned const sector = a_sector(in), form = in_u8(in);
    uint64_t const first = in_number(in), sectors = in_number(in);
    mbr_set(sector, form & 3, types[(form >> 2) % sizeof(types)], first, sectors);
    image[sector * BLOCK_SECTOR + 446 + (form & 3) * 16] = form & 0x80 ? 0x80 : form & 0x40;
}

// What looks like the begin of an ext file system.
static void a_label(struct input *in)
{
    uint8_t *super = image + a_sector(in) * BLOCK_SECTOR;
    put(super + 56, 0xef53, 2);
    in_bytes(in, super + 120, in_below(in, 17));
}

static void a_gpt_entry(struct input *in)
{
    unsigned const i = in_below(in, ENTRIES);
    uint64_t const first = in_number(in), last = in_number(in);
    gpt_set(i, first, last, "");
    in_bytes(in, gpt_entry(i) + 56, in_below(in, 73));
}

// A field of a header, right or wrong.
static void a_gpt_field(struct input *in)
{
    static struct {
        uint8_t at, bytes;
    } const fields[] = { { 12, 4 }, { 24, 8 }, { 72, 8 }, { 80, 4 }, { 84, 4 }, { 88, 4 } };
    uint8_t *h = in_u8(in) & 1 ? image + BYTES - block : image + block;
    unsigned const i = in_below(in, sizeof(fields) / sizeof(fields[0]));
    put(h + fields[i].at, in_number(in), fields[i].bytes);
}

static void a_gpt_header(struct input *in)
{
    gpt_seal_at(in_u8(in) & 1 ? BYTES / block - 1 : 1);
}

static void some_bytes(struct input *in)
{
    unsigned const sector = a_sector(in), at = in_u16(in) % BLOCK_SECTOR, n = in_below(in, 65);
    in_bytes(in, image + sector * BLOCK_SECTOR + at, n < BLOCK_SECTOR - at ? n : BLOCK_SECTOR - at);
}

static uint32_t get(uint8_t const *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

// The checksums of a header of any contents.
static void seal(uint8_t *h, bool entries)
{
    uint32_t const size = get(h + 12), number = get(h + 80), each = get(h + 84);
    uint64_t const at = (uint64_t)get(h + 72) * block;
    if (entries && number <= 2000 && each <= 1024 && at + number * each <= BYTES)
        put(h + 88, crc32(0, image + at, number * each), 4);
    put(h + 16, 0, 4);
    if (size <= BLOCK_SECTOR)
        put(h + 16, crc32(0, h, size), 4);
}

static void check_label(char const *s)
{
    for (uint8_t const *p = (uint8_t const *)s; *p; p++) {
        ck_assert(*p >= 0x20 && *p != 0x7f);
        if (*p < 0x80)
            continue;
        unsigned const more = *p >= 0xe0 ? 2 : 1;
        ck_assert(*p >= 0xc2 && *p < 0xf0 && !(*p == 0xc2 && p[1] < 0xa0) && !(*p == 0xed && p[1] >= 0xa0));
        for (unsigned i = 1; i <= more; i++)
            ck_assert_uint_eq(p[i] & 0xc0, 0x80);
        p += more;
    }
}

static void check_table(void)
{
    for (unsigned i = 0; i < t.count; i++) {
        struct partition const *p = &t.part[i];
        ck_assert(p->sectors && p->first < SECTORS && p->sectors <= SECTORS - p->first);
        ck_assert(p->first % (block / BLOCK_SECTOR) == 0 && p->sectors % (block / BLOCK_SECTOR) == 0);
        ck_assert(p->number && p->number <= PARTITIONS_MAX && (!i || p->number > t.part[i - 1].number));
        ck_assert(strlen(p->uuid) == 11 || strlen(p->uuid) == PARTITION_UUID_MAX);
        check_label(p->label);
        for (unsigned k = 0; k < i; k++)
            ck_assert(p->first >= t.part[k].first + t.part[k].sectors || t.part[k].first >= p->first + p->sectors);
    }
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    static void (*const steps[])(struct input *) = {
        an_mbr_entry, a_label, a_gpt_entry, a_gpt_field, a_gpt_header, some_bytes,
    };
    struct input in = input_of(data, size);
    uint8_t const how = in_u8(&in);
    begin(how & BIG_BLOCKS ? BIG : BLOCK_SECTOR);
    if (how & FAILS)
        fails_at = a_sector(&in);
    for (unsigned n = 0; in_more(&in) && n < STEPS; n++)
        steps[in_below(&in, sizeof(steps) / sizeof(steps[0]))](&in);
    if (how & SEAL_FIRST)
        seal(image + block, how & SEAL_ENTRIES);
    if (how & SEAL_LAST)
        seal(image + BYTES - block, how & SEAL_ENTRIES);
    if (read_table() < 0)
        ck_assert(*why && !t.part && !t.count);
    check_table();
    partition_table_free(&t);
    return 0;
}
