// SPDX-License-Identifier: MIT
// What emulated virtio devices have in common: features, status, queues in guest RAM, interrupt. The device's lock covers all
// of it; what a device does is in struct virtio_dev_ops, called with the lock held.
#pragma once

#include "device/virtio_mmio.h"
#include "lock.h"
#include "vgic/irq_line.h"

#include <l4/virtqueue/virtqueue.h>

enum { VIRTIO_DEV_QUEUES = 2 };

struct virtio_dev;

struct virtio_dev_ops {
    char const *name;
    uint32_t id;         // of its kind (virtio 1.2, section 5)
    unsigned num_queues; // up to VIRTIO_DEV_QUEUES
    unsigned queue_size;
    // The driver says that it is there. On the thread of a vCPU, as the others.
    void (*started)(struct virtio_dev *d);
    // There is something in this queue, of num_queues.
    void (*notify)(struct virtio_dev *d, unsigned queue);
    // Device-specific configuration. NULL: it has none.
    uint64_t (*config)(struct virtio_dev *d, uint32_t off, unsigned size);
};

struct virtio_dev {
    struct virtio_mmio mmio; // first
    struct virtio_dev_ops const *ops;
    struct lock lock;
    struct irq_line irq;
    uint32_t accepted[2];
    uint32_t status;
    uint32_t irq_status;
    struct vq_dev queue[VIRTIO_DEV_QUEUES];
};

struct vm;

// Makes the device of this node. 0, or -1 after a message.
int virtio_dev_create(struct virtio_dev *d, struct virtio_dev_ops const *ops, struct vm *m, int node);

static inline bool virtio_dev_started(struct virtio_dev const *d)
{
    return d->status & VIRTIO_STATUS_DRIVER_OK;
}

// bits: VIRTIO_IRQ_*.
void virtio_dev_signal(struct virtio_dev *d, uint32_t bits);

// The queue is broken, and the device with it until its driver resets it.
void virtio_dev_broken(struct virtio_dev *d, unsigned queue);
