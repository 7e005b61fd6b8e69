// SPDX-License-Identifier: MIT
// Capability spaces and the life of objects: rights, references, weak slots, overmapping, deferred
// destruction.
#include "kernel_fakes.h"
#include "object/cap_space.h"
#include "mem/kmem.h"
#include "object/object.h"
#include "unit_run.h"
#include <check.h>
#include <l4/sys/err.h>
#include <signal.h>
#include <stdlib.h>

static unsigned destroyed;
static struct cap_space *space_of_dying; // destroyed together with the next object of type OBJ_TASK

static void dummy_destroy(struct object *o)
{
    destroyed++;
    object_free(o, o, sizeof(*o));
}

static bool task_step(struct object *o)
{
    return !space_of_dying || cap_space_destroy(space_of_dying, o->quota);
}

struct object_ops const gate_ops = {.destroy = dummy_destroy};
struct object_ops const task_ops = {.destroy = dummy_destroy, .destroy_step = task_step};
struct object_ops const thread_ops, factory_ops, irq_ops, semaphore_ops, icu_ops, scheduler_ops, dma_space_ops, iommu_ops,
    vcon_ops;

static struct cap_space a, b;

static void setup(void)
{
    fake_heap_init(FAKE_HEAP);
    fake_preempt_every = 0;
    destroyed = 0;
    a = b = (struct cap_space){0};
    space_of_dying = NULL;
}

static struct object *object_create(enum object_type type)
{
    struct object *o = kmem_alloc(&quota_root, sizeof(*o));
    object_init(o, type, &quota_root);
    return o;
}

static struct object *put(struct cap_space *cs, uint64_t index, uint32_t rights)
{
    struct object *o = object_create(OBJ_GATE);
    cap_set(cap_slot_get(cs, &quota_root, index), o, rights);
    return o;
}

// Both go on where they stopped.
static int map_caps(struct cap_mapping m)
{
    struct progress p = {0};
    int r;
    while ((r = cap_map(&m, &p)) == CAP_MAP_STOPPED)
        ;
    return r;
}

// What is mapped from `a`, or within it, with all that its rights allow.
static struct cap_mapping mapping(uint64_t si, struct cap_space *dst, uint64_t di, unsigned order, uint32_t rights)
{
    return (struct cap_mapping){.src = &a, .dst = dst, .quota = &quota_root, .src_index = si, .dst_index = di,
                                .order = order, .rights = rights, .strong = true};
}

static unsigned unmap_caps(struct cap_space *cs, uint64_t index, unsigned order, uint32_t rights, bool del)
{
    struct progress p = {0};
    unsigned stops = 0;
    while (!cap_unmap(cs, index, order, rights, del, &p))
        stops++;
    return stops;
}

static int map(uint64_t si, uint64_t di, unsigned order, uint32_t rights, uint32_t attrs)
{
    struct cap_mapping m = mapping(si, &b, di, order, rights);
    m.attrs = attrs;
    return map_caps(m);
}

START_TEST(lookup_outside_is_empty)
{
    ck_assert_ptr_null(cap_lookup(&a, 5));
    ck_assert_ptr_null(cap_lookup(&a, 1 << 20));
    ck_assert_ptr_null(cap_lookup(&a, ~0ull));
    ck_assert_ptr_null(cap_slot_get(&a, &quota_root, 1 << 20));
    struct cap_slot *s = cap_slot_get(&a, &quota_root, (1 << 20) - 1);
    ck_assert_ptr_nonnull(s);
    ck_assert_ptr_eq(s, cap_lookup(&a, (1 << 20) - 1));
    unmap_caps(&a, 1ull << 40, 3, CAP_R, true); // far outside
    ck_assert_int_eq(map(1ull << 40, 0, 3, CAP_R, 0), 0);
}
END_TEST

START_TEST(rights_are_masked)
{
    struct object *o = put(&a, 5, CAP_ALL);
    ck_assert_int_eq(map(5, 9, 0, CAP_W, 0), 0); // without R nothing is mapped
    ck_assert_int_eq(map(5, 9, 0, CAP_R | CAP_W, 0), 1);
    ck_assert_uint_eq(cap_lookup(&b, 9)->rights, CAP_R | CAP_W);
    ck_assert_int_eq(map(5, 10, 0, CAP_R | CAP_S | CAP_D, CAP_OBJ1), 1);
    ck_assert_uint_eq(cap_lookup(&b, 10)->rights, CAP_R | CAP_S | CAP_D | CAP_OBJ1);
    struct cap_mapping m = mapping(5, &b, 11, 0, CAP_R | CAP_S | CAP_W);
    m.strong = false;
    ck_assert_int_eq(map_caps(m), 1);
    ck_assert_uint_eq(cap_lookup(&b, 11)->rights, CAP_R | CAP_W);
    cap_lookup(&a, 5)->rights = CAP_R | CAP_W; // not more than the source has
    ck_assert_int_eq(map(5, 12, 0, CAP_R | CAP_W | CAP_S | CAP_D, CAP_OBJ1), 1);
    ck_assert_uint_eq(cap_lookup(&b, 12)->rights, CAP_R | CAP_W);
    ck_assert_uint_eq(o->refs, 5);
}
END_TEST

START_TEST(last_counted_slot_destroys)
{
    put(&a, 1, CAP_ALL);
    ck_assert_int_eq(map(1, 1, 0, CAP_R, CAP_WEAK), 1);
    ck_assert_int_eq(map(1, 2, 0, CAP_R, 0), 1);
    unmap_caps(&a, 1, 0, CAP_R, false);
    ck_assert_uint_eq(destroyed, 0);
    unmap_caps(&b, 2, 0, CAP_R, false);
    ck_assert_ptr_null(cap_lookup(&b, 1)->obj); // the weak slot vanishes at once
    ck_assert_uint_eq(destroyed, 0);            // the memory stays until the end of the operation
    ck_assert(fake_work_waits());
    ck_assert(fake_work_do());
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

START_TEST(delete_needs_the_right)
{
    put(&a, 1, CAP_ALL);
    map(1, 1, 0, CAP_R | CAP_W, 0);
    unmap_caps(&b, 1, 0, CAP_R, true); // no D in that slot
    ck_assert_ptr_nonnull(cap_lookup(&a, 1)->obj);
    unmap_caps(&a, 1, 0, CAP_W, true); // no R asked: strips W
    ck_assert_uint_eq(cap_lookup(&a, 1)->rights, CAP_ALL & ~CAP_W);
    unmap_caps(&b, 1, 0, CAP_R, false);
    put(&b, 2, CAP_ALL);
    unmap_caps(&b, 2, 0, CAP_W | CAP_S | CAP_D, true);
    ck_assert_uint_eq(cap_lookup(&b, 2)->rights, CAP_ALL & ~(CAP_W | CAP_S | CAP_D));
    unmap_caps(&b, 2, 0, CAP_R, false);
    fake_work_do();
    destroyed = 0;
    map(1, 1, 0, CAP_R, 0);
    unmap_caps(&a, 1, 0, CAP_R, true);
    ck_assert_ptr_null(cap_lookup(&b, 1)->obj);
    fake_work_do();
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

START_TEST(overmapping_deletes_the_old)
{
    put(&a, 1, CAP_ALL);
    put(&b, 1, CAP_ALL);
    ck_assert_int_eq(map(1, 1, 0, CAP_R | CAP_D, 0), 1);
    fake_work_do();
    ck_assert_uint_eq(destroyed, 1);
    // The same object with D: it is destroyed and nothing is mapped.
    ck_assert_int_eq(map(1, 1, 0, CAP_R, 0), 0);
    fake_work_do();
    ck_assert_uint_eq(destroyed, 2);
    ck_assert_ptr_null(cap_lookup(&a, 1)->obj);
    ck_assert_ptr_null(cap_lookup(&b, 1)->obj);
    // A slot onto itself just empties it.
    put(&a, 3, CAP_R | CAP_W);
    ck_assert_int_eq(map_caps(mapping(3, &a, 3, 0, CAP_R)), 0);
    ck_assert_ptr_null(cap_lookup(&a, 3)->obj);
}
END_TEST

START_TEST(immortal_objects_stay)
{
    struct object *o = put(&a, 1, CAP_ALL);
    o->immortal = true;
    map(1, 1, 0, CAP_R | CAP_D, 0);
    unmap_caps(&b, 1, 0, CAP_R, true);
    ck_assert_ptr_null(cap_lookup(&b, 1)->obj);
    ck_assert_ptr_eq(cap_lookup(&a, 1)->obj, o);
    unmap_caps(&a, 1, 0, CAP_R, true);
    ck_assert(fake_work_do());
    ck_assert_uint_eq(destroyed, 0);
}
END_TEST

START_TEST(ranges_and_grant)
{
    for (unsigned i = 0; i < 300; i += 3)
        put(&a, 0x4000 + i, CAP_R | CAP_W);
    ck_assert_int_eq(map(0x4000, 0x10000, 9, CAP_R, 0), 100);
    ck_assert_ptr_eq(cap_lookup(&b, 0x10000 + 297)->obj, cap_lookup(&a, 0x4000 + 297)->obj);
    struct cap_mapping m = mapping(0, &b, 0, 63, CAP_R);
    m.grant = true;
    ck_assert_int_eq(map_caps(m), 100);
    ck_assert_ptr_null(cap_lookup(&a, 0x4000)->obj);
    ck_assert_ptr_nonnull(cap_lookup(&b, 0x4000)->obj);
    unmap_caps(&b, 0, 63, CAP_R, false);
    fake_work_do();
    ck_assert_uint_eq(destroyed, 100);
}
END_TEST

START_TEST(out_of_quota)
{
    put(&a, 1, CAP_ALL);
    struct quota *q = quota_create(&quota_root, 4096);
    struct cap_mapping m = mapping(1, &b, 1, 0, CAP_R);
    m.quota = q;
    ck_assert_int_eq(map_caps(m), -L4_ENOMEM);
    m.dst_index = 1 << 20; // beyond the space
    ck_assert_int_eq(map_caps(m), 0);
    fake_preempt_every = 1;
    while (!cap_space_destroy(&b, q))
        ;
    ck_assert_uint_eq(q->used, 0);
    quota_unref(q);
}
END_TEST

START_TEST(chain_of_spaces_is_no_recursion)
{
    // Each "task" holds the next one with D: destroying the first destroys all, one after the
    // other.
    struct object *t = object_create(OBJ_TASK);
    cap_set(cap_slot_get(&a, &quota_root, 1), t, CAP_ALL);
    for (unsigned i = 0; i < 1000; i++)
        put(&b, i, CAP_ALL);
    space_of_dying = &b;
    fake_preempt_every = 1;
    unmap_caps(&a, 1, 0, CAP_R, true);
    unsigned rounds = 0;
    while (!fake_work_do())
        rounds++;
    ck_assert_uint_gt(rounds, 3);
    ck_assert_uint_eq(destroyed, 1001);
    cap_space_destroy(&a, &quota_root);
    cap_space_destroy(&a, &quota_root);
    fake_preempt_every = 0;
    ck_assert(cap_space_destroy(&a, &quota_root));
    ck_assert_uint_eq(quota_root.used, 0);
}
END_TEST

START_TEST(sparse_ranges_stop)
{
    // 200 tables with one slot each: a stop every few tables, and every slot once.
    struct object *o = put(&a, 0, CAP_ALL & ~CAP_D);
    for (unsigned i = 1; i < 200; i++)
        cap_set(cap_slot_get(&a, &quota_root, i * 512), o, CAP_ALL & ~CAP_D);
    fake_preempt_every = 2;
    struct progress p = {0};
    unsigned stops = 0;
    int r;
    struct cap_mapping m = mapping(0, &b, 0, 20, CAP_R);
    while ((r = cap_map(&m, &p)) == CAP_MAP_STOPPED)
        stops++;
    ck_assert_int_eq(r, 200);
    ck_assert_uint_gt(stops, 200);
    ck_assert_uint_eq(o->refs, 400);
    ck_assert_uint_gt(unmap_caps(&b, 0, 20, CAP_R, false), 200);
    ck_assert_uint_gt(unmap_caps(&b, 0, 20, CAP_R, false), 50); // also when nothing is there
    ck_assert_uint_eq(o->refs, 200);
}
END_TEST

START_TEST(many_slots_of_one_object)
{
    enum { SLOTS = 5000 };
    struct object *o = put(&a, 0, CAP_ALL);
    for (unsigned i = 1; i < SLOTS; i++)
        cap_set(cap_slot_get(&b, &quota_root, i), o, i & 1 ? CAP_R | CAP_WEAK : CAP_R | CAP_W);
    fake_preempt_every = 1;
    ck_assert_uint_ge(unmap_caps(&a, 0, 0, CAP_R, true), SLOTS / 64);
    for (unsigned i = 1; i < SLOTS; i++)
        ck_assert_ptr_null(cap_lookup(&b, i)->obj);
    ck_assert(fake_work_do());
    ck_assert_uint_eq(destroyed, 1);
    // Weak ones go with the last counted one, and when it is overmapped.
    o = put(&a, 0, CAP_R);
    for (unsigned i = 1; i < SLOTS; i++)
        cap_set(cap_slot_get(&b, &quota_root, i), o, CAP_R | CAP_WEAK);
    put(&a, 1, CAP_R);
    struct progress p = {0};
    unsigned stops = 0;
    struct cap_mapping m = mapping(1, &a, 0, 0, CAP_R);
    while (cap_map(&m, &p) == CAP_MAP_STOPPED)
        stops++;
    ck_assert_uint_ge(stops, SLOTS / 64);
    ck_assert_ptr_null(cap_lookup(&b, 1)->obj);
    ck_assert(fake_work_do());
    ck_assert_uint_eq(destroyed, 2);
}
END_TEST

START_TEST(deleting_that_is_given_up_leaves_a_right_count)
{
    struct object *o = put(&a, 0, CAP_ALL);
    for (unsigned i = 1; i < 200; i++)
        cap_set(cap_slot_get(&b, &quota_root, i), o, CAP_R);
    fake_preempt_every = 1;
    struct progress p = {0};
    ck_assert(!cap_unmap(&a, 0, 0, CAP_R, true, &p));
    unsigned left = 0;
    for (struct cap_slot *s = o->slots; s; s = s->next)
        left++;
    ck_assert_uint_lt(left, 200);
    ck_assert_uint_eq(o->refs, left);
    ck_assert_ptr_eq(cap_lookup(&a, 0)->obj, o);
}
END_TEST

START_TEST(reaping_stops_between_objects)
{
    for (unsigned i = 0; i < 100; i++)
        put(&a, i, CAP_ALL);
    unmap_caps(&a, 0, 7, CAP_R, true);
    fake_preempt_every = 1;
    unsigned stops = 0;
    while (!fake_work_do())
        stops++;
    ck_assert_uint_eq(stops, 99);
    ck_assert_uint_eq(destroyed, 100);
}
END_TEST

START_TEST(random_references)
{
    enum { SLOTS = 64, STEPS = 40000 };
    srand(3);
    struct cap_space *cs[2] = {&a, &b};
    for (unsigned step = 0; step < STEPS; step++) {
        struct cap_space *s = cs[rand() & 1], *d = cs[rand() & 1];
        uint64_t si = (unsigned)rand() % SLOTS, di = (unsigned)rand() % SLOTS;
        switch (rand() % 5) {
        case 0: {
            struct cap_slot *slot = cap_slot_get(d, &quota_root, di);
            while (!cap_empty(slot, true))
                ;
            cap_set(slot, object_create(OBJ_GATE), rand() & 1 ? CAP_ALL : CAP_ALL & ~CAP_D);
            break;
        }
        case 1:
            unmap_caps(s, si, 0, (unsigned)rand() & 0xf, rand() & 1);
            break;
        default:
            map_caps((struct cap_mapping){.src = s, .dst = d, .quota = &quota_root, .src_index = si, .dst_index = di,
                                          .order = (unsigned)rand() % 3, .rights = (unsigned)rand() & 0xf,
                                          .attrs = (unsigned)rand() & 0xf0, .strong = rand() & 1, .grant = rand() & 1});
        }
        fake_work_do();
        // The counted slots of each object are what its count says.
        for (unsigned c = 0; c < 2; c++) {
            for (unsigned i = 0; i < SLOTS + 4; i++) {
                struct cap_slot *slot = cap_lookup(cs[c], i);
                if (!slot || !slot->obj)
                    continue;
                unsigned counted = 0;
                bool found = false;
                for (struct cap_slot *x = slot->obj->slots; x; x = x->next) {
                    counted += !(x->rights & CAP_WEAK);
                    found |= x == slot;
                }
                if (!found || !counted || counted != slot->obj->refs)
                    ck_abort_msg("slots and references of an object differ");
            }
        }
    }
    ck_assert(cap_space_destroy(&a, &quota_root));
    ck_assert(cap_space_destroy(&b, &quota_root));
    fake_work_do();
    ck_assert_uint_eq(quota_root.used, 0);
}
END_TEST

START_TEST(setting_a_used_slot_is_seen)
{
    struct object *o = put(&a, 1, CAP_W);
    cap_set(cap_lookup(&a, 1), o, CAP_W);
}
END_TEST

START_TEST(mapping_without_the_lock_is_seen)
{
    put(&a, 1, CAP_W);
    fake_unlocked = true;
    map_caps(mapping(1, &b, 1, 0, CAP_R));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cap_space");
    TCase *t = tcase_create("cap_space");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, lookup_outside_is_empty);
    tcase_add_test(t, rights_are_masked);
    tcase_add_test(t, last_counted_slot_destroys);
    tcase_add_test(t, delete_needs_the_right);
    tcase_add_test(t, overmapping_deletes_the_old);
    tcase_add_test(t, immortal_objects_stay);
    tcase_add_test(t, ranges_and_grant);
    tcase_add_test(t, out_of_quota);
    tcase_add_test(t, chain_of_spaces_is_no_recursion);
    tcase_add_test(t, sparse_ranges_stop);
    tcase_add_test(t, many_slots_of_one_object);
    tcase_add_test(t, deleting_that_is_given_up_leaves_a_right_count);
    tcase_add_test(t, reaping_stops_between_objects);
    tcase_add_test(t, random_references);
    tcase_add_test_raise_signal(t, setting_a_used_slot_is_seen, SIGABRT);
    tcase_add_test_raise_signal(t, mapping_without_the_lock_is_seen, SIGABRT);
    suite_add_tcase(s, t);
    return unit_run(s);
}
