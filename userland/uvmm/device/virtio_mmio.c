// SPDX-License-Identifier: MIT
#include "device/virtio_mmio.h"

enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    VENDOR_ID = 0x00c,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SEL = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM_MAX = 0x034,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESC = 0x080,
    QUEUE_AVAIL = 0x090,
    QUEUE_USED = 0x0a0,
    SHM_LEN = 0x0b0,
    SHM_BASE_HIGH = 0x0bc,
    GENERATION = 0x0fc,
};

#define MAGIC_VALUE 0x74726976u // "virt"

static struct virtio_mmio_queue *selected(struct virtio_mmio *d)
{
    return d->queue_sel < VIRTIO_MMIO_QUEUES ? &d->queue[d->queue_sel] : 0;
}

static uint32_t read_register(struct virtio_mmio *d, uint32_t off)
{
    struct virtio_mmio_queue const *q = selected(d);
    switch (off) {
    case INTERRUPT_STATUS: return d->ops->irq_status(d);
    case MAGIC: return MAGIC_VALUE;
    case VERSION: return 2;
    case DEVICE_ID: return d->device_id;
    case VENDOR_ID: return d->vendor;
    case DEVICE_FEATURES: return d->features_sel < 2 ? d->ops->offered(d, d->features_sel) : 0;
    case QUEUE_NUM_MAX: return q ? d->ops->num_max(d, d->queue_sel) : 0;
    case QUEUE_READY: return q && q->ready;
    case STATUS: return d->ops->status(d);
    case GENERATION: return d->ops->generation(d);
    default:
        return off >= SHM_LEN && off <= SHM_BASE_HIGH ? ~0u : 0; // no shared memory region
    }
}

uint64_t virtio_mmio_read(struct virtio_mmio *d, uint64_t off, unsigned size)
{
    if (off & ((1u << size) - 1))
        return 0;
    if (off >= VIRTIO_MMIO_CONFIG)
        return d->ops->config_read(d, (uint32_t)off - VIRTIO_MMIO_CONFIG, size);
    return size == 2 ? read_register(d, (uint32_t)off) : 0;
}

static void set_half(uint64_t *addr, bool high, uint32_t v)
{
    *addr = high ? (*addr & 0xffffffffu) | (uint64_t)v << 32 : (*addr & ~0xffffffffull) | v;
}

static void write_queue(struct virtio_mmio *d, uint32_t off, uint32_t v)
{
    struct virtio_mmio_queue *q = selected(d);
    if (!q)
        return;
    if (off == QUEUE_READY) {
        q->ready = d->ops->queue_ready(d, d->queue_sel, q, v & 1);
        return;
    }
    if (q->ready) // its description is frozen until it is stopped (virtio 1.2, 4.2.2.2)
        return;
    switch (off & ~4u) {
    case QUEUE_DESC: set_half(&q->desc, off & 4, v); break;
    case QUEUE_AVAIL: set_half(&q->avail, off & 4, v); break;
    case QUEUE_USED: set_half(&q->used, off & 4, v); break;
    default:
        if (off == QUEUE_NUM)
            q->num = v;
        break;
    }
}

static void write_status(struct virtio_mmio *d, uint32_t v)
{
    d->ops->set_status(d, v);
    if (v)
        return;
    for (unsigned i = 0; i < VIRTIO_MMIO_QUEUES; i++)
        d->queue[i] = (struct virtio_mmio_queue){0};
    d->queue_sel = d->features_sel = d->driver_features_sel = 0;
}

void virtio_mmio_write(struct virtio_mmio *d, uint64_t off, unsigned size, uint64_t value)
{
    uint32_t v = (uint32_t)value;
    if (off & ((1u << size) - 1))
        return;
    if (off >= VIRTIO_MMIO_CONFIG) {
        d->ops->config_write(d, (uint32_t)off - VIRTIO_MMIO_CONFIG, size, value);
        return;
    }
    if (size != 2)
        return;
    switch (off) {
    case QUEUE_NOTIFY:
        if (v < VIRTIO_MMIO_QUEUES)
            d->ops->notify(d, v);
        break;
    case INTERRUPT_ACK: d->ops->irq_ack(d, v); break;
    case DEVICE_FEATURES_SEL: d->features_sel = v; break;
    case DRIVER_FEATURES_SEL: d->driver_features_sel = v; break;
    case DRIVER_FEATURES:
        if (d->driver_features_sel < 2)
            d->ops->accept(d, d->driver_features_sel, v);
        break;
    case QUEUE_SEL: d->queue_sel = v; break;
    case STATUS: write_status(d, v); break;
    default: write_queue(d, (uint32_t)off, v); break;
    }
}
