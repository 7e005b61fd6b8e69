// SPDX-License-Identifier: MIT
// Tables of partitions: what tools write is read, whatever else somebody wrote is refused with its reason.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <l4/sys/err.h>

#include "partition.h"
#include "scan.h"
#include "unit_run.h"

enum { SECTORS = 4096, BYTES = SECTORS * BLOCK_SECTOR, ENTRY = 128, ENTRIES = 128, BIG = 4096 };

static uint8_t image[BYTES];
static unsigned block, fails_at; // 0: the disk works
static struct partition_table t;
static char why[PARTITION_WHY_MAX];

static bool read_image(void *ctx, uint64_t sector, void *to, unsigned count)
{
    (void)ctx;
    ck_assert_uint_eq(sector % (block / BLOCK_SECTOR), 0);
    ck_assert_uint_eq(count % (block / BLOCK_SECTOR), 0);
    ck_assert(sector < SECTORS && count <= SECTORS - sector);
    memcpy(to, image + sector * BLOCK_SECTOR, (size_t)count * BLOCK_SECTOR);
    return !fails_at || fails_at < sector || fails_at >= sector + count;
}

static struct disk_reader disk(void)
{
    return (struct disk_reader){ .sectors = SECTORS, .block = block, .read = read_image };
}

static int read_table(void)
{
    struct disk_reader d = disk();
    return partition_table_read(&d, &t, why);
}

static void begin(unsigned block_size)
{
    memset(image, 0, sizeof(image));
    block = block_size;
    fails_at = 0;
}

static void expect_refused(char const *reason)
{
    ck_assert_int_eq(read_table(), -L4_EINVAL);
    ck_assert_msg(strstr(why, reason), "'%s' is not in '%s'", reason, why);
    ck_assert_uint_eq(t.count, 0);
    ck_assert_ptr_null(t.part);
}

static void put(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

// ---- GPT ----

static uint8_t *gpt_entry(unsigned i)
{
    return image + 2 * block + i * ENTRY;
}

static void gpt_set(unsigned i, uint64_t first, uint64_t last, char const *label)
{
    uint8_t *e = gpt_entry(i);
    memset(e, 0x11, 16); // its type
    for (unsigned k = 0; k < 16; k++)
        e[16 + k] = (uint8_t)(0xa0 + k + 16 * (i & 1));
    put(e + 32, first, 8);
    put(e + 40, last, 8);
    for (unsigned k = 0; k < 36 && label[k]; k++)
        put(e + 56 + 2 * k, (uint8_t)label[k], 2);
}

// The header at block `at` for the entries at block 2.
static void gpt_seal_at(uint64_t at)
{
    uint8_t *h = image + at * block;
    memset(h, 0, 92);
    memcpy(h, "EFI PART", 8);
    put(h + 8, 0x10000, 4);
    put(h + 12, 92, 4);
    put(h + 24, at, 8);
    put(h + 72, 2, 8);
    put(h + 80, ENTRIES, 4);
    put(h + 84, ENTRY, 4);
    put(h + 88, crc32(0, gpt_entry(0), ENTRIES * ENTRY), 4);
    put(h + 16, crc32(0, h, 92), 4);
}

static void gpt_seal(void)
{
    gpt_seal_at(1);
}

// After a change of the header: its own checksum again.
static void gpt_change(unsigned at, uint64_t value, unsigned bytes)
{
    uint8_t *h = image + block;
    put(h + at, value, bytes);
    put(h + 16, 0, 4);
    put(h + 16, crc32(0, h, 92), 4);
}

static void gpt_usual(unsigned block_size)
{
    begin(block_size);
    gpt_set(0, 40, 99, "root");
    gpt_set(1, 100, 199, "data");
    gpt_seal();
}

START_TEST(gpt_is_read)
{
    gpt_usual(_i ? BIG : BLOCK_SECTOR);
    unsigned per = block / BLOCK_SECTOR;
    ck_assert_int_ge(read_table(), 0);
    ck_assert_uint_eq(t.count, 2);
    ck_assert_uint_eq(t.part[0].number, 1);
    ck_assert_uint_eq(t.part[0].first, 40 * per);
    ck_assert_uint_eq(t.part[0].sectors, 60 * per);
    ck_assert_str_eq(t.part[0].label, "root");
    ck_assert_str_eq(t.part[0].uuid, "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf");
    ck_assert_str_eq(t.part[1].label, "data");
    partition_table_free(&t);
}
END_TEST

START_TEST(gpt_numbers_are_those_of_the_entries)
{
    begin(BLOCK_SECTOR);
    gpt_set(7, 300, 399, "");
    gpt_set(2, 400, 499, "");
    gpt_seal();
    ck_assert_int_ge(read_table(), 0);
    ck_assert_uint_eq(t.count, 2);
    ck_assert_uint_eq(t.part[0].number, 3);
    ck_assert_uint_eq(t.part[0].first, 400);
    ck_assert_uint_eq(t.part[1].number, 8);
    partition_table_free(&t);
}
END_TEST

START_TEST(gpt_labels)
{
    begin(BLOCK_SECTOR);
    gpt_set(0, 40, 49, "");
    uint8_t *label = gpt_entry(0) + 56;
    put(label, 0xe4, 2);       // two bytes in UTF-8
    put(label + 2, 0x20ac, 2); // three
    put(label + 4, 0xd800, 2); // half a pair
    put(label + 6, 7, 2);      // what a terminal would obey
    put(label + 8, 0x7f, 2);
    put(label + 10, 0x9b, 2);
    gpt_set(1, 50, 59, "");
    for (unsigned i = 0; i < 36; i++)
        put(gpt_entry(1) + 56 + 2 * i, 0xffff, 2); // as long as can be
    gpt_seal();
    ck_assert_int_ge(read_table(), 0);
    ck_assert_str_eq(t.part[0].label, "\xc3\xa4\xe2\x82\xac????");
    ck_assert_uint_eq(strlen(t.part[1].label), PARTITION_LABEL_MAX);
    partition_table_free(&t);
}
END_TEST

START_TEST(gpt_refused)
{
    static struct {
        unsigned at, bytes;
        uint64_t value;
        char const *reason;
    } const cases[] = {
        { 12, 4, 91, "size that is not possible" },
        { 12, 4, 513, "size that is not possible" },
        { 24, 8, 2, "another block" },
        { 84, 4, 64, "entries of a size" },
        { 84, 4, 129, "entries of a size" },
        { 84, 4, 1024, "entries of a size" },
        { 80, 4, 1025, "more than 1024" },
        { 80, 4, 0xffffffff, "more than 1024" },
        { 72, 8, 1, "do not lie on the disk" },
        { 72, 8, SECTORS, "do not lie on the disk" },
        { 72, 8, SECTORS - 31, "do not lie on the disk" },
        { 72, 8, UINT64_MAX, "do not lie on the disk" },
        { 88, 4, 1, "entries with a wrong checksum" },
    };
    gpt_usual(BLOCK_SECTOR);
    gpt_change(cases[_i].at, cases[_i].value, cases[_i].bytes);
    expect_refused(cases[_i].reason);
}
END_TEST

START_TEST(gpt_damaged)
{
    gpt_usual(BLOCK_SECTOR);
    image[BLOCK_SECTOR + 40] ^= 1;
    expect_refused("wrong checksum");
    gpt_seal_at(SECTORS - 1); // the second header says the same
    ck_assert_int_ge(read_table(), 0);
    ck_assert_uint_eq(t.count, 2);
    partition_table_free(&t);
    image[(SECTORS - 1) * BLOCK_SECTOR + 40] ^= 1;
    expect_refused("block 1 has a wrong checksum");
}
END_TEST

START_TEST(gpt_partitions_refused)
{
    static struct {
        uint64_t first, last;
        char const *reason;
    } const cases[] = {
        { 199, 300, "overlaps" },         { 40, 40, "overlaps" },
        { 20, 400, "overlaps" },          { 300, SECTORS, "does not lie on the disk" },
        { 300, 299, "does not lie" },     { SECTORS, SECTORS + 1, "does not lie" },
        { 300, UINT64_MAX, "does not lie" },
    };
    gpt_usual(BLOCK_SECTOR);
    gpt_set(2, cases[_i].first, cases[_i].last, "third");
    gpt_seal();
    expect_refused(cases[_i].reason);
}
END_TEST

START_TEST(gpt_last_block)
{
    gpt_usual(BLOCK_SECTOR);
    gpt_set(2, 300, SECTORS - 1, "to the end");
    gpt_seal();
    ck_assert_int_ge(read_table(), 0);
    ck_assert_uint_eq(t.part[2].sectors, SECTORS - 300);
    partition_table_free(&t);
}
END_TEST

// ---- MBR ----

static void mbr_sign(unsigned sector)
{
    image[sector * BLOCK_SECTOR + 510] = 0x55;
    image[sector * BLOCK_SECTOR + 511] = 0xaa;
}

static void mbr_set(unsigned sector, unsigned i, unsigned type, uint64_t first, uint64_t sectors)
{
    uint8_t *e = image + sector * BLOCK_SECTOR + 446 + i * 16;
    e[4] = (uint8_t)type;
    put(e + 8, first, 4);
    put(e + 12, sectors, 4);
    mbr_sign(sector);
}

START_TEST(mbr_is_read)
{
    begin(BLOCK_SECTOR);
    put(image + 440, 0x1234abcd, 4);
    mbr_set(0, 0, 0x83, 100, 50);
    mbr_set(0, 1, _i, 1000, 1000);
    mbr_set(0, 3, 0x0c, 200, 10);
    mbr_set(1000, 0, 0x83, 10, 20);
    mbr_set(1000, 1, 0x05, 100, 100);
    mbr_set(1100, 0, 0x83, 1, 99);
    put(image + 102 * BLOCK_SECTOR + 56, 0xef53, 2);
    memcpy(image + 102 * BLOCK_SECTOR + 120, "sixteen letters!", 16);
    ck_assert_int_ge(read_table(), 0);
    static struct partition const want[] = {
        { 1, 100, 50, "1234abcd-01", "sixteen letters!" }, { 4, 200, 10, "1234abcd-04", "" },
        { 5, 1010, 20, "1234abcd-05", "" },                { 6, 1101, 99, "1234abcd-06", "" },
    };
    ck_assert_uint_eq(t.count, 4);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(t.part[i].number, want[i].number);
        ck_assert_uint_eq(t.part[i].first, want[i].first);
        ck_assert_uint_eq(t.part[i].sectors, want[i].sectors);
        ck_assert_str_eq(t.part[i].uuid, want[i].uuid);
        ck_assert_str_eq(t.part[i].label, want[i].label);
    }
    partition_table_free(&t);
}
END_TEST

START_TEST(mbr_refused)
{
    begin(BLOCK_SECTOR);
    mbr_set(0, 0, 0x83, 100, 50);
    char const *reason = NULL;
    switch (_i) {
    case 0:
        mbr_set(0, 1, 0x83, 149, 10);
        reason = "overlaps";
        break;
    case 1:
        mbr_set(0, 1, 0x83, SECTORS - 1, 2);
        reason = "does not lie on the disk";
        break;
    case 2:
        mbr_set(0, 1, 0x83, 0xffffffff, 0xffffffff);
        reason = "does not lie on the disk";
        break;
    case 3:
        mbr_set(0, 1, 0x83, 200, 0);
        reason = "does not lie on the disk";
        break;
    case 4: // a chain that leads back to its begin
        mbr_set(0, 1, 0x05, 1000, 100);
        mbr_set(1000, 1, 0x05, 0, 100);
        reason = "no end";
        break;
    case 5:
        mbr_set(0, 1, 0x05, 1000, 100);
        reason = "no table of logical partition 5 in sector 1000";
        break;
    case 6:
        mbr_set(0, 1, 0x05, 0xffffffff, 100);
        reason = "no table of logical partition 5";
        break;
    case 7:
        mbr_set(0, 1, 0x05, 1000, 100);
        mbr_set(1000, 1, 0x05, 0xfffffff0, 100);
        reason = "no table of logical partition 6";
        break;
    default:
        mbr_set(0, 0, 0xee, 1, SECTORS - 1);
        reason = "said to have a GPT";
    }
    expect_refused(reason);
}
END_TEST

START_TEST(no_table)
{
    begin(_i == 2 ? BIG : BLOCK_SECTOR);
    if (_i == 1) { // a boot sector with something else where the table would be
        memset(image, 0x42, BLOCK_SECTOR);
        mbr_sign(0);
    }
    if (_i == 3) // a table without partitions
        mbr_sign(0);
    ck_assert_int_ge(read_table(), 0);
    ck_assert_uint_eq(t.count, 0);
}
END_TEST

// Positions of an MBR are in blocks of the disk.
START_TEST(mbr_large_blocks)
{
    enum { PER = BIG / BLOCK_SECTOR };
    begin(BIG);
    mbr_set(0, 0, 0x83, 10, 4);
    mbr_set(0, 1, 0x05, 100, 100);
    mbr_set(100 * PER, 0, 0x83, 1, 2);
    mbr_set(100 * PER, 1, 0x05, 50, 10);
    mbr_set(150 * PER, 0, 0x83, 2, 8);
    put(image + (10 * PER + 2) * BLOCK_SECTOR + 56, 0xef53, 2);
    memcpy(image + (10 * PER + 2) * BLOCK_SECTOR + 120, "name", 4);
    ck_assert_int_ge(read_table(), 0);
    static unsigned const want[][3] = { { 1, 10, 4 }, { 5, 101, 2 }, { 6, 152, 8 } };
    ck_assert_uint_eq(t.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(t.part[i].number, want[i][0]);
        ck_assert_uint_eq(t.part[i].first, want[i][1] * PER);
        ck_assert_uint_eq(t.part[i].sectors, want[i][2] * PER);
    }
    ck_assert_str_eq(t.part[0].label, "name");
    partition_table_free(&t);
    mbr_set(0, 0, 0x83, SECTORS / PER - 1, 2);
    expect_refused("does not lie on the disk");
}
END_TEST

START_TEST(disk_fails)
{
    gpt_usual(BLOCK_SECTOR);
    fails_at = (unsigned)_i;
    ck_assert_int_eq(read_table(), -L4_EIO);
    ck_assert(*why);
    ck_assert_uint_eq(t.count, 0);
}
END_TEST

// Whatever is in it: no access beside the disk, and what is accepted lies on it.
START_TEST(random_tables)
{
    srandom((unsigned)_i);
    for (unsigned n = 0; n < 2000; n++) {
        if (n % 2) {
            gpt_usual(BLOCK_SECTOR);
            for (unsigned k = 0; k < 3; k++)
                gpt_set((unsigned)random() % ENTRIES, (uint64_t)random() % 5000, (uint64_t)random() % 5000, "x");
            gpt_seal();
            if (n % 4 == 3)
                gpt_change(72 + (unsigned)random() % 16, (uint64_t)random() & 0xff, 1);
        } else {
            begin(BLOCK_SECTOR);
            for (unsigned k = 0; k < 20; k++)
                mbr_set(k < 4 ? 0 : (unsigned)random() % 64 * 8, k % 4, k & 1 ? 0x83 : 0x05, (uint64_t)random() % 64 * 8,
                        (uint64_t)random() % 100);
        }
        if (read_table() < 0) {
            ck_assert(*why);
            continue;
        }
        for (unsigned i = 0; i < t.count; i++) {
            ck_assert_uint_lt(t.part[i].first, SECTORS);
            ck_assert_uint_le(t.part[i].sectors, SECTORS - t.part[i].first);
            for (unsigned k = 0; k < i; k++)
                ck_assert(t.part[i].first >= t.part[k].first + t.part[k].sectors ||
                          t.part[k].first >= t.part[i].first + t.part[i].sectors);
        }
        partition_table_free(&t);
    }
}
END_TEST

// ---- a disk that has to be waited for ----

static struct block_request *asked;
static unsigned waited, answers_after; // 0: never

static void answer(void)
{
    ck_assert(read_image(NULL, asked->sector, asked->seg->ptr, (unsigned)asked->count));
    struct block_request *r = asked;
    asked = NULL;
    r->done(r, BLOCK_OK);
}

static bool take(struct disk *d, struct block_request *r)
{
    (void)d;
    ck_assert_ptr_null(asked);
    ck_assert_uint_eq(r->seg->len, r->count * BLOCK_SECTOR);
    asked = r;
    waited = 0;
    return true;
}

static void wait_for(struct disk *d, unsigned ms)
{
    (void)d;
    ck_assert_uint_gt(ms, 0);
    if (++waited == answers_after)
        answer();
}

// One that does not answer keeps others from nothing.
START_TEST(late_disks)
{
    static struct disk_ops const ops = { .submit = take, .wait = wait_for };
    struct disk d = { .ops = &ops, .name = "late", .sectors = SECTORS, .block = BLOCK_SECTOR };
    gpt_usual(BLOCK_SECTOR);
    answers_after = 0;
    ck_assert_int_eq(scan_disk(&d, &t, why), -L4_EIO);
    ck_assert_uint_eq(t.count, 0);
    struct block_request *late = asked;
    ck_assert(late->dead);
    asked = NULL;
    answers_after = 3;
    ck_assert_int_ge(scan_disk(&d, &t, why), 0);
    ck_assert_uint_eq(t.count, 2);
    partition_table_free(&t);
    memset(late->seg->ptr, 0x55, late->seg->len); // its memory is there still
    late->done(late, BLOCK_OK);
    free(late); // the scan's first member
}
END_TEST

int main(void)
{
    Suite *s = suite_create("block_partitions");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, gpt_is_read, 0, 2);
    tcase_add_test(c, gpt_numbers_are_those_of_the_entries);
    tcase_add_test(c, gpt_labels);
    tcase_add_loop_test(c, gpt_refused, 0, 13);
    tcase_add_test(c, gpt_damaged);
    tcase_add_loop_test(c, gpt_partitions_refused, 0, 7);
    tcase_add_test(c, gpt_last_block);
    tcase_add_loop_test(c, mbr_is_read, 0x05, 0x06);
    tcase_add_loop_test(c, mbr_is_read, 0x0f, 0x10);
    tcase_add_loop_test(c, mbr_is_read, 0x85, 0x86);
    tcase_add_loop_test(c, mbr_refused, 0, 9);
    tcase_add_loop_test(c, no_table, 0, 4);
    tcase_add_test(c, mbr_large_blocks);
    tcase_add_test(c, late_disks);
    tcase_add_loop_test(c, disk_fails, 1, 4);
    tcase_add_loop_test(c, random_tables, 1, 4);
    suite_add_tcase(s, c);
    return unit_run(s);
}
