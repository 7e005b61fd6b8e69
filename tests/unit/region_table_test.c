// SPDX-License-Identifier: MIT
#include "region_table.h"
#include "unit_run.h"

#include <check.h>
#include <l4/sys/err.h>

#define MIN    0x10000ul
#define MAX    0xfffffffffful
#define DS     0x5000ul
#define SEARCH (L4RE_RM_F_RW | L4RE_RM_F_SEARCH_ADDR)

static struct region_table t;

static void setup(void)
{
    region_table_init(&t, MIN, MAX);
}

static int attach(l4_addr_t *a, l4_uint64_t size, l4_uint32_t flags, l4_uint64_t offset,
                  unsigned align)
{
    return region_table_attach(&t, a, &(struct region_attach){size, flags, DS, offset, align});
}

// Sorted, page aligned, no overlap.
static void check_order(void)
{
    bool ok = true;
    for (unsigned i = 0; i < t.n_regions; i++) {
        struct region const *r = &t.region[i];
        ok = ok && !(r->start & 0xfff) && (r->end & 0xfff) == 0xfff && r->start < r->end;
        ok = ok && (i == 0 || t.region[i - 1].end < r->start);
    }
    ck_assert(ok);
}

START_TEST(test_fixed_and_search)
{
    l4_addr_t a = 0x1000234, b = 0x1000000, c = 0;
    ck_assert_int_eq(attach(&a, 0x2000, L4RE_RM_F_RX, 0, 0), 0);
    ck_assert_uint_eq(a, 0x1000000);
    ck_assert_uint_eq(t.region[0].end, 0x1002fff); // the offset in the page adds to the size
    ck_assert_int_eq(attach(&b, 0x1000, L4RE_RM_F_R, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, MIN);
    c = 0;
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, MIN + 0x1000);
    c = 0x1000000;
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, 0x1003000);
    check_order();
}
END_TEST

START_TEST(test_superpages_keep_offset)
{
    l4_addr_t a = 0x1000, b = 0, c = 0;
    ck_assert_int_eq(attach(&b, 0x400000, SEARCH, 0x200000, 12), 0);
    ck_assert_uint_eq(b & 0x1fffff, 0);
    ck_assert_int_eq(attach(&c, 0x400000, SEARCH, 0x3000, 12), 0); // offset not congruent: anywhere
    ck_assert_uint_eq(t.region[region_table_find(&t, c, 1) - t.region].offset, 0x3000);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 30), 0);
    ck_assert_uint_eq(a, 0x40000000);
    check_order();
}
END_TEST

START_TEST(test_bad_arguments)
{
    l4_addr_t a = 0x20000;
    ck_assert_int_eq(attach(&a, 0, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, 0x80000000u, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 11), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 64), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull - 0x3000, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull - 0x3000, SEARCH, 0, 12), -L4_EADDRNOTAVAIL);
    a = ~0ul - 0xfff;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 12), -L4_EADDRNOTAVAIL);
    a = 0x1000; // below the address space
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    a = MAX - 0xfff;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), 0);
    ck_assert_uint_eq(t.n_regions, 1);
    ck_assert_ptr_null(region_table_find(&t, 0x5000, ~0ull));
}
END_TEST

START_TEST(test_detach)
{
    struct region gone;
    l4_addr_t a = 0x100000, b = 0x110000;
    attach(&a, 0x10000, L4RE_RM_F_RW, 0x4000, 0);
    attach(&b, 0x1000, L4RE_RM_F_RW, 0, 0);
    // a hole in the middle
    ck_assert_int_eq(region_table_detach(&t, 0x104000, 0x2000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_SPLIT_DS);
    ck_assert_uint_eq(gone.start, 0x104000);
    ck_assert_uint_eq(gone.end, 0x105fff);
    ck_assert_uint_eq(t.n_regions, 3);
    ck_assert_uint_eq(t.region[1].offset, 0x4000 + 0x6000);
    check_order();
    // head and tail
    ck_assert_int_eq(region_table_detach(&t, 0x106000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_KEPT_DS);
    ck_assert_uint_eq(t.region[1].offset, 0x4000 + 0x7000);
    ck_assert_int_eq(region_table_detach(&t, 0x10f000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_KEPT_DS);
    ck_assert_uint_eq(t.region[1].end, 0x10efff);
    // beyond one region
    ck_assert_int_eq(region_table_detach(&t, 0x102000, 0x8000, L4RE_RM_DETACH_EXACT, &gone),
                     -L4_EINVAL);
    // all that overlap, one after the other
    ck_assert_int_eq(region_table_detach(&t, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_int_eq(region_table_detach(&t, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_int_eq(region_table_detach(&t, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS);
    ck_assert_int_eq(region_table_detach(&t, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     -L4_ENOENT);
    ck_assert_int_eq(region_table_detach(&t, 0x100000, 0, L4RE_RM_DETACH_OVERLAP, &gone),
                     -L4_EINVAL);
}
END_TEST

START_TEST(test_areas)
{
    l4_addr_t area = 0, a = 0, in, far;
    ck_assert_int_eq(region_table_reserve(&t, &area, 0x10000, L4RE_RM_F_SEARCH_ADDR, 16), 0);
    ck_assert_uint_eq(area, MIN);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(a, MIN + 0x10000); // not inside
    in = area + 0x4000;
    ck_assert_int_eq(attach(&in, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&in, 0x1000, L4RE_RM_F_RW | L4RE_RM_F_IN_AREA, 0, 0), 0);
    in = area;
    ck_assert_int_eq(attach(&in, 0x1000, SEARCH | L4RE_RM_F_IN_AREA, 0, 14), 0);
    ck_assert_uint_eq(in, area);
    in = area;
    ck_assert_int_eq(attach(&in, 0xf000, SEARCH | L4RE_RM_F_IN_AREA, 0, 12), -L4_EADDRNOTAVAIL);
    far = 0x40000000;
    ck_assert_int_eq(attach(&far, 0x1000, SEARCH | L4RE_RM_F_IN_AREA, 0, 12), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(region_table_free_area(&t, area + 0xffff), 0);
    ck_assert_int_eq(region_table_free_area(&t, area), -L4_ENOENT);
    ck_assert_ptr_nonnull(region_table_find(&t, area, 1));
}
END_TEST

START_TEST(test_full_table)
{
    for (unsigned i = 0; i < REGION_MAX; i++) {
        l4_addr_t a = MIN + i * 0x3000ul;
        ck_assert_int_eq(attach(&a, 0x3000, L4RE_RM_F_RW, 0, 0), 0);
    }
    l4_addr_t a = 0x80000000;
    struct region gone;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_ENOMEM);
    ck_assert_int_eq(region_table_detach(&t, MIN + 0x1000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     -L4_ENOMEM);
    for (unsigned i = 0; i < REGION_AREAS_MAX; i++) {
        a = 0x80000000 + i * 0x1000ul;
        ck_assert_int_eq(region_table_reserve(&t, &a, 0x1000, 0, 0), 0);
    }
    a = 0x90000000;
    ck_assert_int_eq(region_table_reserve(&t, &a, 0x1000, 0, 0), -L4_ENOMEM);
    check_order();
}
END_TEST

START_TEST(test_random)
{
    unsigned seed = 1;
    for (unsigned i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        l4_addr_t a = MIN + ((seed >> 8) & 0xff) * 0x1000ul;
        l4_uint64_t size = (((seed >> 16) & 0xf) + 1) * 0x800ul;
        struct region gone;
        if (seed & 0x40)
            attach(&a, size, seed & 0x80 ? SEARCH : L4RE_RM_F_RW, 0, 12);
        else
            region_table_detach(&t, a, size,
                                seed & 0x80 ? L4RE_RM_DETACH_EXACT : L4RE_RM_DETACH_OVERLAP, &gone);
        check_order();
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("region_table");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_fixed_and_search);
    tcase_add_test(tc, test_superpages_keep_offset);
    tcase_add_test(tc, test_bad_arguments);
    tcase_add_test(tc, test_detach);
    tcase_add_test(tc, test_areas);
    tcase_add_test(tc, test_full_table);
    tcase_add_test(tc, test_random);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
