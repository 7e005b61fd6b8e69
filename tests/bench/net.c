// SPDX-License-Identifier: MIT
// What l4vio_net_p2p does for a packet: both rings and the copy, without the notifications.
#include "measure.h"

#include "forward.h"

#include <l4/re/rescue.h>
#include <stdio.h>
#include <string.h>

enum { NUM = 64, BATCH = 32, BATCHES = 300, BUF = 2048, HDR = 12, BASE = 0x40000000,
       RINGS = 4096, RAM = 2 * RINGS + 2 * BATCH * BUF };

struct queue {
    struct vq_drv drv;
    void *cookies[NUM];
    uint16_t chain_len[NUM], next[NUM];
};

static struct guest {
    _Alignas(4096) uint8_t ram[RAM]; // rings, then buffers to receive into, then those to send from
    struct vq_region region;
    struct vq_mem mem;
    struct queue rx, tx;
    struct net_side side;
} from, to;

static void start_queue(struct guest *g, struct queue *q, struct vq_dev *dev, unsigned ring)
{
    size_t avail, used;
    struct vq_drv_memory const m = {g->ram + ring, q->cookies, q->chain_len, q->next};
    vq_drv_init(&q->drv, NUM, &m, true);
    vq_drv_layout(NUM, &avail, &used);
    struct vq_rings const r = {NUM, NUM, BASE + ring, BASE + ring + avail, BASE + ring + used};
    if (vq_dev_setup(dev, &g->mem, &r, VQ_EVENT_IDX))
        puts("bench: queue is refused");
}

static void start_guest(struct guest *g)
{
    g->mem = (struct vq_mem){.regions = &g->region, .limit = 1};
    vq_mem_add(&g->mem, BASE, RAM, g->ram, true);
    start_queue(g, &g->rx, &g->side.rx, 0);
    start_queue(g, &g->tx, &g->side.tx, RINGS);
    g->side.running = true;
}

static void add(struct queue *q, unsigned offset, unsigned len, bool write)
{
    struct vq_buf const b = {BASE + offset, len};
    vq_drv_add(&q->drv, &b, !write, write, q);
}

static void take_back(struct queue *q)
{
    void *cookie;
    uint32_t len;
    while (vq_drv_get(&q->drv, &cookie, &len) > 0)
        ;
    vq_drv_irq_enable(&q->drv);
}

static uint64_t forward_batch(unsigned len)
{
    for (unsigned i = 0; i < BATCH; i++) {
        add(&to.rx, 2 * RINGS + i * BUF, BUF, true);
        add(&from.tx, 2 * RINGS + (BATCH + i) * BUF, HDR + len, false);
    }
    vq_drv_kick(&to.rx.drv);
    vq_drv_kick(&from.tx.drv);
    uint64_t start = counter();
    net_forward(&from.side, &to.side, NUM);
    uint64_t ticks = counter() - start;
    take_back(&to.rx);
    take_back(&from.tx);
    return ticks;
}

static void measure_packets(char const *name, unsigned len)
{
    uint64_t ticks = 0, sent = from.side.tx_packets;
    for (unsigned i = 0; i < BATCHES; i++)
        ticks += forward_batch(len);
    if (from.side.tx_packets - sent != BATCH * BATCHES)
        puts("bench: packets were lost");
    report(name, ticks, BATCH * BATCHES);
}

void bench_net(void)
{
    if (l4re_guard_init() < 0)
        puts("bench: no guard");
    start_guest(&from);
    start_guest(&to);
    forward_batch(60);
    measure_packets("forward-60", 60);
    measure_packets("forward-1514", 1514);
}
