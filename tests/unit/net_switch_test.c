// SPDX-License-Identifier: MIT
// The network switch with drivers at its ports: who gets which frames, with which tags, and who harms whom.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "switch.h"
#include "unit_run.h"

enum {
    GUESTS = 8, NUM = 256, RAM = 0x140000, RX_RING = 0, TX_RING = 0x4000, RX_BUFS = 0x10000, TX_BUFS = 0x110000, BUF = 4096,
    TX_BUF = 512, ALL = 1 << 0 | 1 << 1 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12 | 1 << 15,
};

static struct guest {
    uint8_t *ram;
    uint64_t base;
    struct vq_region region;
    struct vq_mem mem;
    struct vq_drv rx, tx;
    void *cookies[2][NUM];
    uint16_t len[2][NUM], next[2][NUM];
    struct net_side side;
    struct switch_port port;
    unsigned rx_next, tx_next, kicks, breaks;
} guests[GUESTS];

static struct net_switch s;

static struct guest *guest_of(struct switch_port *p)
{
    return (struct guest *)((char *)p - offsetof(struct guest, port));
}

static void kick(struct switch_port *p)
{
    guest_of(p)->kicks++;
}

static void stop(struct guest *g)
{
    g->side.running = false;
    vq_dev_reset(&g->side.rx);
    vq_dev_reset(&g->side.tx);
}

static void broken(struct switch_port *p, char const *why)
{
    ck_assert_str_ne(why, "no error");
    guest_of(p)->breaks++;
    stop(guest_of(p));
}

static struct switch_ops const ops = { .kick = kick, .broken = broken };

static void queue_start(struct guest *g, unsigned i, struct vq_drv *drv, struct vq_dev *dev, unsigned ring)
{
    size_t av, us;
    vq_drv_layout(NUM, &av, &us);
    struct vq_drv_memory m = { g->ram + ring, g->cookies[i], g->len[i], g->next[i] };
    ck_assert_int_eq(vq_drv_init(drv, NUM, &m, true), 0);
    struct vq_rings r = { NUM, NUM, g->base + ring, g->base + ring + av, g->base + ring + us };
    ck_assert_int_eq(vq_dev_setup(dev, &g->mem, &r, VQ_EVENT_IDX), 0);
}

static void driver_start(struct guest *g, uint32_t features)
{
    if (!g->ram)
        g->ram = aligned_alloc(4096, RAM);
    memset(g->ram, 0, TX_RING * 2);
    g->base = 0x40000000;
    g->mem = (struct vq_mem){ .regions = &g->region, .limit = 1 };
    vq_mem_add(&g->mem, g->base, RAM, g->ram, true);
    queue_start(g, 0, &g->rx, &g->side.rx, RX_RING);
    queue_start(g, 1, &g->tx, &g->side.tx, TX_RING);
    g->side.features = features;
    g->side.running = true;
    g->rx_next = g->tx_next = 0;
}

// A port with VLANs as an option has them, or "monitor"; with `buffers` to receive into.
static void guest_start(unsigned n, char const *vlan, uint32_t features, unsigned buffers)
{
    struct guest *g = &guests[n];
    uint8_t *ram = g->ram;
    memset(g, 0, sizeof(*g));
    g->ram = ram;
    driver_start(g, features);
    g->port.side = &g->side;
    if (!strcmp(vlan, "monitor"))
        g->port.vlan.kind = VLAN_MONITOR;
    else if (*vlan)
        ck_assert_ptr_null(vlan_parse(&g->port.vlan, vlan));
    while (buffers--) {
        unsigned off = RX_BUFS + g->rx_next++ % NUM * BUF;
        struct vq_buf buf = { g->base + off, BUF };
        ck_assert_int_ge(vq_drv_add(&g->rx, &buf, 0, 1, g->ram + off), 0);
    }
    vq_drv_kick(&g->rx);
    switch_add(&s, &g->port);
}

static void start(void)
{
    switch_init(&s, &ops, 42);
}

// Sends a frame, and lets the switch work until it has nothing to do.
static void put(unsigned n, struct virtio_net_hdr const *hdr, void const *frame, unsigned len)
{
    struct guest *g = &guests[n];
    unsigned off = TX_BUFS + g->tx_next++ % NUM * TX_BUF;
    uint8_t *m = g->ram + off;
    memcpy(m, hdr, NET_HDR);
    memcpy(m + NET_HDR, frame, len);
    struct vq_buf buf = { g->base + off, NET_HDR + len };
    ck_assert_int_ge(vq_drv_add(&g->tx, &buf, 1, 0, m), 0);
    vq_drv_kick(&g->tx);
}

static void work(unsigned n)
{
    switch_ready(&s, &guests[n].port);
    for (unsigned steps = 0; switch_step(&s); steps++)
        ck_assert_uint_lt(steps, 100);
}

static struct virtio_net_hdr const plain;
static struct virtio_net_hdr large;

static void send(unsigned n, void const *frame, unsigned len)
{
    put(n, &plain, frame, len);
    work(n);
}

static uint8_t got[70000];
static struct virtio_net_hdr got_hdr;

// The next frame that the guest has received, its length; 0: none.
static unsigned receive(unsigned n)
{
    struct guest *g = &guests[n];
    void *p;
    uint32_t len;
    unsigned total = 0;
    for (unsigned left = 1, i = 0; left; left--, i++) {
        if (vq_drv_get(&g->rx, &p, &len) <= 0)
            return 0;
        if (!i) {
            memcpy(&got_hdr, p, NET_HDR);
            left = got_hdr.num_buffers;
            p = (uint8_t *)p + NET_HDR;
            len -= NET_HDR;
        }
        memcpy(got + total, p, len);
        total += len;
    }
    return total;
}

// An Ethernet frame from guest `from` to `to`, 255: everybody; vlan 0: without a tag. Returns its length.
static unsigned make(uint8_t *f, unsigned from, unsigned to, unsigned vlan)
{
    unsigned n = 12;
    memset(f, to == 255 ? 255 : 0, 12);
    memset(f + 6, 0, 6);
    if (to != 255)
        memcpy(f, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)to }, 6);
    memcpy(f + 6, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)from }, 6);
    if (vlan) {
        memcpy(f + n, (uint8_t[]){ 0x81, 0, (uint8_t)(vlan >> 8), (uint8_t)vlan }, 4);
        n += 4;
    }
    f[n++] = 8;
    f[n++] = 6;
    for (unsigned i = 0; i < 46; i++)
        f[n++] = (uint8_t)(i * 3 + from);
    return n;
}

static uint8_t frame[70000], expected[100];

static void send_to(unsigned from, unsigned to, unsigned vlan)
{
    unsigned len = make(frame, from, to, vlan);
    send(from, frame, len);
}

// The guest has got one frame, from that guest and to that one, with that tag, and nothing else.
static void expect(unsigned n, unsigned from, unsigned to, unsigned vlan)
{
    unsigned len = make(expected, from, to, vlan);
    ck_assert_msg(receive(n) == len, "guest %u got nothing, or another frame", n);
    ck_assert_mem_eq(got, expected, len);
    ck_assert_msg(!receive(n), "guest %u got another frame", n);
}

static void expect_nothing(unsigned n)
{
    ck_assert_msg(!receive(n), "guest %u got a frame", n);
}

static unsigned sum16(uint8_t const *p, unsigned len, uint32_t sum)
{
    for (unsigned i = 0; i < len; i++)
        sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

enum { PAYLOAD = 5000, MSS = 1400 }; // of a large packet

// A large TCP packet from guest 0 to everybody. Returns its length.
static unsigned make_tcp(uint8_t *f, unsigned vlan, struct virtio_net_hdr *h, unsigned payload)
{
    unsigned l3 = vlan ? 18 : 14, l4 = l3 + 20, len = l4 + 20 + payload;
    make(f, 0, 255, vlan);
    memset(f + l3, 0, 40);
    for (unsigned i = 0; i < payload; i++)
        f[l4 + 20 + i] = (uint8_t)(i * 5 + i / 256);
    f[l3 - 2] = 8;
    f[l3 - 1] = 0;
    f[l3] = 0x45;
    f[l3 + 9] = 6;
    memset(f + l3 + 12, 0xc0, 8);
    f[l4 + 12] = 0x50;
    unsigned sum = sum16(f + l3 + 12, 8, 6 + 20 + payload);
    f[l4 + 16] = (uint8_t)(sum >> 8);
    f[l4 + 17] = (uint8_t)sum;
    *h = (struct virtio_net_hdr){ .flags = 1, .csum_start = (uint16_t)l4, .csum_offset = 16, .hdr_len = (uint16_t)(l4 + 20) };
    return len;
}

START_TEST(unknown_is_flooded_and_known_is_not)
{
    start();
    for (unsigned i = 0; i < 4; i++)
        guest_start(i, "", _i ? ALL : 0, 20);
    send_to(0, 1, 0); // nobody knows where 1 is
    expect_nothing(0);
    for (unsigned i = 1; i < 4; i++)
        expect(i, 0, 1, 0);
    send_to(1, 0, 0); // where 0 is was learned
    expect(0, 1, 0, 0);
    expect_nothing(2);
    expect_nothing(3);
    send_to(0, 1, 0);
    expect(1, 0, 1, 0);
    expect_nothing(2);
    send_to(2, 255, 0); // everybody
    expect(0, 2, 255, 0);
    expect(1, 2, 255, 0);
    expect(3, 2, 255, 0);
    expect_nothing(2);
    ck_assert_uint_eq(guests[0].side.tx_packets, 2);
    ck_assert_uint_eq(guests[0].side.dropped, 0);
    ck_assert_uint_eq(guests[1].port.received, 3);
    ck_assert_uint_eq(guests[1].port.received_bytes, 3 * 60);
    ck_assert(guests[0].kicks && guests[3].kicks);
}
END_TEST

START_TEST(never_back)
{
    start();
    guest_start(0, "", 0, 20);
    guest_start(1, "", 0, 20);
    send_to(0, 255, 0);
    expect(1, 0, 255, 0);
    unsigned len = make(frame, 7, 0, 0); // a second station behind port 0 sends to the first
    send(0, frame, len);
    expect_nothing(0);
    expect_nothing(1);
    ck_assert_uint_eq(guests[0].side.dropped, 1);
}
END_TEST

START_TEST(a_station_moves)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 20);
    send_to(0, 255, 0);
    expect(1, 0, 255, 0);
    expect(2, 0, 255, 0);
    unsigned len = make(frame, 0, 255, 0);
    send(2, frame, len); // it is behind port 2 now
    expect(0, 0, 255, 0);
    expect(1, 0, 255, 0);
    send_to(1, 0, 0);
    expect(2, 1, 0, 0);
    expect_nothing(0);
}
END_TEST

START_TEST(a_port_goes)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 20);
    send_to(0, 255, 0);
    receive(1), receive(2);
    switch_ready(&s, &guests[1].port);
    switch_ready(&s, &guests[0].port);
    switch_ready(&s, &guests[2].port);
    switch_remove(&s, &guests[0].port);
    memset(&guests[0].port, 0xa5, sizeof(guests[0].port));
    while (switch_step(&s))
        ;
    send_to(1, 0, 0); // flooded again
    expect(2, 1, 0, 0);
    expect_nothing(0);
    switch_remove(&s, &guests[2].port);
    send_to(1, 2, 0);
    ck_assert_uint_eq(guests[1].side.dropped, 1);
}
END_TEST

// The matrix: what each port gets of frames of everybody.
START_TEST(vlans)
{
    static char const *const ports[GUESTS] = {
        "", "", "access=10", "access=10", "access=20", "trunk=10,20", "trunk=all", "monitor",
    };
    // from; the frame's tag; what ports 0 to 7 get: the tag, 0 for none, -1 for no frame
    static struct {
        unsigned from, tag;
        int gets[GUESTS];
    } const t[] = {
        { 0, 0, { -1, 0, -1, -1, -1, -1, 0, 0 } },
        { 0, 10, { -1, 10, -1, -1, -1, -1, -1, 10 } }, // a tag opens no way into a VLAN
        { 2, 0, { -1, -1, -1, 0, -1, 10, 10, 10 } },
        { 2, 10, { -1, -1, -1, -1, -1, -1, -1, -1 } }, // and an access port has none
        { 2, 20, { -1, -1, -1, -1, -1, -1, -1, -1 } },
        { 4, 0, { -1, -1, -1, -1, -1, 20, 20, 20 } },
        { 5, 10, { -1, -1, 0, 0, -1, -1, 10, 10 } },
        { 5, 20, { -1, -1, -1, -1, 0, -1, 20, 20 } },
        { 5, 30, { -1, -1, -1, -1, -1, -1, -1, -1 } }, // not among the trunk's
        { 5, 0, { -1, -1, -1, -1, -1, -1, -1, -1 } },
        { 6, 20, { -1, -1, -1, -1, 0, 20, -1, 20 } },
        { 6, 30, { -1, -1, -1, -1, -1, -1, -1, 30 } },
        { 6, 0, { 0, 0, -1, -1, -1, -1, -1, 0 } },
        { 6, 4095, { -1, -1, -1, -1, -1, -1, -1, -1 } },
        { 7, 0, { -1, -1, -1, -1, -1, -1, -1, -1 } }, // a monitor sends nothing
        { 7, 10, { -1, -1, -1, -1, -1, -1, -1, -1 } },
    };
    start();
    for (unsigned i = 0; i < GUESTS; i++)
        guest_start(i, ports[i], _i ? ALL : 0, 60);
    for (unsigned k = 0; k < sizeof(t) / sizeof(t[0]); k++) {
        send_to(t[k].from, 255, t[k].tag);
        bool reached = false;
        for (unsigned i = 0; i < GUESTS; i++) {
            reached |= t[k].gets[i] >= 0;
            if (t[k].gets[i] >= 0)
                expect(i, t[k].from, 255, (unsigned)t[k].gets[i]);
            else
                expect_nothing(i);
        }
        ck_assert_msg(guests[t[k].from].side.dropped == !reached, "frame %u", k);
        guests[t[k].from].side.dropped = 0;
    }
}
END_TEST

// The same address in two VLANs is two stations.
START_TEST(learned_for_each_vlan)
{
    start();
    guest_start(0, "access=10", 0, 20);
    guest_start(1, "access=20", 0, 20);
    guest_start(2, "trunk=10,20", 0, 20);
    guest_start(3, "access=20", 0, 20);
    unsigned len = make(frame, 9, 255, 0);
    send(0, frame, len);
    send(1, frame, len);
    receive(2), receive(2), receive(3);
    send_to(2, 9, 20);
    expect(1, 2, 9, 0);
    expect_nothing(0);
    expect_nothing(3);
    send_to(2, 9, 10);
    expect(0, 2, 9, 0);
    expect_nothing(1);
}
END_TEST

START_TEST(a_monitor_sees_what_goes_to_one)
{
    start();
    guest_start(0, "access=10", 0, 20);
    guest_start(1, "access=10", 0, 20);
    guest_start(2, "monitor", 0, 3);
    send_to(0, 255, 0);
    receive(1);
    expect(2, 0, 255, 10);
    send_to(1, 0, 0);
    expect(0, 1, 0, 0);
    expect(2, 1, 0, 10);
    send_to(0, 1, 0);
    expect(2, 0, 1, 10);
    send_to(1, 0, 0); // without buffers it misses a frame; nobody else does
    receive(1);
    expect(0, 1, 0, 0);
    ck_assert_uint_eq(guests[2].port.missed, 1);
}
END_TEST

// One without buffers holds up nobody.
START_TEST(a_slow_receiver)
{
    start();
    guest_start(0, "", 0, 0);
    guest_start(1, "", 0, 3);
    guest_start(2, "", 0, 200);
    for (unsigned i = 0; i < 150; i++)
        put(0, &plain, frame, make(frame, 0, 255, 0));
    work(0);
    unsigned n = 0;
    while (receive(2))
        n++;
    ck_assert_uint_eq(n, 150);
    ck_assert_uint_eq(guests[1].port.received, 3);
    ck_assert_uint_eq(guests[1].port.missed, 147);
    ck_assert_uint_eq(guests[0].side.dropped, 0);
    void *c;
    uint32_t len;
    for (n = 0; vq_drv_get(&guests[0].tx, &c, &len) > 0;)
        n++;
    ck_assert_uint_eq(n, 150);
}
END_TEST

// Who sends much and who sends little: each gets its turn.
START_TEST(turns)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 0);
    for (unsigned i = 0; i < 250; i++)
        put(0, &plain, frame, make(frame, 0, 255, 0));
    put(1, &plain, frame, make(frame, 1, 255, 0));
    for (unsigned i = 0; i < 250; i++)
        put(2, &plain, frame, make(frame, 2, 255, 0));
    for (unsigned i = 0; i < 3; i++)
        switch_ready(&s, &guests[i].port);
    switch_ready(&s, &guests[0].port); // who asks twice has no more turns
    static struct { unsigned sent[3]; bool more; } const t[] = {
        { { 128, 0, 0 }, true }, { { 128, 1, 0 }, true }, { { 128, 1, 128 }, true }, { { 250, 1, 128 }, true },
        { { 250, 1, 250 }, false },
    };
    for (unsigned k = 0; k < sizeof(t) / sizeof(t[0]); k++) {
        ck_assert_int_eq(switch_step(&s), t[k].more);
        for (unsigned i = 0; i < 3; i++)
            ck_assert_uint_eq(guests[i].side.dropped, t[k].sent[i]);
    }
    struct vq_buf buf = { guests[0].base + TX_BUFS, 72 }; // and is asked to notify
    vq_drv_add(&guests[0].tx, &buf, 1, 0, NULL);
    ck_assert(vq_drv_kick(&guests[0].tx));
}
END_TEST

// Large packets for many end a turn earlier.
START_TEST(turns_of_large_packets)
{
    start();
    guest_start(0, "", ALL, 0);
    for (unsigned i = 1; i < GUESTS; i++)
        guest_start(i, "", 0, 0); // each would get segments
    struct guest *g = &guests[0];
    unsigned len = make_tcp(frame, 0, &large, 60000);
    large.gso_type = 1;
    large.gso_size = 1400;
    memcpy(g->ram + RX_BUFS, &large, NET_HDR);
    memcpy(g->ram + RX_BUFS + NET_HDR, frame, len);
    struct vq_buf buf = { g->base + RX_BUFS, NET_HDR + len };
    for (unsigned i = 0; i < 20; i++)
        vq_drv_add(&g->tx, &buf, 1, 0, NULL);
    vq_drv_kick(&g->tx);
    switch_ready(&s, &g->port);
    ck_assert(switch_step(&s));
    ck_assert_uint_eq(g->side.dropped, SWITCH_BYTES / (7 * 60000) + 1);
    ck_assert(switch_step(&s));
    ck_assert_uint_eq(g->side.dropped, 20);
    ck_assert(!switch_step(&s));
}
END_TEST

// Frames that are none are for nobody, and harm nobody.
START_TEST(hostile_frames)
{
    start();
    guest_start(0, _i == 0 ? "" : _i == 1 ? "access=10" : _i == 2 ? "trunk=10" : "trunk=all", ALL, 20);
    guest_start(1, "", ALL, 20);
    guest_start(2, "trunk=all", ALL, 20);
    guest_start(3, "monitor", ALL, 20);
    make(frame, 0, 255, 10);
    for (unsigned len = 1; len < 18; len++)
        send(0, frame, len);
    ck_assert_uint_eq(guests[0].side.dropped, 17);
    for (unsigned i = 1; i < 4; i++)
        expect_nothing(i);
    // A checksum's place that is in the Ethernet header, or not in 16 bits where there is a tag more
    struct virtio_net_hdr h = { .flags = 1, .csum_start = 13, .csum_offset = 20 };
    put(0, &h, frame, make(frame, 0, 255, 0));
    h.csum_start = 17;
    put(0, &h, frame, make(frame, 0, 255, 10));
    work(0);
    ck_assert_uint_eq(guests[0].side.dropped, 19);
    ck_assert_uint_eq(guests[0].breaks, 0);
}
END_TEST

START_TEST(hostile_buffers)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 20);
    struct guest *g = &guests[0];
    static struct vq_buf const t[][2] = {
        { { 0x40000000 + TX_BUFS, 11 } },                    // shorter than a header
        { { 0x40000000 + TX_BUFS, 100 }, { 0x10000, 100 } }, // beyond the memory
        { { 0x40000000 + RAM - 50, 100 } },
    };
    vq_drv_add(&g->tx, t[_i], t[_i][1].len ? 2 : 1, 0, NULL);
    vq_drv_kick(&g->tx);
    work(0);
    ck_assert_uint_eq(g->breaks, 1);
    expect_nothing(1);
    send_to(1, 255, 0);
    expect(2, 1, 255, 0);
}
END_TEST

static void set_there(struct guest *g, unsigned from, unsigned to, bool there)
{
    ck_assert_int_eq(mprotect(g->ram + from, to - from, there ? PROT_READ | PROT_WRITE : PROT_NONE), 0);
}

// A receiver takes its memory away, or breaks its ring: the others get the frame.
START_TEST(a_receiver_breaks)
{
    start();
    guest_start(0, "", 0, 20);
    guest_start(1, "", 0, _i == 2 ? 0 : 20);
    guest_start(2, "", 0, 20);
    struct guest *g = &guests[1];
    struct vq_buf readable = { g->base, 100 };
    if (_i < 2)
        set_there(g, _i ? RX_BUFS : 0, _i ? TX_BUFS : TX_RING, false);
    else
        vq_drv_add(&g->rx, &readable, 1, 0, NULL), vq_drv_kick(&g->rx);
    send_to(0, 255, 0);
    expect(2, 0, 255, 0);
    ck_assert_uint_eq(g->breaks, 1);
    ck_assert_uint_eq(guests[0].breaks, 0);
    set_there(g, 0, RAM, true);
    driver_start(g, 0);
    send_to(1, 0, 0); // and comes back
    expect(0, 1, 0, 0);
}
END_TEST

START_TEST(a_sender_breaks)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 20);
    put(0, &plain, frame, make(frame, 0, 255, 0));
    set_there(&guests[0], _i ? TX_BUFS : 0, RAM, false);
    work(0);
    ck_assert_uint_eq(guests[0].breaks, 1);
    expect_nothing(1);
    send_to(1, 255, 0);
    expect(2, 1, 255, 0);
    set_there(&guests[0], 0, RAM, true);
}
END_TEST

// Whose driver is not there neither sends nor receives.
START_TEST(not_running)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        guest_start(i, "", 0, 20);
    put(0, &plain, frame, make(frame, 0, 255, 0));
    stop(&guests[0]);
    stop(&guests[2]);
    work(0);
    expect_nothing(1);
    send_to(1, 255, 0);
    expect_nothing(0);
    expect_nothing(2);
    ck_assert_uint_eq(guests[2].port.missed, 1);
    ck_assert_uint_eq(guests[1].side.dropped, 1);
}
END_TEST

// A sender that writes another header once the first has been looked at: whose buffer lies in its memory gets its copy first.
START_TEST(headers_are_read_once)
{
    start();
    guest_start(0, _i ? "trunk=10" : "access=10", ALL, 0);
    guest_start(1, "trunk=10,20", ALL, 20);
    guest_start(3, "access=10", ALL, 20);
    guest_start(2, _i ? "trunk=10" : "access=10", ALL, 0);
    struct guest *g = &guests[2];
    unsigned head = _i ? 18 : 14, len = make(frame, 0, 255, _i ? 10 : 0);
    struct vq_buf bufs[] = { { g->base + RX_BUFS, NET_HDR + head }, { g->base + RX_BUFS + BUF, BUF } };
    vq_drv_add(&g->rx, bufs, 0, 2, NULL);
    vq_drv_kick(&g->rx);
    // What is written where the frame was: 12 bytes that are mostly zero, then the frame.
    g->region.local = guests[0].ram + TX_BUFS + NET_HDR - RX_BUFS;
    send(0, frame, len);
    ck_assert_mem_ne(guests[0].ram + TX_BUFS + NET_HDR, frame, head);
    ck_assert_uint_eq(receive(1), _i ? len : len + 4);
    make(expected, 0, 255, 10);
    ck_assert_mem_eq(got, expected, 18);
    ck_assert_uint_eq(receive(3), _i ? len - 4 : len);
    make(expected, 0, 255, 0);
    ck_assert_mem_eq(got, expected, 14);
}
END_TEST

static bool tcp_sum_ok(unsigned l3, unsigned len)
{
    return sum16(got + l3 + 20, len - l3 - 20, sum16(got + l3 + 12, 8, 6 + len - l3 - 20)) == 0xffff;
}

// Offloads through a border: tags move what the header describes, for those who take it and those for whom it is done.
START_TEST(offloads_and_tags)
{
    bool to_trunk = _i & 1, large = _i & 2;
    unsigned in = to_trunk ? 0 : 10, out = to_trunk ? 10 : 0, l3 = out ? 18 : 14;
    start();
    guest_start(0, to_trunk ? "access=10" : "trunk=10", ALL, 0);
    guest_start(1, to_trunk ? "trunk=10" : "access=10", ALL, 20);
    guest_start(2, to_trunk ? "trunk=10" : "access=10", 0, 20);
    struct virtio_net_hdr h;
    unsigned len = make_tcp(frame, in, &h, large ? PAYLOAD : 300), head = l3 + 40;
    h.gso_type = large;
    h.gso_size = large ? MSS : 0;
    struct guest *g = &guests[0];
    memcpy(g->ram + RX_BUFS, &h, NET_HDR);
    memcpy(g->ram + RX_BUFS + NET_HDR, frame, len);
    struct vq_buf bufs[] = { { g->base + RX_BUFS, 20 }, { g->base + RX_BUFS + 20, NET_HDR + len - 20 } };
    vq_drv_add(&g->tx, bufs, 2, 0, NULL);
    vq_drv_kick(&g->tx);
    work(0);

    unsigned in_l3 = in ? 18 : 14, payload = len - in_l3 - 40;
    ck_assert_uint_eq(receive(1), head + payload); // as a whole
    ck_assert_uint_eq(got_hdr.csum_start, l3 + 20);
    ck_assert_uint_eq(got_hdr.hdr_len, head);
    ck_assert_uint_eq(got_hdr.gso_type, large);
    ck_assert_uint_eq(got[12], out ? 0x81 : 0x08);
    ck_assert_uint_eq(got[15], out ? 10 : got[15]);
    ck_assert_mem_eq(got + l3 - 2, frame + in_l3 - 2, payload + 42);

    for (unsigned at = 0; at < payload;) { // in segments with sums
        unsigned n = receive(2), expect_len = large && payload - at > MSS ? MSS : payload - at;
        ck_assert_uint_eq(n, head + expect_len);
        ck_assert(tcp_sum_ok(l3, n));
        ck_assert_mem_eq(got, frame, 12);
        ck_assert_uint_eq(got[12], out ? 0x81 : 0x08);
        ck_assert_mem_eq(got + head, frame + in_l3 + 40 + at, expect_len);
        at += expect_len;
    }
    expect_nothing(2);
}
END_TEST

// Segments for one who runs out of buffers: it misses the rest, and the next one starts with the first.
START_TEST(segments_without_buffers)
{
    start();
    guest_start(0, "", ALL, 0);
    guest_start(1, "", 0, 20);
    guest_start(2, "", 0, 2); // the last one comes first
    struct virtio_net_hdr h;
    unsigned len = make_tcp(frame, 0, &h, PAYLOAD);
    h.gso_type = 1;
    h.gso_size = MSS;
    struct guest *g = &guests[0];
    memcpy(g->ram + RX_BUFS, &h, NET_HDR);
    memcpy(g->ram + RX_BUFS + NET_HDR, frame, len);
    struct vq_buf buf = { g->base + RX_BUFS, NET_HDR + len };
    vq_drv_add(&g->tx, &buf, 1, 0, NULL);
    vq_drv_kick(&g->tx);
    work(0);
    ck_assert_uint_eq(receive(2), 54 + MSS);
    ck_assert_uint_eq(receive(2), 54 + MSS);
    expect_nothing(2);
    ck_assert_uint_eq(guests[2].port.missed, 1);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(receive(1), 54 + (i < 3 ? MSS : PAYLOAD - 3 * MSS));
}
END_TEST

static uint32_t rnd_state = 11;
static uint32_t rnd(void)
{
    rnd_state ^= rnd_state << 13;
    rnd_state ^= rnd_state >> 17;
    rnd_state ^= rnd_state << 5;
    return rnd_state;
}

// Random frames between ports of all kinds: no frame of VLAN 10 comes to VLAN 20 or to a native port, and the sanitizers watch.
START_TEST(random_frames)
{
    static char const *const ports[GUESTS] = {
        "", "", "access=10", "access=10", "access=20", "trunk=10,20", "trunk=all", "monitor",
    };
    for (unsigned i = 0; i < 5000; i++) {
        if (i % 40 == 0) {
            start();
            for (unsigned k = 0; k < GUESTS; k++)
                guest_start(k, ports[k], rnd() & ALL, 200);
        }
        unsigned from = rnd() % GUESTS;
        struct virtio_net_hdr h = { 0 };
        make_tcp(frame, rnd() % 3 * 10, &h, 300);
        memcpy(frame + 6, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)from }, 6); // who sent it
        if (rnd() & 1)
            memcpy(frame, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)(rnd() % GUESTS) }, 6);
        h.gso_type = rnd() & 1;
        h.gso_size = 100;
        for (unsigned k = 0; k < rnd() % 3; k++)
            ((uint8_t *)&h)[rnd() % 10] = (uint8_t)rnd();
        for (unsigned k = 0; k < rnd() % 4; k++)
            frame[12 + rnd() % 60] = (uint8_t)rnd();
        put(from, &h, frame, 1 + rnd() % 380);
        work(from);
        ck_assert_uint_eq(guests[from].breaks, 0);
        for (unsigned to = 0; to < GUESTS; to++)
            while (receive(to)) {
                ck_assert_uint_ne(to, from);
                unsigned source = got[11];
                bool native = source <= 1, ten = source == 2 || source == 3;
                ck_assert_msg(source < 5 ? to >= 6 || to == 5 || (native ? to <= 1 : ten ? to == 2 || to == 3 : to == 4) : true,
                              "from %u to %u", source, to);
                ck_assert(!(native && to == 5));
            }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_switch");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, unknown_is_flooded_and_known_is_not, 0, 2);
    tcase_add_test(t, never_back);
    tcase_add_test(t, a_station_moves);
    tcase_add_test(t, a_port_goes);
    tcase_add_loop_test(t, vlans, 0, 2);
    tcase_add_test(t, learned_for_each_vlan);
    tcase_add_test(t, a_monitor_sees_what_goes_to_one);
    tcase_add_test(t, a_slow_receiver);
    tcase_add_test(t, turns);
    tcase_add_test(t, turns_of_large_packets);
    tcase_add_loop_test(t, hostile_frames, 0, 4);
    tcase_add_loop_test(t, hostile_buffers, 0, 3);
    tcase_add_loop_test(t, a_receiver_breaks, 0, 3);
    tcase_add_loop_test(t, a_sender_breaks, 0, 2);
    tcase_add_test(t, not_running);
    tcase_add_loop_test(t, headers_are_read_once, 0, 2);
    tcase_add_loop_test(t, offloads_and_tags, 0, 4);
    tcase_add_test(t, segments_without_buffers);
    tcase_add_test(t, random_frames);
    suite_add_tcase(suite, t);
    int status = unit_run(suite);
    for (unsigned i = 0; i < GUESTS; i++)
        free(guests[i].ram);
    return status;
}
