// SPDX-License-Identifier: MIT
// What a descriptor chain of the client asks for: read once, checked, and put in terms of the disk. Memory logic, no IPC.
#pragma once

#include <l4/block/disk.h>
#include <l4/block/virtio_blk.h>

// Header and status may each be in a segment of their own; and where two regions of the driver's memory adjoin, a buffer across
// that seam is two segments, of which the driver knows nothing.
enum { REQUEST_DATA_SEGS = 64, REQUEST_SEAMS = 4, REQUEST_SEGS = 2 + REQUEST_DATA_SEGS + REQUEST_SEAMS };

// What a client may reach of a disk: all of it, or a partition.
struct block_area {
    uint64_t first, sectors;
    bool read_only;
};

struct blk_request {
    struct block_request r;
    struct vq_chain chain;
    struct vq_seg segs[REQUEST_SEGS];
    struct vq_seg status;     // the byte that gets the result
    uint32_t used;            // bytes written to the chain when all goes well
};

enum blk_verdict {
    BLK_SUBMIT,               // r is for the disk
    BLK_ANSWER,               // done already, see *status
    BLK_BROKEN,               // no chain that could be answered: the queue is broken
};

// Before vq_pop().
static inline void blk_request_init(struct blk_request *q)
{
    q->chain.seg = q->segs;
    q->chain.limit = REQUEST_SEGS;
}

// The chain that was popped into q->chain. `features`: those that the driver accepted.
enum blk_verdict blk_request_parse(struct blk_request *q, struct disk const *d, struct block_area const *a, uint64_t features,
                                   enum block_status *status);

// Writes the result into the client's memory. Returns the used length; what is gone is no error here.
uint32_t blk_request_finish(struct blk_request *q, enum block_status status);
