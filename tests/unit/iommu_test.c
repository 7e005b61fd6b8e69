// SPDX-License-Identifier: MIT
// DMA spaces, and the IOMMU object.
#include "fake_smmu.h"
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "object/iommu.h"
#include "task_setup.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { SPACE = 0x20, SECOND = 0x21, IOMMU = 0x22, MEMORY = 0x30000 };

static void setup(void)
{
    task_setup();
    fake_smmu_reset();
    fake_smmu_on = true;
    cap_set(cap_slot_get(&me->caps, &quota_root, IOMMU), iommu_object(), CAP_ALL);
    ck_assert_int_eq(task_add_ku_mem(me, MEMORY, 12), 0); // nobody maps it on
    ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, SPACE, 1, 0), 0);
    ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, SECOND, 1, 0), 0);
}

static void teardown(void)
{
    fake_smmu_reset();
}

static int64_t ask(uint64_t op, uint64_t source, uint64_t space)
{
    u->msg.mr[0] = op;
    u->msg.mr[1] = source;
    item(2, space);
    return invoke(IOMMU, L4_PROTO_IOMMU, 2, 1);
}

static int64_t bind(uint64_t source, uint64_t space)
{
    return ask(L4_IOMMU_BIND_OP, source, space);
}

static struct space *space_at(uint64_t slot)
{
    return &task_of(object_at(me, slot))->space;
}

static int64_t delete(uint64_t slot)
{
    return unmap(TASK, obj_page(slot, 0, CAP_R | CAP_D), L4_FP_ALL_SPACES | L4_FP_DELETE_OBJ);
}

START_TEST(only_memory)
{
    ck_assert_uint_eq(object_at(me, SPACE)->type, OBJ_DMA_SPACE);
    ck_assert_int_eq(task_map(SPACE, TASK, obj_page(FACTORY, 0, CAP_R | CAP_W), 0), -L4_EINVAL);
    ck_assert_ptr_null(object_at(task_of(object_at(me, SPACE)), 0));
    ck_assert_int_eq(task_map(SPACE, TASK, mem_page(MEMORY, 12, MEM_R | MEM_W), 0), 0);
    ck_assert_uint_eq(mem_lookup(task_of(object_at(me, SPACE)), 0, NULL), ~(uint64_t)0);
    ck_assert_int_eq(task_map(TASK, SPACE, mem_page(0, 12, MEM_R), 0), -L4_EINVAL);
    u->msg.mr[0] = L4_TASK_ADD_KU_MEM_OP;
    u->msg.mr[1] = mem_page(0, 12, MEM_R | MEM_W);
    ck_assert_int_eq(invoke(SPACE, L4_PROTO_TASK, 2, 0), -L4_ENOSYS);
    ck_assert_int_eq(unmap(SPACE, obj_page(0, 0, CAP_R), L4_FP_ALL_SPACES), 0);
}
END_TEST

START_TEST(bound_and_unbound)
{
    ck_assert_int_eq(bind(8, SPACE), 0);
    ck_assert_uint_eq(u->msg.mr[0], 0);
    ck_assert_uint_eq(u->msg.mr[1], (1ull << 40) - 1);
    ck_assert_ptr_eq(fake_stream[8], space_at(SPACE));
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, 8, SECOND), 0); // it is not this one's
    ck_assert_ptr_eq(fake_stream[8], space_at(SPACE));
    ck_assert_int_eq(bind(8, SECOND), 0);
    ck_assert_ptr_eq(fake_stream[8], space_at(SECOND));
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, 8, SPACE), 0);
    ck_assert_ptr_eq(fake_stream[8], space_at(SECOND));
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, 8, SECOND), 0);
    ck_assert_ptr_null(fake_stream[8]);
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, 8, SECOND), 0);
}
END_TEST

START_TEST(refused)
{
    ck_assert_int_eq(bind(FAKE_STREAMS, SPACE), -L4_ERANGE);
    ck_assert_int_eq(bind(1ull << 32, SPACE), -L4_EINVAL);
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, FAKE_STREAMS, SPACE), -L4_ERANGE);
    ck_assert_int_eq(bind(8, OTHER), -L4_EINVAL);
    ck_assert_int_eq(ask(2, 8, SPACE), -L4_ENOSYS);
    rights_used = CAP_ALL & ~CAP_S;
    ck_assert_int_eq(bind(8, SPACE), -L4_EPERM);
    rights_used = CAP_ALL;
    ck_assert_ptr_null(fake_stream[8]);
    ck_assert_int_eq(bind(8, SPACE), 0);
    fake_smmu_full = true;
    ck_assert_int_eq(bind(8, SECOND), -L4_ENOMEM);
    ck_assert_ptr_null(fake_stream[8]); // not the first one's any more
    ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, 8, SPACE), 0);
    fake_smmu_on = false;
    ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, 0x30, 1, 0), -L4_ENODEV);
}
END_TEST

// Devices go before the tables do, however often it stops; and all memory comes back.
START_TEST(a_space_ends)
{
    for (unsigned every = 0; every < 4; every++) {
        fake_preempt_every = 0;
        ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, 0x40, 1, 0), 0);
        ck_assert_int_eq(delete(0x40), 0);
        uint64_t used = quota_root.used, free = kmem_free_bytes();
        ck_assert_int_eq(create(L4_PROTO_DMA_SPACE, 0x40, 1, 0), 0);
        for (uint64_t i = 0; i < 20; i++)
            ck_assert_int_eq(bind(i, i % 3 ? 0x40 : SECOND), 0);
        fake_preempt_every = every;
        ck_assert_int_eq(delete(0x40), 0);
        while (!fake_work_do())
            ;
        ck_assert_ptr_null(object_at(me, 0x40));
        for (uint64_t i = 0; i < 20; i++)
            ck_assert_ptr_eq(fake_stream[i], (i % 3 ? NULL : space_at(SECOND)));
        fake_preempt_every = 0;
        for (uint64_t i = 0; i < 20; i++)
            ck_assert_int_eq(ask(L4_IOMMU_UNBIND_OP, i, SECOND), 0);
        ck_assert_uint_eq(quota_root.used, used);
        ck_assert_uint_eq(kmem_free_bytes(), free);
    }
}
END_TEST

TCase *iommu_cases(void)
{
    TCase *c = tcase_create("iommu");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, only_memory);
    tcase_add_test(c, bound_and_unbound);
    tcase_add_test(c, refused);
    tcase_add_test(c, a_space_ends);
    return c;
}
