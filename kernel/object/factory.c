// SPDX-License-Identifier: MIT
#include "object/factory.h"
#include "ipc/invocation.h"
#include "mem/kmem.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/item.h"
#include "object/task.h"
#include "object/thread.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

struct object *factory_create(struct quota *owner, struct quota *quota)
{
    struct factory *f = kmem_alloc(owner, sizeof(*f));
    if (!f)
        return NULL;
    object_init(&f->obj, OBJ_FACTORY, owner);
    f->quota = quota;
    return &f->obj;
}

static void factory_destroy(struct object *o)
{
    struct factory *f = factory_of(o);
    quota_unref(f->quota);
    object_free(o, f, sizeof(*f));
}

// ---- constructors: each returns the object, or NULL with *err set (negative error, or IPC error
// code) ---- Arguments stand at fixed words, each behind its header word (kernel-abi 4.2).

static struct object *create_gate(struct invocation *in, struct quota *q, int *err)
{
    uint64_t label = in->w[2];
    if (!tag_items(in->tag))
        return gate_create(q, 0, NULL);
    if (tag_words(in->tag) < 3) {
        *err = -L4_EMSGTOOSHORT;
        return NULL;
    }
    struct object *thread;
    uint32_t rights;
    *err = item_object(in, tag_words(in->tag), OBJ_THREAD, &thread, &rights);
    if (*err)
        return NULL;
    if (!(rights & CAP_S))
        *err = -L4_EPERM;
    else if (label & L4_GATE_LABEL_RIGHTS)
        *err = -L4_EINVAL;
    return *err ? NULL : gate_create(q, label, thread_of(thread));
}

static struct object *create_task(struct invocation *in, struct quota *q, int *err)
{
    if (tag_words(in->tag) < 3) {
        *err = -L4_EINVAL;
        return NULL;
    }
    uint64_t area = in->w[2];
    struct task *t = task_create(q);
    if (!t || !area)
        return t ? &t->obj : NULL;
    *err = fpage_type(area) == L4_FPAGE_MEMORY
               ? task_add_ku_mem(t, fpage_address(area), fpage_order(area))
               : -L4_EINVAL;
    if (*err) {
        object_destroy(&t->obj);
        return NULL;
    }
    return &t->obj;
}

static struct object *create_vm(struct quota *q)
{
    struct task *t = task_create(q);
    if (!t)
        return NULL;
    t->is_vm = true;
    return &t->obj;
}

static struct object *create_factory(struct invocation *in, struct quota *q, int *err)
{
    if (tag_words(in->tag) != 3 || tag_items(in->tag)) {
        *err = -L4_EINVAL;
        return NULL;
    }
    struct quota *child = quota_create(q, in->w[2]);
    struct object *o = child ? factory_create(q, child) : NULL;
    if (child && !o)
        quota_unref(child);
    return o;
}

static struct object *create(struct invocation *in, struct quota *q, int *err)
{
    switch ((int64_t)in->w[0]) {
    case L4_PROTO_NONE:
    case L4_PROTO_KOBJECT:
        return create_gate(in, q, err);
    case L4_PROTO_TASK:
        return create_task(in, q, err);
    case L4_PROTO_THREAD:
        return thread_create(q);
    case L4_PROTO_FACTORY:
        return create_factory(in, q, err);
    case L4_PROTO_VM:
        return create_vm(q);
    case L4_PROTO_IRQ_SENDER:
        return irq_create(q);
    case L4_PROTO_SEMAPHORE:
        return semaphore_create(q);
    default:
        *err = -L4_ENODEV;
        return NULL;
    }
}

// Index of the slot that the first object buffer names. False when there is none that fits.
static bool receive_slot(struct utcb const *u, uint64_t *index)
{
    unsigned i = (READ_ONCE(u->bdr) >> L4_BDR_OBJ_SHIFT) & L4_BDR_OFFSET_MASK;
    uint64_t word = READ_ONCE(u->br[i]);
    if (!(word & L4_ITEM_MAP) || (word & L4_RCV_ITEM_FORWARD_MAPPINGS))
        return false;
    if (word & L4_RCV_ITEM_SMALL) {
        *index = word >> L4_CAP_SHIFT;
        return true;
    }
    uint64_t page = READ_ONCE(u->br[i + 1]);
    if (fpage_type(page) != L4_FPAGE_OBJ)
        return false;
    *index = fpage_index(page) & ~(((uint64_t)1 << fpage_order(page)) - 1);
    return true;
}

static uint64_t factory_invoke(struct invocation *in)
{
    struct factory *f = factory_of(in->obj);
    struct task *task = in->caller->task;
    if (tag_label(in->tag) != L4_PROTO_FACTORY)
        return result_tag(-L4_EBADPROTO, 0);
    if (!(in->rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    if (!in->has_recv)
        return result_tag(0, 0);
    if (tag_words(in->tag) < 1)
        return result_tag(-L4_EMSGTOOSHORT, 0);
    if (task->obj.dying) // its capabilities are being taken away
        return result_tag(-L4_EINVAL, 0);
    uint64_t index;
    if (!receive_slot(in->caller->utcb, &index))
        return item_error(in, IPC_CUT | IPC_RECV);

    int err = 0;
    struct quota *q = f->quota;
    struct object *o = create(in, q, &err);
    if (!o)
        return item_error(in, err ? err : -L4_ENOMEM);
    struct cap_slot *slot = cap_slot_get(&task->caps, task->obj.quota, index);
    if (!slot) {
        object_destroy(o);
        return result_tag(-L4_ENOMEM, 0);
    }
    if (!cap_empty(slot, true)) {
        object_destroy(o);
        syscall_restart(in);
        return 0;
    }
    cap_set(slot, o, CAP_ALL);
    unsigned words = (int64_t)in->w[0] == L4_PROTO_TASK && in->w[2] ? 1 : 0;
    if (words)
        out_word(in, 0, in->w[2] & ~L4_FPAGE_RIGHTS_MASK);
    out_word(in, words, L4_RCV_OBJ_MAPPED);
    return tag_make(0, words, 1, 0);
}

struct object_ops const factory_ops = {
    .invoke = factory_invoke,
    .destroy = factory_destroy,
};
