// SPDX-License-Identifier: MIT
// Virtqueue: driver side against device side, and the device side against hostile rings.
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <l4/virtqueue/virtqueue.h>

enum { NUM = 16, BASE = 0x40000000, RING_BYTES = 4096, BUF_BYTES = 4096, SEGS = 32 };

static _Alignas(4096) uint8_t ring_mem[RING_BYTES];
static uint8_t *buf_mem;  // on the heap, so that ASan sees what lies beyond
static struct vq_region regions[4];
static struct vq_mem mem;
static struct vq_drv drv;
static struct vq_dev dev;
static void *cookies[NUM];
static uint16_t chain_len[NUM], links[NUM];
static struct vq_seg segs[SEGS];
static struct vq_chain chain = { .seg = segs, .limit = SEGS };
static uint64_t avail_addr, used_addr;

static int set_up(struct vq_dev *q, struct vq_rings r, unsigned flags)
{
    return vq_dev_setup(q, &mem, &r, flags);
}

static void start(unsigned flags)
{
    memset(ring_mem, 0, sizeof(ring_mem));
    free(buf_mem);
    buf_mem = calloc(1, BUF_BYTES);
    mem = (struct vq_mem){ .regions = regions, .limit = 4 };
    ck_assert_int_eq(vq_mem_add(&mem, BASE, RING_BYTES, ring_mem, true), 0);
    ck_assert_int_eq(vq_mem_add(&mem, BASE + RING_BYTES, BUF_BYTES, buf_mem, true), 0);
    size_t a, u;
    ck_assert_uint_le(vq_drv_layout(NUM, &a, &u), RING_BYTES);
    avail_addr = BASE + a;
    used_addr = BASE + u;
    struct vq_drv_memory m = { ring_mem, cookies, chain_len, links };
    ck_assert_int_eq(vq_drv_init(&drv, NUM, &m, flags & VQ_EVENT_IDX), 0);
    ck_assert_int_eq(set_up(&dev, (struct vq_rings){ NUM, 256, BASE, avail_addr, used_addr }, flags), 0);
}

static uint64_t buf_addr(unsigned off)
{
    return (uint64_t)BASE + RING_BYTES + off;
}

START_TEST(mem_translate)
{
    uint8_t a[64], b[32];
    struct vq_region r[2];
    struct vq_mem m = { .regions = r, .limit = 2 };
    ck_assert_int_eq(vq_mem_add(&m, 0x1000, 64, a, true), 0);
    ck_assert_int_eq(vq_mem_add(&m, 0x1040, 32, b, false), 0);
    ck_assert_int_eq(vq_mem_add(&m, 0x103f, 1, a, true), VQ_EMEM_OVERLAP);
    ck_assert_int_eq(vq_mem_add(&m, 0x2000, 1, a, true), VQ_EMEM_FULL);
    ck_assert_int_eq(vq_mem_add(&m, UINT64_MAX, 2, a, true), VQ_EMEM_RANGE);
    ck_assert_int_eq(vq_mem_add(&m, 0, 0, a, true), VQ_EMEM_RANGE);

    ck_assert_ptr_eq(vq_mem_translate(&m, 0x1000, 64, true), a);
    ck_assert_ptr_null(vq_mem_translate(&m, 0x1001, 64, true));
    ck_assert_ptr_null(vq_mem_translate(&m, 0xfff, 1, false));
    ck_assert_ptr_null(vq_mem_translate(&m, 0x1040, 1, true));
    ck_assert_ptr_eq(vq_mem_translate(&m, 0x105f, 1, false), b + 31);
    ck_assert_ptr_null(vq_mem_translate(&m, 0x1060, 1, false));
    ck_assert_ptr_null(vq_mem_translate(&m, 0x1000, UINT64_MAX, false));
    ck_assert_ptr_null(vq_mem_translate(&m, 0x1000, 0, false));
}
END_TEST

START_TEST(setup_checks)
{
    start(0);
    struct vq_dev q;
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 0, 16, BASE, avail_addr, used_addr }, 0), VQ_ENUM);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 12, 16, BASE, avail_addr, used_addr }, 0), VQ_ENUM);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 32, 16, BASE, avail_addr, used_addr }, 0), VQ_ENUM);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE + 8, avail_addr, used_addr }, 0), VQ_EALIGN);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE, avail_addr + 1, used_addr }, 0), VQ_EALIGN);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE, avail_addr, used_addr + 2 }, 0), VQ_EALIGN);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE - 16, avail_addr, used_addr }, 0), VQ_EADDR);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE, avail_addr, BASE + RING_BYTES - 4 }, 0),
                     VQ_EADDR);
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, ~15ull, avail_addr, used_addr }, 0), VQ_EADDR);
    mem.regions[0].writable = false;
    ck_assert_int_eq(set_up(&q, (struct vq_rings){ 16, 16, BASE, avail_addr, used_addr }, 0), VQ_EADDR);
    ck_assert(!vq_dev_ready(&q));
    ck_assert_int_eq(vq_pop(&q, &chain), 0);
    ck_assert(!vq_flush(&q));
}
END_TEST

// Many rounds of chains of varying shape; indices wrap around 16 bits.
START_TEST(round_trips)
{
    start(_i ? VQ_EVENT_IDX : 0);
    unsigned sent = 0, back = 0;
    while (back < 140000) {
        unsigned nr = 1 + sent % 3, nw = sent % 2;
        struct vq_buf b[4];
        for (unsigned i = 0; i < nr + nw; i++)
            b[i] = (struct vq_buf){ buf_addr(64 * i), 1 + sent % 64 };
        memcpy(buf_mem, &sent, 1);
        int head = vq_drv_add(&drv, b, nr, nw, (void *)(uintptr_t)sent);
        if (head >= 0) {
            sent++;
            vq_drv_kick(&drv);
        }
        if (head >= 0 && sent % 5)
            continue;
        while (vq_pop(&dev, &chain) > 0) {
            ck_assert_uint_eq(chain.read_len % chain.nread, 0);
            uint8_t byte = 0xa5;
            ck_assert_uint_eq(vq_chain_read(&chain, 0, &byte, 1), 1);
            vq_push(&dev, chain.head, (uint32_t)vq_chain_write(&chain, 0, "xy", 1));
        }
        vq_flush(&dev);
        void *c;
        uint32_t len;
        while (vq_drv_get(&drv, &c, &len) > 0) {
            ck_assert_uint_eq((uintptr_t)c, back);
            ck_assert_uint_eq(len, back % 2);
            back++;
        }
        ck_assert_uint_eq(drv.free_count, NUM);
    }
}
END_TEST

START_TEST(copies_cross_segments)
{
    start(0);
    struct vq_buf b[] = { { buf_addr(0), 3 }, { buf_addr(10), 4 }, { buf_addr(20), 2 },
                          { buf_addr(30), 5 } };
    memcpy(buf_mem, "abc", 3);
    memcpy(buf_mem + 10, "defg", 4);
    vq_drv_add(&drv, b, 2, 2, NULL);
    vq_drv_kick(&drv);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    ck_assert_uint_eq(chain.read_len, 7);
    ck_assert_uint_eq(chain.write_len, 7);
    char out[16] = "";
    ck_assert_uint_eq(vq_chain_read(&chain, 2, out, 16), 5);
    ck_assert_str_eq(out, "cdefg");
    ck_assert_uint_eq(vq_chain_write(&chain, 1, "12345678", 8), 6);
    ck_assert_mem_eq(buf_mem + 21, "1", 1);
    ck_assert_mem_eq(buf_mem + 30, "23456", 5);
    ck_assert_uint_eq(vq_chain_read(&chain, 7, out, 1), 0);
}
END_TEST

START_TEST(unpop_repeats)
{
    start(0);
    struct vq_buf b = { buf_addr(0), 8 };
    for (unsigned i = 0; i < 3; i++)
        vq_drv_add(&drv, &b, 1, 0, NULL);
    vq_drv_kick(&drv);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    uint16_t first = chain.head;
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    vq_unpop(&dev, 2);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    ck_assert_uint_eq(chain.head, first);
}
END_TEST

START_TEST(suppression)
{
    start(_i ? VQ_EVENT_IDX : 0);
    struct vq_buf b = { buf_addr(0), 8 };
    vq_drv_add(&drv, &b, 1, 0, NULL);
    ck_assert(vq_drv_kick(&drv));
    vq_notify_disable(&dev);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    vq_notify_disable(&dev);
    vq_drv_add(&drv, &b, 1, 0, NULL);
    vq_drv_add(&drv, &b, 1, 0, NULL);
    vq_drv_kick(&drv);
    vq_drv_add(&drv, &b, 1, 0, NULL);
    ck_assert(!vq_drv_kick(&drv));
    ck_assert(vq_notify_enable(&dev));
    while (vq_pop(&dev, &chain) > 0)
        ;
    ck_assert(!vq_notify_enable(&dev));
    vq_drv_add(&drv, &b, 1, 0, NULL);
    ck_assert(vq_drv_kick(&drv));

    vq_push(&dev, 0, 0);
    ck_assert(vq_flush(&dev));
    ck_assert(!vq_flush(&dev));
    void *c;
    uint32_t len;
    while (vq_drv_get(&drv, &c, &len) > 0)
        ;
    vq_drv_irq_disable(&drv);
    vq_push(&dev, 1, 0);
    ck_assert(!vq_flush(&dev));
    ck_assert(vq_drv_irq_enable(&drv));
}
END_TEST

static struct vq_desc *table(void)
{
    return (struct vq_desc *)ring_mem;
}

static void offer(uint16_t head, uint16_t idx)
{
    uint16_t *a = (uint16_t *)(ring_mem + (avail_addr - BASE));
    a[2 + dev.last_avail % NUM] = head;
    a[1] = idx;
}

static int pop_one(struct vq_desc d0, struct vq_desc d1)
{
    table()[0] = d0;
    table()[1] = d1;
    offer(0, 1);
    return vq_pop(&dev, &chain);
}

#define D(a, l, f, n) ((struct vq_desc){ (a), (l), (f), (n) })

START_TEST(hostile_descriptors)
{
    uint64_t const ok = buf_addr(0), end = buf_addr(BUF_BYTES);
    struct vq_desc const none = D(0, 0, 0, 0);
    struct {
        struct vq_desc d0, d1;
        int err;
    } const t[] = {
        { D(ok, 8, VQ_DESC_F_NEXT, 0), none, VQ_ECHAIN },          // loop onto itself
        { D(ok, 8, VQ_DESC_F_NEXT, 1), D(ok, 8, VQ_DESC_F_NEXT, 0), VQ_ECHAIN },
        { D(ok, 8, VQ_DESC_F_NEXT, NUM), none, VQ_EHEAD },
        { D(ok, 8, VQ_DESC_F_NEXT, 0xffff), none, VQ_EHEAD },
        { D(ok, 0, 0, 0), none, VQ_EBUFFER },
        { D(end, 1, 0, 0), none, VQ_EBUFFER },
        { D(end - 1, 2, 0, 0), none, VQ_EBUFFER },
        { D(BASE - 1, 2, 0, 0), none, VQ_EBUFFER },
        { D(UINT64_MAX, 2, 0, 0), none, VQ_EBUFFER },
        { D(ok, UINT32_MAX, 0, 0), none, VQ_EBUFFER },
        { D(ok, 8, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, 1), D(ok, 8, 0, 0), VQ_EORDER },
        { D(ok, 16, VQ_DESC_F_INDIRECT, 0), none, VQ_EINDIRECT },  // not negotiated
        { D(BASE + RING_BYTES - 4, 8, 0, 0), none, 1 },            // two regions, two segments
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        start(0);
        ck_assert_msg(pop_one(t[i].d0, t[i].d1) == t[i].err, "case %u", i);
        ck_assert_int_eq(dev.broken, t[i].err < 0 ? t[i].err : 0);
        if (t[i].err < 0)  // stays broken, keeps still
            ck_assert(vq_pop(&dev, &chain) == t[i].err && !vq_dev_pending(&dev));
    }
    ck_assert_uint_eq(chain.nread, 2);

    start(0);
    offer(NUM, 1);
    ck_assert_int_eq(vq_pop(&dev, &chain), VQ_EHEAD);
    start(0);
    offer(0, NUM + 1);
    ck_assert_int_eq(vq_pop(&dev, &chain), VQ_EAVAIL);

    start(0);  // more segments than the caller takes
    chain.limit = 1;
    ck_assert_int_eq(pop_one(D(ok, 1, VQ_DESC_F_NEXT, 1), D(ok, 1, 0, 0)), VQ_ECHAIN);
    chain.limit = SEGS;

    start(0);
    mem.regions[1].writable = false;
    ck_assert_int_eq(pop_one(D(ok, 8, VQ_DESC_F_WRITE, 0), none), VQ_EBUFFER);

    start(0);  // around the end of all addresses, where there is memory
    ck_assert_int_eq(vq_mem_add(&mem, -16ull, 16, buf_mem, true), 0);
    ck_assert_int_eq(vq_mem_add(&mem, 0, 16, buf_mem + 16, true), 0);
    ck_assert_int_eq(pop_one(D(-8ull, 16, 0, 0), none), VQ_EBUFFER);
}
END_TEST

// As long as the queue, and each buffer lies in two regions: two segments.
START_TEST(longest_chain)
{
    uint64_t const border = BASE + RING_BYTES - 4;
    start(0);
    for (uint16_t i = 0; i < NUM; i++)
        table()[i] = D(border, 8, i + 1 < NUM ? VQ_DESC_F_NEXT : 0, (uint16_t)(i + 1));
    offer(0, 1);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    ck_assert_uint_eq(chain.nread, 2 * NUM);
    ck_assert_uint_eq(chain.read_len, 8 * NUM);
    start(VQ_INDIRECT);
    struct vq_desc *t = (struct vq_desc *)(buf_mem + 64);
    for (uint16_t i = 0; i < NUM; i++)
        t[i] = D(border, 8, i + 1 < NUM ? VQ_DESC_F_NEXT : 0, (uint16_t)(i + 1));
    ck_assert_int_eq(pop_one(D(buf_addr(64), NUM * sizeof(*t), VQ_DESC_F_INDIRECT, 0), D(0, 0, 0, 0)), 1);
    ck_assert_uint_eq(chain.nread, 2 * NUM);
    ck_assert_uint_eq(chain.read_len, 8 * NUM);
}
END_TEST

START_TEST(indirect_tables)
{
    struct vq_desc const none = D(0, 0, 0, 0);
    unsigned const in = VQ_DESC_F_INDIRECT;
    start(VQ_INDIRECT);
    struct vq_desc *t = (struct vq_desc *)buf_mem;
    t[0] = D(buf_addr(100), 7, VQ_DESC_F_NEXT, 1);
    t[1] = D(buf_addr(200), 9, VQ_DESC_F_WRITE, 0);
    ck_assert_int_eq(pop_one(D(buf_addr(0), 32, in, 0), none), 1);
    ck_assert_uint_eq(chain.read_len, 7);
    ck_assert_uint_eq(chain.write_len, 9);

    struct vq_desc const bad[] = {
        D(buf_addr(0), 0, in, 0),
        D(buf_addr(0), 17, in, 0),
        D(buf_addr(0), 32, in | VQ_DESC_F_NEXT, 1),
        D(buf_addr(BUF_BYTES - 16), 32, in, 0),
        D(buf_addr(4), 32, in, 0),
        D(buf_addr(0), 16u * 40000, in, 0),
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(VQ_INDIRECT);
        ck_assert_msg(pop_one(bad[i], none) == VQ_EINDIRECT, "case %u", i);
    }

    start(VQ_INDIRECT);  // nested
    t = (struct vq_desc *)buf_mem;
    t[0] = D(buf_addr(0), 32, VQ_DESC_F_INDIRECT, 0);
    ck_assert_int_eq(pop_one(D(buf_addr(0), 32, in, 0), none), VQ_EINDIRECT);
    start(VQ_INDIRECT);  // loop inside
    t = (struct vq_desc *)buf_mem;
    t[0] = D(buf_addr(64), 8, VQ_DESC_F_NEXT, 1);
    t[1] = D(buf_addr(64), 8, VQ_DESC_F_NEXT, 0);
    ck_assert_int_eq(pop_one(D(buf_addr(0), 32, in, 0), none), VQ_ECHAIN);
}
END_TEST

START_TEST(hostile_used_ring)
{
    start(0);
    struct vq_buf b = { buf_addr(0), 8 };
    vq_drv_add(&drv, &b, 1, 0, NULL);
    vq_drv_kick(&drv);
    void *c;
    uint32_t len;
    uint16_t *u = (uint16_t *)(ring_mem + (used_addr - BASE));
    uint32_t const ids[] = { NUM, 0xffffffff, 1 };
    for (unsigned i = 0; i < 3; i++) {
        memcpy(u + 2, &ids[i], 4);
        u[1] = 1;
        ck_assert_int_eq(vq_drv_get(&drv, &c, &len), VQ_EUSED);
    }
    memset(u + 2, 0, 4);
    ck_assert_int_eq(vq_drv_get(&drv, &c, &len), 1);
    u[1] = 2;
    ck_assert_int_eq(vq_drv_get(&drv, &c, &len), VQ_EUSED);
}
END_TEST

static uint32_t rnd_state = 1;
static uint32_t rnd(void)
{
    rnd_state ^= rnd_state << 13;
    rnd_state ^= rnd_state >> 17;
    rnd_state ^= rnd_state << 5;
    return rnd_state;
}

static struct vq_desc random_desc(void)
{
    static uint16_t const flags[] = { 0, 1, 1, 1, 2, 3, 3, 4, 5, 6, 0xffff };
    static uint64_t const around[] = { 0, BASE - 8, BASE, BASE + RING_BYTES - 8, UINT64_MAX - 16,
                                       BASE + RING_BYTES + BUF_BYTES - 32 };
    struct vq_desc d;
    d.addr = rnd() % 2 ? buf_addr(rnd() % BUF_BYTES & ~7u) : around[rnd() % 6] + rnd() % 32;
    d.len = rnd() % 3 ? rnd() % 64 * (rnd() % 2 ? 16 : 1) : rnd();
    d.flags = flags[rnd() % 11];
    d.next = (uint16_t)(rnd() % 8 ? rnd() % NUM : rnd());
    return d;
}

// Random descriptors, random indices: every segment that comes out must lie in the buffers, every
// byte of it may be touched (ASan watches), and nothing hangs.
START_TEST(fuzz)
{
    unsigned good = 0;
    for (unsigned round = 0; round < 20000; round++) {
        if (round % 64 == 0)
            start(rnd() % 4);
        set_up(&dev, (struct vq_rings){ NUM, NUM, BASE, avail_addr, used_addr }, rnd() % 4);
        for (unsigned i = 0; i < NUM; i++)
            table()[i] = random_desc();
        for (unsigned i = 0; i < 24; i++)
            ((struct vq_desc *)buf_mem)[rnd() % (BUF_BYTES / 16)] = random_desc();
        uint16_t *a = (uint16_t *)(ring_mem + (avail_addr - BASE));
        for (unsigned i = 0; i < NUM + 3; i++)
            a[i] = (uint16_t)(rnd() % 3 ? rnd() % NUM : rnd());
        a[1] = (uint16_t)(rnd() % (NUM + 2));
        for (unsigned n = 0; vq_pop(&dev, &chain) > 0; n++) {
            ck_assert_uint_lt(n, NUM);
            uint64_t sum = 0;
            for (unsigned i = 0; i < chain.nread + chain.nwrite; i++) {
                uint8_t *p = segs[i].ptr;
                ck_assert((p >= buf_mem && p + segs[i].len <= buf_mem + BUF_BYTES)
                          || (p >= ring_mem && p + segs[i].len <= ring_mem + RING_BYTES));
                sum += segs[i].len;
            }
            ck_assert_uint_eq(sum, chain.read_len + chain.write_len);
            char tmp[256];
            vq_chain_read(&chain, rnd() % 64, tmp, sizeof(tmp));
            vq_push(&dev, chain.head, 0);
            good++;
        }
        vq_flush(&dev);
    }
    ck_assert_uint_gt(good, 1000);  // the fuzzer also produces valid chains
}
END_TEST

static void set_there(void *page, bool there)
{
    ck_assert_int_eq(mprotect(page, 4096, there ? PROT_READ | PROT_WRITE : PROT_NONE), 0);
}

// A chain of one buffer to write and, for the device, to pop.
static void add_one(void)
{
    struct vq_buf b = { buf_addr(0), 64 };
    ck_assert_int_ge(vq_drv_add(&drv, &b, 0, 1, NULL), 0);
    vq_drv_kick(&drv);
}

static void expect_broken(int err)
{
    ck_assert_int_eq(dev.broken, err);
    ck_assert(!vq_dev_ready(&dev));
    ck_assert_int_eq(vq_pop(&dev, &chain), err);
    ck_assert(!vq_flush(&dev));
    ck_assert(!vq_notify_enable(&dev));
    vq_notify_disable(&dev);
}

// What happens between the loss of the ring and the moment at which it is noticed.
static void touch(int what)
{
    switch (what) {
    case 0:
        ck_assert(vq_dev_pending(&dev));
        ck_assert_int_eq(vq_pop(&dev, &chain), VQ_EGONE);
        break;
    case 1: vq_push(&dev, 0, 1); break;
    case 2: ck_assert(vq_notify_enable(&dev)); break;
    default: vq_notify_disable(&dev); break;
    }
}

// The driver's ring is taken away: whatever the device does next, it goes on, and knows it.
START_TEST(lost_ring)
{
    start(_i & 1 ? VQ_EVENT_IDX : 0);
    add_one();
    set_there(ring_mem, false);
    touch(_i / 2);
    expect_broken(VQ_EGONE);
    set_there(ring_mem, true);
}
END_TEST

START_TEST(lost_before_flush)
{
    start(_i ? VQ_EVENT_IDX : 0);
    add_one();
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    vq_push(&dev, chain.head, 1);
    set_there(ring_mem, false);
    ck_assert(!vq_flush(&dev));
    expect_broken(VQ_EGONE);
    ck_assert_int_eq(set_up(&dev, (struct vq_rings){ NUM, 256, BASE, avail_addr, used_addr }, 0), VQ_EGONE);
    ck_assert_uint_eq(dev.num, 0);
    set_there(ring_mem, true);
}
END_TEST

// Buffers and indirect tables that are taken away while the ring stays.
START_TEST(lost_buffers)
{
    start(VQ_INDIRECT);
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    mem.regions[1].local = page;
    struct vq_buf b[2] = { { buf_addr(0), 64 }, { buf_addr(64), 64 } };
    ck_assert_int_ge(vq_drv_add(&drv, b, 1, 1, NULL), 0);
    vq_drv_kick(&drv);
    ck_assert_int_eq(vq_pop(&dev, &chain), 1);
    set_there(page, false);
    char text[128];
    ck_assert_int_eq(vq_chain_read(&chain, 0, text, sizeof(text)), VQ_EGONE);
    ck_assert_int_eq(vq_chain_write(&chain, 0, text, sizeof(text)), VQ_EGONE);
    ck_assert(vq_dev_ready(&dev));  // the ring is there

    add_one();
    table()[1] = table()[2] = (struct vq_desc){ .addr = buf_addr(0), .len = 64, .flags = VQ_DESC_F_INDIRECT };
    ck_assert_int_eq(vq_pop(&dev, &chain), VQ_EGONE);
    expect_broken(VQ_EGONE);
    munmap(page, 4096);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("virtqueue");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, mem_translate);
    tcase_add_test(t, setup_checks);
    tcase_add_loop_test(t, round_trips, 0, 2);
    tcase_add_test(t, copies_cross_segments);
    tcase_add_test(t, unpop_repeats);
    tcase_add_loop_test(t, suppression, 0, 2);
    tcase_add_test(t, hostile_descriptors);
    tcase_add_test(t, longest_chain);
    tcase_add_test(t, indirect_tables);
    tcase_add_test(t, hostile_used_ring);
    tcase_add_test(t, fuzz);
    tcase_add_loop_test(t, lost_ring, 0, 8);
    tcase_add_loop_test(t, lost_before_flush, 0, 2);
    tcase_add_test(t, lost_buffers);
    suite_add_tcase(s, t);
    int status = unit_run(s);
    free(buf_mem);
    return status;
}
