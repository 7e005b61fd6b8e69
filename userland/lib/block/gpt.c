// SPDX-License-Identifier: MIT
// UEFI 2.10, 5.3: the header is in block 1 and, should that be damaged, in the disk's last one.
#include "partition.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <l4/sys/err.h>

enum { HEADER_MIN = 92, ENTRY_MIN = 128, ENTRY_LIMIT = BLOCK_SECTOR, LABEL_CHARS = 36, BLOCKS_MAX = 4096 / BLOCK_SECTOR };

struct gpt {
    uint64_t entries_at;      // block
    uint32_t entries, entry_size, entries_crc;
};

static uint64_t get64(uint8_t const *p)
{
    return table_get32(p) | (uint64_t)table_get32(p + 4) << 32;
}

static uint64_t blocks(struct disk_reader const *d)
{
    return d->sectors / (d->block / BLOCK_SECTOR);
}

// A header at block `at`: 1 and *g, 0 there is none, negative with `why`.
static int read_header(struct disk_reader const *d, uint64_t at, struct gpt *g, char why[PARTITION_WHY_MAX])
{
    uint8_t h[BLOCK_SECTOR];
    if (!disk_read_sector(d, at * (d->block / BLOCK_SECTOR), h)) {
        snprintf(why, PARTITION_WHY_MAX, "block %llu cannot be read", (unsigned long long)at);
        return -L4_EIO;
    }
    if (memcmp(h, "EFI PART", 8))
        return 0;
    uint32_t size = table_get32(h + 12), crc = table_get32(h + 16);
    char const *wrong = NULL;
    memset(h + 16, 0, 4);
    if (size < HEADER_MIN || size > BLOCK_SECTOR)
        wrong = "a size that is not possible";
    else if (crc32(0, h, size) != crc)
        wrong = "a wrong checksum";
    else if (get64(h + 24) != at)
        wrong = "the number of another block";
    if (wrong) {
        snprintf(why, PARTITION_WHY_MAX, "the GPT header in block %llu has %s", (unsigned long long)at, wrong);
        return -L4_EINVAL;
    }
    *g = (struct gpt){ .entries_at = get64(h + 72), .entries = table_get32(h + 80), .entry_size = table_get32(h + 84),
                       .entries_crc = table_get32(h + 88) };
    return 1;
}

static char const *wrong_entries(struct disk_reader const *d, struct gpt const *g)
{
    if (g->entry_size < ENTRY_MIN || g->entry_size > ENTRY_LIMIT || g->entry_size & (g->entry_size - 1))
        return "entries of a size that is not possible";
    if (g->entries > PARTITIONS_MAX)
        return "more than 1024 entries";
    uint64_t need = ((uint64_t)g->entries * g->entry_size + d->block - 1) / d->block;
    if (g->entries_at < 2 || g->entries_at >= blocks(d) || need > blocks(d) - g->entries_at)
        return "entries that do not lie on the disk";
    return NULL;
}

enum { MORE_BITS = 6, MORE_MASK = (1 << MORE_BITS) - 1 }; // in each byte of UTF-8 but the first

// UTF-16 to UTF-8; what is no character, or one that a terminal obeys, becomes '?'.
static void get_label(uint8_t const *p, char *to)
{
    for (unsigned i = 0; i < LABEL_CHARS; i++, p += 2) {
        uint32_t c = (uint32_t)p[0] | (uint32_t)p[1] << 8;
        if (!c)
            break;
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))
            c = '?';
        if (c < 0x80) {
            *to++ = (char)c;
        } else if (c < 0x800) {
            *to++ = (char)(0xc0 | c >> MORE_BITS);
            *to++ = (char)(0x80 | (c & MORE_MASK));
        } else {
            *to++ = (char)(0xe0 | c >> 2 * MORE_BITS);
            *to++ = (char)(0x80 | (c >> MORE_BITS & MORE_MASK));
            *to++ = (char)(0x80 | (c & MORE_MASK));
        }
    }
    *to = 0;
}

// The first three fields of a GUID are little endian.
static void get_uuid(uint8_t const *g, char to[PARTITION_UUID_MAX + 1])
{
    snprintf(to, PARTITION_UUID_MAX + 1, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)table_get32(g),
             (unsigned)(g[4] | g[5] << 8), (unsigned)(g[6] | g[7] << 8), g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

static int add_entry(struct disk_reader const *d, struct partition_table *t, unsigned number, uint8_t const *e,
                     char why[PARTITION_WHY_MAX])
{
    static uint8_t const unused[16];
    if (!memcmp(e, unused, sizeof(unused)))
        return 0;
    uint64_t first = get64(e + 32), last = get64(e + 40), per = d->block / BLOCK_SECTOR;
    if (first > last || last >= blocks(d)) {
        snprintf(why, PARTITION_WHY_MAX, "partition %u does not lie on the disk", number);
        return -L4_EINVAL;
    }
    struct partition p = { .number = number, .first = first * per, .sectors = (last - first + 1) * per };
    get_uuid(e + 16, p.uuid);
    get_label(e + 56, p.label);
    return partition_add(t, &p, why);
}

static int read_entries(struct disk_reader const *d, struct gpt const *g, struct partition_table *t,
                        char why[PARTITION_WHY_MAX])
{
    char const *wrong = wrong_entries(d, g);
    uint8_t sector[BLOCK_SECTOR];
    unsigned const per = wrong ? 1 : BLOCK_SECTOR / g->entry_size;
    unsigned long crc = 0;
    for (unsigned i = 0; !wrong && i < g->entries; i++) {
        if (i % per == 0) {
            uint64_t at = g->entries_at * (d->block / BLOCK_SECTOR) + i / per;
            if (!disk_read_sector(d, at, sector)) {
                snprintf(why, PARTITION_WHY_MAX, "the GPT entry %u cannot be read", i + 1);
                return -L4_EIO;
            }
        }
        uint8_t const *e = sector + i % per * g->entry_size;
        crc = crc32(crc, e, g->entry_size);
        int r = add_entry(d, t, i + 1, e, why);
        if (r < 0)
            return r;
    }
    if (!wrong && crc != g->entries_crc)
        wrong = "entries with a wrong checksum";
    if (!wrong)
        return 1;
    snprintf(why, PARTITION_WHY_MAX, "the GPT has %s", wrong);
    return -L4_EINVAL;
}

static int read_at(struct disk_reader const *d, uint64_t at, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    struct gpt g;
    int r = read_header(d, at, &g, why);
    if (r > 0)
        r = read_entries(d, &g, t, why);
    if (r <= 0)
        partition_table_free(t);
    return r;
}

int gpt_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    char second[PARTITION_WHY_MAX];
    if (blocks(d) < 3)
        return 0;
    int r = read_at(d, 1, t, why);
    // Of a disk without any the last block may be anything: it counts only where the first one is damaged.
    if (r >= 0)
        return r;
    return read_at(d, blocks(d) - 1, t, second) > 0 ? 1 : r;
}
