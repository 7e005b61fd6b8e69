// SPDX-License-Identifier: MIT
// Operations of factory objects.
#include "mem/kmem.h"
#include "object/factory.h"
#include "task_setup.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

START_TEST(factory_creates_all_kinds)
{
    static struct {
        int64_t type;
        enum object_type object;
    } const kinds[] = {{0, OBJ_GATE},
                       {L4_PROTO_KOBJECT, OBJ_GATE},
                       {L4_PROTO_THREAD, OBJ_THREAD},
                       {L4_PROTO_IRQ_SENDER, OBJ_IRQ},
                       {L4_PROTO_SEMAPHORE, OBJ_SEMAPHORE},
                       {L4_PROTO_VM, OBJ_TASK}};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ck_assert_int_eq(create(kinds[i].type, 0x20 + i, 1, 0), 0);
        ck_assert_uint_eq(object_at(me, 0x20 + i)->type, kinds[i].object);
        ck_assert_uint_eq(cap_lookup(&me->caps, 0x20 + i)->rights, CAP_ALL);
        ck_assert_uint_eq(tag_items(result), 1);
        ck_assert_uint_eq(u->msg.mr[0], 0x38);
    }
    ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, 0x30, 1, 0), -L4_ENODEV);
    ck_assert_int_eq(create(5, 0x30, 1, 0), -L4_ENODEV);
    ck_assert_ptr_null(cap_lookup(&me->caps, 0x30)->obj);
}
END_TEST

START_TEST(factory_checks_the_request)
{
    rights_used = CAP_ALL & ~CAP_S;
    ck_assert_int_eq(create(0, 0x20, 1, 0), -L4_EPERM);
    rights_used = CAP_ALL;
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_TASK, 1, 0), -L4_EBADPROTO);
    u->buf.br[0] = 0;
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_FACTORY, 1, 0), 9000);
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = 0xfc0; // "all spaces" does not say where
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_FACTORY, 1, 0), 9000);
    u->buf.bdr = 31ull << L4_BDR_OBJ_SHIFT;
    u->buf.br[31] = L4_ITEM_MAP;
    u->buf.br[32] = obj_page(0x47, 3, 0); // the first slot of the aligned window
    u->msg.mr[0] = 0;
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_FACTORY, 1, 0), 0);
    ck_assert_ptr_nonnull(object_at(me, 0x40));
    ck_assert_int_eq(create(0, 1 << 20, 1, 0), -L4_ENOMEM);
}
END_TEST

START_TEST(factory_gate)
{
    u->msg.mr[2] = 0x1230;
    item(3, THREAD);
    ck_assert_int_eq(create(0, 0x20, 3, 1), 0);
    ck_assert_uint_eq(last_label, 0x1230);
    ck_assert_ptr_eq(last_thread, &caller);
    scribble = true;
    u->msg.mr[2] = 0x1230;
    ck_assert_int_eq(create(0, 0x20, 3, 1), 0);
    ck_assert_uint_eq(last_label, 0x1230);
    scribble = false;
    u->msg.mr[2] = 0x1231;
    ck_assert_int_eq(create(0, 0x21, 3, 1), -L4_EINVAL);
    u->msg.mr[2] = 0;
    item(3, GATE);
    ck_assert_int_eq(create(0, 0x21, 3, 1), -L4_EINVAL);
    u->msg.mr[3] = 0; // void item
    ck_assert_int_eq(create(0, 0x21, 3, 1), -L4_EINVAL);
    u->msg.mr[3] = L4_ITEM_MAP;
    u->msg.mr[4] = mem_page(0, 12, 7);
    ck_assert_int_eq(create(0, 0x21, 3, 1), 8000);
    cap_lookup(&me->caps, THREAD)->rights &= ~(uint32_t)CAP_S;
    item(3, THREAD);
    ck_assert_int_eq(create(0, 0x21, 3, 1), -L4_EPERM);
    ck_assert_int_eq(create(0, 0x21, 63, 63), -L4_EINVAL); // the item would lie outside the message
}
END_TEST

START_TEST(factory_task_with_utcb_area)
{
    u->msg.mr[2] = mem_page(0xb3000000, 13, 7);
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x20, 3, 0), 0);
    ck_assert_uint_eq(tag_words(result), 1);
    ck_assert_uint_eq(u->msg.mr[0], mem_page(0xb3000000, 13, 0));
    ck_assert_uint_eq(u->msg.mr[1], 0x38);
    struct task *t = task_of(object_at(me, 0x20));
    ck_assert_ptr_nonnull(task_ku_mem_find(t, 0xb3000000, 8192));
    ck_assert_ptr_null(task_ku_mem_find(t, 0xb3000000, 8193));
    ck_assert_ptr_null(task_ku_mem_find(t, 0xb3001ff8, 16));
    ck_assert_ptr_null(task_ku_mem_find(t, 0xb2fffff8, 8));
    ck_assert_ptr_null(task_ku_mem_find(t, 0xb3000010, ~0ull));
    u->msg.mr[2] = 0;
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x21, 3, 0), 0);
    ck_assert_uint_eq(tag_words(result), 0);
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x22, 2, 0), -L4_EINVAL);
    uint64_t used = quota_root.used;
    u->msg.mr[2] = mem_page(0xb3000000, 18, 7);
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x22, 3, 0), -L4_EINVAL);
    u->msg.mr[2] = mem_page(0xfffffffff000, 12, 7);
    ck_assert_int_eq(create(L4_PROTO_TASK, 0x22, 3, 0), -L4_EINVAL);
    ck_assert_uint_eq(quota_root.used, used);
}
END_TEST

START_TEST(factory_quota)
{
    u->msg.mr[2] = 64 * 1024;
    ck_assert_int_eq(create(L4_PROTO_FACTORY, 0x20, 3, 0), 0);
    struct factory *f = factory_of(object_at(me, 0x20));
    ck_assert_uint_eq(f->quota->limit, 64 * 1024);
    u->msg.mr[2] = ~0ull;
    ck_assert_int_eq(create(L4_PROTO_FACTORY, 0x21, 3, 0), -L4_ENOMEM);
    ck_assert_int_eq(create(L4_PROTO_FACTORY, 0x21, 1, 0), -L4_EINVAL);
    // Create tasks from it until it is empty; they and the factory may end in any order.
    unsigned n = 0;
    for (;; n++) {
        u->msg.mr[0] = (uint64_t)L4_PROTO_TASK;
        u->msg.mr[2] = 0;
        u->buf.br[0] = (0x100 + n) << 12 | L4_RCV_ITEM_SINGLE_CAP;
        if (invoke(0x20, L4_PROTO_FACTORY, 3, 0))
            break;
    }
    ck_assert_int_eq(tag_label(result), -L4_ENOMEM);
    ck_assert_uint_gt(n, 3);
    ck_assert_int_eq(unmap(TASK, obj_page(0x20, 0, 15), L4_FP_DELETE_OBJ), 0);
    uint64_t used = quota_root.used;
    ck_assert_int_eq(unmap(TASK, obj_page(0x100, 8, 15), L4_FP_ALL_SPACES), 0);
    used -= quota_root.used;
    ck_assert_uint_ge(used, 64 * 1024);
    ck_assert_uint_le(used, 64 * 1024 + 4096); // the quota itself may lie on a page with others
}
END_TEST

static uint64_t asked_memory(uint64_t factory, unsigned word)
{
    u->msg.mr[0] = 0xffffffff00000000ull | L4_FACTORY_INFO_OP; // the number has 32 bits
    ck_assert_int_eq(invoke(factory, L4_PROTO_MEM_ALLOC, 1, 0), 0);
    ck_assert_uint_eq(tag_words(result), L4_FACTORY_INFO_WORDS);
    ck_assert_uint_eq(tag_items(result), 0);
    return u->msg.mr[word];
}

START_TEST(factory_memory)
{
    ck_assert_uint_eq(asked_memory(FACTORY, L4_FACTORY_INFO_QUOTA), quota_root.limit);
    ck_assert_uint_eq(asked_memory(FACTORY, L4_FACTORY_INFO_QUOTA_USED), quota_root.used);
    ck_assert_uint_eq(asked_memory(FACTORY, L4_FACTORY_INFO_FREE), kmem_free_bytes());
    ck_assert_uint_eq(asked_memory(FACTORY, L4_FACTORY_INFO_USED), quota_root.limit - kmem_free_bytes());

    // who has a part of it sees that part
    u->msg.mr[2] = 64 * 1024;
    ck_assert_int_eq(create(L4_PROTO_FACTORY, 0x20, 3, 0), 0);
    struct quota const *q = factory_of(object_at(me, 0x20))->quota;
    u->msg.mr[0] = (uint64_t)L4_PROTO_IRQ_SENDER;
    u->buf.br[0] = 0x21 << 12 | L4_RCV_ITEM_SINGLE_CAP;
    ck_assert_int_eq(invoke(0x20, L4_PROTO_FACTORY, 1, 0), 0);
    ck_assert_uint_gt(q->used, 0);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_QUOTA), 64 * 1024);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_QUOTA_USED), q->used);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_LIMIT), 64 * 1024);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_USED), q->used);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_FREE), 64 * 1024 - q->used);
    ck_assert_uint_eq(asked_memory(0x20, L4_FACTORY_INFO_OBJECTS), q->objects);
    ck_assert_uint_eq(asked_memory(FACTORY, L4_FACTORY_INFO_OBJECTS), quota_root.objects);

    u->msg.mr[0] = L4_FACTORY_INFO_OP + 1;
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_MEM_ALLOC, 1, 0), -L4_ENOSYS);
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_MEM_ALLOC, 0, 0), -L4_EMSGTOOSHORT);
    rights_used = CAP_ALL & ~CAP_S;
    u->msg.mr[0] = L4_FACTORY_INFO_OP;
    ck_assert_int_eq(invoke(FACTORY, L4_PROTO_MEM_ALLOC, 1, 0), -L4_EPERM);
}
END_TEST

START_TEST(factory_overmaps)
{
    ck_assert_int_eq(create(L4_PROTO_IRQ_SENDER, 0x20, 1, 0), 0);
    uint64_t used = quota_root.used;
    ck_assert_int_eq(create(L4_PROTO_SEMAPHORE, 0x20, 1, 0), 0);
    ck_assert_uint_eq(quota_root.used, used); // the old object is gone
    ck_assert_uint_eq(object_at(me, 0x20)->type, OBJ_SEMAPHORE);
    // Even its own slot: the factory works to the end, then it is gone.
    ck_assert_int_eq(create(L4_PROTO_SEMAPHORE, FACTORY, 1, 0), 0);
    ck_assert_uint_eq(object_at(me, FACTORY)->type, OBJ_SEMAPHORE);
}
END_TEST

TCase *factory_cases(void)
{
    TCase *t = tcase_create("factory");
    tcase_add_checked_fixture(t, task_setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, factory_creates_all_kinds);
    tcase_add_test(t, factory_checks_the_request);
    tcase_add_test(t, factory_gate);
    tcase_add_test(t, factory_task_with_utcb_area);
    tcase_add_test(t, factory_quota);
    tcase_add_test(t, factory_memory);
    tcase_add_test(t, factory_overmaps);
    return t;
}
