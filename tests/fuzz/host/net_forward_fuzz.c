// SPDX-License-Identifier: MIT
// The network switch between two guests: packets with any header and of any form, buffers of any size, and guests that write
// into their rings, or take their memory away.
#include "net_forward_test.c"

#include "input.h"

enum { ETHERNET = 14, STEPS = 64 };

static struct guest *a_guest(struct input *in)
{
    return in_u8(in) & 1 ? &b : &a;
}

// A TCP packet, of which some bytes are then changed. Returns its length.
static unsigned make_packet(struct input *in)
{
    uint8_t const form = in_u8(in);
    bool const v6 = form & 1;
    unsigned const ip = ETHERNET + (form & 2 ? 4 : 0), tcp = ip + (v6 ? 40 : 20), total = in_u16(in) % 20000;
    memset(pkt, 0x5a, total < 128 ? 128 : total);
    memset(pkt, 0, tcp + 20);
    pkt[ip - 2] = v6 ? 0x86 : 0x08;
    pkt[ip - 1] = v6 ? 0xdd : 0x00;
    if (form & 2) {
        pkt[12] = 0x81;
        pkt[16] = pkt[18];
        pkt[17] = pkt[19];
    }
    pkt[ip] = v6 ? 0x60 : 0x45;
    pkt[ip + (v6 ? 6 : 9)] = 6;
    pkt[tcp + 12] = 0x50;
    pkt[tcp + 13] = form & 4 ? 0x99 : 0x10;
    for (unsigned n = form >> 5; n; n--)
        pkt[in_u8(in)] = in_u8(in);
    h.csum_start = (uint16_t)tcp;
    h.csum_offset = 16;
    h.hdr_len = (uint16_t)(tcp + 20);
    return total;
}

static void make_header(struct input *in)
{
    uint8_t const form = in_u8(in);
    static uint8_t const types[] = {VIRTIO_NET_HDR_GSO_NONE, VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
                                    VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN};
    h.flags = form & 1;
    h.gso_type = types[form >> 1 & 3];
    h.gso_size = h.gso_type ? in_u16(in) : 0;
    h.num_buffers = 0;
    if (form & 0x80)
        in_bytes(in, &h, sizeof(h));
    if (form & 0x40)
        h.csum_start = in_u16(in);
    if (form & 0x20)
        h.csum_offset = in_u16(in);
}

static void send_packet(struct input *in)
{
    struct guest *g = a_guest(in);
    struct vq_buf bufs[NUM];
    unsigned const total = make_packet(in) + HDR, piece = 1 + in_u16(in) % 5000;
    unsigned n = 0;
    make_header(in);
    memcpy(g->ram + TX_BUFS, &h, HDR);
    memcpy(g->ram + TX_BUFS + HDR, pkt, total - HDR);
    for (unsigned at = 0; at < total && n < NUM; at += piece)
        bufs[n++] = (struct vq_buf){g->base + TX_BUFS + at, piece < total - at ? piece : total - at};
    if (vq_drv_add(&g->tx, bufs, n, 0, g) >= 0)
        vq_drv_kick(&g->tx);
}

static void give_buffers(struct input *in)
{
    struct guest *g = a_guest(in);
    uint32_t const size = in_u16(in);
    for (unsigned n = 1 + in_u8(in) % 16; n; n--) {
        struct vq_buf const buf = {g->base + RX_BUFS + g->rx_next++ % 64 * 4096, size};
        vq_drv_add(&g->rx, &buf, 0, 1, g);
    }
    vq_drv_kick(&g->rx);
}

static void take_back(struct input *in)
{
    struct guest *g = a_guest(in);
    void *cookie;
    uint32_t len;
    while (vq_drv_get(in_u8(in) & 1 ? &g->rx : &g->tx, &cookie, &len) > 0)
        ck_assert_uint_le(len, RAM);
}

static void forward(struct input *in)
{
    struct guest *from = a_guest(in), *to = from == &a ? &b : &a;
    struct forward_outcome const o = net_forward(&from->side, &to->side, 1 + in_u8(in) % 8);
    ck_assert(o.result <= FORWARD_RX_BROKEN);
}

static void write_ring(struct input *in)
{
    struct guest *g = a_guest(in);
    unsigned const at = (in_u8(in) & 1 ? RX_RING : TX_RING) + in_u16(in) % 2000;
    in_bytes(in, g->ram + at, in_below(in, 17));
}

static void change_side(struct input *in)
{
    struct net_side *s = &a_guest(in)->side;
    uint8_t const what = in_u8(in);
    s->running = what & 1;
    s->stalled = what & 2;
    if (what & 4)
        s->features = in_u32(in);
}

// The memory goes, a packet is moved, it is there again: a ring that was touched meanwhile is broken.
static void take_away(struct input *in)
{
    struct guest *g = a_guest(in);
    unsigned const at = in_u8(in) & 1 ? 0 : TX_BUFS, n = at ? 0x20000 : 0x2000;
    ck_assert_int_eq(mprotect(g->ram + at, n, PROT_NONE), 0);
    forward(in);
    ck_assert_int_eq(mprotect(g->ram + at, n, PROT_READ | PROT_WRITE), 0);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {send_packet, give_buffers, forward, take_back, write_ring, change_side, take_away};
    uint8_t const how = in_u8(&in);
    start(how & 1 ? ALL : in_u32(&in), how & 2 ? ALL : in_u32(&in), how >> 2 & (VQ_EVENT_IDX | VQ_INDIRECT));
    for (unsigned n = 0; in_more(&in) && n < STEPS; n++)
        steps[in_below(&in, 7)](&in);
    return 0;
}
