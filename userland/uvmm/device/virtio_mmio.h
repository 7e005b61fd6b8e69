// SPDX-License-Identifier: MIT
// Registers of a virtio device on MMIO, version 2 (virtio 1.2, section 4.2.2). Pure logic: what a
// register means for the device is in struct virtio_mmio_ops.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_MMIO_QUEUES 16
#define VIRTIO_MMIO_CONFIG 0x100

enum virtio_status {
    VIRTIO_STATUS_ACKNOWLEDGE = 1,
    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 0x40,
    VIRTIO_STATUS_FAILED = 0x80,
};

enum { VIRTIO_IRQ_RING = 1, VIRTIO_IRQ_CONFIG = 2 };

struct virtio_mmio_queue {
    uint32_t num;
    bool ready;
    uint64_t desc, avail, used;
};

struct virtio_mmio;

struct virtio_mmio_ops {
    // Feature words 0 and 1 that the device offers.
    uint32_t (*offered)(struct virtio_mmio *d, unsigned word);
    // The driver's choice, word 0 or 1.
    void (*accept)(struct virtio_mmio *d, unsigned word, uint32_t bits);
    // The driver wants this status; returns the one it gets. 0 resets the device.
    uint32_t (*set_status)(struct virtio_mmio *d, uint32_t status);
    uint32_t (*status)(struct virtio_mmio *d);
    uint32_t (*num_max)(struct virtio_mmio *d, unsigned queue);
    // The driver has described the queue (ready) or stops it. Returns whether it is ready now.
    bool (*queue_ready)(struct virtio_mmio *d, unsigned queue, struct virtio_mmio_queue const *q,
                        bool ready);
    void (*notify)(struct virtio_mmio *d, unsigned queue);
    uint32_t (*irq_status)(struct virtio_mmio *d);
    void (*irq_ack)(struct virtio_mmio *d, uint32_t bits);
    uint32_t (*generation)(struct virtio_mmio *d);
    // Device-specific configuration; off from its start, `size` log2 of bytes.
    uint64_t (*config_read)(struct virtio_mmio *d, uint32_t off, unsigned size);
    void (*config_write)(struct virtio_mmio *d, uint32_t off, unsigned size, uint64_t value);
};

struct virtio_mmio {
    struct virtio_mmio_ops const *ops;
    uint32_t device_id;
    uint32_t vendor;
    uint32_t features_sel, driver_features_sel, queue_sel;
    struct virtio_mmio_queue queue[VIRTIO_MMIO_QUEUES];
};

uint64_t virtio_mmio_read(struct virtio_mmio *d, uint64_t off, unsigned size);
void virtio_mmio_write(struct virtio_mmio *d, uint64_t off, unsigned size, uint64_t value);
