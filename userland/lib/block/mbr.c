// SPDX-License-Identifier: MIT
// The table in a disk's first sector: four entries, of which one may begin a chain of further tables (logical partitions,
// numbered from 5). Positions and lengths are in blocks of the disk.
#include "partition.h"

#include <stdio.h>
#include <string.h>

#include <l4/sys/err.h>

enum { TABLE = 446, ENTRY = 16, PRIMARY = 4, DISK_ID = 440 };
enum { TYPE_NONE = 0, TYPE_EXTENDED = 0x05, TYPE_EXTENDED_LBA = 0x0f, TYPE_EXTENDED_LINUX = 0x85, TYPE_LINUX = 0x83 };
enum { TYPE_GPT = 0xee };
enum { EXT_SUPER = 1024 / BLOCK_SECTOR, EXT_MAGIC_AT = 56, EXT_MAGIC = 0xef53, EXT_LABEL_AT = 120, EXT_VOLUME_MAX = 16 };

struct entry {
    uint8_t status, type;
    uint32_t first, sectors;
};

static struct entry get_entry(uint8_t const *table, unsigned i)
{
    uint8_t const *e = table + TABLE + i * ENTRY;
    return (struct entry){ e[0], e[4], table_get32(e + 8), table_get32(e + 12) };
}

static bool extends(struct entry const *e)
{
    return e->type == TYPE_EXTENDED || e->type == TYPE_EXTENDED_LBA || e->type == TYPE_EXTENDED_LINUX;
}

// The signature alone is that of any boot sector, a FAT file system's for instance.
static bool is_table(uint8_t const *sector)
{
    if (sector[510] != 0x55 || sector[511] != 0xaa)
        return false;
    for (unsigned i = 0; i < PRIMARY; i++)
        if (get_entry(sector, i).status & 0x7f)
            return false;
    return true;
}

// The name of an ext file system; other partitions have none.
static void get_label(struct disk_reader const *d, struct partition *p)
{
    uint8_t super[BLOCK_SECTOR];
    if (p->sectors <= EXT_SUPER || p->first >= d->sectors || !disk_read_sector(d, p->first + EXT_SUPER, super))
        return;
    if ((super[EXT_MAGIC_AT] | super[EXT_MAGIC_AT + 1] << 8) != EXT_MAGIC)
        return;
    for (unsigned i = 0; i < EXT_VOLUME_MAX && super[EXT_LABEL_AT + i]; i++) {
        uint8_t c = super[EXT_LABEL_AT + i];
        p->label[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
}

struct mbr {
    struct disk_reader const *disk;
    struct partition_table *table;
    uint32_t id;
    unsigned per; // sectors of a block
    char *why;
};

static int add(struct mbr *m, unsigned number, struct entry const *e, uint64_t base)
{
    struct partition p = { .number = number, .first = base + (uint64_t)e->first * m->per,
                           .sectors = (uint64_t)e->sectors * m->per };
    snprintf(p.uuid, sizeof(p.uuid), "%08x-%02x", (unsigned)m->id, number);
    if (e->type == TYPE_LINUX)
        get_label(m->disk, &p);
    return partition_add(m->table, &p, m->why);
}

// Each table of the chain has a partition, relative to itself, and perhaps where the next table is, relative to the first one.
static int read_logical(struct mbr *m, uint64_t extended)
{
    uint64_t at = extended;
    for (unsigned number = PRIMARY + 1;; number++) {
        uint8_t sector[BLOCK_SECTOR];
        if (number > MBR_PARTITIONS_MAX) {
            snprintf(m->why, PARTITION_WHY_MAX, "the chain of logical partitions has no end");
            return -L4_EINVAL;
        }
        if (at >= m->disk->sectors || !disk_read_sector(m->disk, at, sector) || !is_table(sector)) {
            snprintf(m->why, PARTITION_WHY_MAX, "there is no table of logical partition %u in sector %llu", number,
                     (unsigned long long)at);
            return -L4_EINVAL;
        }
        struct entry e = get_entry(sector, 0), next = get_entry(sector, 1);
        int r = e.type == TYPE_NONE ? 0 : add(m, number, &e, at);
        if (r < 0 || !extends(&next))
            return r;
        at = extended + (uint64_t)next.first * m->per;
    }
}

int mbr_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    uint8_t sector[BLOCK_SECTOR];
    struct mbr m = { .disk = d, .table = t, .per = d->block / BLOCK_SECTOR, .why = why };
    struct entry extended = { 0 };
    if (!disk_read_sector(d, 0, sector)) {
        snprintf(why, PARTITION_WHY_MAX, "the first sector cannot be read");
        return -L4_EIO;
    }
    if (!is_table(sector))
        return 0;
    m.id = table_get32(sector + DISK_ID);
    for (unsigned i = 0; i < PRIMARY; i++) {
        struct entry e = get_entry(sector, i);
        if (e.type == TYPE_GPT) {
            snprintf(why, PARTITION_WHY_MAX, "the disk is said to have a GPT, and there is none");
            return -L4_EINVAL;
        }
        if (extends(&e) && !extended.type)
            extended = e;
        if (e.type == TYPE_NONE || extends(&e))
            continue;
        int r = add(&m, i + 1, &e, 0);
        if (r < 0)
            return r;
    }
    int r = extended.type ? read_logical(&m, (uint64_t)extended.first * m.per) : 0;
    return r < 0 ? r : 1;
}
