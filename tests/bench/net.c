// SPDX-License-Identifier: MIT
// What l4vio_net_p2p and l4vio_switch do for a packet: both rings and the copy, without the notifications.
#include "measure.h"

#include "forward.h"
#include "switch.h"

#include <l4/re/rescue.h>
#include <stdio.h>
#include <string.h>

enum { NUM = 64, BATCH = 32, BATCHES = 300, BUF = 2048, HDR = 12, BASE = 0x40000000,
       RINGS = 4096, RAM = 2 * RINGS + 2 * BATCH * BUF, PORTS = 16 };

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
    struct switch_port port;
} from, to;

static struct net_switch net_switch;
static struct net_side others; // of ports without a driver
static struct switch_port more[PORTS - 2];

static void forward_by_cable(void)
{
    net_forward(&from.side, &to.side, NUM);
}

static void forward_by_switch(void)
{
    switch_ready(&net_switch, &from.port);
    switch_step(&net_switch);
}

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

static uint64_t forward_batch(void (*forward)(void), unsigned len)
{
    for (unsigned i = 0; i < BATCH; i++) {
        add(&to.rx, 2 * RINGS + i * BUF, BUF, true);
        add(&from.tx, 2 * RINGS + (BATCH + i) * BUF, HDR + len, false);
    }
    vq_drv_kick(&to.rx.drv);
    vq_drv_kick(&from.tx.drv);
    uint64_t start = counter();
    forward();
    uint64_t ticks = counter() - start;
    take_back(&to.rx);
    take_back(&from.tx);
    return ticks;
}

static void measure_packets(char const *name, void (*forward)(void), unsigned len)
{
    uint64_t ticks = 0, sent = from.side.tx_packets;
    for (unsigned i = 0; i < BATCHES; i++)
        ticks += forward_batch(forward, len);
    if (from.side.tx_packets - sent != BATCH * BATCHES)
        puts("bench: packets were lost");
    report(name, ticks, BATCH * BATCHES);
}

static void kick(struct switch_port *p)
{
    (void)p;
}

static void broken(struct switch_port *p, char const *why)
{
    (void)p;
    printf("bench: the switch finds a ring broken: %s\n", why);
}

// Each knows where the other is: no frame is for everybody.
static void start_switch(void)
{
    static struct switch_ops const ops = {kick, broken};
    static uint8_t const from_address[] = {2, 0, 0, 0, 0, 1}, to_address[] = {2, 0, 0, 0, 0, 2};
    switch_init(&net_switch, &ops, 1);
    from.port.side = &from.side;
    to.port.side = &to.side;
    switch_add(&net_switch, &from.port);
    switch_add(&net_switch, &to.port);
    mac_table_learn(&net_switch.macs, 0x020000000002, 0, &to.port);
    for (unsigned i = 0; i < BATCH; i++) {
        uint8_t *frame = from.ram + 2 * RINGS + (BATCH + i) * BUF + HDR;
        memcpy(frame, to_address, sizeof(to_address));
        memcpy(frame + 6, from_address, sizeof(from_address));
    }
}

static void add_ports(void)
{
    for (unsigned i = 0; i < PORTS - 2; i++) {
        more[i].side = &others;
        switch_add(&net_switch, &more[i]);
    }
}

void bench_net(void)
{
    if (l4re_guard_init() < 0)
        puts("bench: no guard");
    start_guest(&from);
    start_guest(&to);
    forward_batch(forward_by_cable, 60);
    measure_packets("forward-60", forward_by_cable, 60);
    measure_packets("forward-1514", forward_by_cable, 1514);
    start_switch();
    forward_batch(forward_by_switch, 60);
    measure_packets("switch-60", forward_by_switch, 60);
    measure_packets("switch-1514", forward_by_switch, 1514);
    add_ports();
    measure_packets("switch-60-16", forward_by_switch, 60);
}
