// SPDX-License-Identifier: MIT
#include "object/dma_space.h"
#include <arch/smmu.h>
#include "ipc/invocation.h"
#include "object/iommu.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

bool dma_spaces_there(void)
{
    return smmu_there();
}

struct object *dma_space_create(struct quota *q)
{
    struct task *t = task_create(q);
    if (!t)
        return NULL;
    t->obj.type = OBJ_DMA_SPACE;
    return &t->obj;
}

// Its devices go first: nothing of it is in use when its tables go.
static bool destroy_step(struct object *o)
{
    struct task *t = task_of(o);
    if (!iommu_space_gone(t))
        return false;
    smmu_forget(&t->space);
    return task_ops.destroy_step(o);
}

static void destroy(struct object *o)
{
    task_ops.destroy(o);
}

// ---- operations (kernel-abi 4.3): those of a task that concern memory ----

static uint64_t op_map(struct invocation *in)
{
    return fpage_type(in->w[2]) == L4_FPAGE_MEMORY ? task_op_map(in) : result_tag(-L4_EINVAL, 0);
}

static struct operation const operations[] = {
    [L4_TASK_MAP_OP] = {op_map, AT_LEAST(3), CAP_W, .arg = ARG_TASK, .name = "map"},
    [L4_TASK_UNMAP_OP] = {task_op_unmap, AT_LEAST(2), .name = "unmap"},
};

struct object_ops const dma_space_ops = {
    .protocols = {{L4_PROTO_TASK, ~(uint64_t)0, OPERATIONS(operations)}},
    .destroy = destroy,
    .destroy_step = destroy_step,
};
