// SPDX-License-Identifier: MIT
// virtio console (virtio 1.2, section 5.3) with one port: queue 0 receives, queue 1 transmits.
//
// Output is written on the vCPU thread that notifies; input comes on the main thread. The device's
// lock covers registers, queues and interrupt.
#include "device/console.h"
#include "device/device.h"
#include "boot/dt.h"
#include "vcpu/fp.h"
#include "boot/guest_memory.h"
#include "log.h"
#include "device/virtio_mmio.h"

#include <l4/re/env.h>
#include <l4/sys/vcon.h>

enum { QUEUE_RX, QUEUE_TX, NUM_QUEUES, QUEUE_SIZE = 128, MAX_SEGS = 2 * QUEUE_SIZE };

#define FEATURE_VERSION_1 (1u << 0) // word 1
#define FEATURES_LOW ((1u << 28) | (1u << 29)) // indirect descriptors, event index

struct virtio_console {
    struct virtio_mmio mmio; // first
    struct lock lock;
    struct irq_line irq;
    struct console console;
    uint32_t accepted[2];
    uint32_t status;
    uint32_t irq_status;
    struct vq_dev queue[NUM_QUEUES];
    bool starved; // input waits for buffers of the guest
};

static struct virtio_console *of(struct virtio_mmio *d)
{
    return (struct virtio_console *)d;
}

static void raise_irq(struct virtio_console *c, uint32_t bits)
{
    c->irq_status |= bits;
    irq_line_set(&c->irq, true);
}

static void broken(struct virtio_console *c, unsigned queue)
{
    log_guest(LOG_WARN, "virtio console: guest's queue %u: %s", queue, vq_strerror(c->queue[queue].broken));
    c->status |= VIRTIO_STATUS_NEEDS_RESET;
    raise_irq(c, VIRTIO_IRQ_CONFIG);
}

static uint32_t con_offered(struct virtio_mmio *d, unsigned word)
{
    (void)d;
    return word ? FEATURE_VERSION_1 : FEATURES_LOW;
}

static void con_accept(struct virtio_mmio *d, unsigned word, uint32_t bits)
{
    if (!(of(d)->status & VIRTIO_STATUS_FEATURES_OK))
        of(d)->accepted[word] = bits;
}

static bool features_fine(struct virtio_console const *c)
{
    return c->accepted[1] == FEATURE_VERSION_1 && !(c->accepted[0] & ~FEATURES_LOW);
}

static uint32_t con_set_status(struct virtio_mmio *d, uint32_t status)
{
    struct virtio_console *c = of(d);
    if (!status) {
        for (unsigned i = 0; i < NUM_QUEUES; i++)
            vq_dev_reset(&c->queue[i]);
        c->status = c->irq_status = c->accepted[0] = c->accepted[1] = 0;
        irq_line_set(&c->irq, false);
        return 0;
    }
    if ((status & VIRTIO_STATUS_FEATURES_OK) && !features_fine(c))
        status &= ~(uint32_t)VIRTIO_STATUS_FEATURES_OK;
    c->status = (status & 0xff) | (c->status & VIRTIO_STATUS_NEEDS_RESET);
    if (status & VIRTIO_STATUS_DRIVER_OK)
        console_listen(&c->console);
    return c->status;
}

static uint32_t con_status(struct virtio_mmio *d)
{
    return of(d)->status;
}

static uint32_t con_num_max(struct virtio_mmio *d, unsigned queue)
{
    (void)d;
    return queue < NUM_QUEUES ? QUEUE_SIZE : 0;
}

static bool con_queue_ready(struct virtio_mmio *d, unsigned queue,
                            struct virtio_mmio_queue const *q, bool ready)
{
    struct virtio_console *c = of(d);
    if (queue >= NUM_QUEUES)
        return false;
    vq_dev_reset(&c->queue[queue]);
    if (!ready)
        return false;
    unsigned flags = (c->accepted[0] & (1u << 29) ? VQ_EVENT_IDX : 0) |
                     (c->accepted[0] & (1u << 28) ? VQ_INDIRECT : 0);
    struct vq_rings rings = {.num = q->num, .num_max = QUEUE_SIZE, .desc = q->desc,
                             .avail = q->avail, .used = q->used};
    int err = vq_dev_setup(&c->queue[queue], guest_memory(), &rings, flags);
    if (err) {
        log_guest(LOG_WARN, "virtio console: queue %u cannot be used: %s", queue, vq_strerror(err));
        return false;
    }
    vq_notify_enable(&c->queue[queue]);
    return true;
}

// Writes out the chain's bytes. False: they are gone.
static bool transmit_chain(struct virtio_console *c, struct vq_chain const *chain)
{
    char buf[L4_VCON_WRITE_SIZE];
    long n;
    for (size_t at = 0; (n = vq_chain_read(chain, at, buf, sizeof(buf))) > 0; at += (size_t)n)
        console_write(&c->console, buf, (unsigned)n);
    return n == 0;
}

// Writes out what the guest put into its transmit queue.
static void transmit(struct virtio_console *c)
{
    struct vq_dev *q = &c->queue[QUEUE_TX];
    struct vq_seg segs[MAX_SEGS];
    struct vq_chain chain = {.seg = segs, .limit = MAX_SEGS};
    int r;
    if (!vq_dev_ready(q))
        return;
    do {
        while ((r = vq_pop(q, &chain)) == 1) {
            if (!transmit_chain(c, &chain))
                q->broken = VQ_EGONE;
            vq_push(q, chain.head, 0);
        }
        if (r < 0) {
            broken(c, QUEUE_TX);
            return;
        }
    } while (vq_notify_enable(q));
    if (vq_flush(q))
        raise_irq(c, VIRTIO_IRQ_RING);
    else if (q->broken)
        broken(c, QUEUE_TX);
}

// Fills one receive buffer. Returns whether the console may have more.
static bool receive_chain(struct virtio_console *c, struct vq_chain const *chain)
{
    char buf[L4_VCON_READ_SIZE];
    bool more;
    unsigned size = chain->write_len < sizeof(buf) ? (unsigned)chain->write_len : sizeof(buf);
    unsigned n = size ? console_read(&c->console, buf, size, &more) : 0;
    if (!n && size) {
        vq_unpop(&c->queue[QUEUE_RX], 1);
        return false;
    }
    long written = vq_chain_write(chain, 0, buf, n);
    if (written < 0)
        c->queue[QUEUE_RX].broken = VQ_EGONE;
    else
        vq_push(&c->queue[QUEUE_RX], chain->head, (uint32_t)written);
    return size ? more : true;
}

// Fills the guest's receive buffers from the console. Main thread.
static void receive(struct virtio_console *c)
{
    struct vq_dev *q = &c->queue[QUEUE_RX];
    struct vq_seg segs[MAX_SEGS];
    struct vq_chain chain = {.seg = segs, .limit = MAX_SEGS};
    bool more = true;
    int r = 0;
    if (!vq_dev_ready(q) || !(c->status & VIRTIO_STATUS_DRIVER_OK)) {
        c->starved = true;
        return;
    }
    do {
        while (more && (r = vq_pop(q, &chain)) == 1)
            more = receive_chain(c, &chain);
    } while (more && r == 0 && vq_notify_enable(q));
    c->starved = more;
    if (vq_flush(q))
        raise_irq(c, VIRTIO_IRQ_RING);
    else if (q->broken)
        broken(c, QUEUE_RX);
}

static void con_notify(struct virtio_mmio *d, unsigned queue)
{
    struct virtio_console *c = of(d);
    if (queue == QUEUE_TX)
        transmit(c);
    else if (queue == QUEUE_RX && c->starved)
        console_poke(&c->console);
}

static uint32_t con_irq_status(struct virtio_mmio *d)
{
    return of(d)->irq_status;
}

static void con_irq_ack(struct virtio_mmio *d, uint32_t bits)
{
    struct virtio_console *c = of(d);
    c->irq_status &= ~bits;
    if (!c->irq_status)
        irq_line_set(&c->irq, false);
}

static uint32_t con_generation(struct virtio_mmio *d)
{
    (void)d;
    return 0;
}

static uint64_t con_config_read(struct virtio_mmio *d, uint32_t off, unsigned size)
{
    (void)d;
    (void)size;
    return off == 4 ? 1 : 0; // one port; size of the terminal not offered
}

static void con_config_write(struct virtio_mmio *d, uint32_t off, unsigned size, uint64_t value)
{
    (void)d;
    (void)off;
    (void)size;
    (void)value;
}

static struct virtio_mmio_ops const con_ops = {
    .offered = con_offered,
    .accept = con_accept,
    .set_status = con_set_status,
    .status = con_status,
    .num_max = con_num_max,
    .queue_ready = con_queue_ready,
    .notify = con_notify,
    .irq_status = con_irq_status,
    .irq_ack = con_irq_ack,
    .generation = con_generation,
    .config_read = con_config_read,
    .config_write = con_config_write,
};

static uint64_t con_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct virtio_console *c = ctx;
    (void)v;
    LOCK_SCOPE(&c->lock);
    return virtio_mmio_read(&c->mmio, off, size);
}

static void con_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct virtio_console *c = ctx;
    (void)v;
    fp_protect(); // virtqueue library
    LOCK_SCOPE(&c->lock);
    virtio_mmio_write(&c->mmio, off, size, value);
}

static struct mmio_ops const con_mmio_ops = {con_read, con_write};

static void con_input(struct console *con)
{
    struct virtio_console *c =
        (struct virtio_console *)((char *)con - offsetof(struct virtio_console, console));
    LOCK_SCOPE(&c->lock);
    receive(c);
}

static int con_create(struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    l4_cap_idx_t vcon = device_cap(m, node, "l4vmm,vcon_cap", l4re_env()->log);
    if (l4_is_invalid_cap(vcon) || device_reg(m, node, VIRTIO_MMIO_CONFIG, &r) ||
        device_irq(m, node, 0, &irq))
        return -1;
    if (dt_string(m->fdt, node, "l4vmm,virtiocap"))
        device_error(m->fdt, node, "l4vmm,virtiocap is an old name, use l4vmm,vcon_cap");
    struct virtio_console *c = device_alloc(sizeof(*c));
    c->mmio.ops = &con_ops;
    c->mmio.device_id = 3;
    c->mmio.vendor = 0x44;
    lock_init(&c->lock);
    c->irq = irq;
    vm_claim(r.start, r.size, "virtio console", &con_mmio_ops, c);
    console_open(&c->console, vcon, "virtio console", con_input);
    return 0;
}

DEVICE_TYPE(virtio_console, .compatible = "virtio,mmio", .vdev = "console", .create = con_create);
