// SPDX-License-Identifier: MIT
// A virtio block device of the machine as a disk.
//
// Data go through a buffer of each request's own, which the device may keep using whatever becomes of the client. A device that
// breaks the rules or takes longer than DEVICE_PATIENCE_US has failed: what it had is an error, and so is all that comes.
#pragma once

#include <l4/block/disk.h>
#include <l4/block/virtio_blk.h>
#include <l4/dma/dma.h>
#include <l4/srv/server.h>
#include <l4/virtio/mmio.h>

enum { DISK_SLOTS = 16, DISK_QUEUE = 64, DISK_SEGS = 16, DISK_SEG_BYTES = 4096, DISK_BUFFER = DISK_SEGS * DISK_SEG_BYTES };
#define DEVICE_PATIENCE_US 30000000ull

struct disk_slot {                // shared with the device but for the first two
    struct block_request *request; // NULL: free
    uint64_t since;               // us
    struct disk_slot_memory {
        struct virtio_blk_header header;
        struct virtio_blk_range range;
        uint8_t status;
    } *shared;
    uint8_t *data;
    uint64_t shared_address, data_address;
};

// The driver's own: what is its serial number? It has a slot until it is answered, however late that is.
struct disk_serial {
    struct block_request r;
    bool answered, ok;
};

struct virtio_disk {
    struct disk disk;
    struct virtio_mmio dev;
    struct vq_drv queue;
    void *cookies[DISK_QUEUE];
    uint16_t chain_len[DISK_QUEUE], next[DISK_QUEUE];
    struct disk_slot slot[DISK_SLOTS];
    struct disk_serial serial;
    struct srv_object irq;
    struct srv_timer watch;
    struct srv *srv;
    unsigned under_way;
    bool failed;
};

// Takes the device into use, which virtio_mmio_probe() has found at d->dev to be a block device. Returns 0 or a negative error
// code; the interrupt is the caller's to bind to d->irq.
int virtio_disk_init(struct virtio_disk *d, struct srv *srv, struct dma_space const *dma, char const *name);
