// SPDX-License-Identifier: MIT
// The queue of a virtio entropy device (virtio 1.2, section 5.4): its driver gives buffers, which come back filled.
#pragma once

#include <l4/virtqueue/virtqueue.h>

enum {
    ENTROPY_QUEUE_SIZE = 16, // also the number of buffers that are filled in one go
    ENTROPY_PIECE = 256,     // bytes that a buffer gets at most, which may be less than it has room for
};

enum entropy_outcome { ENTROPY_IDLE = 0, ENTROPY_LATER = 1, ENTROPY_SIGNAL = 2, ENTROPY_BROKEN = 4 };

struct entropy_from {
    // Fills all of it: 0; or negative, nothing now.
    int (*get)(void *ctx, void *to, unsigned size);
    void *ctx;
};

// Fills the buffers that are there. Returns a set of enum entropy_outcome: LATER: there are more; SIGNAL: the driver wants an
// interrupt; BROKEN: the queue says why.
unsigned entropy_queue_fill(struct vq_dev *q, struct entropy_from const *from);
