// SPDX-License-Identifier: MIT
// Forwarding between two network ports: drivers on both sides, offloads, back pressure.
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "forward.h"
#include "unit_run.h"
#include "offload.h"
#include "virtio_net.h"

enum { NUM = 64, RAM = 512 * 1024, RX_RING = 0, TX_RING = 4096, RX_BUFS = 0x10000,
       TX_BUFS = 0x50000, HDR = 12, ALL = 1 << 0 | 1 << 1 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12
       | 1 << 15 };

struct guest {
    uint8_t *ram;
    uint64_t base;
    struct vq_region region;
    struct vq_mem mem;
    struct vq_drv rx, tx;
    void *cookies[2][NUM];
    uint16_t len[2][NUM], next[2][NUM];
    struct net_side side;
    unsigned rx_next;
};

static struct guest a, b;

static void queue_start(struct guest *g, unsigned i, struct vq_drv *drv, struct vq_dev *dev,
                        unsigned ring, unsigned flags)
{
    size_t av, us;
    vq_drv_layout(NUM, &av, &us);
    struct vq_drv_memory m = {g->ram + ring, g->cookies[i], g->len[i], g->next[i]};
    ck_assert_int_eq(vq_drv_init(drv, NUM, &m, flags & VQ_EVENT_IDX), 0);
    struct vq_rings r = {NUM, NUM, g->base + ring, g->base + ring + av, g->base + ring + us};
    ck_assert_int_eq(vq_dev_setup(dev, &g->mem, &r, flags), 0);
}

static void guest_start(struct guest *g, uint64_t base, uint32_t features, unsigned flags)
{
    free(g->ram);
    memset(g, 0, sizeof(*g));
    g->ram = aligned_alloc(4096, RAM);
    memset(g->ram, 0, RAM);
    g->base = base;
    g->mem = (struct vq_mem){ .regions = &g->region, .limit = 1 };
    vq_mem_add(&g->mem, base, RAM, g->ram, true);
    queue_start(g, 0, &g->rx, &g->side.rx, RX_RING, flags);
    queue_start(g, 1, &g->tx, &g->side.tx, TX_RING, flags);
    g->side.features = features;
    g->side.running = true;
}

static void start(uint32_t fa, uint32_t fb, unsigned flags)
{
    guest_start(&a, 0x40000000, fa, flags);
    guest_start(&b, 0x80000000, fb, flags);
}

static void add_rx(struct guest *g, unsigned n, uint32_t size)
{
    while (n--) {
        unsigned off = RX_BUFS + g->rx_next++ % 64 * 4096;
        struct vq_buf buf = { g->base + off, size };
        ck_assert_int_ge(vq_drv_add(&g->rx, &buf, 0, 1, g->ram + off), 0);
    }
    vq_drv_kick(&g->rx);
}

// Sends a packet in pieces of `piece` bytes.
static void send(struct guest *g, struct virtio_net_hdr const *hdr, uint8_t const *p, unsigned len,
                 unsigned piece)
{
    uint8_t *m = g->ram + TX_BUFS;
    struct vq_buf bufs[NUM];
    unsigned n = 0;
    memcpy(m, hdr, HDR);
    memcpy(m + HDR, p, len);
    for (unsigned at = 0; at < len + HDR; at += piece)
        bufs[n++] = (struct vq_buf){ g->base + TX_BUFS + at,
                                     at + piece > len + HDR ? len + HDR - at : piece };
    ck_assert_int_ge(vq_drv_add(&g->tx, bufs, n, 0, m), 0);
    vq_drv_kick(&g->tx);
}

static struct virtio_net_hdr const plain;

// Receives one packet, returns its length without header; 0: none.
static unsigned receive(struct guest *g, struct virtio_net_hdr *hdr, uint8_t *out)
{
    void *p;
    uint32_t len;
    unsigned total = 0, left = 1;
    uint8_t *at = out;
    for (unsigned i = 0; left; i++, left--) {
        if (vq_drv_get(&g->rx, &p, &len) <= 0)
            return 0;
        uint8_t *q = p;
        if (!i) {
            memcpy(hdr, q, HDR);
            left = hdr->num_buffers;
            q += HDR;
            len -= HDR;
        }
        memcpy(at, q, len);
        at += len;
        total += len;
    }
    vq_drv_irq_enable(&g->rx);
    return total;
}

static unsigned reclaim(struct guest *g)
{
    void *c;
    uint32_t len;
    unsigned n = 0;
    while (vq_drv_get(&g->tx, &c, &len) > 0)
        n++;
    return n;
}

static uint8_t pkt[70000], got[70000];
static struct virtio_net_hdr h;

static void fill(void)
{
    for (unsigned i = 0; i < sizeof(pkt); i++)
        pkt[i] = (uint8_t)(i * 7 + i / 251);
}

START_TEST(plain_packets)
{
    start(_i & 1 ? ALL : 0, _i & 2 ? ALL : 0, _i & 4 ? VQ_EVENT_IDX : 0);
    fill();
    add_rx(&b, 40, 1600);
    unsigned const len[] = { 60, 1, 1514, 777 };
    for (unsigned i = 0; i < 4; i++) {
        send(&a, &plain, pkt, len[i], 1 + i * 100 + 50);
        struct forward_outcome o = net_forward(&a.side, &b.side, 64);
        ck_assert_int_eq(o.result, FORWARD_IDLE);
        ck_assert(o.kick_to);
        ck_assert_uint_eq(receive(&b, &h, got), len[i]);
        ck_assert_mem_eq(got, pkt, len[i]);
        ck_assert_uint_eq(reclaim(&a), 1);
    }
    ck_assert_uint_eq(a.side.tx_packets, 4);
    ck_assert_uint_eq(a.side.dropped, 0);
}
END_TEST

START_TEST(merged_buffers)
{
    start(ALL, ALL, 0);
    fill();
    add_rx(&b, 10, 100);
    send(&a, &plain, pkt, 500, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(receive(&b, &h, got), 500);
    ck_assert_uint_eq(h.num_buffers, 6);
    ck_assert_mem_eq(got, pkt, 500);

    // 4 buffers are left: too few, so the packet waits and nobody spins
    send(&a, &plain, pkt, 500, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_BLOCKED);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_BLOCKED);
    ck_assert_uint_eq(reclaim(&a), 1);  // the first one only
    ck_assert_uint_eq(a.side.dropped, 0);
    add_rx(&b, 1, 100);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_BLOCKED);
    add_rx(&b, 1, 100);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(receive(&b, &h, got), 500);
    ck_assert_mem_eq(got, pkt, 500);
}
END_TEST

START_TEST(too_small_and_too_many)
{
    start(0, 0, 0);  // without merging one buffer must do
    add_rx(&b, 2, 100);
    send(&a, &plain, pkt, 500, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(a.side.dropped, 1);
    send(&a, &plain, pkt, 80, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(receive(&b, &h, got), 80);

    start(0, ALL, 0);  // more than 64 buffers for one packet
    add_rx(&b, 64, 10);
    send(&a, &plain, pkt, 1000, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(a.side.dropped, 1);
    ck_assert(vq_dev_ready(&b.side.rx));

    enum { LONGEST = 0x10000 + 64 };
    start(0, ALL, 0);  // longer than any packet
    add_rx(&b, 40, 4000);
    send(&a, &plain, pkt, LONGEST + 1, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(a.side.dropped, 1);
    send(&a, &plain, pkt, LONGEST, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(receive(&b, &h, got), LONGEST);
}
END_TEST

START_TEST(peer_absent_and_budget)
{
    start(0, 0, 0);
    b.side.running = false;
    for (unsigned i = 0; i < 10; i++)
        send(&a, &plain, pkt, 60, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 4).result, FORWARD_MORE);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 40).result, FORWARD_IDLE);
    ck_assert_uint_eq(a.side.dropped, 10);
    ck_assert_uint_eq(reclaim(&a), 10);
}
END_TEST

// A driver that gives no buffers for long: packets are dropped, and its next buffers are noticed.
START_TEST(stalled_receiver)
{
    start(ALL, ALL, 0);
    send(&a, &plain, pkt, 60, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_BLOCKED);
    b.side.stalled = true;
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(a.side.dropped, 1);
    struct vq_buf rx = { b.base + RX_BUFS, 1600 };
    vq_drv_add(&b.rx, &rx, 0, 1, NULL);
    ck_assert(vq_drv_kick(&b.rx));
}
END_TEST

// Driver's notification rules: asleep after idle, awake on new packets; asleep while blocked.
START_TEST(notifications)
{
    start(ALL, ALL, _i ? VQ_EVENT_IDX : 0);
    struct vq_buf buf = { a.base + TX_BUFS, 100 };
    net_forward(&a.side, &b.side, 64);
    vq_drv_add(&a.tx, &buf, 1, 0, NULL);
    ck_assert(vq_drv_kick(&a.tx));
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_BLOCKED);
    vq_drv_add(&a.tx, &buf, 1, 0, NULL);
    ck_assert(!vq_drv_kick(&a.tx));
    struct vq_buf rx = { b.base + RX_BUFS, 1600 };
    vq_drv_add(&b.rx, &rx, 0, 1, NULL);
    ck_assert(vq_drv_kick(&b.rx));
}
END_TEST

static unsigned csum(uint8_t const *p, unsigned len, uint32_t sum)
{
    for (unsigned i = 0; i < len; i++)
        sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// A TCP packet with `payload` bytes, partial checksum; returns its length.
static unsigned make_tcp(bool ip6, bool vlan, unsigned payload, unsigned mss)
{
    fill();
    unsigned l3 = vlan ? 18 : 14, l4 = l3 + (ip6 ? 40 : 20), hl = l4 + 32;
    put16(pkt + 12, vlan ? 0x8100 : ip6 ? 0x86dd : 0x0800);
    if (vlan)
        put16(pkt + 16, ip6 ? 0x86dd : 0x0800);
    memset(pkt + l3, 0, hl - l3);
    uint32_t ps;
    if (ip6) {
        pkt[l3] = 0x60;
        pkt[l3 + 6] = 6;
        memset(pkt + l3 + 8, 0xfd, 32);
        ps = csum(pkt + l3 + 8, 32, 6 + 32 + payload);
    } else {
        pkt[l3] = 0x45;
        pkt[l3 + 9] = 6;
        put16(pkt + l3 + 4, 0xfffe);
        memset(pkt + l3 + 12, 0xc0, 8);
        ps = csum(pkt + l3 + 12, 8, 6 + 32 + payload);
    }
    pkt[l4 + 12] = 0x80;
    pkt[l4 + 13] = 0x99;  // CWR ACK PSH FIN
    put16(pkt + l4 + 16, ps);
    h = (struct virtio_net_hdr){ .flags = 1, .csum_start = (uint16_t)l4, .csum_offset = 16,
                                 .gso_size = (uint16_t)mss, .gso_type = mss ? ip6 ? 4 : 1 : 0 };
    return hl + payload;
}

static void check_tcp(unsigned len, bool ip6, bool vlan)
{
    unsigned l3 = vlan ? 18 : 14, l4 = l3 + (ip6 ? 40 : 20);
    unsigned tl = len - l4;
    if (!ip6) {
        ck_assert_uint_eq(csum(got + l3, 20, 0), 0xffff);
        ck_assert_uint_eq((unsigned)got[l3 + 2] << 8 | got[l3 + 3], len - l3);
    } else {
        ck_assert_uint_eq((unsigned)got[l3 + 4] << 8 | got[l3 + 5], tl);
    }
    uint32_t ps = ip6 ? csum(got + l3 + 8, 32, 6 + tl) : csum(got + l3 + 12, 8, 6 + tl);
    ck_assert_uint_eq(csum(got + l4, tl, ps), 0xffff);
}

START_TEST(checksum_completed)
{
    start(ALL, 0, 0);
    bool ip6 = _i & 1, vlan = _i & 2;
    add_rx(&b, 4, 2000);
    unsigned len = make_tcp(ip6, vlan, 801, 0);
    unsigned l3 = vlan ? 18 : 14;
    if (!ip6) {  // an IP header that is right already
        put16(pkt + l3 + 2, len - l3);
        put16(pkt + l3 + 10, ~csum(pkt + l3, 20, 0) & 0xffff);
    } else {
        put16(pkt + l3 + 4, len - l3 - 40);
    }
    send(&a, &h, pkt, len, 77);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(receive(&b, &h, got), len);
    ck_assert_uint_eq(h.flags, 0);
    check_tcp(len, ip6, vlan);
    ck_assert_mem_eq(got + len - 801, pkt + len - 801, 801);
}
END_TEST

START_TEST(passed_through)
{
    start(ALL, ALL, 0);
    add_rx(&b, 40, 2000);
    unsigned len = make_tcp(false, false, 40000, 1448);
    struct virtio_net_hdr sent = h;
    send(&a, &h, pkt, len, 4000);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(receive(&b, &h, got), len);
    ck_assert_mem_eq(got, pkt, len);
    sent.num_buffers = h.num_buffers;
    ck_assert_mem_eq(&sent, &h, HDR);
    add_rx(&b, 20, 2000);
    h.flags = 0xff;  // of these the receiver has heard of one
    send(&a, &h, pkt, len, 4000);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(receive(&b, &h, got), len);
    ck_assert_uint_eq(h.flags, 1);
}
END_TEST

START_TEST(large_packet_is_cut)
{
    bool ip6 = _i & 1, vlan = _i & 2;
    start(ALL, 0, 0);
    unsigned len = make_tcp(ip6, vlan, 30001, 1447), head = len - 30001;
    send(&a, &h, pkt, len, 4000);
    unsigned payload = 0, n = 0;
    // five buffers at a time: the packet waits in between and goes on where it stopped
    for (unsigned round = 0; round < 5; round++) {
        add_rx(&b, 5, 2000);
        struct forward_outcome o = net_forward(&a.side, &b.side, 64);
        ck_assert_int_eq(o.result, round < 4 ? FORWARD_BLOCKED : FORWARD_IDLE);
        unsigned l;
        while ((l = receive(&b, &h, got))) {
            check_tcp(l, ip6, vlan);
            unsigned l4 = vlan ? 18 : 14;
            l4 += ip6 ? 40 : 20;
            bool last = payload + l - head == 30001;
            ck_assert_uint_eq(got[l4 + 13], 0x10 | (n ? 0 : 0x80) | (last ? 9 : 0));
            ck_assert_mem_eq(got + head, pkt + head + payload, l - head);
            uint32_t seq = (uint32_t)got[l4 + 4] << 24 | got[l4 + 5] << 16 | got[l4 + 6] << 8
                           | got[l4 + 7];
            ck_assert_uint_eq(seq, payload);
            payload += l - head;
            n++;
        }
    }
    ck_assert_uint_eq(payload, 30001);
    ck_assert_uint_eq(n, 21);
    ck_assert_uint_eq(reclaim(&a), 1);
}
END_TEST

START_TEST(bad_headers_are_dropped)
{
    struct virtio_net_hdr const t[] = {
        { .flags = 1, .csum_start = 100, .csum_offset = 0 },      // field beyond the packet
        { .flags = 1, .csum_start = 0xffff, .csum_offset = 0xffff },
        { .gso_type = 1, .gso_size = 100 },                       // no checksum asked for
        { .flags = 1, .gso_type = 1, .csum_start = 34, .csum_offset = 16 },  // gso_size 0
        { .flags = 1, .gso_type = 3, .gso_size = 9, .csum_start = 34, .csum_offset = 16 },
        { .flags = 1, .gso_type = 0x81, .gso_size = 9, .csum_start = 34, .csum_offset = 16 },
        { .gso_type = 0x80 },
    };
    unsigned n = sizeof(t) / sizeof(t[0]);
    start(ALL, ALL, 0);
    add_rx(&b, 20, 2000);
    for (unsigned i = 0; i < n; i++) {
        send(&a, &t[i], pkt, 100, 4096);
        net_forward(&a.side, &b.side, 64);
        ck_assert_msg(a.side.dropped == i + 1, "case %u", i);
    }
    start(0, ALL, 0);  // the sender did not negotiate anything
    add_rx(&b, 20, 2000);
    make_tcp(false, false, 500, 100);
    send(&a, &h, pkt, 566, 4096);
    h.gso_type = 0;
    send(&a, &h, pkt, 566, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(a.side.dropped, 2);
    start(1 << 0, ALL, 0);  // or checksums alone
    add_rx(&b, 20, 2000);
    for (unsigned ip6 = 0; ip6 < 2; ip6++) {
        unsigned len = make_tcp(ip6, false, 500, 100);
        send(&a, &h, pkt, len, 4096);
        net_forward(&a.side, &b.side, 64);
    }
    ck_assert_uint_eq(a.side.dropped, 2);
}
END_TEST

// What is to be cut into segments must have its headers, within what is copied of them.
START_TEST(bad_tcp_headers_are_dropped)
{
    enum { L4 = 34, HEAD = 256 };
    start(ALL, 0, 0);
    add_rx(&b, 30, 2000);
    for (unsigned i = 0; i < 4; i++) {
        unsigned len = make_tcp(i > 1, false, 5000, 1000);
        if (i == 0)
            pkt[L4 + 12] = 0x40; // shorter than a header
        else if (i == 1)
            pkt[14] = 0x46; // of an IP header that is longer than they say
        else // as if there were many extension headers
            h.csum_start = i == 2 ? HEAD - 20 : HEAD - 6;
        if (i > 1)
            pkt[h.csum_start + 12] = 0x60; // with options
        send(&a, &h, pkt, len, 4096);
        net_forward(&a.side, &b.side, 64);
        ck_assert_msg(a.side.dropped == i + 1, "case %u", i);
    }
    unsigned len = make_tcp(true, false, 5000, 1000);
    h.csum_start = HEAD - 24;
    pkt[h.csum_start + 12] = 0x60; // and the last place where it is all there
    send(&a, &h, pkt, len, 4096);
    net_forward(&a.side, &b.side, 64);
    ck_assert_uint_eq(a.side.dropped, 4);
}
END_TEST

START_TEST(broken_rings)
{
    start(ALL, ALL, 0);
    add_rx(&b, 4, 2000);
    struct vq_buf w = { a.base + TX_BUFS, 100 };
    vq_drv_add(&a.tx, &w, 0, 1, NULL);  // a writable buffer to send from
    vq_drv_kick(&a.tx);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_TX_BROKEN);
    ck_assert(vq_dev_ready(&b.side.rx));

    start(ALL, ALL, 0);
    add_rx(&b, 4, 2000);
    struct vq_buf behind[] = {{ a.base + TX_BUFS, 100 }, { a.base + TX_BUFS + 100, 100 }};
    vq_drv_add(&a.tx, behind, 1, 1, NULL);  // or one behind a whole packet
    vq_drv_kick(&a.tx);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_TX_BROKEN);
    ck_assert(vq_dev_ready(&b.side.rx));

    start(ALL, ALL, 0);
    send(&a, &plain, pkt, 60, 4096);
    struct vq_buf r = { b.base + RX_BUFS, 100 };
    vq_drv_add(&b.rx, &r, 1, 0, NULL);  // a readable buffer to receive into
    vq_drv_kick(&b.rx);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_RX_BROKEN);
    ck_assert(vq_dev_ready(&a.side.tx));
    b.side.running = false;
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(reclaim(&a), 1);

    start(ALL, ALL, 0);
    send(&a, &plain, pkt, 60, 4096);
    struct vq_buf both[] = {{ b.base + RX_BUFS, 100 }, { b.base + RX_BUFS + 100, 100 }};
    vq_drv_add(&b.rx, both, 1, 1, NULL);  // or one in front of a writable one
    vq_drv_kick(&b.rx);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_RX_BROKEN);

    start(ALL, ALL, 0);
    struct vq_buf s = { a.base + TX_BUFS, 11 };
    vq_drv_add(&a.tx, &s, 1, 0, NULL);  // shorter than a header
    vq_drv_kick(&a.tx);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_TX_BROKEN);
}
END_TEST

static void set_there(struct guest *g, unsigned from, unsigned to, bool there)
{
    ck_assert_int_eq(mprotect(g->ram + from, to - from, there ? PROT_READ | PROT_WRITE : PROT_NONE), 0);
}

// A sender takes its memory away: it is broken, and the receiver has its buffers as before.
START_TEST(sender_loses_memory)
{
    // ring and data; data alone; what is behind the headers of a packet that is completed, cut, or passed on
    static struct {
        unsigned from, to;
        uint32_t features;
        unsigned payload, mss;
    } const t[] = {
        { 0, RAM, 0, 0, 0 },
        { TX_BUFS, RAM, 0, 0, 0 },
        { TX_BUFS + 4096, RAM, 0, 8000, 0 },
        { TX_BUFS + 4096, RAM, 0, 8000, 1448 },
        { TX_BUFS, RAM, 0, 8000, 1448 },
        { TX_BUFS + 4096, RAM, ALL, 8000, 1448 },
    };
    start(ALL, t[_i].features, 0);
    add_rx(&b, 30, 4000);
    fill();
    unsigned len = t[_i].payload ? make_tcp(false, false, t[_i].payload, t[_i].mss) : 60;
    send(&a, t[_i].payload ? &h : &plain, pkt, len, 4096);
    set_there(&a, t[_i].from, t[_i].to, false);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_TX_BROKEN);
    ck_assert_int_eq(a.side.tx.broken, VQ_EGONE);
    ck_assert(vq_dev_ready(&b.side.rx));
    set_there(&a, 0, RAM, true);

    guest_start(&a, 0x40000000, ALL, 0);
    send(&a, &plain, pkt, 60, 4096);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    unsigned got_len;
    do {  // a cut packet's first segments were whole
        got_len = receive(&b, &h, got);
    } while (got_len > 60);
    ck_assert_uint_eq(got_len, 60);
    ck_assert_mem_eq(got, pkt, 60);
}
END_TEST

// A receiver does: the sender's packet waits for what becomes of it.
START_TEST(receiver_loses_memory)
{
    static struct { unsigned from, to; } const t[] = { { 0, RAM }, { RX_BUFS, TX_BUFS }, { 0, TX_RING } };
    start(ALL, ALL, 0);
    add_rx(&b, 4, 2000);
    send(&a, &plain, pkt, 60, 4096);
    set_there(&b, t[_i].from, t[_i].to, false);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_RX_BROKEN);
    ck_assert_int_eq(b.side.rx.broken, VQ_EGONE);
    ck_assert(vq_dev_ready(&a.side.tx));
    ck_assert_uint_eq(reclaim(&a), 0);
    set_there(&b, 0, RAM, true);

    guest_start(&b, 0x80000000, ALL, 0);
    add_rx(&b, 4, 2000);
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_IDLE);
    ck_assert_uint_eq(receive(&b, &h, got), 60);
    ck_assert_uint_eq(reclaim(&a), 1);
}
END_TEST

// The ring goes between the copy and its announcement.
START_TEST(receiver_loses_ring_late)
{
    start(ALL, ALL, 0);
    add_rx(&b, 4, 2000);
    send(&a, &plain, pkt, 60, 4096);
    b.side.rx.used = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    b.side.rx.notify_on = false;  // nothing is written before the packet
    ck_assert_int_eq(net_forward(&a.side, &b.side, 64).result, FORWARD_RX_BROKEN);
    ck_assert_uint_eq(reclaim(&a), 1);
}
END_TEST

static uint32_t rnd_state = 7;
static uint32_t rnd(void)
{
    rnd_state ^= rnd_state << 13;
    rnd_state ^= rnd_state >> 17;
    rnd_state ^= rnd_state << 5;
    return rnd_state;
}

// Random headers and packets through every combination of features: ASan and UBSan watch.
START_TEST(fuzz)
{
    for (unsigned i = 0; i < 20000; i++) {
        if (i % 50 == 0)
            start(rnd(), rnd() % 2 ? rnd() : 0, 0);
        unsigned len = make_tcp(rnd() & 1, rnd() & 1, rnd() % 8000, rnd() % 2000);
        for (unsigned k = 0; k < rnd() % 4; k++)
            ((uint8_t *)&h)[rnd() % 10] = (uint8_t)rnd();
        for (unsigned k = 0; k < rnd() % 4; k++)
            pkt[rnd() % 100] = (uint8_t)rnd();
        if (rnd() % 3 == 0)
            len = 1 + rnd() % 100;
        send(&a, &h, pkt, len, 300 + rnd() % 4000);
        if (b.rx.free_count > 20)
            add_rx(&b, 20, 1 + rnd() % 4000);
        net_forward(&a.side, &b.side, 64);
        void *c;
        uint32_t l;
        while (vq_drv_get(&b.rx, &c, &l) > 0)
            ck_assert_uint_le(l, 4000);
        reclaim(&a);
        if (a.tx.free_count < 40)
            start(ALL, rnd(), 0);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_forward");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, plain_packets, 0, 8);
    tcase_add_test(t, merged_buffers);
    tcase_add_test(t, too_small_and_too_many);
    tcase_add_test(t, peer_absent_and_budget);
    tcase_add_test(t, stalled_receiver);
    tcase_add_loop_test(t, notifications, 0, 2);
    tcase_add_loop_test(t, checksum_completed, 0, 4);
    tcase_add_test(t, passed_through);
    tcase_add_loop_test(t, large_packet_is_cut, 0, 4);
    tcase_add_test(t, bad_headers_are_dropped);
    tcase_add_test(t, bad_tcp_headers_are_dropped);
    tcase_add_test(t, broken_rings);
    tcase_add_loop_test(t, sender_loses_memory, 0, 6);
    tcase_add_loop_test(t, receiver_loses_memory, 0, 3);
    tcase_add_test(t, receiver_loses_ring_late);
    tcase_add_test(t, fuzz);
    suite_add_tcase(s, t);
    int status = unit_run(s);
    free(a.ram);
    free(b.ram);
    return status;
}
