// SPDX-License-Identifier: MIT
// Random operations against a model, and with little memory.
#include "kernel_fakes.h"
#include "mapping_model.h"
#include "mapping_setup.h"
#include "mem/kmem.h"
#include <stdlib.h>

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

TCase *mapping_random_cases(void)
{
    TCase *t = tcase_create("mapping_random");
    tcase_add_checked_fixture(t, mapping_setup, NULL);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, random_against_model, 0, 8);
    tcase_add_loop_test(t, random_with_little_memory, 0, 3);
    return t;
}
