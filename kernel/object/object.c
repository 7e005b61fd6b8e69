// SPDX-License-Identifier: MIT
#include "object/object.h"
#include "mem/kmem.h"
#include "preempt/progress.h"

extern struct object_ops const gate_ops, thread_ops, task_ops, factory_ops, irq_ops, semaphore_ops,
    icu_ops, scheduler_ops, vcon_ops, dma_space_ops, iommu_ops;

struct object_ops const *const object_ops[OBJ_TYPES] = {
    [OBJ_GATE] = &gate_ops, [OBJ_THREAD] = &thread_ops,
    [OBJ_TASK] = &task_ops, [OBJ_FACTORY] = &factory_ops,
    [OBJ_IRQ] = &irq_ops,   [OBJ_SEMAPHORE] = &semaphore_ops,
    [OBJ_ICU] = &icu_ops,   [OBJ_SCHEDULER] = &scheduler_ops,
    [OBJ_VCON] = &vcon_ops,
    [OBJ_DMA_SPACE] = &dma_space_ops, [OBJ_IOMMU] = &iommu_ops,
};

uint64_t objects_made; // under the global lock

void object_free(struct object *o, void *start, size_t size)
{
    struct quota *q = o->quota;
    if (!q)
        return; // part of the kernel image
    kmem_free(q, start, size);
    quota_unref(q);
}

bool object_strip(struct object *o, struct cap_slot *keep)
{
    enum { STEP = 64 };
    if (o->immortal)
        return true;
    for (unsigned n = 1;; n++) {
        struct cap_slot *s = o->slots;
        if (s && s == keep)
            s = s->next;
        if (!s)
            return true;
        if (!(s->rights & CAP_WEAK) && o->refs > 1)
            o->refs--;
        cap_slot_unlink(s);
        if (n % STEP == 0 && preempt_pending())
            return false;
    }
}

static bool destroy(struct work *w)
{
    struct object *o = object_of_work(w);
    struct object_ops const *ops = object_ops[o->type];
    if (ops->destroy_step && !ops->destroy_step(o))
        return false;
    ops->destroy(o);
    return true;
}

void object_destroy_again(struct object *o)
{
    work_defer_here(&o->work, destroy);
}

void object_defer(struct object *o, struct cpu *cpu, bool (*step)(struct work *w), unsigned prio)
{
    if (!o->dying)
        work_defer(cpu, &o->work, step, prio);
}

void object_destroy(struct object *o)
{
    if (o->immortal || o->dying)
        return;
    o->dying = true;
    while (o->slots)
        cap_slot_unlink(o->slots);
    o->refs = 0;
    object_destroy_again(o);
}

void object_unref(struct object *o, uint32_t n)
{
    o->refs = n < o->refs ? o->refs - n : 0;
    if (!o->refs)
        object_destroy(o);
}
