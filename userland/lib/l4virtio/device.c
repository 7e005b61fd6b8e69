// SPDX-License-Identifier: MIT
// Server side of the L4 virtio transport (l4re-protocols 10).
#include <l4/l4virtio/device.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/rescue.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>
#include <l4/sys/task.h>

#include "memory.h"
#include "say.h"

#define WATCH_US 1000000 // how soon a driver's end is noticed

static struct l4virtio_device *of_object(struct srv_object *o)
{
    return (struct l4virtio_device *)((char *)o - offsetof(struct l4virtio_device, object));
}

static struct l4virtio_device *of_notify(struct srv_object *o)
{
    return (struct l4virtio_device *)((char *)o - offsetof(struct l4virtio_device, notify_object));
}

void l4virtio_say(struct l4virtio_device *d, char const *fmt, ...)
{
    enum { MESSAGES = 32 };
    char text[128];
    va_list ap;
    if (d->messages >= MESSAGES)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    printf("%s: %s%s\n", d->name, text, ++d->messages == MESSAGES ? " (further messages are left out)" : "");
}

void l4virtio_device_error(struct l4virtio_device *d, char const *what)
{
    l4virtio_say(d, "driver error: %s; the device waits for a reset", what);
    d->ops->reset(d);
    if (l4virtio_config_error(&d->config))
        srv_icu_trigger(&d->icu, 0);
}

void l4virtio_device_kick(struct l4virtio_device *d)
{
    l4virtio_config_raise(&d->config, L4VIRTIO_IRQ_QUEUE);
    srv_icu_trigger(&d->icu, 0);
}

int l4virtio_device_setup_queue(struct l4virtio_device *d, unsigned queue, struct vq_dev *q)
{
    int r = l4virtio_config_setup_queue(&d->config, queue, &d->mem, q);
    if (r < 0)
        l4virtio_say(d, "queue %u: %s", queue, vq_strerror(r));
    return r;
}

static void start(struct l4virtio_device *d)
{
    if (d->ops->driver_ok(d) < 0)
        l4virtio_device_error(d, "queues are not usable");
}

static long set_status(struct l4virtio_device *d, uint32_t status)
{
    bool was_running = l4virtio_config_running(&d->config);
    unsigned events = l4virtio_config_set_status(&d->config, status);

    if (events & L4VIRTIO_EVENT_ERROR) {
        l4virtio_say(d, "driver error: status 0x%x is out of order", status);
        if (was_running && l4virtio_config_error(&d->config))
            srv_icu_trigger(&d->icu, 0);
    }
    if ((was_running && !l4virtio_config_running(&d->config)) || (events & L4VIRTIO_EVENT_RESET))
        d->ops->reset(d);
    if (events & L4VIRTIO_EVENT_RESET)
        l4virtio_memory_release(d);
    if ((events & L4VIRTIO_EVENT_FEATURES_OK) && d->ops->features_ok && !d->ops->features_ok(d)) {
        l4virtio_config_refuse_features(&d->config);
        return 0;
    }
    if (events & L4VIRTIO_EVENT_DRIVER_OK)
        start(d);
    return 0;  // what came of it stands in the page
}

// The driver's IRQ disappears from our table with the task that made it.
static bool driver_lives(struct l4virtio_device const *d)
{
    return l4_is_invalid_cap(d->pin.irq) ||
           l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, d->pin.irq)) > 0;
}

static void watch_driver(struct l4virtio_device *d)
{
    srv_timer_arm(d->srv, &d->watch, l4_kip_clock(l4_kip()) + WATCH_US);
}

// Nobody says when a driver ends without a reset while its capability to the device lives on
// elsewhere. Its memory, kept by us alone, must not wait for the next driver.
static void look_for_driver(struct srv_timer *t)
{
    struct l4virtio_device *d =
        (struct l4virtio_device *)((char *)t - offsetof(struct l4virtio_device, watch));
    if (!d->mem.count)
        return;
    if (driver_lives(d)) {
        watch_driver(d);
        return;
    }
    l4virtio_say(d, "the driver has ended");
    set_status(d, 0);
    srv_icu_destroy(&d->icu);
}

static long register_memory(struct l4virtio_device *d, struct msg_in *in)
{
    long err = l4virtio_memory_register(d, in);
    if (d->mem.count)
        watch_driver(d);
    return err;
}

static long config_queue(struct l4virtio_device *d, unsigned queue)
{
    struct l4virtio_queue_params p;
    struct vq_dev probe;
    if (!(d->config.status & L4VIRTIO_STATUS_DRIVER))
        return -L4_EIO;
    if (l4virtio_config_queue_params(&d->config, queue, &p))
        return -L4_ERANGE;
    if (!p.ready)
        return 0;
    return vq_dev_check(&probe, &d->mem, &p.rings) < 0 ? -L4_EINVAL : 0;
}

static l4_msgtag_t device_request(struct l4virtio_device *d, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_out out;
    msg_in_init(&in, u, tag);
    unsigned op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);

    unsigned arg;
    switch (op) {
    case L4VIRTIO_OP_SET_STATUS:
        arg = msg_get_u32(&in);
        return msg_reply_err(in.err ? in.err : set_status(d, arg));
    case L4VIRTIO_OP_CONFIG_QUEUE:
        arg = msg_get_u32(&in);
        return msg_reply_err(in.err ? in.err : config_queue(d, arg));
    case L4VIRTIO_OP_REGISTER_DS:
        return msg_reply_err(register_memory(d, &in));
    case L4VIRTIO_OP_DEVICE_CONFIG:
        msg_out_init(&out, u);
        msg_put_u64(&out, 0);
        msg_put_cap(&out, d->config_ds, L4_CAP_FPAGE_RW);
        return msg_reply(&out, 0);
    case L4VIRTIO_OP_NOTIFICATION_IRQ:
        arg = msg_get_u32(&in);
        if (in.err || arg)
            return msg_reply_err(in.err ? in.err : -L4_ERANGE);
        msg_out_init(&out, u);
        // to trigger, which takes no right; with S the driver could have its messages sent elsewhere
        msg_put_cap(&out, d->notify_object.cap, L4_CAP_FPAGE_RW);
        return msg_reply(&out, 0);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights;  // a capability made by `create` in a script carries no W
    struct l4virtio_device *d = of_object(o);
    switch (l4_msgtag_label(tag)) {
    case L4_PROTO_NONE:
        return device_request(d, tag, u);
    case L4_PROTO_IRQ:
        return srv_icu_dispatch(&d->icu, d->srv, tag, u);
    default:
        return msg_reply_err(-L4_EBADPROTO);
    }
}

static l4_msgtag_t notified(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights, (void)tag, (void)u;
    struct l4virtio_device *d = of_notify(o);
    if (l4virtio_config_running(&d->config))
        d->ops->notify(d);
    return SRV_NO_REPLY;
}

// Everything but the gate.
static void release(struct l4virtio_device *d)
{
    srv_timer_cancel(d->srv, &d->watch);
    l4virtio_memory_release(d);
    free(d->ds);
    free(d->mem.regions);
    d->ds = NULL;
    d->mem = (struct vq_mem){ 0 };
    srv_icu_destroy(&d->icu);
    if (d->notify_object.ops)
        srv_unregister(d->srv, &d->notify_object);
    if (d->config.hdr)
        l4re_rm_detach((void *)(uintptr_t)d->config.hdr);
    if (l4_is_valid_cap(d->config_ds))
        l4re_util_cap_free_um(d->config_ds);
    d->config.hdr = NULL;
    d->config_ds = L4_INVALID_CAP;
}

static void gone(struct srv_object *o)
{
    struct l4virtio_device *d = of_object(o);
    d->ops->reset(d);
    release(d);
    if (d->ops->gone)
        d->ops->gone(d);
}

static long const icu_proto[] = { L4_PROTO_IRQ };
static struct srv_ops const object_ops = {
    .dispatch = dispatch,
    .gone = gone,
    .name = "L4virtio::Device",
    .proto = L4_PROTO_NONE,
    .more_protos = icu_proto,
    .n_more_protos = 1,
};
static struct srv_ops const notify_ops = { .dispatch = notified };

static int make_config_page(struct l4virtio_device *d, struct l4virtio_device_params const *p)
{
    d->config_ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(d->config_ds))
        return -L4_ENOMEM;
    long r = l4re_ma_alloc(L4VIRTIO_CONFIG_SIZE, d->config_ds, 0);
    if (r < 0)
        return (int)r;
    void *page = NULL;
    r = l4re_rm_attach(&page, L4VIRTIO_CONFIG_SIZE, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW,
                       d->config_ds, 0, L4_PAGESHIFT);
    if (r < 0)
        return (int)r;
    memset(page, 0, L4VIRTIO_CONFIG_SIZE);
    if (l4virtio_config_init(&d->config, page, p->device_id, p->config_size, p->num_queues,
                             p->num_max))
        return -L4_EINVAL;
    return 0;
}

static int init(struct l4virtio_device *d, struct l4virtio_device_params const *p)
{
    d->ds = calloc(p->ds_max, sizeof(*d->ds));
    d->mem.regions = calloc(p->ds_max, sizeof(*d->mem.regions));
    d->mem.limit = p->ds_max;
    if (!d->ds || !d->mem.regions)
        return -L4_ENOMEM;
    d->trusted = p->trusted;
    int r = make_config_page(d, p);
    if (r < 0)
        return r;
    d->notify_object.ops = &notify_ops;
    r = srv_register_irq(d->srv, &d->notify_object);
    if (r < 0) {
        d->notify_object.ops = NULL;
        return r;
    }
    d->object.ops = &object_ops;
    return srv_register(d->srv, &d->object);
}

int l4virtio_device_init(struct l4virtio_device *d, struct srv *srv,
                         struct l4virtio_device_ops const *ops,
                         struct l4virtio_device_params const *p)
{
    memset(d, 0, sizeof(*d));
    d->srv = srv;
    d->ops = ops;
    d->config_ds = L4_INVALID_CAP;
    d->watch.expired = look_for_driver;
    snprintf(d->name, sizeof(d->name), "%s", p->name);
    srv_icu_init(&d->icu, &d->pin, 1);
    if (!p->ds_max || p->ds_max > L4VIRTIO_DS_MAX)
        return -L4_EINVAL;

    int r = l4re_guard_init();
    if (r >= 0)
        r = init(d, p);
    if (r < 0)
        release(d);
    return r;
}

void l4virtio_device_destroy(struct l4virtio_device *d)
{
    d->ops->reset(d);
    srv_unregister(d->srv, &d->object);
    release(d);
}
