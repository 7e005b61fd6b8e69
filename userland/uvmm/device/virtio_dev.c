// SPDX-License-Identifier: MIT
#include "device/virtio_dev.h"

#include "boot/dt.h"
#include "boot/guest_memory.h"
#include "device/device.h"
#include "log.h"
#include "vcpu/fp.h"

#define FEATURE_VERSION_1 (1u << 0) // word 1
#define FEATURE_INDIRECT (1u << 28)
#define FEATURE_EVENT_IDX (1u << 29)
#define FEATURES_LOW (FEATURE_INDIRECT | FEATURE_EVENT_IDX)

enum { VENDOR = 0x44 };

static struct virtio_dev *of(struct virtio_mmio *d)
{
    return (struct virtio_dev *)d;
}

void virtio_dev_signal(struct virtio_dev *d, uint32_t bits)
{
    d->irq_status |= bits;
    irq_line_set(&d->irq, true);
}

void virtio_dev_broken(struct virtio_dev *d, unsigned queue)
{
    log_guest(LOG_WARN, "%s: guest's queue %u: %s", d->ops->name, queue, vq_strerror(d->queue[queue].broken));
    d->status |= VIRTIO_STATUS_NEEDS_RESET;
    virtio_dev_signal(d, VIRTIO_IRQ_CONFIG);
}

static uint32_t dev_offered(struct virtio_mmio *m, unsigned word)
{
    (void)m;
    return word ? FEATURE_VERSION_1 : FEATURES_LOW;
}

static void dev_accept(struct virtio_mmio *m, unsigned word, uint32_t bits)
{
    if (!(of(m)->status & VIRTIO_STATUS_FEATURES_OK))
        of(m)->accepted[word] = bits;
}

static bool features_fine(struct virtio_dev const *d)
{
    return d->accepted[1] == FEATURE_VERSION_1 && !(d->accepted[0] & ~FEATURES_LOW);
}

static void reset(struct virtio_dev *d)
{
    for (unsigned i = 0; i < d->ops->num_queues; i++)
        vq_dev_reset(&d->queue[i]);
    d->status = d->irq_status = d->accepted[0] = d->accepted[1] = 0;
    irq_line_set(&d->irq, false);
}

static uint32_t dev_set_status(struct virtio_mmio *m, uint32_t status)
{
    struct virtio_dev *d = of(m);
    if (!status) {
        reset(d);
        return 0;
    }
    if ((status & VIRTIO_STATUS_FEATURES_OK) && !features_fine(d))
        status &= ~(uint32_t)VIRTIO_STATUS_FEATURES_OK;
    d->status = (status & 0xff) | (d->status & VIRTIO_STATUS_NEEDS_RESET);
    if (virtio_dev_started(d))
        d->ops->started(d);
    return d->status;
}

static uint32_t dev_status(struct virtio_mmio *m)
{
    return of(m)->status;
}

static uint32_t dev_num_max(struct virtio_mmio *m, unsigned queue)
{
    return queue < of(m)->ops->num_queues ? of(m)->ops->queue_size : 0;
}

static bool dev_queue_ready(struct virtio_mmio *m, unsigned queue, struct virtio_mmio_queue const *q, bool ready)
{
    struct virtio_dev *d = of(m);
    if (queue >= d->ops->num_queues)
        return false;
    vq_dev_reset(&d->queue[queue]);
    if (!ready)
        return false;
    unsigned flags = (d->accepted[0] & FEATURE_EVENT_IDX ? VQ_EVENT_IDX : 0) |
                     (d->accepted[0] & FEATURE_INDIRECT ? VQ_INDIRECT : 0);
    struct vq_rings rings = {.num = q->num, .num_max = d->ops->queue_size, .desc = q->desc, .avail = q->avail,
                             .used = q->used};
    int err = vq_dev_setup(&d->queue[queue], guest_memory(), &rings, flags);
    if (err) {
        log_guest(LOG_WARN, "%s: queue %u cannot be used: %s", d->ops->name, queue, vq_strerror(err));
        return false;
    }
    vq_notify_enable(&d->queue[queue]);
    return true;
}

static void dev_notify(struct virtio_mmio *m, unsigned queue)
{
    if (queue < of(m)->ops->num_queues)
        of(m)->ops->notify(of(m), queue);
}

static uint32_t dev_irq_status(struct virtio_mmio *m)
{
    return of(m)->irq_status;
}

static void dev_irq_ack(struct virtio_mmio *m, uint32_t bits)
{
    struct virtio_dev *d = of(m);
    d->irq_status &= ~bits;
    if (!d->irq_status)
        irq_line_set(&d->irq, false);
}

static uint32_t dev_generation(struct virtio_mmio *m)
{
    (void)m;
    return 0;
}

static uint64_t dev_config_read(struct virtio_mmio *m, uint32_t off, unsigned size)
{
    return of(m)->ops->config ? of(m)->ops->config(of(m), off, size) : 0;
}

static void dev_config_write(struct virtio_mmio *m, uint32_t off, unsigned size, uint64_t value)
{
    (void)m;
    (void)off;
    (void)size;
    (void)value;
}

static struct virtio_mmio_ops const mmio_ops = {
    .offered = dev_offered,
    .accept = dev_accept,
    .set_status = dev_set_status,
    .status = dev_status,
    .num_max = dev_num_max,
    .queue_ready = dev_queue_ready,
    .notify = dev_notify,
    .irq_status = dev_irq_status,
    .irq_ack = dev_irq_ack,
    .generation = dev_generation,
    .config_read = dev_config_read,
    .config_write = dev_config_write,
};

static uint64_t dev_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct virtio_dev *d = ctx;
    (void)v;
    LOCK_SCOPE(&d->lock);
    return virtio_mmio_read(&d->mmio, off, size);
}

static void dev_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct virtio_dev *d = ctx;
    (void)v;
    fp_protect(); // virtqueue library
    LOCK_SCOPE(&d->lock);
    virtio_mmio_write(&d->mmio, off, size, value);
}

static struct mmio_ops const access_ops = {dev_read, dev_write};

int virtio_dev_create(struct virtio_dev *d, struct virtio_dev_ops const *ops, struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    if (device_reg(m, node, VIRTIO_MMIO_CONFIG, &r) || device_irq(m, node, 0, &irq))
        return -1;
    d->mmio.ops = &mmio_ops;
    d->mmio.device_id = ops->id;
    d->mmio.vendor = VENDOR;
    d->ops = ops;
    d->irq = irq;
    lock_init(&d->lock);
    vm_claim(r.start, r.size, ops->name, &access_ops, d);
    return 0;
}
