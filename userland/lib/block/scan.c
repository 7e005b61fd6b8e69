// SPDX-License-Identifier: MIT
#include "scan.h"

#include <string.h>

enum { WAIT_MS = 100, PATIENCE = 100 };

// Both stay when the disk does not answer: it may do so later.
static struct scan_request {
    struct block_request r;
    struct vq_seg seg;
    bool ended;
    enum block_status status;
} request;
static uint8_t buffer[SCAN_BLOCK_MAX];
static bool unanswered; // by a disk that may still write into the buffer

static void ended(struct block_request *r, enum block_status status)
{
    struct scan_request *s = (struct scan_request *)r;
    s->ended = true;
    s->status = status;
}

static bool read_blocks(void *ctx, uint64_t sector, void *to, unsigned count)
{
    struct disk *d = ctx;
    if (unanswered)
        return false;
    request = (struct scan_request){
        .r = { .op = BLOCK_READ, .sector = sector, .count = count, .seg = &request.seg, .segs = 1, .done = ended },
        .seg = { .ptr = buffer, .len = count * BLOCK_SECTOR },
    };
    if (!d->ops->submit(d, &request.r))
        return false;
    for (unsigned i = 0; !request.ended && d->ops->wait && i < PATIENCE; i++)
        d->ops->wait(d, WAIT_MS);
    if (!request.ended) {
        request.r.dead = true;
        unanswered = true;
        return false;
    }
    if (request.status != BLOCK_OK)
        return false;
    memcpy(to, buffer, (size_t)count * BLOCK_SECTOR);
    return true;
}

int scan_disk(struct disk *d, struct partition_table *t, char why[PARTITION_WHY_MAX])
{
    struct disk_reader const reader = { .sectors = d->sectors, .block = d->block, .read = read_blocks, .ctx = d };
    return partition_table_read(&reader, t, why);
}
