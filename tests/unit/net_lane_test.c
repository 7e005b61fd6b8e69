// SPDX-License-Identifier: MIT
// One direction of an uplink, between two pretended devices: who gives what, and what a hostile one can do.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lane.h"
#include "unit_run.h"

enum { HDR = sizeof(struct virtio_net_hdr), RING = 0x2000, BASE = 0x40000000, RAM = 2 * RING + LANE_MEMORY, ROUNDS = 3000 };

struct device {
    struct lane_queue queue;
    struct vq_dev dev;
    struct vq_seg seg[4];
    struct vq_chain chain;
};

static uint8_t *ram;
static struct vq_region region;
static struct vq_mem mem;
static struct device source, sink;
static struct lane lane;

static void plug(struct device *d, unsigned at, unsigned num)
{
    size_t avail, used;
    vq_drv_layout(num, &avail, &used);
    struct vq_drv_memory const m = { ram + at, d->queue.cookies, d->queue.chain_len, d->queue.next };
    struct vq_rings const r = { num, num, BASE + at, BASE + at + avail, BASE + at + used };
    ck_assert_int_eq(vq_drv_init(&d->queue.drv, num, &m, false), 0);
    ck_assert_int_eq(vq_dev_setup(&d->dev, &mem, &r, 0), 0);
    d->chain = (struct vq_chain){ .seg = d->seg, .limit = 4 };
}

static void connect(unsigned num)
{
    free(ram);
    ram = aligned_alloc(4096, RAM);
    memset(ram, 0, RAM);
    mem = (struct vq_mem){ .regions = &region, .limit = 1 };
    vq_mem_add(&mem, BASE, RAM, ram, true);
    memset(&source, 0, sizeof(source));
    memset(&sink, 0, sizeof(sink));
    plug(&source, 0, num);
    plug(&sink, RING, num);
    ck_assert_uint_eq(lane_start(&lane, &source.queue, &sink.queue, ram + 2 * RING, BASE + 2 * RING), LANE_NOTIFY_FROM);
}

// The source has received a frame: true, if it had a buffer for it.
static bool arrive(struct virtio_net_hdr const *h, char const *text, uint32_t len)
{
    if (vq_pop(&source.dev, &source.chain) != 1)
        return false;
    ck_assert_uint_eq(source.chain.nread, 0);
    ck_assert_uint_eq(source.chain.write_len, LANE_BUFFER);
    vq_chain_write(&source.chain, 0, h, HDR);
    vq_chain_write(&source.chain, HDR, text, strlen(text) + 1);
    vq_push(&source.dev, source.chain.head, len);
    vq_flush(&source.dev);
    return true;
}

// The sink sends a frame: its length with header, 0: there is none.
static uint64_t leave(struct virtio_net_hdr *h, char *text, size_t size)
{
    if (vq_pop(&sink.dev, &sink.chain) != 1)
        return 0;
    ck_assert_uint_eq(sink.chain.nwrite, 0);
    vq_chain_read(&sink.chain, 0, h, HDR);
    vq_chain_read(&sink.chain, HDR, text, size);
    vq_push(&sink.dev, sink.chain.head, 0);
    vq_flush(&sink.dev);
    return sink.chain.read_len;
}

static struct virtio_net_hdr const plain;

START_TEST(frames_pass)
{
    connect(LANE_BUFFERS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct virtio_net_hdr h;
        char sent[40], got[40];
        snprintf(sent, sizeof(sent), "frame number %u", i);
        ck_assert(arrive(&plain, sent, HDR + 60));
        ck_assert_uint_eq(lane_step(&lane) & ~(unsigned)LANE_NOTIFY_FROM, LANE_NOTIFY_TO);
        ck_assert_uint_eq(leave(&h, got, sizeof(got)), HDR + 60);
        ck_assert_str_eq(got, sent);
    }
    ck_assert_uint_eq(lane.passed, ROUNDS);
    ck_assert_uint_eq(lane.dropped, 0);
}
END_TEST

START_TEST(queues_smaller_than_the_memory)
{
    connect(16);
    unsigned n = 0;
    while (arrive(&plain, "x", HDR + 60))
        n++;
    ck_assert_uint_eq(n, 16);
}
END_TEST

// A sender that takes its time: nothing is lost, and the receiver has to wait.
START_TEST(a_slow_sender)
{
    connect(LANE_BUFFERS);
    struct virtio_net_hdr h;
    char text[4];
    unsigned n = 0, rounds = 0;
    while (arrive(&plain, "abc", HDR + 60))
        n++;
    ck_assert_uint_eq(n, LANE_BUFFERS);
    while (lane_step(&lane) & LANE_MORE)
        rounds++;
    ck_assert_uint_eq(rounds, LANE_BUFFERS / LANE_TURN);
    ck_assert(!arrive(&plain, "abc", HDR + 60));
    ck_assert(!lane_wait(&lane));
    ck_assert_msg(!(sink.dev.avail[0] & VQ_AVAIL_F_NO_INTERRUPT), "it is to say when buffers are free again");
    for (n = 0; leave(&h, text, sizeof(text)); n++)
        ck_assert_str_eq(text, "abc");
    ck_assert_uint_eq(n, LANE_BUFFERS);
    ck_assert(lane_wait(&lane));
    lane_step(&lane);
    ck_assert(!lane_wait(&lane));
    ck_assert(sink.dev.avail[0] & VQ_AVAIL_F_NO_INTERRUPT);
    ck_assert(arrive(&plain, "abc", HDR + 60));
    ck_assert(lane_wait(&lane));
}
END_TEST

START_TEST(headers)
{
    static struct {
        struct virtio_net_hdr h;
        uint32_t len;
        bool passes;
    } const t[] = {
        { { .flags = 0 }, HDR + LANE_FRAME_MIN, true },
        { { .flags = 0 }, HDR + LANE_FRAME_MIN - 1, false },
        { { .flags = 0 }, LANE_BUFFER, true },
        { { .flags = 0 }, LANE_BUFFER + 1, false },
        { { .flags = 0 }, 0, false },
        { { .flags = 0 }, ~0u, false },
        { { .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 1000 }, 1500, false },
        { { .gso_type = VIRTIO_NET_HDR_GSO_ECN }, 1500, false },
        { { .flags = 0xff, .csum_start = 34, .csum_offset = 16, .num_buffers = 7 }, 1500, true },
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        struct virtio_net_hdr h = { .flags = 0x55 };
        char text[8];
        connect(LANE_BUFFERS);
        ck_assert(arrive(&t[i].h, "abc", t[i].len));
        ck_assert_uint_eq(lane_step(&lane), LANE_NOTIFY_FROM * !t[i].passes | LANE_NOTIFY_TO * t[i].passes);
        ck_assert_uint_eq(leave(&h, text, sizeof(text)), t[i].passes ? t[i].len : 0);
        ck_assert_uint_eq(lane.dropped, !t[i].passes);
        if (!t[i].passes)
            continue;
        ck_assert_uint_eq(h.flags, t[i].h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
        ck_assert_uint_eq(h.num_buffers, 0);
        ck_assert_uint_eq(h.csum_start, t[i].h.csum_start);
    }
}
END_TEST

// Dropped frames' buffers are not lost.
START_TEST(many_bad_frames)
{
    connect(16);
    for (unsigned i = 0; i < ROUNDS; i++) {
        ck_assert(arrive(&plain, "x", 1));
        lane_step(&lane);
    }
    ck_assert_uint_eq(lane.dropped, ROUNDS);
}
END_TEST

// Says that a buffer is used, whichever.
static void claim(struct device *d, uint32_t id)
{
    vq_push(&d->dev, (uint16_t)id, HDR + 60);
    vq_flush(&d->dev);
}

START_TEST(who_returns_what_it_has_not)
{
    static struct {
        struct device *by;
        uint32_t id;
        unsigned broken;
    } const t[] = {
        { &source, LANE_BUFFERS, LANE_FROM_BROKEN },
        { &source, 0xffff, LANE_FROM_BROKEN },
        { &sink, 0, LANE_TO_BROKEN },
        { &sink, 0xffff, LANE_TO_BROKEN },
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        connect(LANE_BUFFERS);
        claim(t[i].by, t[i].id);
        ck_assert_uint_eq(lane_step(&lane), t[i].broken);
    }
    // twice the same
    connect(LANE_BUFFERS);
    claim(&source, 3);
    claim(&source, 3);
    ck_assert_uint_eq(lane_step(&lane) & LANE_FROM_BROKEN, LANE_FROM_BROKEN);
    ck_assert_uint_eq(lane.passed, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_lane");
    TCase *t = tcase_create("lane");
    tcase_add_test(t, frames_pass);
    tcase_add_test(t, queues_smaller_than_the_memory);
    tcase_add_test(t, a_slow_sender);
    tcase_add_test(t, headers);
    tcase_add_test(t, many_bad_frames);
    tcase_add_test(t, who_returns_what_it_has_not);
    suite_add_tcase(s, t);
    return unit_run(s);
}
