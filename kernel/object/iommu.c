// SPDX-License-Identifier: MIT
#include "object/iommu.h"
#include <arch/smmu.h>
#include <arch/stage2.h>
#include "ipc/invocation.h"
#include "mem/kmem.h"
#include "preempt/progress.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

struct binding { // charged to the space
    struct binding *next;
    struct task *space;
    uint64_t source;
};

static struct binding *bindings; // as many as the machine has devices
static struct object iommu;

struct object *iommu_object(void)
{
    object_init(&iommu, OBJ_IOMMU, NULL);
    iommu.immortal = true;
    return &iommu;
}

static struct binding **find(uint64_t source)
{
    struct binding **b = &bindings;
    while (*b && (*b)->source != source)
        b = &(*b)->next;
    return b;
}

static void drop(struct binding **at)
{
    struct binding *b = *at;
    *at = b->next;
    kmem_free(b->space->obj.quota, b, sizeof(*b));
}

static void unbind(struct binding **at)
{
    smmu_unbind((*at)->source);
    drop(at);
}

bool iommu_space_gone(struct task *space)
{
    for (struct binding **b = &bindings; *b;) {
        if ((*b)->space != space) {
            b = &(*b)->next;
            continue;
        }
        unbind(b);
        if (preempt_pending())
            return false;
    }
    return true;
}

// ---- operations (kernel-abi 4.20) ----

static uint64_t op_bind(struct invocation *in)
{
    struct task *space = task_of(in->arg);
    uint64_t source = in->w[1];
    int err = smmu_check(source);
    if (err || space->obj.dying)
        return result_tag(err ? err : -L4_EINVAL, 0);
    struct binding *b = kmem_alloc(space->obj.quota, sizeof(*b));
    if (!b)
        return result_tag(-L4_ENOMEM, 0);
    struct binding **old = find(source);
    if (*old)
        drop(old);
    err = smmu_bind(source, &space->space);
    if (err) {
        kmem_free(space->obj.quota, b, sizeof(*b));
        return result_tag(err, 0);
    }
    *b = (struct binding){bindings, space, source};
    bindings = b;
    out_word(in, 0, 0);
    out_word(in, 1, ((uint64_t)1 << S2_BITS) - 1);
    return result_tag(0, 2);
}

static uint64_t op_unbind(struct invocation *in)
{
    uint64_t source = in->w[1];
    int err = smmu_check(source);
    if (err)
        return result_tag(err, 0);
    struct binding **b = find(source);
    if (*b && (*b)->space == task_of(in->arg))
        unbind(b);
    return result_tag(0, 0);
}

static struct operation const operations[] = {
    [L4_IOMMU_BIND_OP] = {op_bind, AT_LEAST(2), CAP_S, .arg = ARG_DMA_SPACE, .arg_rights = CAP_W, .name = "bind"},
    [L4_IOMMU_UNBIND_OP] = {op_unbind, AT_LEAST(2), CAP_S, .arg = ARG_DMA_SPACE, .arg_rights = CAP_W, .name = "unbind"},
};

static void destroy(struct object *o)
{
    (void)o; // immortal
}

struct object_ops const iommu_ops = {
    .protocols = {{L4_PROTO_IOMMU, ~(uint64_t)0, OPERATIONS(operations)}},
    .destroy = destroy,
};
