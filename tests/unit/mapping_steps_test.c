// SPDX-License-Identifier: MIT
// Long operations stop at preemption points and go on there, also when others have changed the tree
// meanwhile.
#include "kernel_fakes.h"
#include "mapping_setup.h"
#include "mem/kmem.h"

START_TEST(deep_chains_are_no_recursion)
{
    enum { DEPTH = 100000 };
    map_ram(RAM, 0, 0, 12);
    unsigned last = 0;
    for (unsigned i = 1; i < DEPTH; i++) {
        unsigned t = i % 2;
        ck_assert_int_eq(map(last, (uint64_t)(i - 1) * PAGE, t, (uint64_t)i * PAGE, 12, MEM_RWX),
                         MAP_SOME);
        last = t;
    }
    fake_preempt_every = 1;
    unsigned rounds = 0;
    rounds = unmap_mem(&task[0], 0, 12, MEM_W, true);
    ck_assert_uint_gt(rounds, DEPTH / 64 - 2);
    ck_assert_uint_eq(rights_at(last, (uint64_t)(DEPTH - 1) * PAGE), MEM_R | MEM_X);
    rounds = 0;
    rounds = unmap_mem(&task[0], 0, 12, MEM_RWX, true);
    ck_assert_uint_gt(rounds, DEPTH / 64 - 2);
    ck_assert_uint_eq(at(last, (uint64_t)(DEPTH - 1) * PAGE), ABSENT);
}
END_TEST

// The source goes with what is in the way, and first: a map that stops then still removes the rest.
START_TEST(mapping_onto_an_ancestor_in_steps)
{
    map_ram(RAM, 0, 0, 21);
    map(0, 0, 1, 0, 21, MEM_RWX);
    map(1, 5 * PAGE, 2, 0, 12, MEM_RWX);
    fake_preempt_every = 1;
    for (unsigned i = 0; i < 40; i++)
        map(1, (i + 6) * PAGE, 2, (i + 1) * PAGE, 12, MEM_RWX);
    map(2, 0, 1, 9 * PAGE, 12, MEM_RWX);
    fake_preempt_every = 0;
    ck_assert_uint_eq(at(2, 0), ABSENT);
    ck_assert_uint_eq(at(2, 39 * PAGE), ABSENT);
    ck_assert_uint_eq(at(1, 0), ABSENT);
    ck_assert_uint_eq(at(1, 9 * PAGE), ABSENT);
    ck_assert_uint_eq(at(0, 0), RAM);
}
END_TEST

START_TEST(pieces_of_a_large_page_are_weakened_in_steps)
{
    map_ram(RAM, 0, 0, 21);
    map(0, 0, 1, 0, 21, MEM_RWX);
    for (uint64_t i = 0; i < 512; i++)
        map(i % 2, i * PAGE, 2, i * PAGE, 12, MEM_RWX);
    fake_preempt_every = 1;
    ck_assert_uint_gt(unmap_mem(&task[0], 100 * PAGE, 12, MEM_W, false), 0);
    ck_assert(!marker.pprev);
    for (uint64_t i = 0; i < 512; i++) // all that is derived from the whole page, but of its pieces this one only
        ck_assert_uint_eq(rights_at(2, i * PAGE), i % 2 || i == 100 ? MEM_R | MEM_X : MEM_RWX);
    ck_assert_uint_gt(unmap_mem(&task[0], 0, 21, MEM_W, false), 16);
    for (uint64_t i = 0; i < 512; i++)
        ck_assert_uint_eq(rights_at(2, i * PAGE), MEM_R | MEM_X);
    ck_assert_uint_eq(rights_at(0, 0), MEM_RWX);
}
END_TEST

START_TEST(long_unmap_of_single_pages_stops_too)
{
    for (unsigned i = 0; i < 4096; i++)
        map_ram(RAM + 0x8000000 + i * PAGE, 0, i * PAGE, 12);
    fake_preempt_every = 1;
    fake_tlb_reset();
    ck_assert_uint_ge(unmap_mem(&task[0], 0, 24, MEM_RWX, true), 4096 / 64);
    ck_assert_uint_le(fake_tlb_count(), 4096 / 8); // and flushes for many together, whatever waits meanwhile
}
END_TEST

START_TEST(sparse_ranges_stop)
{
    // One page in each of 300 tables of each level: mapping, unmapping, and the end stop again and again, also when
    // there is nothing to be done.
    enum { TABLES = 300 };
    for (uint64_t i = 0; i < TABLES; i++)
        map_ram(RAM, 0, i << S2_TOP, 12);
    fake_preempt_every = 1;
    struct progress p = {.marker = &marker};
    unsigned stops = 0;
    enum map_result r;
    struct mem_mapping m = mapping(0, 0, 1, 0, 63, MEM_RWX);
    while ((r = mem_map(&m, &p)) == MAP_STOPPED)
        stops++;
    ck_assert_int_eq(r, MAP_SOME);
    ck_assert_uint_ge(stops, TABLES);
    for (uint64_t i = 0; i < TABLES; i++)
        ck_assert_uint_eq(at(1, i << S2_TOP), RAM);
    ck_assert_uint_ge(unmap_mem(&task[1], 0, 63, MEM_RWX, true), TABLES);
    ck_assert_uint_ge(unmap_mem(&task[1], 0, 63, MEM_RWX, true), TABLES);
    for (stops = 0; !mem_space_clear(&task[0]); stops++)
        ;
    ck_assert_uint_ge(stops, TABLES);
    for (stops = 0; !stage2_destroy(&task[0].space, &quota_root); stops++)
        ;
    ck_assert_uint_ge(stops, TABLES);
}
END_TEST

START_TEST(what_is_in_the_way_goes_in_steps)
{
    enum { CHILDREN = 1000 };
    map_ram(RAM, 0, 0, 12);
    map_ram(RAM + PAGE, 1, 0, 12); // what will be mapped
    for (uint64_t i = 0; i < CHILDREN; i++)
        map(0, 0, 2, i * PAGE, 12, MEM_RWX);
    fake_preempt_every = 1;
    struct progress p = {.marker = &marker};
    unsigned stops = 0;
    struct mem_mapping m = mapping(1, 0, 0, 0, 12, MEM_RWX);
    while (mem_map(&m, &p) == MAP_STOPPED)
        stops++;
    ck_assert_uint_ge(stops, CHILDREN / 64);
    ck_assert_uint_eq(at(0, 0), RAM + PAGE);
    ck_assert_uint_eq(at(2, 0), ABSENT);
}
END_TEST

// A walk that has stopped halfway, at each possible place, while others change the tree.

enum { WIDE = 40, DEEP = 40 };

// One page with WIDE leaves derived from it in task 1, and a chain from the first of these on in tasks 2 and 3.
static void plant(void)
{
    map_ram(RAM, 0, 0, 12);
    for (uint64_t i = 0; i < WIDE; i++)
        map(0, 0, 1, i * PAGE, 12, MEM_RWX);
    for (uint64_t i = 0; i < DEEP; i++)
        map(i ? 2 + (i - 1) % 2 : 1, i ? (i - 1) * PAGE : 0, 2 + i % 2, i * PAGE, 12, MEM_RWX);
}

static bool unmap_some(struct progress *p, unsigned rights, unsigned stops)
{
    fake_preempt_every = 1;
    *p = (struct progress){.marker = &marker};
    for (unsigned i = 0; i < stops; i++)
        if (mem_unmap(&task[0], 0, 12, rights, true, p))
            return true;
    return false;
}

START_TEST(what_is_derived_from_a_weakened_page_is_weak)
{
    for (unsigned stops = 1;; stops++) {
        mapping_setup();
        plant();
        struct progress p;
        bool done = unmap_some(&p, MEM_W, stops);
        fake_preempt_every = 0;
        for (uint64_t i = 0; i < WIDE; i++)
            map(1, i * PAGE, 3, (1000 + i) * PAGE, 12, MEM_RWX);
        if (!done)
            ck_assert(mem_unmap(&task[0], 0, 12, MEM_W, true, &p));
        ck_assert(!marker.pprev);
        for (uint64_t i = 0; i < WIDE; i++) {
            ck_assert_uint_eq(rights_at(1, i * PAGE), MEM_R | MEM_X);
            ck_assert_uint_eq(rights_at(3, (1000 + i) * PAGE), MEM_R | MEM_X);
        }
        for (uint64_t i = 0; i < DEEP; i++)
            ck_assert_uint_eq(rights_at(2 + i % 2, i * PAGE), MEM_R | MEM_X);
        if (done)
            break;
    }
}
END_TEST

// Another unmap takes the tree away, or the walk is given up; the memory for all nodes comes back.
START_TEST(a_stopped_walk_can_be_left)
{
    for (unsigned way = 0; way < 4; way++)
        for (unsigned stops = 1;; stops++) {
            mapping_setup();
            plant();
            struct progress p, q = {0};
            bool done = unmap_some(&p, way & 1 ? MEM_RWX : MEM_W, stops);
            fake_preempt_every = 0;
            if (way & 2)
                mapping_marker_drop(&marker);
            ck_assert(mem_unmap(&task[0], 0, 63, MEM_RWX, true, &q));
            ck_assert(!marker.pprev);
            if (!done)
                ck_assert(mem_unmap(&task[0], 0, 12, MEM_RWX, true, &p));
            for (unsigned i = 0; i < TASKS; i++) {
                ck_assert_uint_eq(at(i, 0), ABSENT);
                ck_assert(mem_space_clear(&task[i]));
                ck_assert(stage2_destroy(&task[i].space, &quota_root));
            }
            if (done)
                break;
        }
}
END_TEST

TCase *mapping_steps_cases(void)
{
    TCase *t = tcase_create("mapping_steps");
    tcase_add_checked_fixture(t, mapping_setup, NULL);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, deep_chains_are_no_recursion);
    tcase_add_test(t, mapping_onto_an_ancestor_in_steps);
    tcase_add_test(t, pieces_of_a_large_page_are_weakened_in_steps);
    tcase_add_test(t, long_unmap_of_single_pages_stops_too);
    tcase_add_test(t, sparse_ranges_stop);
    tcase_add_test(t, what_is_in_the_way_goes_in_steps);
    tcase_add_test(t, what_is_derived_from_a_weakened_page_is_weak);
    tcase_add_test(t, a_stopped_walk_can_be_left);
    return t;
}
