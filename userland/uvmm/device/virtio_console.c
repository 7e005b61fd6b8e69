// SPDX-License-Identifier: MIT
// virtio console (virtio 1.2, section 5.3) with one port: queue 0 receives, queue 1 transmits.
//
// Output is written on the vCPU thread that notifies; input comes on the main thread. The device's
// lock covers registers, queues and interrupt.
#include "boot/dt.h"
#include "device/console.h"
#include "device/device.h"
#include "device/virtio_dev.h"

#include <l4/re/env.h>
#include <l4/sys/vcon.h>

enum { QUEUE_RX, QUEUE_TX, NUM_QUEUES, QUEUE_SIZE = 128, MAX_SEGS = 2 * QUEUE_SIZE };

struct virtio_console {
    struct virtio_dev dev; // first
    struct console console;
    bool starved; // input waits for buffers of the guest
};

static struct virtio_console *of(struct virtio_dev *d)
{
    return (struct virtio_console *)d;
}

static void con_started(struct virtio_dev *d)
{
    console_listen(&of(d)->console);
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
    struct vq_dev *q = &c->dev.queue[QUEUE_TX];
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
            virtio_dev_broken(&c->dev, QUEUE_TX);
            return;
        }
    } while (vq_notify_enable(q));
    if (vq_flush(q))
        virtio_dev_signal(&c->dev, VIRTIO_IRQ_RING);
    else if (q->broken)
        virtio_dev_broken(&c->dev, QUEUE_TX);
}

// Fills one receive buffer. Returns whether the console may have more.
static bool receive_chain(struct virtio_console *c, struct vq_chain const *chain)
{
    char buf[L4_VCON_READ_SIZE];
    bool more;
    unsigned size = chain->write_len < sizeof(buf) ? (unsigned)chain->write_len : sizeof(buf);
    unsigned n = size ? console_read(&c->console, buf, size, &more) : 0;
    if (!n && size) {
        vq_unpop(&c->dev.queue[QUEUE_RX], 1);
        return false;
    }
    long written = vq_chain_write(chain, 0, buf, n);
    if (written < 0)
        c->dev.queue[QUEUE_RX].broken = VQ_EGONE;
    else
        vq_push(&c->dev.queue[QUEUE_RX], chain->head, (uint32_t)written);
    return size ? more : true;
}

// Fills the guest's receive buffers from the console. Main thread.
static void receive(struct virtio_console *c)
{
    struct vq_dev *q = &c->dev.queue[QUEUE_RX];
    struct vq_seg segs[MAX_SEGS];
    struct vq_chain chain = {.seg = segs, .limit = MAX_SEGS};
    bool more = true;
    int r = 0;
    if (!vq_dev_ready(q) || !virtio_dev_started(&c->dev)) {
        c->starved = true;
        return;
    }
    do {
        while (more && (r = vq_pop(q, &chain)) == 1)
            more = receive_chain(c, &chain);
    } while (more && r == 0 && vq_notify_enable(q));
    c->starved = more;
    if (vq_flush(q))
        virtio_dev_signal(&c->dev, VIRTIO_IRQ_RING);
    else if (q->broken)
        virtio_dev_broken(&c->dev, QUEUE_RX);
}

static void con_notify(struct virtio_dev *d, unsigned queue)
{
    struct virtio_console *c = of(d);
    if (queue == QUEUE_TX)
        transmit(c);
    else if (c->starved)
        console_poke(&c->console);
}

static uint64_t con_config(struct virtio_dev *d, uint32_t off, unsigned size)
{
    (void)d;
    (void)size;
    return off == 4 ? 1 : 0; // one port; size of the terminal not offered
}

static struct virtio_dev_ops const con_ops = {
    .name = "virtio console",
    .id = 3,
    .num_queues = NUM_QUEUES,
    .queue_size = QUEUE_SIZE,
    .started = con_started,
    .notify = con_notify,
    .config = con_config,
};

static void con_input(struct console *con)
{
    struct virtio_console *c =
        (struct virtio_console *)((char *)con - offsetof(struct virtio_console, console));
    LOCK_SCOPE(&c->dev.lock);
    receive(c);
}

static int con_create(struct vm *m, int node)
{
    l4_cap_idx_t vcon = device_cap(m, node, "l4vmm,vcon_cap", l4re_env()->log);
    if (l4_is_invalid_cap(vcon))
        return -1;
    struct virtio_console *c = device_alloc(sizeof(*c));
    if (virtio_dev_create(&c->dev, &con_ops, m, node))
        return -1;
    if (dt_string(m->fdt, node, "l4vmm,virtiocap"))
        device_error(m->fdt, node, "l4vmm,virtiocap is an old name, use l4vmm,vcon_cap");
    console_open(&c->console, vcon, con_ops.name, con_input);
    return 0;
}

DEVICE_TYPE(virtio_console, .compatible = "virtio,mmio", .vdev = "console", .create = con_create);
