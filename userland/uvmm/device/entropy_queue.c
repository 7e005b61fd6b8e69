// SPDX-License-Identifier: MIT
#include "device/entropy_queue.h"

#include <string.h>

// Segments of a chain: as many as a driver that takes a page for each of its pieces could need.
enum { MAX_SEGS = 2 * ENTROPY_QUEUE_SIZE };

static int break_queue(struct vq_dev *q, int err)
{
    q->broken = err;
    return -1;
}

// 1: filled, 0: there is nothing to fill it with, negative: the queue is broken. A driver gives no buffers for reading
// (virtio 1.2, 5.4.6.1).
static int fill(struct vq_dev *q, struct vq_chain const *chain, struct entropy_from const *from)
{
    uint8_t bytes[ENTROPY_PIECE];
    if (chain->nread || !chain->write_len)
        return break_queue(q, VQ_EBUFFER);
    unsigned const size = chain->write_len < sizeof(bytes) ? (unsigned)chain->write_len : sizeof(bytes);
    if (from->get(from->ctx, bytes, size) < 0) {
        vq_unpop(q, 1);
        return 0;
    }
    long const written = vq_chain_write(chain, 0, bytes, size);
    memset(bytes, 0, sizeof(bytes));
    __asm__ volatile("" : : "r"(bytes) : "memory");
    if (written != (long)size)
        return break_queue(q, VQ_EGONE);
    vq_push(q, chain->head, size);
    return 1;
}

unsigned entropy_queue_fill(struct vq_dev *q, struct entropy_from const *from)
{
    struct vq_seg segs[MAX_SEGS];
    struct vq_chain chain = {.seg = segs, .limit = MAX_SEGS};
    int r = 1;
    if (!vq_dev_ready(q))
        return ENTROPY_IDLE;
    for (unsigned n = 0; r > 0 && n < ENTROPY_QUEUE_SIZE; n++) {
        r = vq_pop(q, &chain);
        if (r > 0)
            r = fill(q, &chain, from);
    }
    unsigned outcome = r > 0 || (!r && vq_notify_enable(q)) ? ENTROPY_LATER : ENTROPY_IDLE;
    if (vq_flush(q))
        outcome |= ENTROPY_SIGNAL;
    return q->broken ? ENTROPY_BROKEN : outcome;
}
