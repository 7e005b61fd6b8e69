// SPDX-License-Identifier: MIT
#include "object/irq.h"
#include "arch/arm64/gic.h"
#include "ipc/ipc.h"
#include "mem/kmem.h"
#include "object/icu.h"
#include "object/item.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

static struct irq *make(struct quota *q, enum object_type type)
{
    struct irq *i = kmem_alloc(q, sizeof *i);
    if (!i)
        return 0;
    object_init(&i->obj, type, q);
    i->id = ~0ull;
    i->masked = true;
    i->sender.kind = SENDER_IRQ;
    return i;
}

struct object *irq_create(struct quota *q)
{
    struct irq *i = make(q, OBJ_IRQ);
    return i ? &i->obj : 0;
}

struct object *semaphore_create(struct quota *q)
{
    struct irq *i = make(q, OBJ_SEMAPHORE);
    return i ? &i->obj : 0;
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

static void semaphore_up(struct irq *s)
{
    if (!s->blocked.first) {
        s->count++;
        return;
    }
    struct thread *t = sender_thread(s->blocked.first);
    ipc_unlink(t);
    t->regs.x[0] = 0;
    t->utcb->error = 0;
    t->state = THREAD_READY;
    sched_wake(t);
}

lock_set irq_locks(struct irq const *i)
{
    return i->obj.type == OBJ_IRQ && i->thread ? ipc_thread_locks(i->thread) : LOCKS_ALL;
}

void irq_trigger(struct irq *i)
{
    if (i->obj.type == OBJ_SEMAPHORE)
        semaphore_up(i);
    else if (!i->thread)
        i->pending = true;
    else if (!i->sender.queue)
        ipc_send_irq(i, i->thread);
}

void irq_hit(struct irq *i)
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

static uint64_t irq_bind(struct invocation *in, struct irq *i)
{
    if (tag_words(in->tag) < 2)
        return result_tag(-L4_EMSGTOOSHORT, 0);
    if (!(in->rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    struct object *o;
    uint32_t rights;
    int err = item_object(in, tag_words(in->tag), OBJ_THREAD, &o, &rights);
    if (err)
        return item_error(in, err);
    if (!(rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    struct thread *t = thread_of(o);
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

static uint64_t irq_detach(struct invocation *in, struct irq *i)
{
    if (!(in->rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    if (!i->thread)
        return result_tag(-L4_ENOENT, 0);
    bool pending = i->sender.queue != 0;
    unlink_thread(i);
    i->pending = false;
    i->masked_by_queue = false;
    pin_mask(i, true);
    return result_tag(pending ? 1 : 0, 0);
}

static void irq_unmask(struct irq *i)
{
    if (i->obj.type == OBJ_SEMAPHORE ? i->count > 0 : i->sender.queue || i->pending)
        return;
    pin_mask(i, false);
}

// Trigger and unmask: common to IRQ objects and semaphores.
static inline uint64_t irq_protocol(struct invocation *in, struct irq *i)
{
    unsigned words = tag_words(in->tag);
    in->no_reply = true;
    uint64_t op = words ? in->w[0] & L4_IRQ_OPCODE_MASK : L4_IRQ_TRIGGER_OP;
    if (op == L4_IRQ_TRIGGER_OP) {
        irq_trigger(i);
        return 0;
    }
    if (op == L4_IRQ_EOI_OP) {
        irq_unmask(i);
        return 0;
    }
    in->no_reply = false;
    return result_tag(-L4_ENOSYS, 0);
}

static uint64_t irq_invoke(struct invocation *in)
{
    struct irq *i = irq_of(in->obj);
    int64_t label = tag_label(in->tag);
    if (!(in->caller->send_flags & SYS_SEND)) { // a pure receive from the interrupt
        in->no_reply = true;
        return 0;
    }
    if (label == L4_PROTO_IRQ)
        return irq_protocol(in, i);
    if (!tag_words(in->tag))
        return result_tag(-L4_EINVAL, 0);
    uint64_t op = in->w[0] & L4_IRQ_OPCODE_MASK;
    if (label == L4_PROTO_KOBJECT && op == L4_RCV_EP_BIND_OP)
        return irq_bind(in, i);
    if (label == L4_PROTO_IRQ_SENDER && op == L4_IRQ_SENDER_DETACH_OP)
        return irq_detach(in, i);
    if (label == L4_PROTO_KOBJECT || label == L4_PROTO_IRQ_SENDER)
        return result_tag(-L4_ENOSYS, 0);
    return result_tag(-L4_EBADPROTO, 0);
}

static uint64_t semaphore_invoke(struct invocation *in)
{
    struct irq *s = irq_of(in->obj);
    struct thread *t = in->caller;
    if (tag_label(in->tag) == L4_PROTO_IRQ)
        return irq_protocol(in, s);
    if (tag_label(in->tag) != L4_PROTO_SEMAPHORE)
        return result_tag(-L4_EBADPROTO, 0);
    if (tag_words(in->tag) < 1 || (in->w[0] & L4_IRQ_OPCODE_MASK) != L4_SEMAPHORE_DOWN_OP)
        return result_tag(-L4_ENOSYS, 0);
    if (!(in->rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    t->utcb->error = 0;
    if (s->count) {
        s->count--;
        return result_tag(0, 0);
    }
    in->blocked = true;
    ipc_block_on_semaphore(t, s);
    return 0;
}

static bool irq_destroy_step(struct object *o)
{
    struct irq *i = irq_of(o);
    struct sender *s;
    while ((s = i->blocked.first)) {
        struct thread *t = sender_thread(s);
        ipc_unlink(t);
        ipc_fail(t, IPC_NOT_EXISTENT);
        if (preempt_pending())
            return false;
    }
    return thread_forget_irq(i);
}

static void irq_destroy(struct object *o)
{
    struct irq *i = irq_of(o);
    unlink_thread(i);
    icu_unbind(i);
    object_free(o, i, sizeof *i);
}

struct object_ops const irq_ops = {.invoke = irq_invoke, .destroy = irq_destroy, .destroy_step = irq_destroy_step};
struct object_ops const semaphore_ops = {.invoke = semaphore_invoke, .destroy = irq_destroy,
                                          .destroy_step = irq_destroy_step};
