// SPDX-License-Identifier: MIT
// A client: one virtio block device on a disk or a partition.
//
// Its requests are taken from its queue one at a time, in turn with the disk's other clients, while the disk has room. When the
// driver resets the device or is gone, requests that the disk still works on are dead: their memory is not touched any more,
// the requests of the next driver wait for their end, and the client's place on the disk is free when they have ended.
#pragma once

#include <l4/l4virtio/device.h>
#include <l4/srv/share.h>

#include "request.h"

struct disk_clients;
struct volume;

enum { CLIENT_QUEUE_SIZE = 256, CLIENT_SLOTS = 16 };

struct client_slot {
    struct blk_request q;
    struct blk_client *client;
    bool used;
    bool to_flush;            // a write that is done, and is answered when the disk has been flushed
};

struct blk_client {
    struct l4virtio_device dev;
    struct vq_dev queue;
    struct disk_clients *on;  // what it has of which disk
    struct block_area area;
    struct blk_client *next;  // on that disk
    struct share *share;      // of the factory that it was made by
    uint64_t features;        // accepted ones
    bool running;             // its driver is there
    bool dirty;               // results to be shown to it
    bool gone;                // to be freed when nothing is under way
    unsigned under_way, dead; // requests of the disk, and those of them that are dead
    struct client_slot slot[CLIENT_SLOTS];
};

struct client_params {
    char const *name;         // for messages
    unsigned ds_max;
    struct l4virtio_trusted trusted;
    struct share *share;      // what it is charged to
};

// Makes a client; *c gets it. v->area says what it may do. Returns 0 or -L4_EBUSY, -L4_ENOMEM, or an error of the kernel.
int client_create(struct srv *srv, struct volume const *v, struct client_params const *p, struct blk_client **c);

// Takes a client back that was not handed out.
void client_destroy(struct blk_client *c);
