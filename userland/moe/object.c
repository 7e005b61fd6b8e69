// SPDX-License-Identifier: MIT
#include "object.h"

#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/task.h>

#include "factory.h"
#include "slots.h"

void *object_create(struct object_ops const *ops, struct factory *factory)
{
    struct object *o = factory_alloc(factory, ops->size);

    if (!o)
        return NULL;
    o->ops = ops;
    o->gate = L4_INVALID_CAP;
    o->refs = 1;
    if (factory)
        factory_add(factory, o);
    return o;
}

void object_get(struct object *o)
{
    o->refs++;
}

// Its gate has gone before: being exported counts as a reference.
static void destroy(struct object *o)
{
    struct factory *factory = o->factory;

    if (o->ops->destroy)
        o->ops->destroy(o);
    if (factory)
        factory_remove(o);
    factory_free(factory, o, o->ops->size);
    if (factory)
        object_put(factory_object(factory)); // each object keeps its factory
}

void object_put(struct object *o)
{
    if (--o->refs == 0)
        destroy(o);
}

int object_export(struct object *o, bool permanent)
{
    if (o->exported)
        return 0;
    l4_cap_idx_t slot = factory_slot_alloc(o->factory);
    if (l4_is_invalid_cap(slot))
        return -L4_ENOMEM;
    long err = l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, slot, L4_BASE_THREAD_CAP,
                                               slot_bind(slot, o)));
    if (err >= 0 && !permanent) // our own slot shall not keep the gate alive
        err = l4_error(l4_kobject_dec_refcnt(slot, 1));
    if (err < 0) {
        factory_slot_free(o->factory, slot, true);
        return (int)err;
    }
    o->gate = slot;
    o->exported = true;
    o->permanent = permanent;
    o->refs++;
    return 0;
}

void object_revoke(struct object *o)
{
    if (!o->exported)
        return;
    factory_slot_free(o->factory, o->gate, true);
    o->gate = L4_INVALID_CAP;
    o->exported = false;
    if (o->ops->gone)
        o->ops->gone(o);
    object_put(o);
}

bool object_alive(struct object const *o)
{
    return !o->exported || o->permanent
           || l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, o->gate)) > 0;
}

static bool collected;

static void collect_one(struct object *o)
{
    if (object_alive(o))
        return;
    collected = true;
    object_revoke(o);
}

bool object_collect(void)
{
    collected = false;
    slots_for_each(collect_one);
    return collected;
}

l4_msgtag_t object_reply(struct object *o, struct request *r)
{
    int err = object_export(o, false);
    l4_cap_idx_t gate = o->gate;

    object_put(o);
    if (err < 0)
        return msg_reply_err(err);
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_cap(&out, gate, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}

void *object_of_item(struct msg_item const *item, struct object_ops const *ops)
{
    if (item->kind != MSG_ITEM_LOCAL)
        return NULL;
    return object_cast(slot_object_of_label(item->label), ops);
}
