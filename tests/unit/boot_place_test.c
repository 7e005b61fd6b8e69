// SPDX-License-Identifier: MIT
// Memory ranges and page tables of the boot program.
#include "memory/page_table.h"
#include "memory/place.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_add_merges_neighbours_and_overlaps)
{
    struct place p = {0};
    ck_assert_int_eq(place_add(&p, 0x1000, 0x2000), PLACE_OK);
    ck_assert_int_eq(place_add(&p, 0x4000, 0x5000), PLACE_OK);
    ck_assert_int_eq(place_add(&p, 0x2000, 0x4000), PLACE_OK); // touches both, overlaps none
    ck_assert_uint_eq(p.num, 1);
    ck_assert_uint_eq(p.r[0].end, 0x5000);
    ck_assert_int_eq(place_add(&p, 0x4000, 0x9000), PLACE_OVERLAP);
    ck_assert_uint_eq(p.num, 1);
    ck_assert_uint_eq(place_total(&p), 0x8000);
    ck_assert_int_eq(place_add(&p, 0, 0x1000), PLACE_OK);
    ck_assert_uint_eq(p.r[0].start, 0);
}
END_TEST

START_TEST(test_remove_splits_and_trims)
{
    struct place p = {0};
    place_add(&p, 0x1000, 0x9000);
    ck_assert(place_remove(&p, 0x3000, 0x4000));
    ck_assert_uint_eq(p.num, 2);
    ck_assert(!place_contains(&p, 0x2000, 0x5000));
    ck_assert(place_contains(&p, 0x4000, 0x9000));
    ck_assert(place_remove(&p, 0, 0x2000));
    ck_assert_uint_eq(p.r[0].start, 0x2000);
    ck_assert(place_remove(&p, 0x2800, 0x5000));
    ck_assert_uint_eq(p.r[0].end, 0x2800);
    ck_assert_uint_eq(p.r[1].start, 0x5000);
    ck_assert(place_remove(&p, 0, UINT64_MAX));
    ck_assert_uint_eq(p.num, 0);
}
END_TEST

START_TEST(test_full_set_refuses_and_stays_whole)
{
    struct place p = {0};
    for (unsigned i = 0; i < PLACE_MAX; i++)
        ck_assert_int_eq(place_add(&p, i * 0x10000ull, i * 0x10000ull + 0x4000), PLACE_OK);
    ck_assert_int_eq(place_add(&p, 1ull << 40, (1ull << 40) + 1), PLACE_FULL);
    ck_assert(!place_remove(&p, 0x1000, 0x2000));
    ck_assert_uint_eq(place_total(&p), PLACE_MAX * 0x4000ull);
    ck_assert(place_remove(&p, 0x1000, 0x9000)); // needs no further range
}
END_TEST

START_TEST(test_take_is_lowest_aligned_and_below_limit)
{
    struct place p = {0};
    uint64_t at;
    place_add(&p, 0x40001000, 0x40300000);
    place_add(&p, 0x80000000, 0x90000000);
    ck_assert(place_take(&p, 0x1000, 0x1000, UINT64_MAX, &at));
    ck_assert_uint_eq(at, 0x40001000);
    ck_assert(place_take(&p, 0x200000, 0x200000, UINT64_MAX, &at));
    ck_assert_uint_eq(at, 0x80000000);
    ck_assert(place_take(&p, 0x100000, 0x200000, UINT64_MAX, &at));
    ck_assert_uint_eq(at, 0x40200000);
    ck_assert(!place_take(&p, 0x400000, 0x1000, 0x80000000, &at));
    ck_assert(!place_take(&p, 0x20000000, 0x1000, UINT64_MAX, &at));
}
END_TEST

START_TEST(test_take_does_not_wrap)
{
    struct place p = {0};
    uint64_t at;
    place_add(&p, UINT64_MAX - 0x1000, UINT64_MAX);
    ck_assert(!place_take(&p, 0x1000, 0x200000, UINT64_MAX, &at));
}
END_TEST

START_TEST(test_taken_ranges_never_overlap)
{
    struct place p = {0};
    struct range taken[200];
    unsigned n = 0;
    place_add(&p, 0x1000, 0x1000000);
    place_add(&p, 0x2003000, 0x4000000);
    srand(1);
    while (n < 200) {
        uint64_t size = ((uint64_t)rand() % 16 + 1) << 12, align = 4096ull << (rand() % 6);
        if (!place_take(&p, size, align, UINT64_MAX, &taken[n].start))
            break;
        taken[n].end = taken[n].start + size;
        ck_assert_uint_eq(taken[n].start % align, 0);
        for (unsigned i = 0; i < n; i++)
            ck_assert(!range_overlaps(taken[i], taken[n]));
        n++;
    }
    ck_assert_uint_gt(n, 100);
}
END_TEST

START_TEST(test_limit_cuts_from_the_top)
{
    struct place p = {0};
    place_add(&p, 0x1000, 0x5000);
    place_add(&p, 0x8000, 0xc000);
    place_limit(&p, 0x5000);
    ck_assert_uint_eq(p.num, 2);
    ck_assert_uint_eq(p.r[1].end, 0x9000);
    place_limit(&p, 0x4000);
    ck_assert_uint_eq(place_total(&p), 0x4000);
    place_limit(&p, 0);
    ck_assert_uint_eq(p.num, 0);
}
END_TEST

// -- page tables -----------------------------------------------------------------------------

static struct page_table tables_new(unsigned pages)
{
    void *memory = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
    memset(memory, 0, pages * PAGE_SIZE);
    struct page_table t;
    page_table_init(&t, (uint64_t)(uintptr_t)memory,
                    (uint64_t)(uintptr_t)memory + pages * PAGE_SIZE);
    return t;
}

// Walks the tables as the hardware does. Gives the descriptor's attributes, 0 if nothing is mapped.
static uint64_t walk(struct page_table *t, uint64_t va, uint64_t *pa)
{
    uint64_t table = t->root;
    for (unsigned level = 0; level < 4; level++) {
        uint64_t size = 1ull << (39 - 9 * level);
        uint64_t d = ((uint64_t *)(uintptr_t)table)[va / size % 512];
        if (!(d & 1))
            return 0;
        bool points_down = (d & 2) && level < 3;
        if (!points_down) {
            ck_assert(level == 3 ? d & 2 : level > 0);
            *pa = (d & 0xfffffffff000ull) + va % size;
            return d & ~0xfffffffff000ull;
        }
        table = d & 0xfffffffff000ull;
    }
    return 0;
}

START_TEST(test_map_uses_blocks_and_pages)
{
    struct page_table t = tables_new(16);
    uint64_t pa;
    ck_assert(page_table_map(&t, 0x40000000, 0x40000000, 0x40203000, PAGE_DATA));
    ck_assert(walk(&t, 0x40000000, &pa) & 1ull << 54);
    ck_assert_uint_eq(pa, 0x40000000);
    ck_assert(walk(&t, 0x80202fff, &pa));
    ck_assert_uint_eq(pa, 0x80202fff);
    ck_assert(!walk(&t, 0x80203000, &pa));
    ck_assert(!walk(&t, 0x3fffffff, &pa));
    // levels 0, 1, and 2 and 3 of the second GiB
    ck_assert_uint_eq((t.next - t.root) / PAGE_SIZE, 4);
    free((void *)(uintptr_t)t.root);
}
END_TEST

START_TEST(test_map_splits_a_block)
{
    struct page_table t = tables_new(16);
    uint64_t pa;
    page_table_map(&t, 0, 0, 1ull << 30, PAGE_DATA);
    ck_assert(page_table_map(&t, 0x200000, 0x200000, 0x1000, PAGE_TEXT));
    ck_assert(!(walk(&t, 0x200000, &pa) & 1ull << 54));
    ck_assert(walk(&t, 0x200000, &pa) & 1 << 7);
    ck_assert(walk(&t, 0x201000, &pa) & 1ull << 54);
    ck_assert_uint_eq(pa, 0x201000);
    ck_assert(walk(&t, 0x3fffffff, &pa));
    ck_assert_uint_eq(pa, 0x3fffffff);
    free((void *)(uintptr_t)t.root);
}
END_TEST

START_TEST(test_map_far_addresses_and_out_of_tables)
{
    struct page_table t = tables_new(4);
    uint64_t pa;
    ck_assert(page_table_map(&t, 0x7f0000000000, 0x1234000, 0x1000, PAGE_RODATA));
    ck_assert(walk(&t, 0x7f0000000000, &pa));
    ck_assert_uint_eq(pa, 0x1234000);
    ck_assert(!page_table_map(&t, 0x400000000000, 0, 0x1000, PAGE_DATA));
    free((void *)(uintptr_t)t.root);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_place");
    TCase *c = tcase_create("place");
    tcase_add_test(c, test_add_merges_neighbours_and_overlaps);
    tcase_add_test(c, test_remove_splits_and_trims);
    tcase_add_test(c, test_full_set_refuses_and_stays_whole);
    tcase_add_test(c, test_take_is_lowest_aligned_and_below_limit);
    tcase_add_test(c, test_take_does_not_wrap);
    tcase_add_test(c, test_taken_ranges_never_overlap);
    tcase_add_test(c, test_limit_cuts_from_the_top);
    tcase_add_test(c, test_map_uses_blocks_and_pages);
    tcase_add_test(c, test_map_splits_a_block);
    tcase_add_test(c, test_map_far_addresses_and_out_of_tables);
    suite_add_tcase(s, c);
    return unit_run(s);
}
