// SPDX-License-Identifier: MIT
#include "port.h"

#include <l4/mem/guard.h>
#include <l4/sys/err.h>

enum {
    QUEUES = 2,
    DRIVER = L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER,
    NEGOTIATED = DRIVER | L4VIRTIO_STATUS_FEATURES_OK,
};

static int set_status(struct port *p, uint32_t status)
{
    uint32_t now = 0;
    int r = l4virtio_driver_status(&p->dev, status, &now);
    return r < 0 ? r : now == status ? 0 : -L4_EIO;
}

static long queue_max(struct port const *p, unsigned queue)
{
    volatile l4virtio_config_queue_t *q = l4virtio_driver_queue(&p->dev, queue);
    return q ? guard_load16(&q->num_max) : -L4_EIO;
}

int port_begin(struct port *p, l4_cap_idx_t cap, uint32_t *offered)
{
    int r = l4virtio_driver_open(&p->dev, cap);
    if (r < 0)
        return r;
    if (guard_load32(&p->dev.config->device) != L4VIRTIO_ID_NET)
        return -L4_ENODEV;
    r = set_status(p, DRIVER);
    if (r < 0)
        return r;
    long features = guard_load32(&p->dev.config->dev_features_map[0]);
    long rx = queue_max(p, VIRTIO_NET_RX), tx = queue_max(p, VIRTIO_NET_TX), max = rx < tx ? rx : tx;
    if (features < 0 || max <= 0)
        return -L4_EIO;
    *offered = (uint32_t)features;
    return max < LANE_BUFFERS ? (int)max : LANE_BUFFERS;
}

static int start_queue(struct port *p, unsigned index, unsigned num, struct lane_queue *queue, struct dma_memory const *m,
                       size_t offset)
{
    size_t avail, used;
    vq_drv_layout(num, &avail, &used);
    volatile l4virtio_config_queue_t *q = l4virtio_driver_queue(&p->dev, index);
    struct vq_drv_memory const mem = { (char *)m->at + offset, queue->cookies, queue->chain_len, queue->next };
    uint64_t const at = m->address + offset;
    if (!q || vq_drv_init(&queue->drv, num, &mem, false) < 0)
        return -L4_EIO;
    if (guard_store16(&q->num, (uint16_t)num) < 0 || guard_store64((void *)(uintptr_t)&q->desc, at) < 0 ||
        guard_store64((void *)(uintptr_t)&q->avail, at + avail) < 0 ||
        guard_store64((void *)(uintptr_t)&q->used, at + used) < 0 || guard_store16(&q->ready, 1) < 0)
        return -L4_EIO;
    return l4virtio_config_queue(p->dev.dev, index);
}

static int start_queues(struct port *p, unsigned num, struct dma_space const *dma)
{
    struct dma_memory rings;
    size_t const size = (vq_drv_layout(num, NULL, NULL) + L4_PAGESIZE - 1) & L4_PAGEMASK;
    int r = dma_alloc(dma, QUEUES * size, &rings);
    if (r >= 0)
        r = l4virtio_register_ds(p->dev.dev, rings.ds, rings.address, 0, rings.size);
    if (r >= 0)
        r = start_queue(p, VIRTIO_NET_RX, num, &p->rx, &rings, 0);
    if (r >= 0)
        r = start_queue(p, VIRTIO_NET_TX, num, &p->tx, &rings, size);
    return r;
}

int port_start(struct port *p, uint32_t features, unsigned num, l4_cap_idx_t irq, struct dma_space const *dma,
               struct dma_memory const *buffers)
{
    volatile l4virtio_config_hdr_t *c = p->dev.config;
    if (guard_store32(&c->driver_features_map[0], features) < 0 ||
        guard_store32(&c->driver_features_map[1], 1u << (L4VIRTIO_FEATURE_VERSION_1 - 32)) < 0)
        return -L4_EIO;
    int r = set_status(p, NEGOTIATED);
    if (r >= 0)
        r = l4virtio_bind_irq(p->dev.dev, 0, irq);
    if (r >= 0)
        r = l4virtio_register_ds(p->dev.dev, buffers->ds, buffers->address, 0, buffers->size);
    if (r >= 0)
        r = start_queues(p, num, dma);
    return r < 0 ? r : set_status(p, NEGOTIATED | L4VIRTIO_STATUS_DRIVER_OK);
}

bool port_works(struct port const *p)
{
    long status = guard_load32(&p->dev.config->status);
    return status >= 0 && (status & (L4VIRTIO_STATUS_DRIVER_OK | L4VIRTIO_STATUS_NEEDS_RESET | L4VIRTIO_STATUS_FAILED)) ==
                              L4VIRTIO_STATUS_DRIVER_OK;
}
