// SPDX-License-Identifier: MIT
#include "object/irq.h"
#include <arch/gic.h>
#include "ipc/ipc.h"
#include "mem/kmem.h"
#include "object/icu.h"
#include "object/semaphore.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

struct object *irq_make(struct quota *q, enum object_type type)
{
    struct irq *i = kmem_alloc(q, sizeof *i);
    if (!i)
        return 0;
    object_init(&i->obj, type, q);
    i->id = ~0ull;
    i->masked = true;
    i->sender.kind = SENDER_IRQ;
    return &i->obj;
}

struct object *irq_create(struct quota *q)
{
    return irq_make(q, OBJ_IRQ);
}

static void pin_mask(struct irq *i, bool mask)
{
    i->masked = mask;
    if (i->pin_slot && i->pins->mask)
        i->pins->mask(i->pin, mask);
}

static void follow_thread(struct irq *i)
{
    if (i->pin_slot && i->pins->set_cpu && i->thread)
        i->pins->set_cpu(i->pin, i->thread->cpu->id);
}

lock_set irq_locks(struct irq const *i)
{
    return i->obj.type == OBJ_IRQ && i->thread ? ipc_thread_locks(i->thread) : LOCKS_ALL;
}

lock_set irq_trigger_locks(struct irq const *i)
{
    if (i->obj.type == OBJ_SEMAPHORE)
        return i->blocked.first ? LOCKS_ALL : 0;
    return i->thread ? ipc_thread_locks(i->thread) : 0;
}

void irq_trigger(struct irq *i)
{
    if (irq_trigger_alone(i))
        return;
    if (i->obj.type == OBJ_SEMAPHORE)
        semaphore_wake(i);
    else if (!i->sender.queue)
        ipc_send_irq(i, i->thread);
}

void irq_handle(struct irq *i)
{
    bool waits = i->sender.queue; // the message of an earlier one
    if (i->level) {
        pin_mask(i, true);
        if (!i->thread && i->obj.type == OBJ_IRQ)
            return; // the line is still up when it is unmasked
    } else if (waits || (!i->thread && i->obj.type == OBJ_IRQ)) {
        pin_mask(i, true);
        i->masked_by_queue = waits;
    }
    irq_trigger(i);
}

void irq_consumed(struct irq *i)
{
    if (i->masked_by_queue) {
        i->masked_by_queue = false;
        pin_mask(i, false);
    }
}

static void link_thread(struct irq *i, struct thread *t)
{
    struct irq **list = i->pin_slot ? &t->pin_irqs : &t->irqs;
    i->thread = t;
    i->next_bound = *list;
    if (i->next_bound)
        i->next_bound->pprev_bound = &i->next_bound;
    *list = i;
    i->pprev_bound = list;
}

static void unlink_list(struct irq *i)
{
    *i->pprev_bound = i->next_bound;
    if (i->next_bound)
        i->next_bound->pprev_bound = i->pprev_bound;
    i->pprev_bound = 0;
}

static void unlink_thread(struct irq *i)
{
    if (!i->pprev_bound)
        return;
    if (i->sender.queue) {
        sender_dequeue(&i->sender);
        i->pending = true;
    }
    unlink_list(i);
    i->thread = 0;
}

void irq_pin_changed(struct irq *i)
{
    if (!i->pprev_bound)
        return;
    unlink_list(i);
    link_thread(i, i->thread);
}

bool irq_thread_gone(struct thread *t)
{
    enum { STEP = 32 };
    for (unsigned n = 1; t->irqs || t->pin_irqs; n++) {
        unlink_thread(t->irqs ? t->irqs : t->pin_irqs);
        if (n % STEP == 0 && preempt_pending())
            return false;
    }
    return true;
}

void irq_thread_moved(struct thread *t)
{
    for (struct irq *i = t->pin_irqs; i; i = i->next_bound)
        follow_thread(i);
}

static uint64_t op_bind(struct invocation *in)
{
    struct irq *i = irq_of(in->obj);
    struct thread *t = thread_of(in->arg);
    if (t->state == THREAD_DEAD)
        return result_tag(-L4_EINVAL, 0);
    i->id = in->w[1];
    if (i->thread == t)
        return result_tag(0, 0);
    unlink_thread(i);
    link_thread(i, t);
    follow_thread(i);
    if (i->pending) {
        i->pending = false;
        ipc_send_irq(i, t);
    }
    return result_tag(0, 0);
}

static uint64_t op_detach(struct invocation *in)
{
    struct irq *i = irq_of(in->obj);
    if (!i->thread)
        return result_tag(-L4_ENOENT, 0);
    bool pending = i->sender.queue != 0;
    unlink_thread(i);
    i->pending = false;
    i->masked_by_queue = false;
    pin_mask(i, true);
    return result_tag(pending ? 1 : 0, 0);
}

// The usual trigger, without words, comes by ipc/fast.c.
static uint64_t op_trigger(struct invocation *in)
{
    irq_trigger(irq_of(in->obj));
    return 0;
}

static uint64_t op_unmask(struct invocation *in)
{
    struct irq *i = irq_of(in->obj);
    if (i->obj.type == OBJ_SEMAPHORE ? !i->count : !i->sender.queue && !i->pending)
        pin_mask(i, false);
    return 0;
}

struct operation const irq_operations[IRQ_OPERATIONS] = {
    [L4_IRQ_TRIGGER_OP] = {op_trigger, AT_LEAST(0), .flags = OP_NO_REPLY, .locks = OP_LOCKS_TRIGGER, .name = "trigger"},
    [L4_IRQ_EOI_OP] = {op_unmask, AT_LEAST(1), .flags = OP_NO_REPLY, .locks = OP_LOCKS_IRQ, .name = "unmask"},
};

static struct operation const bind_operations[] = {
    [L4_RCV_EP_BIND_OP] = {op_bind, AT_LEAST(2), CAP_S, .arg = ARG_THREAD, .arg_rights = CAP_S, .name = "bind"},
};

static struct operation const sender_operations[] = {
    [L4_IRQ_SENDER_DETACH_OP] = {op_detach, AT_LEAST(1), CAP_S, .name = "detach"},
};

static bool irq_destroy_step(struct object *o)
{
    return thread_forget_irq(irq_of(o));
}

void irq_destroy(struct object *o)
{
    struct irq *i = irq_of(o);
    unlink_thread(i);
    icu_unbind(i);
    object_free(o, i, sizeof(*i));
}

struct object_ops const irq_ops = {
    .protocols = {IRQ_PROTOCOL,
                  {L4_PROTO_KOBJECT, L4_IRQ_OPCODE_MASK, OPERATIONS(bind_operations)},
                  {L4_PROTO_IRQ_SENDER, L4_IRQ_OPCODE_MASK, OPERATIONS(sender_operations)}},
    .bare_invalid = true,
    .destroy = irq_destroy,
    .destroy_step = irq_destroy_step,
};
