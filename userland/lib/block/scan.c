// SPDX-License-Identifier: MIT
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/sys/err.h>

enum { WAIT_MS = 100, PATIENCE = 100 };

struct scan {
    struct block_request r; // the first member
    struct vq_seg seg;
    struct disk *disk;
    bool unanswered;        // the disk may still write into the buffer
    bool ended;
    enum block_status status;
    uint8_t buffer[SCAN_BLOCK_MAX];
};

static void ended(struct block_request *r, enum block_status status)
{
    struct scan *s = (struct scan *)r;
    s->ended = true;
    s->status = status;
}

static bool read_blocks(void *ctx, uint64_t sector, void *to, unsigned count)
{
    struct scan *s = ctx;
    struct disk *d = s->disk;
    if (s->unanswered)
        return false;
    s->ended = false;
    s->seg = (struct vq_seg){ .ptr = s->buffer, .len = count * BLOCK_SECTOR };
    s->r = (struct block_request){
        .op = BLOCK_READ, .sector = sector, .count = count, .seg = &s->seg, .segs = 1, .done = ended,
    };
    if (!d->ops->submit(d, &s->r))
        return false;
    for (unsigned i = 0; !s->ended && d->ops->wait && i < PATIENCE; i++)
        d->ops->wait(d, WAIT_MS);
    if (!s->ended) {
        s->r.dead = true;
        s->unanswered = true;
        return false;
    }
    if (s->status != BLOCK_OK)
        return false;
    memcpy(to, s->buffer, (size_t)count * BLOCK_SECTOR);
    return true;
}

int scan_disk(struct disk *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    struct scan *s = calloc(1, sizeof(*s));
    struct disk_reader const reader = { .sectors = d->sectors, .block = d->block, .read = read_blocks, .ctx = s };
    *t = (struct partition_table){ 0 };
    if (!s) {
        snprintf(why, PARTITION_WHY_MAX, "no memory to read it");
        return -L4_ENOMEM;
    }
    s->disk = d;
    int r = partition_table_read(&reader, t, why);
    if (!s->unanswered) // else it stays the disk's
        free(s);
    return r;
}
