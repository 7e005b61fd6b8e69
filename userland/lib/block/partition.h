// SPDX-License-Identifier: MIT
// The table of partitions of a disk: GPT (UEFI 2.10, section 5.3), else MBR. A disk's contents are as hostile as any guest that
// could write to it: a table with a partition that overlaps another one, leaves the disk or is reached in a circle is refused.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/block/disk.h>

enum { PARTITIONS_MAX = 1024, MBR_PARTITIONS_MAX = 255 };
enum { PARTITION_UUID_MAX = 36, PARTITION_LABEL_MAX = 3 * 36 };

struct partition {
    unsigned number;          // as the table numbers it, from 1
    uint64_t first, sectors;
    char uuid[PARTITION_UUID_MAX + 1];   // lower case; of an MBR "12345678-01"
    char label[PARTITION_LABEL_MAX + 1]; // UTF-8, may be empty
};

struct partition_table {
    struct partition *part;   // malloc'ed, by number
    unsigned count;
};

// How the contents are read: `count` sectors into `to`. False: the disk failed.
struct disk_reader {
    uint64_t sectors;         // of the disk
    uint32_t block;           // bytes: positions and lengths are multiples of it
    bool (*read)(void *ctx, uint64_t sector, void *to, unsigned count);
    void *ctx;
};

enum { PARTITION_WHY_MAX = 120 };

// Reads the table. Returns 0 with *t filled (empty for a disk without a table), or a negative error code and, in `why`, what is
// wrong with it: -L4_EIO (the disk failed), -L4_EINVAL (a table that is refused), -L4_ENOMEM. Then *t is empty.
int partition_table_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX]);
void partition_table_free(struct partition_table *t);

// The two kinds. 1: *t is filled; 0: the disk has no table of that kind; negative as above.
int gpt_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX]);
int mbr_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX]);

// A number of a table, little endian at any address.
static inline uint32_t table_get32(uint8_t const *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// A sector of BLOCK_SECTOR bytes at any position, whatever the size of the disk's own.
bool disk_read_sector(struct disk_reader const *d, uint64_t sector, void *to);

// Adds a partition; `why` and negative if the table is full or there is no memory.
int partition_add(struct partition_table *t, struct partition const *p, char why[PARTITION_WHY_MAX]);
