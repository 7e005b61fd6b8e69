// SPDX-License-Identifier: MIT
#include "device.h"

#include <l4/sys/err.h>

enum { QUEUE = 0, ENTRIES = 1 };

static int start_queue(struct rng_device *d, struct dma_space const *dma)
{
    size_t avail, used, size = vq_drv_layout(ENTRIES, &avail, &used);
    struct dma_memory rings, buffer;
    int r = dma_alloc(dma, size, &rings);
    if (r >= 0)
        r = dma_alloc(dma, DEVICE_BYTES, &buffer);
    if (r < 0)
        return r;
    d->buffer = buffer.at;
    d->address = buffer.address;
    struct vq_drv_memory const mem = { rings.at, d->cookie, d->chain_len, d->next };
    struct virtio_mmio_rings const at = { ENTRIES, rings.address, rings.address + avail, rings.address + used };
    if (vq_drv_init(&d->queue, ENTRIES, &mem, false) < 0)
        return -L4_EINVAL;
    return virtio_mmio_queue(&d->place.dev, QUEUE, &at);
}

int rng_device_start(struct rng_device *d, struct virtio_bus *bus, struct srv *srv, struct srv_object *irq)
{
    int r = virtio_mmio_begin(&d->place.dev, 0);
    if (r >= 0)
        r = start_queue(d, &bus->dma);
    if (r >= 0)
        r = virtio_bus_bind(bus, &d->place, srv, irq);
    if (r >= 0)
        virtio_mmio_start(&d->place.dev);
    else
        virtio_mmio_fail(&d->place.dev);
    return r;
}

void rng_device_ask(struct rng_device *d)
{
    struct vq_buf const b = { d->address, DEVICE_BYTES };
    if (d->asked || vq_drv_add(&d->queue, &b, 0, 1, d->buffer) < 0)
        return;
    d->asked = true;
    if (vq_drv_kick(&d->queue))
        virtio_mmio_notify(&d->place.dev, QUEUE);
}

int rng_device_take(struct rng_device *d)
{
    void *cookie;
    uint32_t len = 0;
    int r = virtio_mmio_works(&d->place.dev) ? vq_drv_get(&d->queue, &cookie, &len) : -L4_EIO;
    if (r < 0 || len > DEVICE_BYTES)
        return -L4_EIO;
    if (r)
        d->asked = false;
    return r ? (int)len : 0;
}
