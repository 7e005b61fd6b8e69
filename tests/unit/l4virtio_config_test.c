// SPDX-License-Identifier: MIT
// Status machine and features of an L4 virtio device.
#include "unit_run.h"

#include <check.h>
#include <string.h>

#include <l4/l4virtio/config.h>

enum { ACK = 1, DRV = 3, FEAT = 0xb, OK = 0xf };

static _Alignas(4096) unsigned char page[4096];
static struct l4virtio_config c;
static l4virtio_config_hdr_t *const hdr = (void *)page;

static l4virtio_config_queue_t *queue(unsigned i)
{
    return (l4virtio_config_queue_t *)(page + hdr->queues_offset) + i;
}

static void start(void)
{
    memset(page, 0, sizeof(page));
    ck_assert_int_eq(
        l4virtio_config_init(&c, page, L4VIRTIO_ID_NET, 10, 2, (uint16_t[]){ 256, 128 }), 0);
    l4virtio_config_offer(&c, 5, true);
}

static void negotiate(void)
{
    l4virtio_config_set_status(&c, 0);
    l4virtio_config_set_status(&c, ACK);
    l4virtio_config_set_status(&c, DRV);
    hdr->driver_features_map[0] = 1u << 5;
    hdr->driver_features_map[1] = 1;
    ck_assert_uint_eq(l4virtio_config_set_status(&c, FEAT), L4VIRTIO_EVENT_FEATURES_OK);
}

START_TEST(layout)
{
    start();
    ck_assert_uint_eq(hdr->magic, 0x74726976);
    ck_assert_uint_eq(hdr->queues_offset, 0x110);
    ck_assert_uint_eq(hdr->num_queues, 2);
    ck_assert_uint_eq(queue(1)->num_max, 128);
    ck_assert_uint_eq(hdr->dev_features_map[1], 1);
    uint16_t many[16] = { 0 };
    ck_assert_int_eq(l4virtio_config_init(&c, page, 1, 3792, 1, many), 0);
    ck_assert_int_eq(l4virtio_config_init(&c, page, 1, 3840, 1, many), -1);
    ck_assert_int_eq(l4virtio_config_init(&c, page, 1, 0xffffffff, 1, many), -1);
    ck_assert_int_eq(l4virtio_config_init(&c, page, 1, 0, 17, many), -1);
}
END_TEST

START_TEST(good_sequence)
{
    start();
    negotiate();
    ck_assert(l4virtio_config_accepted(&c, 5) && l4virtio_config_accepted(&c, 32));
    ck_assert(!l4virtio_config_accepted(&c, 6) && !l4virtio_config_accepted(&c, 4711));
    hdr->driver_features_map[0] = ~0u;  // too late: what was accepted stays
    ck_assert(!l4virtio_config_accepted(&c, 6));
    ck_assert(!l4virtio_config_running(&c));
    ck_assert_uint_eq(l4virtio_config_set_status(&c, OK), L4VIRTIO_EVENT_DRIVER_OK);
    ck_assert(l4virtio_config_running(&c));
    ck_assert_uint_eq(l4virtio_config_set_status(&c, OK), 0);
    hdr->status = 0;  // the page's word is for information only
    ck_assert(l4virtio_config_running(&c));

    uint32_t gen = hdr->generation;
    queue(0)->ready = 1;
    ck_assert_uint_eq(l4virtio_config_set_status(&c, 0), L4VIRTIO_EVENT_RESET);
    ck_assert_uint_ne(hdr->generation, gen);
    ck_assert_uint_eq(hdr->status, 0);
    ck_assert_uint_eq(queue(0)->ready, 0);
    ck_assert(!l4virtio_config_accepted(&c, 5));
}
END_TEST

START_TEST(wrong_sequences)
{
    static uint8_t const t[][4] = { { 2 }, { 8 }, { 4 }, { 1, 9 }, { 1, 7 }, { 1, 3, 7 },
                                    { 1, 3, 1 }, { 0x10 }, { 1, 0x41 }, { 3, 2 } };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        start();
        unsigned ev = 0;
        for (unsigned k = 0; k < 4 && t[i][k]; k++)
            ev = l4virtio_config_set_status(&c, t[i][k]);
        ck_assert_msg(ev == L4VIRTIO_EVENT_ERROR && (hdr->status & 0x40), "case %u", i);
        ck_assert_uint_eq(l4virtio_config_set_status(&c, OK), 0);  // only a reset helps
        ck_assert(!l4virtio_config_running(&c));
        l4virtio_config_set_status(&c, 0);
        ck_assert_uint_eq(hdr->status, 0);
    }
}
END_TEST

START_TEST(features_refused)
{
    static uint32_t const t[][2] = { { 1u << 5, 0 }, { 1u << 6, 1 }, { 0, 3 } };
    for (unsigned i = 0; i < 3; i++) {
        start();
        l4virtio_config_set_status(&c, DRV);
        hdr->driver_features_map[0] = t[i][0];
        hdr->driver_features_map[1] = t[i][1];
        ck_assert_uint_eq(l4virtio_config_set_status(&c, FEAT), 0);
        ck_assert_uint_eq(hdr->status, DRV);
        ck_assert(!l4virtio_config_accepted(&c, 32));
    }
    negotiate();
    l4virtio_config_refuse_features(&c);
    ck_assert_uint_eq(hdr->status, DRV);
    // all bits in one go work, too
    start();
    hdr->driver_features_map[1] = 1;
    ck_assert_uint_eq(l4virtio_config_set_status(&c, OK),
                      L4VIRTIO_EVENT_DRIVER_OK | L4VIRTIO_EVENT_FEATURES_OK);
}
END_TEST

START_TEST(failed_and_errors)
{
    start();
    negotiate();
    l4virtio_config_set_status(&c, OK);
    ck_assert_uint_eq(l4virtio_config_set_status(&c, 0x8f), 0);
    ck_assert_uint_eq(hdr->status, 0x8f);
    ck_assert(!l4virtio_config_running(&c));

    negotiate();
    ck_assert(!l4virtio_config_error(&c));
    ck_assert_uint_eq(hdr->irq_status, 0);
    negotiate();
    l4virtio_config_set_status(&c, OK);
    ck_assert(l4virtio_config_error(&c));
    ck_assert_uint_eq(hdr->irq_status, L4VIRTIO_IRQ_CONFIG);
    ck_assert_uint_eq(hdr->status, 0x4f);
}
END_TEST

START_TEST(queue_setup)
{
    static _Alignas(16) unsigned char ram[8192];
    struct vq_region r[1];
    struct vq_mem m = { .regions = r, .limit = 1 };
    vq_mem_add(&m, 0x8000, sizeof(ram), ram, true);
    struct vq_dev q;
    start();
    negotiate();
    ck_assert_int_eq(l4virtio_config_setup_queue(&c, 0, &m, &q), VQ_ENUM);  // not ready
    ck_assert_int_eq(l4virtio_config_setup_queue(&c, 2, &m, &q), VQ_ENUM);  // does not exist
    struct l4virtio_queue_params p;
    ck_assert_int_eq(l4virtio_config_queue_params(&c, 1, &p), 0);
    ck_assert_int_eq(l4virtio_config_queue_params(&c, 2, &p), -1);
    *queue(0) = (l4virtio_config_queue_t){ .num_max = 0xffff, .num = 64, .ready = 1,
                                           .desc = 0x8000, .avail = 0x9000, .used = 0x9800 };
    ck_assert_int_eq(l4virtio_config_setup_queue(&c, 0, &m, &q), 0);
    queue(0)->num = 512;  // num_max of the page is not believed
    ck_assert_int_eq(l4virtio_config_setup_queue(&c, 0, &m, &q), VQ_ENUM);
    queue(0)->num = 256;
    hdr->queues_offset = 0xffff0000;
    ck_assert_int_eq(l4virtio_config_setup_queue(&c, 0, &m, &q), VQ_EADDR);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4virtio_config");
    TCase *t = tcase_create("all");
    tcase_add_test(t, layout);
    tcase_add_test(t, good_sequence);
    tcase_add_test(t, wrong_sequences);
    tcase_add_test(t, features_refused);
    tcase_add_test(t, failed_and_errors);
    tcase_add_test(t, queue_setup);
    suite_add_tcase(s, t);
    return unit_run(s);
}
