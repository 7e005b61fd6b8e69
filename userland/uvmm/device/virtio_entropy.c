// SPDX-License-Identifier: MIT
// virtio entropy device (virtio 1.2, section 5.4). Buffers are filled on the vCPU thread that notifies; when there is nothing
// to fill them with, the main thread tries again later, and until then notifications do nothing.
#include "device/alarm.h"
#include "device/device.h"
#include "device/entropy_queue.h"
#include "device/virtio_dev.h"
#include "entropy.h"

#include <l4/re/env.h>

enum { QUEUE = 0 };

struct virtio_entropy {
    struct virtio_dev dev; // first
    l4_cap_idx_t rng;
    struct alarm again;
    uint64_t wait_us; // of the last attempt
    bool waits;       // for the alarm
};

static int get(void *ctx, void *to, unsigned size)
{
    struct virtio_entropy *e = ctx;
    return entropy_get(e->rng, to, size, &e->wait_us);
}

// With the lock held.
static void fill(struct virtio_entropy *e)
{
    struct entropy_from const from = {get, e};
    if (e->waits || !virtio_dev_started(&e->dev))
        return;
    e->wait_us = 0;
    unsigned const outcome = entropy_queue_fill(&e->dev.queue[QUEUE], &from);
    e->waits = outcome & ENTROPY_LATER;
    if (e->waits)
        alarm_set(&e->again, alarm_now() + e->wait_us);
    if (outcome & ENTROPY_SIGNAL)
        virtio_dev_signal(&e->dev, VIRTIO_IRQ_RING);
    if (outcome & ENTROPY_BROKEN)
        virtio_dev_broken(&e->dev, QUEUE);
}

static void started(struct virtio_dev *d)
{
    fill((struct virtio_entropy *)d);
}

static void notify(struct virtio_dev *d, unsigned queue)
{
    (void)queue;
    fill((struct virtio_entropy *)d);
}

static void try_again(struct alarm *a)
{
    struct virtio_entropy *e = (struct virtio_entropy *)((char *)a - offsetof(struct virtio_entropy, again));
    LOCK_SCOPE(&e->dev.lock);
    e->waits = false;
    fill(e);
}

static struct virtio_dev_ops const entropy_ops = {
    .name = "virtio entropy device",
    .id = 4,
    .num_queues = 1,
    .queue_size = ENTROPY_QUEUE_SIZE,
    .started = started,
    .notify = notify,
};

static int entropy_create(struct vm *m, int node)
{
    l4_cap_idx_t rng = device_cap(m, node, "l4vmm,rngcap", l4re_env_get_cap(ENTROPY_CAP));
    if (l4_is_invalid_cap(rng))
        return device_error(m->fdt, node, "no capability for random numbers, '%s' or what l4vmm,rngcap names", ENTROPY_CAP);
    if (!entropy_works(rng))
        return -1;
    struct virtio_entropy *e = device_alloc(sizeof(*e));
    e->rng = rng;
    int err = alarm_init(&e->again, try_again);
    return err ? device_error(m->fdt, node, "cannot create an IRQ object: error %d", err)
               : virtio_dev_create(&e->dev, &entropy_ops, m, node);
}

DEVICE_TYPE(virtio_entropy, .compatible = "virtio,mmio", .vdev = "entropy", .create = entropy_create);
