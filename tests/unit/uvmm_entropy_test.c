// SPDX-License-Identifier: MIT
// The queue of the entropy device with drivers that mean harm: what they may not have written stays as it was.
#include "device/entropy_queue.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { NUM = ENTROPY_QUEUE_SIZE, BASE = 0x40000000, RINGS = 0x1000, RAM = 0x4000, ROM_BASE = BASE + RAM, ROM = 0x1000 };
enum { AVAIL = 0x400, USED = 0x600, BUFFERS = RINGS, PATTERN = 0xa5 };

static _Alignas(4096) uint8_t ram[RAM], rom[ROM];
static struct vq_region regions[2];
static struct vq_mem mem;
static struct vq_dev queue;
static unsigned left;        // bytes that there are
static unsigned asked, most; // how often, and the largest piece

static int get(void *ctx, void *to, unsigned size)
{
    ck_assert_ptr_eq(ctx, &queue);
    ck_assert_uint_ge(size, 1);
    ck_assert_uint_le(size, ENTROPY_PIECE);
    asked++;
    most = size > most ? size : most;
    if (size > left)
        return -1;
    left -= size;
    memset(to, 0x11, size);
    return 0;
}

static unsigned fill(void)
{
    struct entropy_from const from = { get, &queue };
    return entropy_queue_fill(&queue, &from);
}

static struct vq_desc *desc(unsigned i)
{
    return (struct vq_desc *)(void *)ram + i;
}

static uint16_t *avail(void)
{
    return (uint16_t *)(void *)(ram + AVAIL);
}

static uint16_t used_index(void)
{
    return ((uint16_t *)(void *)(ram + USED))[1];
}

static struct vq_used_elem used(unsigned i)
{
    return ((struct vq_used_elem *)(void *)(ram + USED + 4))[i % NUM];
}

static void offer(unsigned head)
{
    avail()[2 + avail()[1] % NUM] = (uint16_t)head;
    avail()[1]++;
}

static void begin(unsigned flags)
{
    memset(ram, 0, RINGS);
    memset(ram + BUFFERS, PATTERN, RAM - BUFFERS);
    memset(rom, PATTERN, ROM);
    mem = (struct vq_mem){ .regions = regions, .limit = 2 };
    ck_assert_int_eq(vq_mem_add(&mem, BASE, RAM, ram, true), 0);
    ck_assert_int_eq(vq_mem_add(&mem, ROM_BASE, ROM, rom, false), 0);
    struct vq_rings const r = { NUM, NUM, BASE, BASE + AVAIL, BASE + USED };
    ck_assert_int_eq(vq_dev_setup(&queue, &mem, &r, flags), 0);
    left = 1u << 20;
    asked = most = 0;
}

static void rom_unchanged(void)
{
    static uint8_t pattern[ROM];
    memset(pattern, PATTERN, ROM);
    ck_assert_mem_eq(rom, pattern, ROM);
}

// [from, to) of what buffers lie in has been written, and nothing else.
static void written(unsigned from, unsigned to)
{
    static uint8_t wanted[RAM];
    memset(wanted, PATTERN, RAM);
    memset(wanted + from, 0x11, to - from);
    ck_assert_mem_eq(ram + BUFFERS, wanted + BUFFERS, RAM - BUFFERS);
    rom_unchanged();
}

static void one(uint64_t at, uint32_t len, uint16_t flags)
{
    *desc(3) = (struct vq_desc){ at, len, flags, 0 };
    offer(3);
}

START_TEST(fills)
{
    begin(0);
    ck_assert_uint_eq(fill(), ENTROPY_IDLE);
    one(BASE + BUFFERS + 5, 64, VQ_DESC_F_WRITE);
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    written(BUFFERS + 5, BUFFERS + 69);
    ck_assert_uint_eq(used_index(), 1);
    ck_assert_uint_eq(used(0).id, 3);
    ck_assert_uint_eq(used(0).len, 64);
    avail()[0] = VQ_AVAIL_F_NO_INTERRUPT;
    one(BASE + BUFFERS, 1, VQ_DESC_F_WRITE);
    ck_assert_uint_eq(fill(), ENTROPY_IDLE);
    ck_assert_uint_eq(used(1).len, 1);
}
END_TEST

// However large the buffer is: a piece of it, and the rest stays.
START_TEST(huge_length)
{
    begin(0);
    one(BASE + BUFFERS, RAM - BUFFERS, VQ_DESC_F_WRITE);
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    ck_assert_uint_eq(used(0).len, ENTROPY_PIECE);
    ck_assert_uint_eq(most, ENTROPY_PIECE);
    written(BUFFERS, BUFFERS + ENTROPY_PIECE);
}
END_TEST

START_TEST(several_pieces)
{
    begin(0);
    *desc(0) = (struct vq_desc){ BASE + BUFFERS, 10, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, 1 };
    *desc(1) = (struct vq_desc){ BASE + BUFFERS + 10, 1000, VQ_DESC_F_WRITE, 0 };
    offer(0);
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    ck_assert_uint_eq(used(0).len, ENTROPY_PIECE);
    written(BUFFERS, BUFFERS + ENTROPY_PIECE);
}
END_TEST

static struct {
    uint64_t at;
    uint32_t len;
    uint16_t flags, next;
    int error;
} const bad[] = {
    { BASE + BUFFERS, 0, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                              // no byte
    { BASE + BUFFERS, 64, 0, 0, VQ_EBUFFER },                                           // for reading
    { BASE + BUFFERS, 64, VQ_DESC_F_NEXT, 4, VQ_EBUFFER },                              // one for reading before it
    { BASE + BUFFERS, 64, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, 5, VQ_EORDER },             // and behind it
    { ROM_BASE, 64, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                                   // read-only memory
    { ROM_BASE - 32, 64, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                              // in part
    { BASE - 1, 64, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                                   // before RAM
    { BASE + BUFFERS, 0xffffffff, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                     // and far behind it
    { ~0ull - 16, 64, VQ_DESC_F_WRITE, 0, VQ_EBUFFER },                                 // around the end
    { BASE + BUFFERS, 64, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, 3, VQ_ECHAIN },             // a loop
    { BASE + BUFFERS, 64, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, NUM, VQ_EHEAD },            // no such descriptor
    { BASE + BUFFERS, 64, VQ_DESC_F_INDIRECT, 0, VQ_EINDIRECT },                        // not negotiated
};

START_TEST(hostile_buffers)
{
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        begin(0);
        *desc(4) = (struct vq_desc){ BASE + BUFFERS, 64, VQ_DESC_F_WRITE, 0 };
        *desc(5) = (struct vq_desc){ BASE + BUFFERS, 64, 0, 0 };
        one(BASE + BUFFERS + 0x100, 16, VQ_DESC_F_WRITE);
        ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
        one(bad[i].at, bad[i].len, bad[i].flags);
        desc(3)->next = bad[i].next;
        ck_assert_uint_eq(fill(), ENTROPY_BROKEN);
        ck_assert_int_eq(queue.broken, bad[i].error);
        written(BUFFERS + 0x100, BUFFERS + 0x110);
        ck_assert_uint_eq(used_index(), 1);
        one(BASE + BUFFERS, 16, VQ_DESC_F_WRITE);
        ck_assert_uint_eq(fill(), ENTROPY_IDLE); // until it is reset
        ck_assert_uint_eq(asked, 1);
    }
}
END_TEST

START_TEST(hostile_rings)
{
    begin(0);
    offer(NUM);
    ck_assert_uint_eq(fill(), ENTROPY_BROKEN);
    ck_assert_int_eq(queue.broken, VQ_EHEAD);
    begin(0);
    avail()[1] = NUM + 1;
    ck_assert_uint_eq(fill(), ENTROPY_BROKEN);
    ck_assert_int_eq(queue.broken, VQ_EAVAIL);
    written(0, 0);
    vq_dev_reset(&queue);
    ck_assert_uint_eq(fill(), ENTROPY_IDLE);
}
END_TEST

START_TEST(no_entropy)
{
    begin(0);
    left = 0;
    one(BASE + BUFFERS, 32, VQ_DESC_F_WRITE);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(fill(), ENTROPY_LATER);
    ck_assert_uint_eq(asked, 3);
    ck_assert_uint_eq(used_index(), 0);
    written(0, 0);
    left = 32;
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    written(BUFFERS, BUFFERS + 32);
    ck_assert_uint_eq(used(0).len, 32);
}
END_TEST

// Some, and no more: the driver has what there is.
START_TEST(ends_in_between)
{
    begin(0);
    left = 70;
    for (unsigned i = 0; i < 3; i++) {
        *desc(i) = (struct vq_desc){ BASE + BUFFERS + 32 * i, 32, VQ_DESC_F_WRITE, 0 };
        offer(i);
    }
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL | ENTROPY_LATER);
    ck_assert_uint_eq(used_index(), 2);
    written(BUFFERS, BUFFERS + 64);
    left = 100;
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    ck_assert_uint_eq(used(2).id, 2);
}
END_TEST

// A driver that takes what it got and gives it again all the time has its turn, and others have theirs.
static int get_and_offer(void *ctx, void *to, unsigned size)
{
    offer(3);
    return get(ctx, to, size);
}

START_TEST(endless)
{
    struct entropy_from const from = { get_and_offer, &queue };
    begin(0);
    one(BASE + BUFFERS, 32, VQ_DESC_F_WRITE);
    ck_assert_uint_eq(entropy_queue_fill(&queue, &from), ENTROPY_SIGNAL | ENTROPY_LATER);
    ck_assert_uint_eq(asked, ENTROPY_QUEUE_SIZE);
    ck_assert_uint_eq(used_index(), ENTROPY_QUEUE_SIZE);
}
END_TEST

START_TEST(indirect)
{
    begin(VQ_INDIRECT | VQ_EVENT_IDX);
    struct vq_desc *table = (struct vq_desc *)(void *)(ram + 0x800);
    table[0] = (struct vq_desc){ BASE + BUFFERS, 8, VQ_DESC_F_WRITE | VQ_DESC_F_NEXT, 1 };
    table[1] = (struct vq_desc){ BASE + BUFFERS + 8, 8, VQ_DESC_F_WRITE, 0 };
    one(BASE + 0x800, 32, VQ_DESC_F_INDIRECT);
    ck_assert_uint_eq(fill(), ENTROPY_SIGNAL);
    written(BUFFERS, BUFFERS + 16);
}
END_TEST

// Whatever stands in rings and tables: what is not a writable buffer is not written.
START_TEST(fuzz)
{
    srand(12);
    for (unsigned round = 0; round < 20000; round++) {
        begin(round & (VQ_INDIRECT | VQ_EVENT_IDX));
        for (unsigned i = 0; i < NUM; i++)
            *desc(i) = (struct vq_desc){ (uint64_t)(rand() % 4 ? BASE + RINGS + rand() % RAM : rand()),
                                         (uint32_t)(rand() % 4 ? rand() % 600 : rand()), (uint16_t)(rand() % 8),
                                         (uint16_t)(rand() % (NUM + 1)) };
        for (unsigned i = 0; i < NUM; i++)
            avail()[2 + i] = (uint16_t)(rand() % (NUM + 1));
        avail()[1] = (uint16_t)(rand() % (NUM + 2));
        left = (unsigned)rand() % 4096;
        fill();
        ck_assert_uint_le(used_index(), NUM);
        rom_unchanged();
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_entropy");
    TCase *c = tcase_create("queue");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, fills);
    tcase_add_test(c, huge_length);
    tcase_add_test(c, several_pieces);
    tcase_add_test(c, hostile_buffers);
    tcase_add_test(c, hostile_rings);
    tcase_add_test(c, no_entropy);
    tcase_add_test(c, ends_in_between);
    tcase_add_test(c, endless);
    tcase_add_test(c, indirect);
    tcase_add_test(c, fuzz);
    suite_add_tcase(s, c);
    return unit_run(s);
}
