// SPDX-License-Identifier: MIT
// A virtio device that another program serves: registers of the guest's MMIO device become requests
// and fields of the L4 virtio transport. Data never passes here: the device is given the guest's
// RAM. The page with those fields is the other program's memory. When it is gone, the device is one
// that needs a reset and does not get better by one.
#include "device/device.h"
#include "boot/dt.h"
#include "vcpu/fp.h"
#include "log.h"
#include "device/virtio_mmio.h"

#include <l4/l4virtio/driver.h>
#include <l4/mem/guard.h>
#include <l4/sys/irq.h>
#include <stdlib.h>

struct virtio_proxy {
    struct virtio_mmio mmio; // first
    struct lock lock;        // irq_status in the page together with the interrupt line
    struct irq_line irq;
    struct l4virtio_driver drv;
    struct srv_object event; // the device's interrupt
    struct vm *vm;
    uint64_t gpa;            // of the registers
    bool memory_known;       // RAM is registered since the last reset
    bool gone;               // the page is, and the guest has been told
    bool gone_irq;           // its interrupt for that is not acknowledged yet
    struct virtio_proxy *next;
};

static struct virtio_proxy *proxies;

static struct virtio_proxy *of(struct virtio_mmio *d)
{
    return (struct virtio_proxy *)d;
}

static void device_gone(struct virtio_proxy *p)
{
    if (p->gone)
        return;
    p->gone = p->gone_irq = true;
    fp_protect();
    log_guest(LOG_WARN, "virtio device at 0x%llx is gone: the program that serves it has ended or taken its memory away",
              (unsigned long long)p->gpa);
    irq_line_set(&p->irq, true);
}

// A field of the page, or `gone`. With the device's lock.
static uint32_t load(struct virtio_proxy *p, uint32_t const volatile *field, uint32_t gone)
{
    long v = guard_load32(field);
    if (v < 0)
        device_gone(p);
    return v < 0 ? gone : (uint32_t)v;
}

static uint32_t pending(struct virtio_proxy *p)
{
    uint32_t bits = load(p, &p->drv.config->irq_status, 0);
    return p->gone_irq ? bits | VIRTIO_IRQ_CONFIG : bits;
}

static void update_irq(struct virtio_proxy *p)
{
    irq_line_set(&p->irq, pending(p) != 0);
}

static uint32_t proxy_offered(struct virtio_mmio *d, unsigned word)
{
    return load(of(d), &of(d)->drv.config->dev_features_map[word], 0);
}

static void proxy_accept(struct virtio_mmio *d, unsigned word, uint32_t bits)
{
    if (guard_store32(&of(d)->drv.config->driver_features_map[word], bits) < 0)
        device_gone(of(d));
}

static int register_memory(struct virtio_proxy *p)
{
    for (unsigned i = 0; i < p->vm->ram.count; i++) {
        struct ram_region const *r = &p->vm->ram.region[i];
        int err = l4virtio_register_ds(p->drv.dev, r->ds, r->gpa, r->ds_offset, r->size);
        if (err < 0) {
            log_guest(LOG_WARN, "virtio device refuses guest RAM at 0x%llx: error %d",
                     (unsigned long long)r->gpa, err);
            return err;
        }
    }
    p->memory_known = true;
    return 0;
}

static uint32_t proxy_set_status(struct virtio_mmio *d, uint32_t status)
{
    struct virtio_proxy *p = of(d);
    uint32_t result = VIRTIO_STATUS_FAILED;
    int err = l4virtio_driver_status(&p->drv, status, &result);
    if (err < 0)
        log_guest(LOG_WARN, "virtio device gives no answer: error %d", err);
    if (!status)
        p->memory_known = false; // a reset forgets it
    else if ((result & VIRTIO_STATUS_FEATURES_OK) && !p->memory_known)
        register_memory(p);
    update_irq(p);
    return result;
}

static uint32_t proxy_status(struct virtio_mmio *d)
{
    return load(of(d), &of(d)->drv.config->status, VIRTIO_STATUS_NEEDS_RESET);
}

static uint32_t proxy_num_max(struct virtio_mmio *d, unsigned queue)
{
    volatile l4virtio_config_queue_t *q = l4virtio_driver_queue(&of(d)->drv, queue);
    long n = q ? guard_load16(&q->num_max) : 0;
    return n < 0 ? 0 : (uint32_t)n;
}

// What the guest says of its queue, into the page.
static bool describe_queue(volatile l4virtio_config_queue_t *q, struct virtio_mmio_queue const *g, bool ready)
{
    return guard_store16(&q->num, (uint16_t)(g->num <= 0xffff ? g->num : 0)) >= 0 &&
           guard_store64((void *)(uintptr_t)&q->desc, g->desc) >= 0 &&
           guard_store64((void *)(uintptr_t)&q->avail, g->avail) >= 0 &&
           guard_store64((void *)(uintptr_t)&q->used, g->used) >= 0 && guard_store16(&q->ready, ready) >= 0;
}

static bool proxy_queue_ready(struct virtio_mmio *d, unsigned queue,
                              struct virtio_mmio_queue const *g, bool ready)
{
    struct virtio_proxy *p = of(d);
    volatile l4virtio_config_queue_t *q = l4virtio_driver_queue(&p->drv, queue);
    if (!q || !describe_queue(q, g, ready))
        return false;
    int err = l4virtio_config_queue(p->drv.dev, queue);
    if (err < 0) {
        if (ready) // else it was off already, as after a reset
            log_guest(LOG_WARN, "virtio device refuses queue %u: error %d", queue, err);
        guard_store16(&q->ready, 0);
        return false;
    }
    return ready;
}

static void proxy_notify(struct virtio_mmio *d, unsigned queue)
{
    (void)queue; // the device looks at all of them
    l4_irq_trigger(of(d)->drv.notify_irq);
}

static uint32_t proxy_irq_status(struct virtio_mmio *d)
{
    return pending(of(d));
}

static void proxy_irq_ack(struct virtio_mmio *d, uint32_t bits)
{
    struct virtio_proxy *p = of(d);
    // The device ors its bits in atomically.
    guard_and32(&p->drv.config->irq_status, ~bits);
    if (bits & VIRTIO_IRQ_CONFIG)
        p->gone_irq = false;
    update_irq(p);
}

static uint32_t proxy_generation(struct virtio_mmio *d)
{
    return load(of(d), &of(d)->drv.config->generation, 0);
}

static uint64_t proxy_config_read(struct virtio_mmio *d, uint32_t off, unsigned size)
{
    struct virtio_proxy *p = of(d);
    char const *at = (char const *)(uintptr_t)p->drv.config + L4VIRTIO_CONFIG_DEVICE + off;
    uint64_t value = 0; // little endian
    if (off + (1u << size) <= l4virtio_driver_config_size(&p->drv) && guard_copy(&value, at, 1u << size) < 0)
        device_gone(p);
    return value;
}

static void proxy_config_write(struct virtio_mmio *d, uint32_t off, unsigned size, uint64_t value)
{
    struct virtio_proxy *p = of(d);
    char *at = (char *)(uintptr_t)p->drv.config + L4VIRTIO_CONFIG_DEVICE + off;
    if (off + (1u << size) <= l4virtio_driver_config_size(&p->drv) && guard_copy(at, &value, 1u << size) < 0)
        device_gone(p);
}

static struct virtio_mmio_ops const proxy_ops = {
    .offered = proxy_offered,
    .accept = proxy_accept,
    .set_status = proxy_set_status,
    .status = proxy_status,
    .num_max = proxy_num_max,
    .queue_ready = proxy_queue_ready,
    .notify = proxy_notify,
    .irq_status = proxy_irq_status,
    .irq_ack = proxy_irq_ack,
    .generation = proxy_generation,
    .config_read = proxy_config_read,
    .config_write = proxy_config_write,
};

enum { REG_NOTIFY = 0x50, REG_IRQ_STATUS = 0x60, REG_IRQ_ACK = 0x64 };

static uint64_t proxy_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct virtio_proxy *p = ctx;
    (void)v;
    if (off == REG_IRQ_STATUS) {
        long bits = guard_load32(&p->drv.config->irq_status);
        if (bits >= 0)
            return (uint64_t)bits;
    }
    fp_protect(); // transport library
    LOCK_SCOPE(&p->lock);
    return virtio_mmio_read(&p->mmio, off, size);
}

static void proxy_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct virtio_proxy *p = ctx;
    (void)v;
    if (off == REG_NOTIFY) {
        proxy_notify(&p->mmio, (unsigned)value);
        return;
    }
    if (off != REG_IRQ_ACK)
        fp_protect();
    LOCK_SCOPE(&p->lock);
    virtio_mmio_write(&p->mmio, off, size, value);
}

static struct mmio_ops const proxy_mmio_ops = {proxy_read, proxy_write};

// Main thread: the device has put something into a queue or changed its configuration.
static l4_msgtag_t proxy_event(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct virtio_proxy *p = (struct virtio_proxy *)((char *)o - offsetof(struct virtio_proxy,
                                                                          event));
    (void)rights;
    (void)tag;
    (void)u;
    lock_acquire(&p->lock);
    update_irq(p);
    lock_release(&p->lock);
    return SRV_NO_REPLY;
}

static struct srv_ops const event_ops = {.dispatch = proxy_event, .name = "virtio",
                                         .proto = L4_PROTO_IRQ};

// At the end a device gives the guest's RAM back: whoever starts the guest again may need it.
static void reset_all(void)
{
    for (struct virtio_proxy *p = proxies; p; p = p->next)
        l4virtio_set_status(p->drv.dev, 0);
}

static void add_proxy(struct virtio_proxy *p)
{
    if (!proxies)
        atexit(reset_all);
    p->next = proxies;
    proxies = p;
}

static int open_device(struct vm *m, int node, struct virtio_proxy *p, l4_cap_idx_t cap)
{
    int err = l4virtio_driver_open(&p->drv, cap);
    if (err < 0)
        return device_error(m->fdt, node, "capability is no virtio device: error %d", err);
    p->event.ops = &event_ops;
    err = srv_register_irq(&m->events, &p->event);
    if (err >= 0)
        err = l4virtio_bind_irq(p->drv.dev, 0, p->event.cap);
    if (err < 0)
        return device_error(m->fdt, node, "the device takes no interrupt: error %d", err);
    return 0;
}

static int proxy_create(struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    l4_cap_idx_t cap = device_cap(m, node, "l4vmm,virtiocap", L4_INVALID_CAP);
    if (l4_is_invalid_cap(cap) || device_reg(m, node, VIRTIO_MMIO_CONFIG, &r) ||
        device_irq(m, node, 0, &irq))
        return -1;
    struct virtio_proxy *p = device_alloc(sizeof(*p));
    if (open_device(m, node, p, cap))
        return -1;
    p->vm = m;
    p->gpa = r.start;
    p->irq = irq;
    p->mmio.ops = &proxy_ops;
    lock_init(&p->lock);
    p->mmio.device_id = load(p, &p->drv.config->device, 0);
    p->mmio.vendor = load(p, &p->drv.config->vendor, 0);
    add_proxy(p);
    vm_claim(r.start, r.size, "virtio device", &proxy_mmio_ops, p);
    return 0;
}

DEVICE_TYPE(virtio_proxy, .compatible = "virtio,mmio", .vdev = "proxy", .create = proxy_create);
