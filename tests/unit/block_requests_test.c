// SPDX-License-Identifier: MIT
// What a driver writes into its queue, and what becomes of it on a disk in memory: all kinds of requests, whole and wrong, with
// their descriptors cut anywhere.
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "memory_disk.h"
#include "request.h"
#include "unit_run.h"

enum { NUM = 128, RAM = 1 << 20, HEADER = 0x10000, STATUS = 0x11000, DATA = 0x20000, SECTORS = 1000, UNANSWERED = 0xee };
#define BASE 0x40000000ull
#define FLUSH (1ull << VIRTIO_BLK_F_FLUSH)
#define DISCARD (1ull << VIRTIO_BLK_F_DISCARD)
#define ZEROES (1ull << VIRTIO_BLK_F_WRITE_ZEROES)

static uint8_t *ram;
static struct vq_region regions[2];
static struct vq_mem mem;
static struct vq_drv drv;
static struct vq_dev dev;
static void *cookies[NUM];
static uint16_t chain_len[NUM], next[NUM];

static uint8_t base[SECTORS * BLOCK_SECTOR], model[SECTORS * BLOCK_SECTOR];
static struct memory_disk m;
static struct block_area area;
static struct blk_request q;
static enum blk_verdict verdict;
static enum block_status result; // of the disk
static uint32_t used;

static void start(bool read_only)
{
    size_t av, us;
    ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mem = (struct vq_mem){ .regions = regions, .limit = 2 };
    vq_mem_add(&mem, BASE, RAM, ram, true);
    vq_drv_layout(NUM, &av, &us);
    struct vq_drv_memory dm = { ram, cookies, chain_len, next };
    ck_assert_int_eq(vq_drv_init(&drv, NUM, &dm, false), 0);
    struct vq_rings r = { NUM, NUM, BASE, BASE + av, BASE + us };
    ck_assert_int_eq(vq_dev_setup(&dev, &mem, &r, 0), 0);
    for (unsigned i = 0; i < sizeof(base); i++)
        base[i] = (uint8_t)(i * 7 + i / 512);
    memcpy(model, base, sizeof(model));
    ck_assert_int_eq(memory_disk_init(&m, "a-disk-with-a-long-name.img", base, SECTORS, read_only), 0);
    area = (struct block_area){ .sectors = SECTORS, .read_only = read_only };
}

static void stop(void)
{
    for (uint64_t i = 0; m.changed && i < (m.pages + 511) / 512; i++) {
        for (unsigned k = 0; m.changed[i] && k < 512; k++)
            free(m.changed[i][k]);
        free(m.changed[i]);
    }
    free(m.changed);
    munmap(ram, RAM);
}

static void ended(struct block_request *r, enum block_status status)
{
    (void)r;
    result = status;
}

static void header(uint32_t type, uint64_t sector)
{
    struct virtio_blk_header h = { .type = type, .sector = sector };
    memcpy(ram + HEADER, &h, sizeof(h));
    ram[STATUS] = UNANSWERED;
}

// The device's part of one request that is in the queue.
static void serve(uint64_t features)
{
    enum block_status status = BLOCK_OK;
    blk_request_init(&q);
    ck_assert_int_eq(vq_pop(&dev, &q.chain), 1);
    verdict = blk_request_parse(&q, &m.disk, &area, features, &status);
    if (verdict == BLK_BROKEN)
        return;
    if (verdict == BLK_SUBMIT) {
        q.r.done = ended;
        ck_assert(m.disk.ops->submit(&m.disk, &q.r));
        status = result;
    }
    used = blk_request_finish(&q, status);
    vq_push(&dev, q.chain.head, used);
    vq_flush(&dev);
}

static void queue(struct vq_buf const *b, unsigned nread, unsigned nwrite)
{
    ck_assert_int_ge(vq_drv_add(&drv, b, nread, nwrite, NULL), 0);
    vq_drv_kick(&drv);
}

static void finished(void)
{
    void *cookie;
    uint32_t len;
    ck_assert_int_eq(vq_drv_get(&drv, &cookie, &len), 1);
    ck_assert_uint_eq(len, used);
}

// One request with its data in a piece. Returns the status byte.
static unsigned request(uint32_t type, uint64_t sector, uint32_t bytes, bool write)
{
    header(type, sector);
    struct vq_buf b[3] = { { BASE + HEADER, 16 } };
    unsigned n = 1;
    if (bytes)
        b[n++] = (struct vq_buf){ BASE + DATA, bytes };
    b[n] = (struct vq_buf){ BASE + STATUS, 1 };
    queue(b, write ? n : 1, write ? 1 : n);
    serve(FLUSH | DISCARD | ZEROES);
    finished();
    return ram[STATUS];
}

START_TEST(reads_and_writes)
{
    start(false);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 3, 5 * 512, false), BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, base + 3 * 512, 5 * 512);
    ck_assert_uint_eq(used, 5 * 512 + 1);
    memset(ram + DATA, 0x5a, 3 * 512);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 7, 3 * 512, true), BLOCK_OK);
    ck_assert_uint_eq(used, 1);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 6, 5 * 512, false), BLOCK_OK);
    memset(model + 7 * 512, 0x5a, 3 * 512);
    ck_assert_mem_eq(ram + DATA, model + 6 * 512, 5 * 512);
    ck_assert_uint_eq(base[7 * 512], (uint8_t)(7 * 512 * 7 + 7)); // the file stays as it was
    stop();
}
END_TEST

// Header, data and status in segments of any size: nothing says where one ends.
START_TEST(any_segments)
{
    start(false);
    srandom((unsigned)_i);
    for (unsigned n = 0; n < 300; n++) {
        bool write = random() & 1;
        unsigned sectors = 1 + (unsigned)random() % 8;
        uint64_t sector = (uint64_t)random() % (SECTORS - 8);
        unsigned out = 16 + (write ? sectors * 512 : 0), in = 1 + (write ? 0 : sectors * 512);
        header(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, sector);
        memcpy(ram + DATA, ram + HEADER, 16);
        for (unsigned i = 16; i < out; i++)
            ram[DATA + i] = (uint8_t)random();
        struct vq_buf b[NUM];
        unsigned k = 0, nread;
        for (unsigned at = 0, len; at < out; at += len) {
            len = 1 + (unsigned)random() % (k < 25 ? 600 : 5000);
            len = len < out - at ? len : out - at;
            b[k++] = (struct vq_buf){ BASE + DATA + at, len };
        }
        nread = k;
        for (unsigned at = 0, len; at < in; at += len) {
            len = 1 + (unsigned)random() % (k - nread < 25 ? 600 : 5000);
            len = len < in - at ? len : in - at;
            b[k++] = (struct vq_buf){ BASE + DATA + 0x8000 + at, len };
        }
        queue(b, nread, k - nread);
        serve(0);
        finished();
        ck_assert_uint_eq(ram[DATA + 0x8000 + in - 1], BLOCK_OK);
        if (write)
            memcpy(model + sector * 512, ram + DATA + 16, sectors * 512);
        else
            ck_assert_mem_eq(ram + DATA + 0x8000, model + sector * 512, sectors * 512);
    }
    stop();
}
END_TEST

START_TEST(refused)
{
    start(false);
    area = (struct block_area){ .first = 100, .sectors = 200 };
    static struct {
        uint32_t type;
        uint64_t sector;
        uint32_t bytes;
        bool write;
        unsigned status;
    } const cases[] = {
        { VIRTIO_BLK_T_IN, 199, 512, false, BLOCK_OK },
        { VIRTIO_BLK_T_IN, 200, 512, false, BLOCK_IOERR },
        { VIRTIO_BLK_T_IN, 199, 1024, false, BLOCK_IOERR },
        { VIRTIO_BLK_T_OUT, 199, 1024, true, BLOCK_IOERR },
        { VIRTIO_BLK_T_OUT, UINT64_MAX, 512, true, BLOCK_IOERR },
        { VIRTIO_BLK_T_OUT, UINT64_MAX - 1, 2048, true, BLOCK_IOERR },
        { VIRTIO_BLK_T_OUT, 1ull << 55, 512, true, BLOCK_IOERR },
        { VIRTIO_BLK_T_IN, 0, 511, false, BLOCK_IOERR },
        { VIRTIO_BLK_T_IN, 0, 513, false, BLOCK_IOERR },
        { VIRTIO_BLK_T_IN, 0, 0, false, BLOCK_IOERR },
        { VIRTIO_BLK_T_OUT, 0, 0, true, BLOCK_IOERR },
        { VIRTIO_BLK_T_FLUSH, 0, 0, true, BLOCK_OK },
        { VIRTIO_BLK_T_FLUSH, 1, 0, true, BLOCK_UNSUPP },
        { 2, 0, 512, false, BLOCK_UNSUPP },
        { 0xffffffff, 0, 512, true, BLOCK_UNSUPP },
        { VIRTIO_BLK_T_GET_ID, 0, 19, false, BLOCK_IOERR },
    };
    ck_assert_uint_eq(request(cases[_i].type, cases[_i].sector, cases[_i].bytes, cases[_i].write), cases[_i].status);
    if (cases[_i].status != BLOCK_OK) {
        ck_assert_int_eq(verdict, BLK_ANSWER);
        ck_assert_uint_eq(used, 1);
    }
    stop();
}
END_TEST

// As many segments as a disk offers, across two pieces of the driver's memory: one more than it knows of.
START_TEST(seams)
{
    enum { SEAM = DATA + 4 * BLOCK_SECTOR + 256, SEGS = REQUEST_DATA_SEGS };
    struct vq_buf b[SEGS + 2] = { { BASE + HEADER, 16 } };
    start(false);
    regions[0].size = SEAM;
    ck_assert_int_eq(vq_mem_add(&mem, BASE + SEAM, RAM - SEAM, ram + SEAM, true), 0);
    header(VIRTIO_BLK_T_IN, 5);
    for (unsigned i = 0; i < SEGS; i++)
        b[1 + i] = (struct vq_buf){ BASE + DATA + i * BLOCK_SECTOR, BLOCK_SECTOR };
    b[SEGS + 1] = (struct vq_buf){ BASE + STATUS, 1 };
    queue(b, 1, SEGS + 1);
    serve(0);
    finished();
    ck_assert_uint_eq(ram[STATUS], BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, base + 5 * BLOCK_SECTOR, SEGS * BLOCK_SECTOR);
    stop();
}
END_TEST

START_TEST(parts_of_a_disk)
{
    start(false);
    area = (struct block_area){ .first = 100, .sectors = 200 };
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, 512, false), BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, base + 100 * 512, 512);
    area.read_only = true;
    ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, 512, true), BLOCK_IOERR);
    struct virtio_blk_range zeroes = { .sector = 0, .sectors = 1 };
    memcpy(ram + DATA, &zeroes, sizeof(zeroes));
    ck_assert_uint_eq(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(zeroes), true), BLOCK_IOERR);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, 512, false), BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, base + 100 * 512, 512);
    stop();
}
END_TEST

START_TEST(large_blocks)
{
    start(false);
    m.disk.block = 4096;
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 8, 4096, false), BLOCK_OK);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 1, 4096, false), BLOCK_IOERR);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 8, 512, false), BLOCK_IOERR);
    m.disk.size_max = 2048;
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 8, 4096, false), BLOCK_IOERR);
    m.disk.size_max = 4096;
    m.disk.seg_max = 0;
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 8, 4096, false), BLOCK_IOERR);
    stop();
}
END_TEST

START_TEST(ranges)
{
    start(false);
    area = (struct block_area){ .first = 8, .sectors = 100 };
    static struct {
        struct virtio_blk_range range;
        uint32_t bytes;
        unsigned status;
    } const cases[] = {
        { { 2, 10, 0 }, 16, BLOCK_OK },
        { { 2, 10, VIRTIO_BLK_F_UNMAP }, 16, BLOCK_OK },
        { { 2, 10, 2 }, 16, BLOCK_UNSUPP },
        { { 99, 2, 0 }, 16, BLOCK_IOERR },
        { { UINT64_MAX, 2, 0 }, 16, BLOCK_IOERR },
        { { 2, 0, 0 }, 16, BLOCK_IOERR },
        { { 0, 65537, 0 }, 16, BLOCK_IOERR },
        { { 2, 10, 0 }, 15, BLOCK_IOERR },
        { { 2, 10, 0 }, 32, BLOCK_IOERR },
    };
    memcpy(ram + DATA, &cases[_i].range, sizeof(cases[_i].range));
    ck_assert_uint_eq(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, cases[_i].bytes, true), cases[_i].status);
    if (cases[_i].status == BLOCK_OK)
        memset(model + 10 * 512, 0, 10 * 512);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, 30 * 512, false), BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, model + 8 * 512, 30 * 512);
    memcpy(ram + DATA, &cases[_i].range, sizeof(cases[_i].range));
    ck_assert_uint_ne(request(VIRTIO_BLK_T_DISCARD, 0, cases[_i].bytes, true), BLOCK_OK); // this disk can't
    stop();
}
END_TEST

// What was not negotiated is not there.
START_TEST(features)
{
    start(false);
    static uint32_t const types[] = { VIRTIO_BLK_T_FLUSH, VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES };
    struct virtio_blk_range range = { .sector = 0, .sectors = 1 };
    memcpy(ram + DATA, &range, sizeof(range));
    header(types[_i], 0);
    struct vq_buf const b[] = { { BASE + HEADER, 16 }, { BASE + DATA, 16 }, { BASE + STATUS, 1 } };
    queue(b, 2, 1);
    serve((FLUSH | DISCARD | ZEROES) & ~(1ull << (_i == 0 ? 9 : _i == 1 ? 13 : 14)));
    finished();
    ck_assert_uint_eq(ram[STATUS], BLOCK_UNSUPP);
    stop();
}
END_TEST

START_TEST(identity)
{
    start(true);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_GET_ID, 0, 20, false), BLOCK_OK);
    ck_assert_mem_eq(ram + DATA, "a-disk-with-a-long-n", 20);
    ck_assert_uint_eq(used, 21);
    ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, 512, true), BLOCK_IOERR);
    stop();
}
END_TEST

// Chains that nobody could answer.
START_TEST(broken)
{
    start(false);
    header(VIRTIO_BLK_T_IN, 0);
    struct vq_buf const b[] = { { BASE + HEADER, _i ? 15 : 16 }, { BASE + STATUS, 1 } };
    queue(b, 1, _i ? 1 : 0);
    serve(0);
    ck_assert_int_eq(verdict, BLK_BROKEN);
    ck_assert_uint_eq(ram[STATUS], UNANSWERED);
    stop();
}
END_TEST

// The client's memory goes while the disk works.
START_TEST(memory_is_gone)
{
    start(false);
    bool write = _i & 1;
    header(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, 0);
    struct vq_buf const b[] = { { BASE + HEADER, 16 }, { BASE + DATA, 8192 }, { BASE + STATUS, 1 } };
    queue(b, write ? 2 : 1, write ? 1 : 2);
    enum block_status status;
    blk_request_init(&q);
    ck_assert_int_eq(vq_pop(&dev, &q.chain), 1);
    ck_assert_int_eq(blk_request_parse(&q, &m.disk, &area, 0, &status), BLK_SUBMIT);
    if (_i & 2)
        q.r.dead = true;
    ck_assert_int_eq(mprotect(ram + DATA + 4096, 4096, PROT_NONE), 0);
    q.r.done = ended;
    m.disk.ops->submit(&m.disk, &q.r);
    ck_assert_int_eq(result, BLOCK_IOERR);
    ck_assert_int_eq(mprotect(ram + STATUS, 4096, PROT_NONE), 0);
    blk_request_finish(&q, result);
    stop();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("block_requests");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, reads_and_writes);
    tcase_add_loop_test(c, any_segments, 1, 5);
    tcase_add_loop_test(c, refused, 0, 16);
    tcase_add_test(c, seams);
    tcase_add_test(c, parts_of_a_disk);
    tcase_add_test(c, large_blocks);
    tcase_add_loop_test(c, ranges, 0, 9);
    tcase_add_loop_test(c, features, 0, 3);
    tcase_add_test(c, identity);
    tcase_add_loop_test(c, broken, 0, 2);
    tcase_add_loop_test(c, memory_is_gone, 0, 4);
    suite_add_tcase(s, c);
    return unit_run(s);
}
