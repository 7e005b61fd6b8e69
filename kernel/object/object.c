// SPDX-License-Identifier: MIT
#include "object/object.h"
#include "mem/kmem.h"

extern struct object_ops const gate_ops, thread_ops, task_ops, factory_ops, irq_ops, semaphore_ops,
    icu_ops, scheduler_ops, vcon_ops;

struct object_ops const *const object_ops[OBJ_TYPES] = {
    [OBJ_GATE] = &gate_ops, [OBJ_THREAD] = &thread_ops,
    [OBJ_TASK] = &task_ops, [OBJ_FACTORY] = &factory_ops,
    [OBJ_IRQ] = &irq_ops,   [OBJ_SEMAPHORE] = &semaphore_ops,
    [OBJ_ICU] = &icu_ops,   [OBJ_SCHEDULER] = &scheduler_ops,
    [OBJ_VCON] = &vcon_ops,
};

// Objects that wait for their destruction, oldest first. Destroying one (a task) may queue many
// others: a queue instead of recursion, whose depth a user could choose.
static struct object *reap_first, *reap_last;

void object_free(struct object *o, void *start, size_t size)
{
    struct quota *q = o->quota;
    if (!q)
        return; // part of the kernel image
    kmem_free(q, start, size);
    quota_unref(q);
}

void object_destroy(struct object *o)
{
    if (o->immortal || o->dying)
        return;
    o->dying = true;
    while (o->slots) {
        struct cap_slot *s = o->slots;
        o->slots = s->next;
        *s = (struct cap_slot){0};
    }
    o->refs = 0;
    o->next_dying = NULL;
    if (reap_last)
        reap_last->next_dying = o;
    else
        reap_first = o;
    reap_last = o;
}

void object_unref(struct object *o, uint32_t n)
{
    o->refs = n < o->refs ? o->refs - n : 0;
    if (!o->refs)
        object_destroy(o);
}

bool object_reap(void)
{
    while (reap_first) {
        struct object *o = reap_first;
        struct object_ops const *ops = object_ops[o->type];
        if (ops->destroy_step && !ops->destroy_step(o))
            return false;
        reap_first = o->next_dying;
        if (!reap_first)
            reap_last = NULL;
        ops->destroy(o);
    }
    return true;
}

bool object_reap_pending(void)
{
    return reap_first != NULL;
}
