// SPDX-License-Identifier: MIT
// Sigma0: region map, ownership, and the map made from the KIP's memory descriptors.
#include "mem_map.h"
#include "unit_run.h"

#include <check.h>
#include <l4/sys/abi/fpage.h>
#include <stdlib.h>
#include <string.h>

static struct region_map map;

static bool set(uint64_t start, uint64_t end, unsigned kind, unsigned owner)
{
    struct region r = { start, end, (uint8_t)kind, 7, (uint16_t)owner };

    return region_set(&map, &r);
}

static void consistent(void)
{
    for (unsigned i = 0; i < map.count; i++) {
        ck_assert(map.r[i].start <= map.r[i].end);
        if (i)
            ck_assert(map.r[i - 1].end < map.r[i].start);
    }
}

START_TEST(set_splits_and_merges)
{
    map.count = 0;
    ck_assert(set(0x1000, 0x9fff, REGION_RAM, 0));
    ck_assert(set(0x3000, 0x4fff, REGION_RAM, 4));
    ck_assert_uint_eq(map.count, 3);
    ck_assert(set(0x3000, 0x4fff, REGION_RAM, 0));
    ck_assert_uint_eq(map.count, 1);
    ck_assert(set(0x0, 0x1fff, REGION_RESERVED, 0));
    ck_assert_uint_eq(map.r[1].start, 0x2000);
    ck_assert(!set(5, 4, REGION_RAM, 0));
    ck_assert(set(0, UINT64_MAX, REGION_RESERVED, 0));
    ck_assert_uint_eq(map.count, 1);
    ck_assert_ptr_nonnull(region_find(&map, UINT64_MAX));
}
END_TEST

START_TEST(random_sets_agree_with_a_plain_array)
{
    enum { PAGES = 64 };
    uint8_t owner[PAGES];

    memset(owner, 0xff, sizeof(owner));
    map.count = 0;
    srand(2);
    for (unsigned i = 0; i < 3000; i++) {
        unsigned a = (unsigned)rand() % PAGES, b = a + (unsigned)rand() % (PAGES - a);
        unsigned o = (unsigned)rand() % 3;
        ck_assert(set(a * 0x1000ul, b * 0x1000ul + 0xfff, REGION_RAM, o));
        memset(owner + a, (int)o, b - a + 1);
        consistent();
        for (unsigned p = 0; p < PAGES; p++) {
            struct region const *r = region_find(&map, p * 0x1000ul);
            ck_assert(r ? r->owner == owner[p] : owner[p] == 0xff);
        }
    }
}
END_TEST

START_TEST(full_table_changes_nothing)
{
    map.count = 0;
    for (unsigned i = 0; i < REGION_MAX; i++)
        ck_assert(set(i * 0x2000ul, i * 0x2000ul + 0xfff, REGION_RAM, 0));
    ck_assert(!set(REGION_MAX * 0x2000ul, REGION_MAX * 0x2000ul + 0xfff, REGION_RAM, 0));
    ck_assert_uint_eq(map.count, REGION_MAX);
    consistent();
}
END_TEST

START_TEST(ownership)
{
    unsigned rights;
    uint64_t addr;

    map.count = 0;
    set(0x40000000, 0x4fffffff, REGION_RAM, 0);
    ck_assert(region_ram_allowed(&map, 0x40000000, 0x40000fff, 5, &rights));
    ck_assert(region_claim(&map, 0x40000000, 0x40000fff, 5));
    ck_assert(region_ram_allowed(&map, 0x40000000, 0x40001fff, 5, &rights));
    ck_assert(!region_ram_allowed(&map, 0x40000000, 0x40001fff, 6, &rights));
    ck_assert(!region_ram_allowed(&map, 0x4ffff000, 0x50000fff, 5, &rights));
    ck_assert(region_find_free(&map, 21, &addr));
    ck_assert_uint_eq(addr, 0x40200000);
    ck_assert(region_find_free(&map, 12, &addr));
    ck_assert_uint_eq(addr, 0x40001000);
    ck_assert(!region_find_free(&map, 28, &addr));
    ck_assert(!region_find_free(&map, 63, &addr));
    ck_assert(region_overlaps(&map, 0x3ffff000, 0x40000fff));
    ck_assert(!region_overlaps(&map, 0x9000000, 0x9000fff));
}
END_TEST

START_TEST(what_a_client_may_have)
{
    struct region const read_only = { 0x40010000, 0x4001ffff, REGION_RAM, L4_FPAGE_RO, 0 };
    unsigned rights;

    map.count = 0;
    set(0x40000000, 0x4002ffff, REGION_RAM, 0);
    ck_assert(region_set(&map, &read_only));
    set(0x40030000, 0x4003ffff, REGION_RESERVED, 0);
    ck_assert(region_ram_allowed(&map, 0x40000000, 0x4000ffff, 5, &rights));
    ck_assert_uint_eq(rights, L4_FPAGE_RWX);
    ck_assert(region_ram_allowed(&map, 0x40010000, 0x40010fff, 5, &rights));
    ck_assert_uint_eq(rights, L4_FPAGE_RO);
    ck_assert(region_ram_allowed(&map, 0x40000000, 0x4002ffff, 5, &rights)); // all of it what each part may
    ck_assert_uint_eq(rights, L4_FPAGE_RO);
    ck_assert(!region_ram_allowed(&map, 0x40030000, 0x40030fff, 5, &rights));
    ck_assert(!region_ram_allowed(&map, 0x40020000, 0x40030fff, 5, &rights));
}
END_TEST

START_TEST(block_orders)
{
    struct region r = { 0x40001000, 0x407fffff, REGION_RAM, 7, 4 };

    ck_assert_uint_eq(region_block_order(&r, 0x40001000, 21), 12);
    ck_assert_uint_eq(region_block_order(&r, 0x40300000, 21), 21);
    ck_assert_uint_eq(region_block_order(&r, 0x40010000, 16), 16);
}
END_TEST

struct kip {
    uint8_t bytes[4096];
};

static void add_desc(struct kip *k, uint64_t start, uint64_t end, unsigned type)
{
    uint32_t offset = 0xe0, count;

    memcpy(&count, k->bytes + 0x58, 4);
    uint64_t d[2] = { start | type, end };
    memcpy(k->bytes + offset + count * 16, d, 16);
    count++;
    memcpy(k->bytes + 0x54, &offset, 4);
    memcpy(k->bytes + 0x58, &count, 4);
}

START_TEST(memory_descriptors)
{
    struct kip k = { { 0 } };

    // what is carved out comes first here: the order must not matter
    add_desc(&k, 0x40000000, 0x403fffff, 2);
    add_desc(&k, 0x48000000, 0x48ffffff, 0x7e);
    add_desc(&k, 0x40000000, 0x7fffffff, 1);
    add_desc(&k, 0x0, 0x7fffffffff, 0x201); // virtual
    add_desc(&k, 0x44000400, 0x440007ff, 3);
    ck_assert_ptr_null(mem_map_init(&map, &k, sizeof(k)));
    consistent();
    ck_assert_uint_eq(region_find(&map, 0x40000000)->kind, REGION_RESERVED);
    ck_assert_uint_eq(region_find(&map, 0x48000000)->owner, SIGMA0_ROOT_CLIENT);
    ck_assert_uint_eq(region_find(&map, 0x48000000)->kind, REGION_BOOT);
    ck_assert_uint_eq(region_find(&map, 0x44000000)->kind, REGION_RESERVED);
    ck_assert_uint_eq(region_find(&map, 0x44001000)->kind, REGION_RAM);
    ck_assert_ptr_null(region_find(&map, 0x9000000));
    ck_assert_uint_eq(mem_map_free(&map), 0x40000000 - 0x400000 - 0x1000000 - 0x1000);
}
END_TEST

// A page that is RAM only in part is none.
START_TEST(ram_that_ends_in_a_page)
{
    struct kip k = { { 0 } };
    add_desc(&k, 0x40000400, 0x40003bff, 1);
    ck_assert_ptr_null(mem_map_init(&map, &k, sizeof(k)));
    ck_assert_ptr_null(region_find(&map, 0x40000800));
    ck_assert_uint_eq(region_find(&map, 0x40001000)->kind, REGION_RAM);
    ck_assert_ptr_null(region_find(&map, 0x40003000));
    ck_assert_uint_eq(mem_map_free(&map), 0x2000);
}
END_TEST

START_TEST(descriptors_that_are_wrong)
{
    struct kip k = { { 0 } };
    uint32_t big = 5000;

    add_desc(&k, 0x40000400, 0x40000bff, 1); // no whole page
    add_desc(&k, 0x50000000, 0x4fffffff, 2); // ends before it starts
    add_desc(&k, UINT64_MAX & ~0x3ffull, UINT64_MAX, 1);
    ck_assert_ptr_null(mem_map_init(&map, &k, sizeof(k)));
    ck_assert_uint_eq(mem_map_free(&map), 0);
    memcpy(k.bytes + 0x58, &big, 4);
    ck_assert_ptr_nonnull(mem_map_init(&map, &k, sizeof(k)));
    memcpy(k.bytes + 0x54, &big, 4);
    ck_assert_ptr_nonnull(mem_map_init(&map, &k, sizeof(k)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sigma0 regions");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, set_splits_and_merges);
    tcase_add_test(t, random_sets_agree_with_a_plain_array);
    tcase_add_test(t, full_table_changes_nothing);
    tcase_add_test(t, ownership);
    tcase_add_test(t, what_a_client_may_have);
    tcase_add_test(t, block_orders);
    tcase_add_test(t, memory_descriptors);
    tcase_add_test(t, ram_that_ends_in_a_page);
    tcase_add_test(t, descriptors_that_are_wrong);
    return unit_run(s);
}
