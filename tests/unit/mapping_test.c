// SPDX-License-Identifier: MIT
// Mapping tree and stage-2 tables: the rules of the interface one by one, then random operations
// against a model.
#include "kernel_fakes.h"
#include "mapping_model.h"
#include "mem/kmem.h"
#include "mem/mapping.h"
#include "mem/mapping_tree.h"
#include "unit_run.h"
#include <check.h>
#include <signal.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, SUPER = 2 << 20, TASKS = 4 };
#define RAM            0x40000000ull
#define ABSENT         (~(uint64_t)0)
#define RESERVED_START (RAM + 3 * SUPER + 0x10000)
#define RESERVED_END   (RAM + 3 * SUPER + 0x30000)

static struct task sigma0, task[TASKS];
static struct quota *task_quota[TASKS];
static uint64_t used_at_start;
static struct mapping marker; // of the only call that may have stopped

static void setup(void)
{
    fake_heap_init(FAKE_HEAP);
    fake_preempt_every = 0;
    memset(&sigma0, 0, sizeof(sigma0));
    memset(task, 0, sizeof(task));
    memset(mapping_roots, 0, sizeof(mapping_roots));
    memset(&marker, 0, sizeof(marker));
    sigma0.is_sigma0 = true;
    sigma0.obj.quota = &quota_root;
    stage2_init(&sigma0.space, &quota_root);
    sigma0.space.vttbr = 1;
    for (unsigned i = 0; i < TASKS; i++) {
        task_quota[i] = &quota_root;
        task[i].obj.quota = &quota_root;
        stage2_init(&task[i].space, &quota_root);
        task[i].space.vttbr = 1;
    }
    used_at_start = quota_root.used;
    fake_tlb_reset();
    model_reset();
}

// Both go on where they stopped.
static enum map_result map_mem(struct mem_mapping m)
{
    struct progress p = {.marker = &marker};
    enum map_result r;
    while ((r = mem_map(&m, &p)) == MAP_STOPPED)
        ;
    return r;
}

static unsigned unmap_mem(struct task *t, uint64_t addr, unsigned order, unsigned rights, bool self)
{
    struct progress p = {.marker = &marker};
    unsigned stops = 0;
    while (!mem_unmap(t, addr, order, rights, self, &p))
        stops++;
    return stops;
}

static struct mem_mapping mapping(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order, unsigned rights)
{
    return (struct mem_mapping){.src = &task[from], .dst = &task[to], .src_addr = sa, .dst_addr = da, .order = order,
                                .rights = rights};
}

static enum map_result map(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order,
                           unsigned rights)
{
    return map_mem(mapping(from, sa, to, da, order, rights));
}

static enum map_result map_ram(uint64_t phys, unsigned to, uint64_t da, unsigned order)
{
    return map_mem((struct mem_mapping){.src = &sigma0, .dst = &task[to], .src_addr = phys, .dst_addr = da,
                                        .order = order, .rights = MEM_RWX, .type = MEM_NORMAL});
}

static uint64_t at(unsigned t, uint64_t addr)
{
    return mem_lookup(&task[t], addr, NULL);
}

static unsigned rights_at(unsigned t, uint64_t addr)
{
    unsigned r = 99;
    return mem_lookup(&task[t], addr, &r) == ABSENT ? 99 : r;
}

static unsigned order_at(unsigned t, uint64_t addr)
{
    return stage2_walk(&task[t].space, addr).order;
}

START_TEST(large_pages_are_used)
{
    uint64_t before = quota_root.used;
    ck_assert_int_eq(map_ram(RAM + 0x8000000, 0, 0x10000000, 27), MAP_SOME);
    ck_assert_uint_eq(order_at(0, 0x10000000), 21);
    ck_assert_uint_eq(at(0, 0x10000000 + 5 * SUPER + 123), RAM + 0x8000000 + 5 * SUPER + 123);
    ck_assert_uint_eq(quota_root.used - before, sizeof(struct ptab) + 64 * sizeof(struct mapping));
    ck_assert_uint_eq(fake_tlb_count(), 0); // nothing was there before
    ck_assert_int_eq(map(0, 0x10000000, 1, 0x10000000, 27, MEM_R | MEM_X), MAP_SOME);
    ck_assert_uint_eq(order_at(1, 0x10000000), 21);
    ck_assert_uint_eq(rights_at(1, 0x10000000), MEM_R | MEM_X);
    ck_assert_uint_eq(unmap_mem(&task[0], 0, 63, MEM_RWX, true), 0);
    ck_assert_uint_eq(at(1, 0x10000000), ABSENT);
    ck_assert_uint_eq(fake_tlb_count(), 2); // each space once
}
END_TEST

START_TEST(misaligned_source_comes_in_pieces)
{
    map_ram(RAM, 0, 0, 22);
    ck_assert_int_eq(map(0, 0, 1, SUPER, 21, MEM_RWX), MAP_SOME);
    ck_assert_uint_eq(order_at(1, SUPER), 21);
    ck_assert_int_eq(map(0, PAGE, 1, 8 * SUPER, 12, MEM_R), MAP_SOME);
    ck_assert_uint_eq(at(1, 8 * SUPER), RAM + PAGE);
    ck_assert_uint_eq(order_at(0, 0), 21); // the source keeps its large page
}
END_TEST

START_TEST(nothing_there_is_no_error)
{
    ck_assert_int_eq(map(0, 0, 1, 0, 63, MEM_RWX), MAP_NOTHING);
    ck_assert_int_eq(map(0, 0, 1, 0, 11, MEM_RWX), MAP_NOTHING);
    map_ram(RAM, 0, 0, 12);
    ck_assert_int_eq(map(0, 0, 1, 0, 12, 0), MAP_NOTHING);
    ck_assert_int_eq(map(0, 0, 1, 1ull << 40, 12, MEM_RWX), MAP_NOTHING);
    ck_assert_int_eq(map(0, 1ull << 45, 1, 0, 12, MEM_RWX), MAP_NOTHING);
    ck_assert_int_eq(map(0, ~0ull, 1, ~0ull, 12, MEM_RWX), MAP_NOTHING);
}
END_TEST

START_TEST(rights_never_grow_down_the_tree)
{
    map_ram(RAM, 0, 0, 12);
    map(0, 0, 1, 0, 12, MEM_R);
    map(1, 0, 2, 0, 12, MEM_RWX);
    ck_assert_uint_eq(rights_at(2, 0), MEM_R);
    // The same page again with more rights: an upgrade, its children stay.
    map(0, 0, 1, 0, 12, MEM_R | MEM_W);
    ck_assert_uint_eq(rights_at(1, 0), MEM_R | MEM_W);
    ck_assert_uint_eq(at(2, 0), RAM);
    ck_assert(fake_tlb_flushed(&task[1].space, 0));
    map(0, 0, 1, 0, 12, MEM_X);
    ck_assert_uint_eq(rights_at(1, 0), MEM_RWX);
}
END_TEST

START_TEST(weakening_reaches_all_derived)
{
    map_ram(RAM, 0, 0, 21);
    map(0, 0, 1, 0, 21, MEM_RWX);
    for (unsigned i = 0; i < 512; i += 7)
        map(1, i * PAGE, 2, i * PAGE, 12, MEM_RWX);
    ck_assert_uint_eq(unmap_mem(&task[0], 0, 21, MEM_W, false), 0);
    ck_assert_uint_eq(rights_at(0, 0), MEM_RWX);
    ck_assert_uint_eq(rights_at(1, 0), MEM_R | MEM_X);
    ck_assert_uint_eq(rights_at(2, 7 * PAGE), MEM_R | MEM_X);
    ck_assert(fake_tlb_flushed(&task[2].space, 7 * PAGE));
    ck_assert(!fake_tlb_flushed(&task[0].space, 0));
}
END_TEST

START_TEST(part_of_a_large_page)
{
    map_ram(RAM, 0, 0, 21);
    for (unsigned i = 0; i < 8; i++)
        map(0, i * PAGE, 1, i * PAGE, 12, MEM_RWX);
    map(0, 0, 2, 0, 21, MEM_RWX);
    // Without self: derived pages in the range; the derived large page contains it.
    ck_assert_uint_eq(unmap_mem(&task[0], 2 * PAGE, 13, MEM_RWX, false), 0);
    ck_assert_uint_eq(at(1, 1 * PAGE), RAM + PAGE);
    ck_assert_uint_eq(at(1, 2 * PAGE), ABSENT);
    ck_assert_uint_eq(at(1, 3 * PAGE), ABSENT);
    ck_assert_uint_eq(at(1, 4 * PAGE), RAM + 4 * PAGE);
    ck_assert_uint_eq(at(2, 0), ABSENT);
    ck_assert_uint_eq(at(0, 2 * PAGE), RAM + 2 * PAGE);
    // With self the page goes as a whole.
    ck_assert_uint_eq(unmap_mem(&task[0], 2 * PAGE, 12, MEM_RWX, true), 0);
    ck_assert_uint_eq(at(0, 100 * PAGE), ABSENT);
    ck_assert_uint_eq(at(1, 1 * PAGE), ABSENT);
}
END_TEST

START_TEST(overmapping_removes_whole_pages)
{
    map_ram(RAM, 0, 0, 21);
    map(0, 0, 1, 0, 21, MEM_RWX);
    map(1, 5 * PAGE, 2, 0, 12, MEM_RWX);
    map_ram(RAM + SUPER, 3, 0, 12);
    ck_assert_int_eq(map(3, 0, 1, 9 * PAGE, 12, MEM_RWX), MAP_SOME);
    ck_assert_uint_eq(at(1, 0), ABSENT);
    ck_assert_uint_eq(at(2, 0), ABSENT);
    ck_assert_uint_eq(at(1, 9 * PAGE), RAM + SUPER);
    ck_assert(fake_tlb_flushed(&task[1].space, 0));
    // And a large page replaces a table of small ones.
    ck_assert_int_eq(map(0, 0, 1, 0, 21, MEM_RWX), MAP_SOME);
    ck_assert_uint_eq(order_at(1, 9 * PAGE), 21);
}
END_TEST

START_TEST(mapping_onto_an_ancestor_removes_both)
{
    map_ram(RAM, 0, 0, 12);
    map(0, 0, 1, 0, 12, MEM_RWX);
    map(1, 0, 2, 0, 12, MEM_RWX);
    ck_assert_int_eq(map(2, 0, 0, 0, 12, MEM_RWX), MAP_NOTHING);
    for (unsigned t = 0; t < 3; t++)
        ck_assert_uint_eq(at(t, 0), ABSENT);
    map_ram(RAM, 0, 0, 12);
    ck_assert_int_eq(map(0, 0, 0, 0, 12, MEM_RWX), MAP_NOTHING);
    ck_assert_uint_eq(at(0, 0), ABSENT);
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

START_TEST(grant_moves)
{
    map_ram(RAM, 0, 0, 21);
    map(0, PAGE, 1, 0, 12, MEM_RWX);
    struct mem_mapping m = mapping(1, 0, 2, PAGE, 12, MEM_R);
    m.grant = true;
    ck_assert_int_eq(map_mem(m), MAP_SOME);
    ck_assert_uint_eq(at(1, 0), ABSENT);
    ck_assert_uint_eq(at(2, PAGE), RAM + PAGE);
    ck_assert_uint_eq(unmap_mem(&task[0], PAGE, 12, MEM_RWX, false), 0); // still derived from task 0
    ck_assert_uint_eq(at(2, PAGE), ABSENT);
}
END_TEST

START_TEST(memory_types)
{
    map_ram(RAM, 0, 0, 12);
    struct mem_mapping m = mapping(0, 0, 1, 0, 12, MEM_RWX);
    m.type = MEM_BUFFERED;
    map_mem(m);
    ck_assert_int_eq(stage2_type(*stage2_walk(&task[1].space, 0).pte), MEM_BUFFERED);
    map(1, 0, 2, 0, 12, MEM_RWX);
    ck_assert_int_eq(stage2_type(*stage2_walk(&task[2].space, 0).pte), MEM_BUFFERED);
    m.type = MEM_DEVICE;
    map_mem(m);
    ck_assert_int_eq(stage2_type(*stage2_walk(&task[1].space, 0).pte), MEM_DEVICE);
    ck_assert_int_eq(mem_type_of_attrs(0x8), MEM_INHERIT);
    ck_assert_int_eq(mem_type_of_attrs(0x18), MEM_DEVICE);
    ck_assert_int_eq(mem_type_of_attrs(0x38), MEM_NORMAL);
    ck_assert_int_eq(mem_type_of_attrs(0x58), MEM_BUFFERED);
}
END_TEST

START_TEST(sigma0_has_all_but_the_kernel)
{
    ck_assert_int_eq(map_mem((struct mem_mapping){.src = &sigma0, .dst = &sigma0, .src_addr = RAM, .dst_addr = RAM,
                                                  .order = 21, .rights = MEM_RWX, .type = MEM_NORMAL}), MAP_SOME);
    ck_assert_int_eq(map_ram(RAM + 3 * SUPER, 0, 0, 21), MAP_SOME);
    ck_assert_uint_eq(order_at(0, 0), 12);
    ck_assert_uint_eq(at(0, 0xf000), RAM + 3 * SUPER + 0xf000);
    ck_assert_uint_eq(at(0, 0x10000), ABSENT);
    ck_assert_uint_eq(at(0, 0x2f000), ABSENT);
    ck_assert_uint_eq(at(0, 0x30000), RAM + 3 * SUPER + 0x30000);
    mem_allow_kip(RAM + 3 * SUPER + 0x11000);
    ck_assert_int_eq(map_ram(RAM + 3 * SUPER + 0x11000, 0, 0, 12), MAP_SOME);
    ck_assert_uint_eq(rights_at(0, 0), MEM_R | MEM_X);
    mem_allow_kip(ABSENT);
    // Sigma0 takes back by physical address.
    map(0, 0x30000, 1, 0, 12, MEM_RWX);
    ck_assert_uint_eq(unmap_mem(&sigma0, RAM + 3 * SUPER + 0x30000, 12, MEM_RWX, false), 0);
    ck_assert_uint_eq(at(0, 0x30000), ABSENT);
    ck_assert_uint_eq(at(1, 0), ABSENT);
    ck_assert_uint_eq(at(0, 0x31000), RAM + 3 * SUPER + 0x31000);
    ck_assert_uint_eq(unmap_mem(&sigma0, 0, 63, MEM_RWX, false), 0);
    ck_assert_uint_eq(at(0, 0x31000), ABSENT);
    ck_assert_uint_ne(mem_lookup(&sigma0, RAM, NULL), ABSENT); // its own
    ck_assert_uint_eq(unmap_mem(&sigma0, 0, 63, MEM_RWX, true), 0);
    ck_assert_uint_eq(mem_lookup(&sigma0, RAM, NULL), ABSENT);
}
END_TEST

START_TEST(kernel_memory_stays)
{
    static _Alignas(PAGE) char kva[4 * PAGE];
    ck_assert_int_eq(mem_map_kumem(&task[0], 0x5000, kva, 13), 0);
    ck_assert_int_eq(mem_map_kumem(&task[0], 0x6000, kva, 12), -L4_EEXIST);
    ck_assert_int_eq(mem_map_kumem(&task[0], (1ull << 40) - PAGE, kva, 13), -L4_EINVAL);
    ck_assert_int_eq(mem_map_kumem(&task[0], 1ull << 40, kva, 12), -L4_EINVAL);
    ck_assert_int_eq(mem_map_kumem(&task[0], ~0ull & ~0xfffull, kva, 12), -L4_EINVAL);
    ck_assert_int_eq(mem_map_device(&task[0], 0x8000, 0xff846000), 0);
    ck_assert_uint_eq(rights_at(0, 0x5000), MEM_R | MEM_W);
    // It cannot be passed on, replaced or unmapped; what lies around it can be mapped.
    ck_assert_int_eq(map(0, 0, 1, 0, 21, MEM_RWX), MAP_NOTHING);
    ck_assert_int_eq(map_ram(RAM, 0, 0, 21), MAP_SOME);
    ck_assert_uint_eq(at(0, 0x5000), (uintptr_t)kva);
    ck_assert_uint_eq(at(0, 0x4000), RAM + 0x4000);
    ck_assert_uint_eq(at(0, 0x9000), RAM + 0x9000);
    ck_assert_uint_eq(unmap_mem(&task[0], 0, 63, MEM_RWX, true), 0);
    ck_assert_uint_eq(at(0, 0x5000), (uintptr_t)kva);
    ck_assert_uint_eq(at(0, 0x4000), ABSENT);
    ck_assert_int_eq(map_ram(RAM, 1, 0, 21), MAP_SOME);
    ck_assert_int_eq(mem_map_kumem(&task[1], 0x5000, kva, 12), -L4_EEXIST);
}
END_TEST

START_TEST(empty_tables_are_freed)
{
    map_ram(RAM, 0, 0x40000000, 12);
    uint64_t used = quota_root.used;
    for (unsigned i = 0; i < 512; i++)
        map_ram(RAM + i * PAGE, 0, 0x40200000 + i * PAGE, 12);
    ck_assert_uint_eq(unmap_mem(&task[0], 0x40200000, 21, MEM_RWX, true), 0);
    ck_assert_uint_eq(quota_root.used, used);
}
END_TEST

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
        setup();
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
            setup();
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
    ck_assert_uint_ge(unmap_mem(&task[0], 0, 24, MEM_RWX, true), 4096 / 64);
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

static uint64_t next(uint64_t addr, uint64_t end)
{
    return stage2_next(&task[0].space, stage2_walk(&task[0].space, addr), addr, end);
}

START_TEST(next_entry_of_a_table)
{
    uint64_t const end = 1ull << S2_BITS, top = 1ull << S2_TOP;
    ck_assert_uint_eq(next(5 * PAGE, end), end); // nothing at all
    map_ram(RAM, 0, 7 * PAGE, 12);
    map_ram(RAM, 0, 3 * SUPER, 21);
    ck_assert_uint_eq(next(0, end), 7 * PAGE);
    ck_assert_uint_eq(next(0, 5 * PAGE), 5 * PAGE);
    ck_assert_uint_eq(next(8 * PAGE, end), SUPER); // the end of the table
    ck_assert_uint_eq(next(SUPER + PAGE, end), 3 * SUPER);
    ck_assert_uint_eq(next(4 * SUPER, end), top);
    ck_assert_uint_eq(next(top + PAGE, end), end);
    map_ram(RAM, 0, 1023 * top, 12);
    ck_assert_uint_eq(next(top, end), 1023 * top);
    ck_assert_uint_eq(next(1023 * top + PAGE, end), 1023 * top + SUPER);
    ck_assert_uint_eq(next(1023 * top + SUPER, end), end);
}
END_TEST

START_TEST(quota_ends_with_an_error)
{
    struct quota *q = quota_create(&quota_root, 40 * 1024);
    task[0].obj.quota = q;
    stage2_destroy(&task[0].space, &quota_root);
    ck_assert(stage2_init(&task[0].space, q));
    unsigned pages = 0;
    while (map_ram(RAM, 0, pages * PAGE, 12) == MAP_SOME)
        pages++;
    ck_assert_int_eq(map_ram(RAM, 0, pages * PAGE, 12), MAP_NO_MEMORY);
    ck_assert_uint_eq(pages, (40 * 1024 - 3 * sizeof(struct ptab)) / sizeof(struct mapping));
    ck_assert_int_eq(mem_map_kumem(&task[0], 0x40000000, kernel_phys_to_virt(0), 12), -L4_ENOMEM);
    ck_assert(mem_space_clear(&task[0]));
    stage2_destroy(&task[0].space, q);
    ck_assert_uint_eq(q->used, 0);
    quota_unref(q);
}
END_TEST

// ---- random operations ----

static unsigned below(unsigned n)
{
    return (unsigned)rand() % n;
}

static uint64_t random_address(void)
{
    return model_window[below(MODEL_WINDOWS)] + (uint64_t)below(MODEL_WINDOW_SIZE / PAGE) * PAGE;
}

static unsigned random_order(void)
{
    static unsigned const orders[] = {12, 12, 12, 13, 14, 16, 20, 21, 21, 21, 22, 22, 30, 63};
    return orders[below(sizeof(orders) / sizeof(orders[0]))];
}

// What each TLB may still hold: the leaves before an operation.
struct seen {
    uint64_t addr, pte;
};
static struct seen seen[TASKS][2 * MODEL_WINDOW_SIZE / PAGE];
static unsigned seen_count[TASKS];

static void tlb_fill(void)
{
    fake_tlb_reset();
    for (unsigned t = 0; t < TASKS; t++) {
        seen_count[t] = 0;
        for (unsigned w = 0; w < MODEL_WINDOWS; w++) {
            for (uint64_t a = model_window[w]; a < model_window[w] + MODEL_WINDOW_SIZE;) {
                struct s2_leaf l = stage2_walk(&task[t].space, a);
                if (l.pte && stage2_present(*l.pte))
                    seen[t][seen_count[t]++] = (struct seen){a, *l.pte};
                a = (a & ~(((uint64_t)1 << l.order) - 1)) + ((uint64_t)1 << l.order);
            }
        }
    }
}

// Every leaf that changed must have been flushed.
static bool tlb_clean(void)
{
    for (unsigned t = 0; t < TASKS; t++) {
        for (unsigned i = 0; i < seen_count[t]; i++) {
            struct s2_leaf l = stage2_walk(&task[t].space, seen[t][i].addr);
            if ((!l.pte || *l.pte != seen[t][i].pte) &&
                !fake_tlb_flushed(&task[t].space, seen[t][i].addr))
                return false;
        }
    }
    return true;
}

// Both tell whether they agree; without a model only that nothing breaks.
static bool random_map(bool model)
{
    bool from_ram = below(3) == 0;
    struct mem_mapping m = {0};
    m.src = from_ram ? &sigma0 : &task[below(TASKS)];
    m.dst = &task[below(TASKS)];
    m.order = from_ram ? 12 + below(11) : random_order();
    m.src_addr = from_ram ? RAM + (uint64_t)below(4 * SUPER / PAGE) * PAGE : random_address();
    m.dst_addr = random_address();
    m.rights = below(4) ? MEM_RWX : below(8);
    m.type = below(4) ? MEM_INHERIT : (enum mem_type)below(4);
    m.grant = below(6) == 0;
    enum map_result r = map_mem(m);
    return !model || r == model_map(m);
}

static void random_unmap(bool model)
{
    bool all_ram = below(20) == 0;
    struct task *t = all_ram ? &sigma0 : &task[below(TASKS)];
    uint64_t addr = all_ram ? RAM + (uint64_t)below(4 * SUPER / PAGE) * PAGE : random_address();
    unsigned order = all_ram ? 12 + below(11) : random_order();
    unsigned rights = below(2) ? MEM_RWX : 1 + below(7);
    bool self = below(2);
    unmap_mem(t, addr, order, rights, self);
    if (model)
        model_unmap(t, addr, order, rights, self);
}

static unsigned tree_size(struct mapping *m)
{
    unsigned n = 0;
    for (; m; m = m->next) {
        n += 1 + tree_size(m->child);
        unsigned pieces = 0;
        for (unsigned i = 0; m->piece && i < MAPPING_PIECES; i++)
            pieces += tree_size(m->piece[i]);
        n += pieces;
        if (m->piece && !m->pieces)
            ck_abort_msg("a table of pieces without members");
    }
    return n;
}

static unsigned tree_count(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < MAPPING_ROOT_LISTS; i++)
        n += tree_size(mapping_roots[i]);
    return n;
}

static void random_run(unsigned seed, unsigned steps)
{
    static _Alignas(PAGE) char kva[PAGE];
    srand(seed);
    for (unsigned t = 0; t < TASKS; t++) {
        uint64_t addr = random_address();
        ck_assert_int_eq(mem_map_kumem(&task[t], addr, kva, 12), 0);
        model_kumem(&task[t], addr);
    }
    fake_preempt_every = 3;
    for (unsigned step = 0; step < steps; step++) {
        tlb_fill();
        if (below(3))
            ck_assert_msg(random_map(true), "seed %u step %u: results differ", seed, step);
        else
            random_unmap(true);
        ck_assert_msg(tlb_clean(), "seed %u step %u: a stale entry stays in a TLB", seed, step);
        for (unsigned t = 0; t < TASKS; t++) {
            char const *e = model_compare(&task[t]);
            ck_assert_msg(!e, "seed %u step %u task %u: %s", seed, step, t, e);
        }
        ck_assert_uint_eq(tree_count(), model_count());
    }
    for (unsigned t = 0; t < TASKS; t++) {
        while (!mem_space_clear(&task[t]))
            ;
        while (!stage2_destroy(&task[t].space, task[t].obj.quota))
            ;
    }
    ck_assert_uint_eq(tree_count(), 0);
    while (!stage2_destroy(&sigma0.space, &quota_root))
        ;
    ck_assert_uint_eq(quota_root.used, 0);
}

START_TEST(random_against_model)
{
    random_run((unsigned)_i + 1, 200);
}
END_TEST

START_TEST(random_with_little_memory)
{
    srand((unsigned)_i + 100);
    struct quota *q[TASKS];
    for (unsigned t = 0; t < TASKS; t++) {
        q[t] = quota_create(&quota_root, 64 * 1024);
        stage2_destroy(&task[t].space, &quota_root);
        task[t].obj.quota = q[t];
        ck_assert(stage2_init(&task[t].space, q[t]));
    }
    for (unsigned step = 0; step < 3000; step++) {
        tlb_fill();
        if (below(3))
            random_map(false);
        else
            random_unmap(false);
        ck_assert_msg(tlb_clean(), "step %u: a stale entry stays in a TLB", step);
    }
    tree_count();
    for (unsigned t = 0; t < TASKS; t++)
        ck_assert(mem_space_clear(&task[t]));
    ck_assert_uint_eq(tree_count(), 0);
    for (unsigned t = 0; t < TASKS; t++) {
        stage2_destroy(&task[t].space, q[t]);
        ck_assert_uint_eq(q[t]->used, 0);
        quota_unref(q[t]);
    }
}
END_TEST

// None is dropped silently: a user would get what the kernel keeps.
START_TEST(too_many_reserved_ranges)
{
    for (unsigned i = 0; i < 100; i++)
        mem_reserve(RESERVED_START, RESERVED_END);
}
END_TEST

START_TEST(mapping_without_the_lock_is_seen)
{
    fake_unlocked = true;
    struct mem_mapping m = mapping(0, 0, 1, 0, S2_PAGE, MEM_RWX);
    mem_map(&m, NULL);
}
END_TEST

int main(void)
{
    mem_reserve(RESERVED_START, RESERVED_END);
    model_reserve(RESERVED_START, RESERVED_END);
    Suite *s = suite_create("mapping");
    TCase *t = tcase_create("mapping");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, large_pages_are_used);
    tcase_add_test(t, misaligned_source_comes_in_pieces);
    tcase_add_test(t, nothing_there_is_no_error);
    tcase_add_test(t, rights_never_grow_down_the_tree);
    tcase_add_test(t, weakening_reaches_all_derived);
    tcase_add_test(t, part_of_a_large_page);
    tcase_add_test(t, overmapping_removes_whole_pages);
    tcase_add_test(t, mapping_onto_an_ancestor_removes_both);
    tcase_add_test(t, mapping_onto_an_ancestor_in_steps);
    tcase_add_test(t, grant_moves);
    tcase_add_test(t, memory_types);
    tcase_add_test(t, sigma0_has_all_but_the_kernel);
    tcase_add_test(t, kernel_memory_stays);
    tcase_add_test(t, empty_tables_are_freed);
    tcase_add_test(t, deep_chains_are_no_recursion);
    tcase_add_test(t, what_is_derived_from_a_weakened_page_is_weak);
    tcase_add_test(t, a_stopped_walk_can_be_left);
    tcase_add_test(t, pieces_of_a_large_page_are_weakened_in_steps);
    tcase_add_test(t, long_unmap_of_single_pages_stops_too);
    tcase_add_test(t, sparse_ranges_stop);
    tcase_add_test(t, what_is_in_the_way_goes_in_steps);
    tcase_add_test(t, next_entry_of_a_table);
    tcase_add_test_raise_signal(t, too_many_reserved_ranges, SIGABRT);
    tcase_add_test_raise_signal(t, mapping_without_the_lock_is_seen, SIGABRT);
    tcase_add_test(t, quota_ends_with_an_error);
    tcase_add_loop_test(t, random_against_model, 0, 8);
    tcase_add_loop_test(t, random_with_little_memory, 0, 3);
    suite_add_tcase(s, t);
    return unit_run(s);
}
