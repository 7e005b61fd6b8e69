// SPDX-License-Identifier: MIT
// Operations of task objects, and random words for them and for factories.
#include <arch/vgic.h>
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "object/factory.h"
#include "object/gate.h"
#include "task_setup.h"
#include "unit_run.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <stdlib.h>

START_TEST(map_objects)
{
    ck_assert_int_eq(task_map(OTHER, TASK, obj_page(GATE, 0, 15), 9 << 12 | L4_FPAGE_C_IPCGATE_SVR),
                     0);
    ck_assert_ptr_eq(object_at(other, 9), object_at(me, GATE));
    ck_assert_uint_eq(cap_lookup(&other->caps, 9)->rights,
                      CAP_W | CAP_S | CAP_R | CAP_D | CAP_OBJ1);
    // S is lost when one of the two task capabilities lacks it.
    ck_assert_int_eq(task_map(WEAK_TASK, TASK, obj_page(GATE, 0, 7), 10 << 12), 0);
    ck_assert_uint_eq(cap_lookup(&other->caps, 10)->rights, CAP_W | CAP_R);
    ck_assert_int_eq(task_map(OTHER, WEAK_TASK, obj_page(9, 0, 7), 12 << 12), 0);
    ck_assert_uint_eq(cap_lookup(&other->caps, 12)->rights, CAP_W | CAP_R);
    ck_assert_int_eq(task_map(OTHER, OTHER, obj_page(9, 0, 7), 12 << 12), 0);
    ck_assert_uint_eq(cap_lookup(&other->caps, 12)->rights, CAP_W | CAP_S | CAP_R);
    ck_assert_int_eq(task_map(OTHER, TASK, obj_page(0x999, 0, 7), 11 << 12),
                     0); // nothing there: success
    ck_assert_int_eq(task_map(OTHER, GATE, obj_page(GATE, 0, 7), 11 << 12), -L4_EINVAL);
    rights_used = CAP_ALL & ~CAP_W;
    ck_assert_int_eq(task_map(OTHER, TASK, obj_page(GATE, 0, 7), 11 << 12), -L4_EPERM);
    rights_used = CAP_ALL;
    u->msg.mr[0] = 0;
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 3, 0), -L4_EINVAL); // no item
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 1), -L4_EMSGTOOSHORT);
}
END_TEST

START_TEST(map_memory)
{
    me->is_sigma0 = true;
    ck_assert_int_eq(task_map(OTHER, TASK, mem_page(0x40200000, 21, 7), 0x600000 | 0x30), 0);
    me->is_sigma0 = false;
    ck_assert_uint_eq(mem_lookup(other, 0x600000, NULL), 0x40200000);
    // The kernel's own memory (the UTCB) cannot be passed on.
    ck_assert_int_eq(task_map(OTHER, TASK, mem_page(UTCB_AREA, 12, 7), 0), 0);
    ck_assert_uint_eq(mem_lookup(other, 0, NULL), ~0ull);
    ck_assert_int_eq(task_map(OTHER, OTHER, mem_page(0x600000, 12, 6), 0x1000), 0);
    unsigned rights;
    ck_assert_uint_eq(mem_lookup(other, 0x1000, &rights), 0x40200000);
    ck_assert_uint_eq(rights, MEM_R | MEM_W);
    ck_assert_int_eq(unmap(OTHER, mem_page(0x600000, 21, 7), 0), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x1000, NULL), ~0ull);
    ck_assert_uint_eq(mem_lookup(other, 0x600000, NULL), 0x40200000);
}
END_TEST

START_TEST(unmap_batch_restarts)
{
    me->is_sigma0 = true;
    for (unsigned i = 0; i < 4; i++)
        for (unsigned p = 0; p < 200; p++)
            task_map(OTHER, TASK, mem_page(0x40200000 + p * 4096, 12, 7), i * 0x200000 + p * 4096);
    me->is_sigma0 = false;
    fake_preempt_every = 2;
    u->msg.mr[0] = 1;
    u->msg.mr[1] = L4_FP_ALL_SPACES;
    for (unsigned i = 0; i < 4; i++)
        u->msg.mr[2 + i] = mem_page(i * 0x200000, 21, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 6, 0), 0);
    ck_assert_uint_gt(restarts, 4);
    ck_assert_uint_eq(tag_words(result), 6);
    ck_assert_uint_eq(u->msg.mr[5], mem_page(0x600000, 21, 0));
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(mem_lookup(other, i * 0x200000 + 0x1000, NULL), ~0ull);
}
END_TEST

START_TEST(map_restarts)
{
    me->is_sigma0 = true;
    for (uint64_t p = 0; p < 100; p++)
        task_map(OTHER, TASK, mem_page(0x40200000, 12, 7), p << 30);
    me->is_sigma0 = false;
    fake_preempt_every = 1;
    ck_assert_int_eq(task_map(TASK, OTHER, mem_page(0, 63, 7), 0), 0);
    ck_assert_uint_ge(restarts, 100);
    ck_assert_uint_eq(mem_lookup(me, 99ull << 30, NULL), 0x40200000);
    // Another call than the one that stopped begins at its beginning.
    caller.stopped.valid = true;
    ck_assert_int_eq(task_map(TASK, OTHER, mem_page(0, 12, 7), 0x50000000), 0);
    ck_assert_uint_eq(mem_lookup(me, 0x50000000, NULL), 0x40200000);
    ck_assert(!caller.stopped.valid);
}
END_TEST

// In place of `other`, deleted by somebody else: at the same address, and in the same slot.
static void replace_other(void)
{
    struct task *gone = other;
    while (!cap_empty(cap_lookup(&me->caps, OTHER), true) || !fake_work_do())
        ;
    for (unsigned i = 0; i < 100 && (other = task_create(&quota_root)) != gone; i++)
        ;
    ck_assert_ptr_eq(other, gone);
    cap_set(cap_lookup(&me->caps, OTHER), &other->obj, CAP_ALL);
}

static void give_other(uint64_t addr)
{
    struct mem_mapping m = {.src = me, .dst = other, .src_addr = 0x40200000, .dst_addr = addr, .order = 12,
                            .rights = MEM_RWX};
    ck_assert_int_eq(mem_map(&m, NULL), MAP_SOME);
}

START_TEST(a_task_at_the_same_address_is_another)
{
    me->is_sigma0 = true;
    give_other(0x200000);
    give_other(0x400000);
    fake_preempt_every = 1;
    struct invocation in = {.caller = &caller, .rights = CAP_ALL, .tag = tag_make(L4_PROTO_TASK, 4, 0, 0)};
    caller.regs.r[2] = OTHER << L4_CAP_SHIFT | L4_SYSF_CALL;
    u->msg.mr[0] = 1;
    u->msg.mr[1] = L4_FP_ALL_SPACES;
    u->msg.mr[2] = mem_page(0, 12, 7);
    u->msg.mr[3] = mem_page(0x200000, 63, 7);
    struct cap_slot *s = cap_lookup(&me->caps, OTHER);
    invoke_once(s, &in);
    ck_assert(result & NO_RESULT);
    ck_assert_uint_eq(caller.stopped.place.index, 3);
    fake_preempt_every = 0;
    replace_other();
    give_other(0);
    invoke_once(s, &in);
    ck_assert(!(result & NO_RESULT));
    ck_assert_uint_eq(mem_lookup(other, 0, NULL), ~0ull);
    stopped_clear(&caller);
    // The same with the source of a map.
    give_other(0);
    give_other(0x400000);
    in = (struct invocation){.caller = &caller, .rights = CAP_ALL, .tag = tag_make(L4_PROTO_TASK, 3, 1, 0)};
    caller.regs.r[2] = TASK << L4_CAP_SHIFT | L4_SYSF_CALL;
    u->msg.mr[0] = 0;
    u->msg.mr[1] = 0x10000000 | L4_ITEM_MAP;
    u->msg.mr[2] = mem_page(0, 28, 7);
    item(3, OTHER);
    s = cap_lookup(&me->caps, TASK);
    fake_preempt_every = 1;
    invoke_once(s, &in);
    ck_assert(result & NO_RESULT);
    fake_preempt_every = 0;
    replace_other();
    give_other(0);
    ck_assert_uint_eq(mem_lookup(me, 0x10000000, NULL), ~0ull);
    invoke_once(s, &in);
    ck_assert(!(result & NO_RESULT));
    ck_assert_uint_eq(mem_lookup(me, 0x10000000, NULL), 0x40200000);
    stopped_clear(&caller);
}
END_TEST

START_TEST(unmapping_the_invoked_capability_goes_on)
{
    // The own task, and with it the right to repeat the call, is the first thing that goes.
    for (unsigned i = 0; i < 500; i++)
        cap_set(cap_slot_get(&me->caps, &quota_root, 0x1000 + i), gate_create(&quota_root, 0, NULL), CAP_R);
    fake_preempt_every = 1;
    ck_assert_int_eq(unmap(TASK, 0xfc0 | 15, L4_FP_ALL_SPACES), 0);
    for (unsigned i = 0; i < 500; i++)
        ck_assert_ptr_null(object_at(me, 0x1000 + i));
}
END_TEST

START_TEST(unmap_objects)
{
    ck_assert_int_eq(unmap(TASK, obj_page(GATE, 0, 15), 0), 0); // no children: nothing
    ck_assert_ptr_nonnull(object_at(me, GATE));
    ck_assert_int_eq(unmap(TASK, obj_page(GATE, 0, CAP_W), L4_FP_ALL_SPACES), 0);
    ck_assert_uint_eq(cap_lookup(&me->caps, GATE)->rights, CAP_ALL & ~CAP_W);
    ck_assert_int_eq(unmap(TASK, obj_page(GATE, 0, 15), L4_FP_ALL_SPACES), 0);
    ck_assert_ptr_null(object_at(me, GATE));
    // All spaces of another task, with delete: takes what that task may delete.
    ck_assert_int_eq(create(L4_PROTO_IRQ_SENDER, 0x20, 1, 0), 0);
    ck_assert_int_eq(task_map(OTHER, TASK, obj_page(0x20, 0, 15), 1 << 12), 0);
    ck_assert_int_eq(unmap(OTHER, 0xfc0 | 15, L4_FP_DELETE_OBJ), 0);
    ck_assert_ptr_null(object_at(me, 0x20));
}
END_TEST

START_TEST(cap_info)
{
    u->msg.mr[0] = 2;
    u->msg.mr[1] = GATE << 12;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 2, 0), 1);
    u->msg.mr[1] = 0x777 << 12;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 2, 0), 0);
    u->msg.mr[1] = L4_INVALID_CAP;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 2, 0), 0);
    u->msg.mr[1] = OTHER << 12;
    u->msg.mr[2] = WEAK_TASK << 12;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 3, 0), 0); // same object, other rights
    u->msg.mr[2] = OTHER << 12;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 3, 0), 1);
    u->msg.mr[1] = 0x777 << 12;
    u->msg.mr[2] = 0x778 << 12;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 3, 0), 1); // both empty
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 4, 0), -L4_EINVAL);
    u->msg.mr[0] = 77;
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 2, 0), -L4_ENOSYS);
    ck_assert_int_eq(invoke(TASK, 0, 2, 0), -L4_EBADPROTO);
    ck_assert_int_eq(invoke(TASK, L4_PROTO_TASK, 0, 0), -L4_EMSGTOOSHORT);
}
END_TEST

START_TEST(add_ku_mem)
{
    u->msg.mr[0] = 3;
    u->msg.mr[1] = mem_page(0x20000, 12, 7);
    u->msg.mr[2] = mem_page(0x30000, 14, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 3, 0), 0);
    ck_assert_uint_eq(u->msg.mr[0], mem_page(0x20000, 12, 0));
    ck_assert_uint_eq(u->msg.mr[1], mem_page(0x30000, 14, 0));
    u->msg.mr[0] = 3;
    u->msg.mr[1] = mem_page(0x20000, 12, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EEXIST);
    u->msg.mr[1] = 0;
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EINVAL);
    u->msg.mr[1] = obj_page(0, 12, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EINVAL);
    u->msg.mr[1] = mem_page(0x50000, 11, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EINVAL);
}
END_TEST

START_TEST(vgicc_map)
{
    u->msg.mr[0] = 0x12;
    u->msg.mr[1] = mem_page(0x8010000, 12, 7);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_ENOSYS);
    vgic_gicv_phys = 0xff846000;
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EINVAL); // no VM
    ck_assert_uint_eq(mem_lookup(other, 0x8010000, NULL), ~0ull);
    other->is_vm = true;
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x8010000, NULL), 0xff846000);
    ck_assert_int_eq(invoke(OTHER, L4_PROTO_TASK, 2, 0), -L4_EEXIST);
    // It stays in there, also within a larger range.
    task_map(TASK, OTHER, mem_page(0x8010000, 12, 7), 0x50000);
    task_map(TASK, OTHER, mem_page(0x8000000, 20, 7), 0x1000000);
    ck_assert_uint_eq(mem_lookup(me, 0x50000, NULL), ~0ull);
    ck_assert_uint_eq(mem_lookup(me, 0x1010000, NULL), ~0ull);
}
END_TEST

START_TEST(destroyed_task_lives_for_its_threads)
{
    ck_assert_int_eq(create(L4_PROTO_IRQ_SENDER, 0x20, 1, 0), 0);
    ck_assert_int_eq(task_map(OTHER, TASK, obj_page(0x20, 0, 15), 1 << 12), 0);
    ck_assert_int_eq(task_add_ku_mem(other, 0x20000, 12), 0);
    other->threads = 2;
    ck_assert_int_eq(unmap(TASK, obj_page(OTHER, 0, 15), L4_FP_DELETE_OBJ), 0);
    ck_assert_ptr_null(object_at(me, OTHER));
    ck_assert_ptr_null(object_at(me, WEAK_TASK));
    ck_assert_ptr_null(object_at(me, 0x20)); // it held D on that
    ck_assert(other->dead);
    ck_assert_ptr_nonnull(task_ku_mem_find(other, 0x20000, 1024));
    ck_assert_uint_ne(mem_lookup(other, 0x20000, NULL), ~0ull);
    task_thread_gone(other);
    ck_assert(!fake_work_waits());
    uint64_t used = quota_root.used;
    task_thread_gone(other);
    ck_assert(fake_work_do());
    ck_assert_uint_ge(used - quota_root.used, 3 * sizeof(struct ptab) + 4096);
}
END_TEST

START_TEST(task_may_delete_itself_while_it_works)
{
    // A chain: each task holds the next with D. Deleting the first deletes all; the first is the
    // invoked one.
    u->msg.mr[2] = 0;
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x20, 3, 0), 0);
    uint64_t used = quota_root.used;
    struct task *prev = task_of(object_at(me, 0x20));
    for (unsigned i = 0; i < 200; i++) {
        struct task *t = task_create(&quota_root);
        cap_set(cap_slot_get(&prev->caps, prev->obj.quota, 1), &t->obj, CAP_ALL);
        prev = t;
    }
    struct task *first = task_of(object_at(me, 0x20));
    cap_set(cap_slot_get(&first->caps, first->obj.quota, 2), &first->obj, CAP_ALL);
    fake_preempt_every = 2;
    ck_assert_int_eq(unmap(0x20, 0xfc0 | 15, L4_FP_DELETE_OBJ), 0);
    while (!fake_work_do())
        ;
    ck_assert_ptr_null(object_at(me, 0x20));
    ck_assert_uint_lt(quota_root.used, used);
}
END_TEST

START_TEST(random_messages)
{
    // Whatever the words say: no crash, and all memory comes back.
    srand((unsigned)_i + 1);
    me->is_sigma0 = _i & 1;
    static int64_t const protocols[] = {L4_PROTO_TASK, L4_PROTO_FACTORY};
    for (unsigned step = 0; step < 20000; step++) {
        for (unsigned i = 0; i < 8; i++) {
            uint64_t r = (uint64_t)rand() << 31 ^ (uint64_t)rand();
            switch (rand() % 6) {
            case 0:
                u->msg.mr[i] = (unsigned)rand() % 4;
                break;
            case 1:
                u->msg.mr[i] = mem_page((r % 64) << 12, 12 + r % 3, r & 7);
                break;
            case 2:
                u->msg.mr[i] = obj_page((unsigned)rand() % 32, r % 3, r & 15);
                break;
            case 3:
                u->msg.mr[i] = (uint64_t) - (int64_t)(r % 25);
                break;
            case 4:
                u->msg.mr[i] = (r % 32) << 12 | (r >> 30 & 0xff);
                break;
            default:
                u->msg.mr[i] = r;
            }
        }
        u->msg.mr[1] = rand() & 1 ? u->msg.mr[1] : L4_FP_DELETE_OBJ;
        if (rand() & 1)
            item(3, (unsigned)rand() % 32);
        u->buf.br[0] = (7u + (unsigned)rand() % 25) << 12 | L4_RCV_ITEM_SINGLE_CAP;
        uint64_t slot = 1 + (unsigned)rand() % 31;
        struct object *o = object_at(me, slot);
        if (!o || (o->type != OBJ_TASK && o->type != OBJ_FACTORY))
            continue;
        if (o->type == OBJ_TASK && u->msg.mr[0] == 1 && o == &me->obj && rand() % 8)
            continue; // do not empty the own task too often
        invoke(slot, protocols[o->type == OBJ_FACTORY], (unsigned)rand() % 6, (unsigned)rand() % 2);
        if (!object_at(me, TASK) || !object_at(me, FACTORY)) {
            while (!cap_empty(cap_slot_get(&me->caps, &quota_root, TASK), true))
                ;
            while (!cap_empty(cap_slot_get(&me->caps, &quota_root, FACTORY), true))
                ;
            fake_work_do();
            cap_set(cap_slot_get(&me->caps, &quota_root, TASK), &me->obj, CAP_ALL);
            quota_ref(&quota_root);
            cap_set(cap_slot_get(&me->caps, &quota_root, FACTORY),
                    factory_create(&quota_root, &quota_root), CAP_ALL);
        }
    }
    me->is_sigma0 = false;
    // The end of everything: only the caller's own task structure with its tables and UTCB is left.
    ck_assert(cap_space_destroy(&me->caps, &quota_root));
    ck_assert(mem_space_clear(me));
    ck_assert(fake_work_do());
    struct ku_mem *k = me->ku_mem;
    while (k && k->next) { // what the messages added
        struct ku_mem *next = k->next;
        kmem_free(&quota_root, k->kva, (size_t)1 << k->order);
        kmem_free(&quota_root, k, sizeof(*k));
        k = next;
    }
    stage2_destroy(&me->space, &quota_root);
    ck_assert_uint_eq(quota_root.used, 3 * 4096); // a page of UTCBs, its description, the task
}
END_TEST

static TCase *task_cases(void)
{
    TCase *t = tcase_create("task");
    tcase_add_checked_fixture(t, task_setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, map_objects);
    tcase_add_test(t, map_memory);
    tcase_add_test(t, unmap_batch_restarts);
    tcase_add_test(t, map_restarts);
    tcase_add_test(t, a_task_at_the_same_address_is_another);
    tcase_add_test(t, unmapping_the_invoked_capability_goes_on);
    tcase_add_test(t, unmap_objects);
    tcase_add_test(t, cap_info);
    tcase_add_test(t, add_ku_mem);
    tcase_add_test(t, vgicc_map);
    tcase_add_test(t, destroyed_task_lives_for_its_threads);
    tcase_add_test(t, task_may_delete_itself_while_it_works);
    tcase_add_loop_test(t, random_messages, 0, 6);
    return t;
}

int main(void)
{
    Suite *s = suite_create("task");
    suite_add_tcase(s, task_cases());
    suite_add_tcase(s, factory_cases());
    suite_add_tcase(s, iommu_cases());
    return unit_run(s);
}
