// SPDX-License-Identifier: MIT
// Mapping tree and stage-2 tables: the rules of the interface one by one.
#include "kernel_fakes.h"
#include "mapping_model.h"
#include "mapping_setup.h"
#include "mem/kmem.h"
#include "unit_run.h"
#include <signal.h>
#include <l4/sys/err.h>

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

// What becomes executable may be in instruction caches as it was.
START_TEST(code_is_prepared)
{
    unsigned before = fake_icache_count;
    map_ram(RAM, 0, 0x1000, 12);
    ck_assert_uint_eq(fake_icache_count, before + 1); // with all rights
    map(0, 0x1000, 1, 0x2000, 12, MEM_R | MEM_W);
    ck_assert_uint_eq(fake_icache_count, before + 1);
    map(0, 0x1000, 1, 0x2000, 12, MEM_R | MEM_X); // more rights for what is there
    ck_assert_uint_eq(fake_icache_count, before + 2);
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

// No CPU still walks through a table that is freed.
START_TEST(freed_tables_are_flushed)
{
    map_ram(RAM, 0, 0x40000000, 12);
    ck_assert(!stage2_prune(&task[0].space, &quota_root, 0x40000000)); // in use
    ck_assert_uint_eq(unmap_mem(&task[0], 0x40000000, 12, MEM_RWX, true), 0);
    fake_tlb_reset();
    ck_assert(stage2_prune(&task[0].space, &quota_root, 0x40000000));
    ck_assert(fake_tlb_flushed(&task[0].space, 0x40000000));
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

static TCase *mapping_cases(void)
{
    TCase *t = tcase_create("mapping");
    tcase_add_checked_fixture(t, mapping_setup, NULL);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, large_pages_are_used);
    tcase_add_test(t, misaligned_source_comes_in_pieces);
    tcase_add_test(t, nothing_there_is_no_error);
    tcase_add_test(t, rights_never_grow_down_the_tree);
    tcase_add_test(t, code_is_prepared);
    tcase_add_test(t, weakening_reaches_all_derived);
    tcase_add_test(t, part_of_a_large_page);
    tcase_add_test(t, overmapping_removes_whole_pages);
    tcase_add_test(t, mapping_onto_an_ancestor_removes_both);
    tcase_add_test(t, grant_moves);
    tcase_add_test(t, memory_types);
    tcase_add_test(t, sigma0_has_all_but_the_kernel);
    tcase_add_test(t, kernel_memory_stays);
    tcase_add_test(t, empty_tables_are_freed);
    tcase_add_test(t, freed_tables_are_flushed);
    tcase_add_test(t, next_entry_of_a_table);
    tcase_add_test(t, quota_ends_with_an_error);
    tcase_add_test_raise_signal(t, too_many_reserved_ranges, SIGABRT);
    tcase_add_test_raise_signal(t, mapping_without_the_lock_is_seen, SIGABRT);
    return t;
}

int main(void)
{
    mem_reserve(RESERVED_START, RESERVED_END);
    model_reserve(RESERVED_START, RESERVED_END);
    Suite *s = suite_create("mapping");
    suite_add_tcase(s, mapping_cases());
    suite_add_tcase(s, mapping_steps_cases());
    suite_add_tcase(s, mapping_random_cases());
    return unit_run(s);
}
