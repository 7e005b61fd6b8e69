// SPDX-License-Identifier: MIT
#include "partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/sys/err.h>

enum { BLOCK_BYTES_MAX = 4096 };

bool disk_read_sector(struct disk_reader const *d, uint64_t sector, void *to)
{
    static uint8_t block[BLOCK_BYTES_MAX]; // one thread, and nobody keeps it
    unsigned per = d->block / BLOCK_SECTOR;
    if (sector >= d->sectors || d->block > BLOCK_BYTES_MAX)
        return false;
    uint64_t first = sector - sector % per;
    if (!d->read(d->ctx, first, block, per))
        return false;
    memcpy(to, block + (sector - first) * BLOCK_SECTOR, BLOCK_SECTOR);
    return true;
}

int partition_add(struct partition_table *t, struct partition const *p, char why[PARTITION_WHY_MAX])
{
    enum { STEP = 16 };
    if (t->count == PARTITIONS_MAX) {
        snprintf(why, PARTITION_WHY_MAX, "more than %d partitions", PARTITIONS_MAX);
        return -L4_EINVAL;
    }
    if (t->count % STEP == 0) {
        struct partition *more = realloc(t->part, (t->count + STEP) * sizeof(*more));
        if (!more) {
            snprintf(why, PARTITION_WHY_MAX, "no memory for %u partitions", t->count + 1);
            return -L4_ENOMEM;
        }
        t->part = more;
    }
    t->part[t->count++] = *p;
    return 0;
}

void partition_table_free(struct partition_table *t)
{
    free(t->part);
    *t = (struct partition_table){ 0 };
}

static int by_start(void const *a, void const *b)
{
    struct partition const *p = a, *q = b;
    return p->first < q->first ? -1 : p->first > q->first;
}

static int by_number(void const *a, void const *b)
{
    struct partition const *p = a, *q = b;
    return p->number < q->number ? -1 : p->number > q->number;
}

// Each lies on the disk, and none on another one.
static int check(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    uint64_t end = 0;
    if (!t->count) // and no array, which qsort wants
        return 0;
    qsort(t->part, t->count, sizeof(*t->part), by_start);
    for (unsigned i = 0; i < t->count; i++) {
        struct partition const *p = &t->part[i];
        char const *wrong = NULL;
        if (!p->sectors || p->first >= d->sectors || p->sectors > d->sectors - p->first)
            wrong = "does not lie on the disk";
        else if (i && p->first < end)
            wrong = "overlaps another one";
        if (wrong) {
            snprintf(why, PARTITION_WHY_MAX, "partition %u %s", p->number, wrong);
            return -L4_EINVAL;
        }
        end = p->first + p->sectors;
    }
    qsort(t->part, t->count, sizeof(*t->part), by_number);
    return 0;
}

int partition_table_read(struct disk_reader const *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    *t = (struct partition_table){ 0 };
    *why = 0;
    int r = gpt_read(d, t, why);
    if (!r)
        r = mbr_read(d, t, why);
    if (r > 0)
        r = check(d, t, why);
    if (r < 0)
        partition_table_free(t);
    return r;
}
