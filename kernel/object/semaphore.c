// SPDX-License-Identifier: MIT
#include "object/semaphore.h"
#include "ipc/ipc.h"
#include "preempt/progress.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

struct object *semaphore_create(struct quota *q)
{
    return irq_make(q, OBJ_SEMAPHORE);
}

void semaphore_up(struct irq *s)
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

static uint64_t op_down(struct invocation *in)
{
    struct irq *s = irq_of(in->obj);
    struct thread *t = in->caller;
    t->utcb->error = 0;
    if (s->count) {
        s->count--;
        return result_tag(0, 0);
    }
    ipc_begin(t);
    ipc_block_on_semaphore(t, s);
    return NO_RESULT;
}

static struct operation const operations[] = {
    [L4_SEMAPHORE_DOWN_OP] = {op_down, AT_LEAST(1), CAP_S, .name = "down"},
};

static bool semaphore_destroy_step(struct object *o)
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

struct object_ops const semaphore_ops = {
    .protocols = {{L4_PROTO_SEMAPHORE, L4_IRQ_OPCODE_MASK, OPERATIONS(operations)}, IRQ_PROTOCOL},
    .destroy = irq_destroy,
    .destroy_step = semaphore_destroy_step,
};
