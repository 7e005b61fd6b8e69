// SPDX-License-Identifier: MIT
#include "nic.h"

enum { QUEUES = 2 };

int nic_begin(struct nic *n, uint64_t wanted)
{
    int r = virtio_mmio_begin(&n->place.dev, wanted);
    if (r < 0)
        return r;
    unsigned rx = virtio_mmio_queue_max(&n->place.dev, VIRTIO_NET_RX), tx = virtio_mmio_queue_max(&n->place.dev, VIRTIO_NET_TX);
    unsigned max = rx < tx ? rx : tx;
    return !max ? -L4_EIO : max < LANE_BUFFERS ? (int)max : LANE_BUFFERS;
}

// The rings are this program's and the card's alone: who writes into them has the card write anywhere.
int nic_queues(struct nic *n, struct dma_space const *dma, unsigned num)
{
    struct lane_queue *const queue[QUEUES] = { [VIRTIO_NET_RX] = &n->rx, [VIRTIO_NET_TX] = &n->tx };
    size_t avail, used, size = vq_drv_layout(num, &avail, &used);
    int r = 0;
    for (unsigned i = 0; i < QUEUES && r >= 0; i++) {
        struct dma_memory m;
        r = dma_alloc(dma, size, &m);
        if (r < 0)
            break;
        struct vq_drv_memory const mem = { m.at, queue[i]->cookies, queue[i]->chain_len, queue[i]->next };
        struct virtio_mmio_rings const rings = { num, m.address, m.address + avail, m.address + used };
        r = vq_drv_init(&queue[i]->drv, num, &mem, false) < 0 ? -L4_EINVAL : virtio_mmio_queue(&n->place.dev, i, &rings);
    }
    return r;
}

void nic_notify(struct nic *n, unsigned queue)
{
    virtio_mmio_notify(&n->place.dev, queue);
}
