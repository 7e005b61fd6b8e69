// SPDX-License-Identifier: MIT
#include "object/factory.h"
#include <arch/index.h>
#include "ipc/invocation.h"
#include "mem/kmem.h"
#include "object/cap_argument.h"
#include "object/dma_space.h"
#include "object/gate.h"
#include "object/semaphore.h"
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

// ---- constructors: each makes in->made, NULL = out of quota ---- Arguments stand at fixed words, each behind its header
// word (kernel-abi 4.2).

static struct quota *quota_of(struct invocation const *in)
{
    return factory_of(in->obj)->quota;
}

static uint64_t make_gate(struct invocation *in)
{
    uint64_t label = in->w[2];
    if (!tag_items(in->tag))
        in->made = gate_create(quota_of(in), 0, NULL);
    else if (label & L4_GATE_LABEL_RIGHTS)
        return result_tag(-L4_EINVAL, 0);
    else
        in->made = gate_create(quota_of(in), label, thread_of(in->arg));
    return 0;
}

static uint64_t make_task(struct invocation *in)
{
    uint64_t area = in->w[2];
    struct task *t = task_create(quota_of(in));
    if (!t)
        return 0;
    int err = 0;
    if (area)
        err = fpage_type(area) == L4_FPAGE_MEMORY ? task_add_ku_mem(t, fpage_address(area), fpage_order(area))
                                                  : -L4_EINVAL;
    if (err)
        object_destroy(&t->obj);
    else
        in->made = &t->obj;
    return result_tag(err, 0);
}

static uint64_t make_thread(struct invocation *in)
{
    in->made = thread_create(quota_of(in));
    return 0;
}

static uint64_t make_factory(struct invocation *in)
{
    if (tag_items(in->tag))
        return result_tag(-L4_EINVAL, 0);
    struct quota *q = quota_of(in), *child = quota_create(q, in->w[2]);
    if (!child)
        return 0;
    in->made = factory_create(q, child);
    if (!in->made)
        quota_unref(child);
    return 0;
}

static uint64_t make_vm(struct invocation *in)
{
    struct task *t = task_create(quota_of(in));
    if (!t)
        return 0;
    t->is_vm = true;
    in->made = &t->obj;
    return 0;
}

static uint64_t make_dma_space(struct invocation *in)
{
    if (!dma_spaces_there())
        return result_tag(-L4_ENODEV, 0);
    in->made = dma_space_create(quota_of(in));
    return 0;
}

static uint64_t make_irq(struct invocation *in)
{
    in->made = irq_create(quota_of(in));
    return 0;
}

static uint64_t make_semaphore(struct invocation *in)
{
    in->made = semaphore_create(quota_of(in));
    return 0;
}

#define GATE \
    { \
        make_gate, AT_LEAST(3), .flags = OP_ARG_OPTIONAL, .arg = ARG_THREAD, .arg_rights = CAP_S, .name = "gate" \
    }

struct operation const factory_kinds[FACTORY_KINDS] = { // by protocol, which is negative
    [L4_PROTO_NONE] = GATE,
    [-L4_PROTO_KOBJECT] = GATE,
    [-L4_PROTO_TASK] = {make_task, AT_LEAST(3), .errors = OP_SHORT_INVALID, .name = "task"},
    [-L4_PROTO_THREAD] = {make_thread, AT_LEAST(1), .name = "thread"},
    [-L4_PROTO_FACTORY] = {make_factory, EXACTLY(3), .errors = OP_SHORT_INVALID, .name = "factory"},
    [-L4_PROTO_VM] = {make_vm, AT_LEAST(1), .name = "VM"},
    [-L4_PROTO_DMA_SPACE] = {make_dma_space, AT_LEAST(1), .name = "DMA space"},
    [-L4_PROTO_IRQ_SENDER] = {make_irq, AT_LEAST(1), .name = "IRQ object"},
    [-L4_PROTO_SEMAPHORE] = {make_semaphore, AT_LEAST(1), .name = "semaphore"},
};

// Index of the slot that the first object buffer names. False when there is none that fits.
static bool receive_slot(l4_utcb_t const *u, uint64_t *index)
{
    unsigned i = (READ_ONCE(u->buf.bdr) >> L4_BDR_OBJ_SHIFT) & L4_BDR_OFFSET_MASK;
    uint64_t word = READ_ONCE(u->buf.br[i]);
    if (!(word & L4_ITEM_MAP) || (word & L4_RCV_ITEM_FORWARD_MAPPINGS))
        return false;
    if (word & L4_RCV_ITEM_SMALL) {
        *index = word >> L4_CAP_SHIFT;
        return true;
    }
    uint64_t page = READ_ONCE(u->buf.br[i + 1]);
    if (fpage_type(page) != L4_FPAGE_OBJ)
        return false;
    *index = fpage_index(page) & ~(((uint64_t)1 << fpage_order(page)) - 1);
    return true;
}

// Makes the object that word 0 names.
static uint64_t make(struct invocation *in)
{
    uint64_t kind = -in->w[0];
    in->made = NULL;
    if (!index_below(&kind, FACTORY_KINDS) || !factory_kinds[kind].run)
        return result_tag(-L4_ENODEV, 0);
    uint64_t error = operation_run(in, &factory_kinds[kind]);
    return error || in->made ? error : result_tag(-L4_ENOMEM, 0);
}

static uint64_t op_create(struct invocation *in)
{
    struct task *task = in->caller->task;
    if (!in_awaits_result(in))
        return result_tag(0, 0);
    if (task->obj.dying) // its capabilities are being taken away
        return result_tag(-L4_EINVAL, 0);
    uint64_t index;
    if (!receive_slot(in->caller->utcb, &index))
        return result_error(in, L4_IPC_REMSGCUT);
    uint64_t error = make(in);
    if (error)
        return error;
    struct object *o = in->made;
    struct cap_slot *slot = cap_slot_get(&task->caps, task->obj.quota, index);
    if (!slot) {
        object_destroy(o);
        return result_tag(-L4_ENOMEM, 0);
    }
    if (!cap_empty(slot, true)) {
        object_destroy(o);
        return syscall_restart(in);
    }
    cap_set(slot, o, CAP_ALL);
    unsigned words = (int64_t)in->w[0] == L4_PROTO_TASK && in->w[2] ? 1 : 0;
    if (words)
        out_word(in, 0, in->w[2] & ~L4_FPAGE_RIGHTS_MASK);
    out_word(in, words, L4_RCV_OBJ_MAPPED);
    return tag_make(0, words, 1, 0);
}

// How much of the whole heap is in use is for the holder of the factory that may use all of it.
static uint64_t op_info(struct invocation *in)
{
    struct quota const *q = quota_of(in);
    uint64_t free = q == &quota_root ? kmem_free_bytes() : q->limit - q->used;
    out_word(in, L4_FACTORY_INFO_QUOTA, q->limit);
    out_word(in, L4_FACTORY_INFO_QUOTA_USED, q->used);
    out_word(in, L4_FACTORY_INFO_LIMIT, q->limit);
    out_word(in, L4_FACTORY_INFO_USED, q->limit - free);
    out_word(in, L4_FACTORY_INFO_FREE, free);
    out_word(in, L4_FACTORY_INFO_OBJECTS, q->objects);
    return result_tag(0, L4_FACTORY_INFO_WORDS);
}

static struct operation const operations[] = {
    {op_create, AT_LEAST(1), CAP_S, .name = "create"},
};
static struct operation const memory_operations[] = {
    [L4_FACTORY_INFO_OP] = {op_info, AT_LEAST(1), CAP_S, .name = "memory_info"},
};

struct object_ops const factory_ops = {
    .protocols = {{L4_PROTO_FACTORY, 0, OPERATIONS(operations)}, // one operation: word 0 is what it makes
                  {L4_PROTO_MEM_ALLOC, L4_FACTORY_INFO_OPCODE_MASK, OPERATIONS(memory_operations)}},
    .destroy = factory_destroy,
};
