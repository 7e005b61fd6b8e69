// SPDX-License-Identifier: MIT
// Client side of the L4 virtio transport (l4re-protocols 10).
#include <l4/l4virtio/driver.h>

#include <string.h>

#include <l4/mem/guard.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/rescue.h>
#include <l4/srv/msg.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>

static void request(struct msg_out *out, enum l4virtio_op op)
{
    msg_out_init(out, l4_utcb());
    msg_put_u32(out, op);
}

static int result(long r)
{
    return r < 0 ? (int)r : 0;
}

int l4virtio_device_config(l4_cap_idx_t dev, l4_cap_idx_t ds, uint64_t *offset)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, L4VIRTIO_OP_DEVICE_CONFIG);
    msg_rcv_cap(&out, ds);
    long r = msg_call(dev, L4_PROTO_NONE, &out, &in);
    if (r < 0)
        return (int)r;
    *offset = msg_get_u64(&in);
    if (in.err)
        return in.err;
    return l4_is_invalid_cap(msg_get_cap(&in)) ? -L4_EMSGMISSARG : 0;
}

int l4virtio_set_status(l4_cap_idx_t dev, uint32_t status)
{
    struct msg_out out;
    request(&out, L4VIRTIO_OP_SET_STATUS);
    msg_put_u32(&out, status);
    return result(msg_call(dev, L4_PROTO_NONE, &out, NULL));
}

int l4virtio_config_queue(l4_cap_idx_t dev, unsigned queue)
{
    struct msg_out out;
    request(&out, L4VIRTIO_OP_CONFIG_QUEUE);
    msg_put_u32(&out, queue);
    return result(msg_call(dev, L4_PROTO_NONE, &out, NULL));
}

int l4virtio_register_ds(l4_cap_idx_t dev, l4_cap_idx_t ds, uint64_t base, uint64_t offset,
                         uint64_t size)
{
    struct msg_out out;
    request(&out, L4VIRTIO_OP_REGISTER_DS);
    msg_put_u64(&out, base);
    msg_put_u64(&out, offset);
    msg_put_u64(&out, size);
    msg_put_cap(&out, ds, L4_CAP_FPAGE_RWS);
    return result(msg_call(dev, L4_PROTO_NONE, &out, NULL));
}

int l4virtio_device_notification_irq(l4_cap_idx_t dev, unsigned index, l4_cap_idx_t irq)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, L4VIRTIO_OP_NOTIFICATION_IRQ);
    msg_put_u32(&out, index);
    msg_rcv_cap(&out, irq);
    long r = msg_call(dev, L4_PROTO_NONE, &out, &in);
    if (r < 0)
        return (int)r;
    return l4_is_invalid_cap(msg_get_cap(&in)) ? -L4_EMSGMISSARG : 0;
}

int l4virtio_bind_irq(l4_cap_idx_t dev, unsigned index, l4_cap_idx_t irq)
{
    return result(l4_error(l4_icu_bind(dev, index, irq)));
}

static int open_device(struct l4virtio_driver *d)
{
    uint64_t offset;
    d->config_ds = l4re_util_cap_alloc();
    d->notify_irq = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(d->config_ds) || l4_is_invalid_cap(d->notify_irq))
        return -L4_ENOMEM;
    int r = l4virtio_device_config(d->dev, d->config_ds, &offset);
    if (r < 0)
        return r;
    if (offset & (L4_PAGESIZE - 1))
        return -L4_EINVAL;

    void *page = NULL;
    r = l4re_rm_attach(&page, L4VIRTIO_CONFIG_SIZE, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW,
                       d->config_ds, offset, L4_PAGESHIFT);
    if (r < 0)
        return r;
    d->config = page;
    if (guard_load32(&d->config->magic) != L4VIRTIO_MAGIC || guard_load32(&d->config->version) != L4VIRTIO_VERSION)
        return -L4_ENODEV;
    r = l4virtio_set_status(d->dev, 0);
    return r < 0 ? r : l4virtio_device_notification_irq(d->dev, 0, d->notify_irq);
}

int l4virtio_driver_open(struct l4virtio_driver *d, l4_cap_idx_t dev)
{
    *d = (struct l4virtio_driver){
        .dev = dev, .config_ds = L4_INVALID_CAP, .notify_irq = L4_INVALID_CAP
    };
    int r = l4re_guard_init();
    if (r >= 0)
        r = open_device(d);
    if (r < 0)
        l4virtio_driver_close(d);
    return r;
}

void l4virtio_driver_close(struct l4virtio_driver *d)
{
    if (d->config)
        l4re_rm_detach((void *)(uintptr_t)d->config);
    if (l4_is_valid_cap(d->config_ds))
        l4re_util_cap_free_um(d->config_ds);
    if (l4_is_valid_cap(d->notify_irq))
        l4re_util_cap_free_um(d->notify_irq);
    d->config = NULL;
    d->config_ds = d->notify_irq = L4_INVALID_CAP;
}

volatile l4virtio_config_queue_t *l4virtio_driver_queue(struct l4virtio_driver const *d,
                                                        unsigned queue)
{
    // The device's server may be hostile, too: look at its numbers once. What is gone is negative.
    long num = guard_load32(&d->config->num_queues), offset = guard_load32(&d->config->queues_offset);
    if ((long)queue >= num || queue > L4VIRTIO_CONFIG_SIZE || offset < L4VIRTIO_CONFIG_DEVICE
        || (offset & 7) || offset > L4VIRTIO_CONFIG_SIZE
        || (queue + 1) * sizeof(l4virtio_config_queue_t) > L4VIRTIO_CONFIG_SIZE - (unsigned long)offset)
        return NULL;
    return (volatile l4virtio_config_queue_t *)((volatile char *)d->config + offset) + queue;
}

unsigned l4virtio_driver_config_size(struct l4virtio_driver const *d)
{
    long num = guard_load32(&d->config->num_queues), offset = guard_load32(&d->config->queues_offset);
    if (num < 0 || offset < 0)
        return 0;
    if (!num || offset < L4VIRTIO_CONFIG_DEVICE || offset > L4VIRTIO_CONFIG_SIZE)
        return L4VIRTIO_CONFIG_SIZE - L4VIRTIO_CONFIG_DEVICE;
    return (unsigned)offset - L4VIRTIO_CONFIG_DEVICE;
}

int l4virtio_driver_status(struct l4virtio_driver *d, uint32_t status, uint32_t *result)
{
    int r = l4virtio_set_status(d->dev, status);
    long now = r >= 0 ? guard_load32(&d->config->status) : r;
    if (r >= 0 && now < 0)
        r = -L4_EIO;
    if (r >= 0 && result)
        *result = (uint32_t)now;
    return r;
}

void l4virtio_driver_notify(struct l4virtio_driver const *d)
{
    l4_irq_trigger(d->notify_irq);
}
