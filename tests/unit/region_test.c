// SPDX-License-Identifier: MIT
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/rm.h>
#include <l4/region/map.h>
#include <l4/sys/err.h>

#define MIN       0x10000ul
#define MAX       0xfffffffffful
#define CAP       0x5000ul
#define SEARCH    (L4RE_RM_F_RW | L4RE_RM_F_SEARCH_ADDR)
#define REGIONS   64
#define AREAS     8

TCase *region_random_cases(void);

static struct region regions[REGIONS], areas[AREAS];
static struct region_map m;
static unsigned references;
static int memory;

static void count_get(void *p)
{
    ck_assert_ptr_eq(p, &memory);
    references++;
}

static void setup(void)
{
    m = (struct region_map){.min = MIN, .max = MAX, .regions = {regions, 0, REGIONS}, .areas = {areas, 0, AREAS},
                            .get = count_get};
    references = 0;
}

static int enter(struct region_attach const *a, uint64_t *at)
{
    struct region r;
    int err = region_map_plan(&m, a, &r);
    if (err < 0)
        return err;
    r.memory = &memory;
    region_map_enter(&m, &r);
    *at = r.start;
    return 0;
}

static int attach_rights(uint64_t *at, uint64_t size, uint32_t flags, unsigned rights)
{
    struct region_attach a = {.start = *at, .size = size, .flags = flags, .client_cap = CAP, .has_memory = true,
                              .rights = rights};
    return enter(&a, at);
}

static int attach(uint64_t *at, uint64_t size, uint32_t flags, uint64_t offset, unsigned align)
{
    struct region_attach a = {.start = *at, .size = size, .flags = flags, .align = align, .offset = offset, .client_cap = CAP,
                              .has_memory = true, .rights = L4RE_RM_F_RWX};
    return enter(&a, at);
}

START_TEST(test_fixed_and_search)
{
    uint64_t a = 0x1000234, b = 0x1000000, c = 0;
    ck_assert_int_eq(attach(&a, 0x2000, L4RE_RM_F_RX, 0, 0), 0);
    ck_assert_uint_eq(a, 0x1000000);
    ck_assert_uint_eq(regions[0].end, 0x1002fff); // the offset in the page adds to the size
    ck_assert_int_eq(attach(&b, 0x1000, L4RE_RM_F_R, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, MIN);
    c = 0;
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, MIN + 0x1000);
    c = 0x1000000;
    ck_assert_int_eq(attach(&c, 0x1000, SEARCH, 0, 12), 0);
    ck_assert_uint_eq(c, 0x1003000);
}
END_TEST

START_TEST(test_bad_arguments)
{
    uint64_t a = 0x20000;
    ck_assert_int_eq(attach(&a, 0, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, 0x80000000u, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 11), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 64), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull - 0x3000, L4RE_RM_F_RW, 0, 0), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, ~0ull - 0x3000, SEARCH, 0, 12), -L4_EINVAL);
    ck_assert_int_eq(attach(&a, MAX, SEARCH, 0, 12), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&a, 0x2000, L4RE_RM_F_RW, ~0ull - 0xfff, 0), -L4_EINVAL); // behind the end of all offsets
    a = ~0ul - 0xfff;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&a, 0x1000, SEARCH, 0, 12), -L4_EADDRNOTAVAIL);
    a = 0x1000; // below the address space
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    a = MAX - 0xfff;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), 0);
    ck_assert_uint_eq(m.regions.count, 1);
    ck_assert_ptr_null(region_map_overlap(&m, 0x5000, ~0ull));
}
END_TEST

START_TEST(test_detach)
{
    struct region gone;
    uint64_t a = 0x100000, b = 0x110000;
    attach(&a, 0x10000, L4RE_RM_F_RW, 0x4000, 0);
    attach(&b, 0x1000, L4RE_RM_F_RW, 0, 0);
    // a hole in the middle
    ck_assert_int_eq(region_map_detach(&m, 0x104000, 0x2000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_SPLIT_DS);
    ck_assert_uint_eq(gone.start, 0x104000);
    ck_assert_uint_eq(gone.end, 0x105fff);
    ck_assert_uint_eq(m.regions.count, 3);
    ck_assert_uint_eq(regions[1].offset, 0x4000 + 0x6000);
    // head and tail
    ck_assert_int_eq(region_map_detach(&m, 0x106000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_KEPT_DS);
    ck_assert_uint_eq(regions[1].offset, 0x4000 + 0x7000);
    ck_assert_int_eq(region_map_detach(&m, 0x10f000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_KEPT_DS);
    ck_assert_uint_eq(regions[1].end, 0x10efff);
    // beyond one region: what lies in the range
    ck_assert_int_eq(region_map_detach(&m, 0x102234, 0x8000, L4RE_RM_DETACH_EXACT, &gone),
                     L4RE_RM_KEPT_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_uint_eq(gone.start, 0x102000);
    ck_assert_uint_eq(gone.end, 0x103fff);
    ck_assert_uint_eq(regions[0].end, 0x101fff);
    ck_assert_int_eq(region_map_detach(&m, 0xfff, 0x100000, 0, &gone), L4RE_RM_KEPT_DS);
    ck_assert_uint_eq(regions[0].start, 0x101000);
    // all that overlap, one after the other
    ck_assert_int_eq(region_map_detach(&m, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_int_eq(region_map_detach(&m, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_int_eq(region_map_detach(&m, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     L4RE_RM_DETACHED_DS);
    ck_assert_int_eq(region_map_detach(&m, 0x100000, 0x20000, L4RE_RM_DETACH_OVERLAP, &gone),
                     -L4_ENOENT);
    ck_assert_int_eq(region_map_detach(&m, 0x100000, 0, L4RE_RM_DETACH_OVERLAP, &gone),
                     -L4_EINVAL);
    ck_assert_int_eq(region_map_detach(&m, 0x100000, ~0ull, L4RE_RM_DETACH_OVERLAP, &gone), -L4_EINVAL);
}
END_TEST

// A region that was read-only memory never becomes writable, but for a copy.
START_TEST(test_rights)
{
    uint64_t a = 0x100000;
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_RW, L4RE_RM_F_R), -L4_EPERM);
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_RX, L4RE_RM_F_RW), -L4_EPERM);
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_RWX | L4RE_RM_F_PRIVATE, L4RE_RM_F_R), -L4_EPERM);
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_R, 0), -L4_EPERM);
    ck_assert_uint_eq(m.regions.count, 0);
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE, L4RE_RM_F_R), 0);
    a += 0x1000;
    ck_assert_int_eq(attach_rights(&a, 0x1000, L4RE_RM_F_R, L4RE_RM_F_RW), 0);
    ck_assert_uint_eq(regions[0].flags, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE);
    ck_assert_uint_eq(regions[1].flags, L4RE_RM_F_R);
}
END_TEST

// Who cuts gets a reference of its own, a region that becomes two has two.
START_TEST(test_references)
{
    uint64_t a = 0x100000;
    struct region gone;
    ck_assert_int_eq(attach_rights(&a, 0x10000, L4RE_RM_F_RW, L4RE_RM_F_RWX), 0);
    region_map_detach(&m, 0x104000, 0x1000, L4RE_RM_DETACH_EXACT, &gone);
    ck_assert_ptr_eq(gone.memory, &memory);
    ck_assert_uint_eq(references, 2);
    region_map_detach(&m, 0x100000, 0x1000, L4RE_RM_DETACH_EXACT, &gone);
    ck_assert_uint_eq(references, 3);
    region_map_detach(&m, 0x101000, 1, L4RE_RM_DETACH_OVERLAP, &gone);
    region_map_detach(&m, 0x105000, 1, L4RE_RM_DETACH_OVERLAP, &gone);
    ck_assert_uint_eq(references, 3);
    ck_assert_ptr_eq(gone.memory, &memory);
}
END_TEST

// Areas are kept to the byte, and a page that belongs to one in part is no place for others.
START_TEST(test_area_bytes)
{
    uint64_t area = 0x20801, in = 0x20801, out = 0x20000, odd = 0x21001;
    ck_assert_int_eq(region_map_reserve(&m, &area, 0x1801, 0, 0), 0);
    ck_assert_uint_eq(area, 0x20801);
    ck_assert_uint_eq(areas[0].end, 0x22001);
    ck_assert_int_eq(attach(&out, 0x800, L4RE_RM_F_RW, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&in, 0x1000, L4RE_RM_F_RW | L4RE_RM_F_IN_AREA, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(attach(&in, 0x7ff, SEARCH | L4RE_RM_F_IN_AREA, 0, 12), 0);
    ck_assert_uint_eq(in, 0x21000);
    ck_assert_int_eq(region_map_reserve(&m, &odd, 3, L4RE_RM_F_SEARCH_ADDR, 1), 0);
    ck_assert_uint_eq(odd, 0x22002);
    ck_assert_uint_eq(areas[1].end, 0x22004);
    ck_assert_int_eq(region_map_reserve(&m, &odd, 0, 0, 0), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(region_map_reserve(&m, &odd, 1, L4RE_RM_F_SEARCH_ADDR, 255), -L4_EADDRNOTAVAIL);
    ck_assert_int_eq(region_map_reserve(&m, &odd, 1, 1u << 16, 0), -L4_EINVAL);
}
END_TEST

START_TEST(test_areas)
{
    uint64_t area = 0, a = 0, in, far;
    ck_assert_int_eq(region_map_reserve(&m, &area, 0x10000, L4RE_RM_F_SEARCH_ADDR, 16), 0);
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
    ck_assert_int_eq(region_map_free_area(&m, area + 0xffff), 0);
    ck_assert_int_eq(region_map_free_area(&m, area), -L4_ENOENT);
    ck_assert_ptr_nonnull(region_map_find(&m, area));
}
END_TEST

START_TEST(test_full_table)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        uint64_t a = MIN + i * 0x3000ul;
        ck_assert_int_eq(attach(&a, 0x3000, L4RE_RM_F_RW, 0, 0), 0);
    }
    uint64_t a = 0x80000000;
    struct region gone;
    ck_assert_int_eq(attach(&a, 0x1000, L4RE_RM_F_RW, 0, 0), -L4_ENOMEM);
    ck_assert_int_eq(region_map_detach(&m, MIN + 0x1000, 0x1000, L4RE_RM_DETACH_EXACT, &gone),
                     -L4_ENOMEM);
    for (unsigned i = 0; i < AREAS; i++) {
        a = 0x80000000 + i * 0x1000ul;
        ck_assert_int_eq(region_map_reserve(&m, &a, 0x1000, 0, 0), 0);
    }
    a = 0x90000000;
    ck_assert_int_eq(region_map_reserve(&m, &a, 0x1000, 0, 0), -L4_ENOMEM);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("region");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_fixed_and_search);
    tcase_add_test(tc, test_rights);
    tcase_add_test(tc, test_bad_arguments);
    tcase_add_test(tc, test_detach);
    tcase_add_test(tc, test_areas);
    tcase_add_test(tc, test_full_table);
    tcase_add_test(tc, test_references);
    tcase_add_test(tc, test_area_bytes);
    suite_add_tcase(s, tc);
    suite_add_tcase(s, region_random_cases());
    return unit_run(s);
}
