// SPDX-License-Identifier: MIT
// One direction between two network devices that this program drives: the buffers that the one fills with frames are handed to
// the other as they are, and go back when it has sent them. Both use the same memory by the same addresses. No IPC: the caller
// notifies.
#pragma once

#include <l4/net/virtio_net.h>
#include <l4/virtqueue/virtqueue.h>

enum {
    LANE_BUFFERS = 128,    // a power of two
    LANE_BUFFER = 2048,    // bytes: a header, and a frame with VLAN tag
    LANE_MEMORY = LANE_BUFFERS * LANE_BUFFER,
    LANE_TURN = 32,        // frames, before the other direction has its turn
    LANE_FRAME_MIN = 14,   // Ethernet's header
};

// A queue of LANE_BUFFERS entries, or as many as the device takes.
struct lane_queue {
    struct vq_drv drv;
    void *cookies[LANE_BUFFERS];
    uint16_t chain_len[LANE_BUFFERS], next[LANE_BUFFERS];
};

struct lane {
    struct vq_drv *from, *to;
    uint8_t *memory;       // LANE_MEMORY bytes,
    uint64_t address;      // and where both devices see them
    unsigned sending;      // buffers that the sender has
    uint64_t passed, dropped;
};

enum lane_needs { LANE_NOTIFY_FROM = 1, LANE_NOTIFY_TO = 2, LANE_MORE = 4, LANE_FROM_BROKEN = 8, LANE_TO_BROKEN = 16 };

// Takes two queues into use that are set up, empty and of one size: the first one is given all buffers. Returns enum
// lane_needs.
unsigned lane_start(struct lane *l, struct lane_queue *from, struct lane_queue *to, uint8_t *memory, uint64_t address);

// Hands over what has come, and takes back what is sent. Returns enum lane_needs; LANE_MORE: call again.
unsigned lane_step(struct lane *l);

// Asks both devices for an interrupt when there is something to do. True: there is already.
bool lane_wait(struct lane *l);
