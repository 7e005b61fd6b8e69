// SPDX-License-Identifier: MIT
// Register logic of emulated devices.
#include "device/pl011_regs.h"
#include "unit_run.h"
#include "device/virtio_mmio.h"

#include <check.h>
#include <string.h>

enum { DR = 0, FR = 0x18, CR = 0x30, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44 };
enum { RX = 1 << 4, TX = 1 << 5, RXFE = 1 << 4, RXFF = 1 << 6, TXFE = 1 << 7 };

START_TEST(pl011_receives)
{
    struct pl011_regs u;
    uint8_t data[PL011_FIFO_SIZE + 10];
    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i + 1);
    pl011_regs_init(&u);
    ck_assert_uint_eq(pl011_regs_read(&u, FR), TXFE | RXFE);
    ck_assert_uint_eq(pl011_regs_room(&u), 0); // not switched on
    pl011_regs_write(&u, CR, 0x301);
    ck_assert_uint_eq(pl011_regs_room(&u), PL011_FIFO_SIZE);
    pl011_regs_write(&u, IMSC, RX);
    pl011_regs_receive(&u, data, 3);
    ck_assert(pl011_regs_irq(&u));
    ck_assert_uint_eq(pl011_regs_read(&u, MIS), RX);
    pl011_regs_write(&u, ICR, RX);
    ck_assert(pl011_regs_irq(&u)); // there still is something
    ck_assert_uint_eq(pl011_regs_read(&u, DR), 1);
    ck_assert_uint_eq(pl011_regs_read(&u, DR), 2);
    ck_assert_uint_eq(pl011_regs_read(&u, DR), 3);
    ck_assert(!pl011_regs_irq(&u));
    ck_assert_uint_eq(pl011_regs_read(&u, DR), 0);
    pl011_regs_receive(&u, data, sizeof(data)); // more than fits
    ck_assert_uint_eq(pl011_regs_read(&u, FR) & RXFF, RXFF);
    ck_assert_uint_eq(pl011_regs_room(&u), 0);
    for (unsigned i = 0; i < PL011_FIFO_SIZE; i++)
        ck_assert_uint_eq(pl011_regs_read(&u, DR), i + 1);
    ck_assert_uint_eq(pl011_regs_read(&u, FR) & RXFE, RXFE);
}
END_TEST

START_TEST(pl011_sends)
{
    struct pl011_regs u;
    pl011_regs_init(&u);
    ck_assert_int_eq(pl011_regs_write(&u, DR, 0x1ff41), 0x41);
    ck_assert_uint_eq(pl011_regs_read(&u, RIS), TX);
    ck_assert(!pl011_regs_irq(&u));
    pl011_regs_write(&u, IMSC, TX);
    ck_assert(pl011_regs_irq(&u));
    pl011_regs_write(&u, ICR, TX);
    ck_assert(!pl011_regs_irq(&u));
    ck_assert_uint_eq(pl011_regs_read(&u, 0xfe0), 0x11);
    ck_assert_uint_eq(pl011_regs_read(&u, 0xffc), 0xb1);
    for (uint32_t off = 0; off < 0x2000; off++) { // no offset does harm
        pl011_regs_read(&u, off);
        pl011_regs_write(&u, off, 0xffffffff);
    }
}
END_TEST

struct device {
    struct virtio_mmio mmio; // first
    uint32_t status, irq, accepted[2];
    unsigned notified, ready_calls;
    struct virtio_mmio_queue seen;
};

static uint32_t d_offered(struct virtio_mmio *d, unsigned word) { (void)d; return word ? 1 : 0x20; }
static void d_accept(struct virtio_mmio *d, unsigned word, uint32_t b)
{
    ((struct device *)d)->accepted[word] = b;
}
static uint32_t d_set_status(struct virtio_mmio *d, uint32_t s)
{
    return ((struct device *)d)->status = s;
}
static uint32_t d_status(struct virtio_mmio *d) { return ((struct device *)d)->status; }
static uint32_t d_num_max(struct virtio_mmio *d, unsigned q) { (void)d; return q < 2 || q >= VIRTIO_MMIO_QUEUES ? 64 : 0; }
static bool d_ready(struct virtio_mmio *d, unsigned q, struct virtio_mmio_queue const *e, bool on)
{
    struct device *dev = (struct device *)d;
    dev->ready_calls++;
    dev->seen = *e;
    return on && q < 2;
}
static void d_notify(struct virtio_mmio *d, unsigned q) { ((struct device *)d)->notified = q + 1; }
static uint32_t d_irq(struct virtio_mmio *d) { return ((struct device *)d)->irq; }
static void d_ack(struct virtio_mmio *d, uint32_t b) { ((struct device *)d)->irq &= ~b; }
static uint32_t d_gen(struct virtio_mmio *d) { (void)d; return 7; }
static uint64_t d_cfg(struct virtio_mmio *d, uint32_t off, unsigned size)
{
    (void)d;
    return off * 10 + size;
}
static void d_cfg_write(struct virtio_mmio *d, uint32_t off, unsigned size, uint64_t v)
{
    (void)d, (void)off, (void)size, (void)v;
}

static struct virtio_mmio_ops const ops = {d_offered, d_accept, d_set_status, d_status, d_num_max,
                                           d_ready, d_notify, d_irq, d_ack, d_gen, d_cfg,
                                               d_cfg_write};

static struct device dev;

static uint32_t rd(uint32_t off) { return (uint32_t)virtio_mmio_read(&dev.mmio, off, 2); }
static void wr(uint32_t off, uint32_t v) { virtio_mmio_write(&dev.mmio, off, 2, v); }

START_TEST(virtio_registers)
{
    memset(&dev, 0, sizeof(dev));
    dev.mmio = (struct virtio_mmio){.ops = &ops, .device_id = 3, .vendor = 0x44};
    ck_assert_uint_eq(rd(0), 0x74726976);
    ck_assert_uint_eq(rd(4), 2);
    ck_assert_uint_eq(rd(8), 3);
    ck_assert_uint_eq(rd(0x10), 0x20);
    wr(0x14, 1);
    ck_assert_uint_eq(rd(0x10), 1);
    wr(0x14, 2);
    ck_assert_uint_eq(rd(0x10), 0);
    wr(0x24, 1);
    wr(0x20, 1);
    ck_assert_uint_eq(dev.accepted[1], 1);
    wr(0x24, 99);
    wr(0x20, 1); // no such word
    wr(0x70, 11);
    ck_assert_uint_eq(rd(0x70), 11);
    wr(0x30, 1);
    ck_assert_uint_eq(rd(0x34), 64);
    wr(0x38, 32);
    wr(0x80, 0x1000), wr(0x84, 1);
    wr(0x90, 0x2000), wr(0xa0, 0x3000);
    wr(0x44, 1);
    ck_assert_uint_eq(rd(0x44), 1);
    ck_assert_uint_eq(dev.seen.num, 32);
    ck_assert_uint_eq(dev.seen.desc, 0x100001000ull);
    ck_assert_uint_eq(dev.seen.used, 0x3000);
    wr(0x38, 8); // frozen while ready
    wr(0x44, 0);
    ck_assert_uint_eq(dev.seen.num, 32);
    ck_assert_uint_eq(rd(0x44), 0);
    wr(0x50, 1);
    ck_assert_uint_eq(dev.notified, 2);
    dev.notified = 0;
    wr(0x50, VIRTIO_MMIO_QUEUES);
    wr(0x50, 500);
    ck_assert_uint_eq(dev.notified, 0);
    dev.irq = 3;
    ck_assert_uint_eq(rd(0x60), 3);
    wr(0x64, 1);
    ck_assert_uint_eq(rd(0x60), 2);
    ck_assert_uint_eq(rd(0xfc), 7);
    wr(0x30, VIRTIO_MMIO_QUEUES); // selects nothing
    ck_assert_uint_eq(rd(0x34), 0);
    wr(0x30, 0xffffffff);
    ck_assert_uint_eq(rd(0x34), 0);
    wr(0x44, 1);
    ck_assert_uint_eq(rd(0x44), 0);
    ck_assert_uint_eq(rd(0xb0), ~0u);
    wr(0x70, 0);
    ck_assert_uint_eq(dev.mmio.queue[1].num, 0);
}
END_TEST

START_TEST(virtio_odd_accesses)
{
    memset(&dev, 0, sizeof(dev));
    dev.mmio = (struct virtio_mmio){.ops = &ops};
    ck_assert_uint_eq(virtio_mmio_read(&dev.mmio, 0x70, 0), 0);
    ck_assert_uint_eq(virtio_mmio_read(&dev.mmio, 0x71, 2), 0);
    virtio_mmio_write(&dev.mmio, 0x70, 1, 1);
    ck_assert_uint_eq(dev.status, 0);
    ck_assert_uint_eq(virtio_mmio_read(&dev.mmio, 0x104, 1), 41);
    ck_assert_uint_eq(virtio_mmio_read(&dev.mmio, 0x105, 1), 0);
    uint32_t x = 1;
    for (unsigned i = 0; i < 100000; i++) {
        x = x * 1664525 + 1013904223;
        virtio_mmio_write(&dev.mmio, x >> 8 & 0x1ff, x >> 30, x);
        virtio_mmio_read(&dev.mmio, x >> 12 & 0x1ff, x >> 28 & 3);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_devices");
    TCase *t = tcase_create("registers");
    tcase_add_test(t, pl011_receives);
    tcase_add_test(t, pl011_sends);
    tcase_add_test(t, virtio_registers);
    tcase_add_test(t, virtio_odd_accesses);
    suite_add_tcase(s, t);
    return unit_run(s);
}
