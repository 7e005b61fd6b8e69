// SPDX-License-Identifier: MIT
#include "object/semaphore.h"
#include "ipc/ipc.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

struct object *semaphore_create(struct quota *q)
{
    return irq_make(q, OBJ_SEMAPHORE);
}

void semaphore_wake(struct irq *s)
{
    struct thread *t = sender_thread(s->blocked.first);
    ipc_unlink(t);
    t->regs.r[0] = 0;
    t->utcb->tcr.error = 0;
    t->state = THREAD_READY;
    sched_wake(t);
}

static bool try_down(struct irq *s)
{
    uint64_t count = __atomic_load_n(&s->count, __ATOMIC_RELAXED);
    while (count)
        if (__atomic_compare_exchange_n(&s->count, &count, count - 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

static uint64_t op_down(struct invocation *in)
{
    struct irq *s = irq_of(in->obj);
    struct thread *t = in->caller;
    t->utcb->tcr.error = 0;
    if (L4_LIKELY(try_down(s)))
        return result_tag(0, 0);
    if (!locks_held(this_cpu(), LOCKS_ALL)) // another CPU was faster
        return syscall_restart(in);
    ipc_begin(t);
    ipc_block_on_semaphore(t, s);
    return NO_RESULT;
}

static struct operation const operations[] = {
    [L4_SEMAPHORE_DOWN_OP] = {op_down, AT_LEAST(1), CAP_S, OP_LOCKS_DOWN, .name = "down"},
};

static bool semaphore_destroy_step(struct object *o)
{
    struct irq *i = irq_of(o);
    return ipc_fail_all(&i->blocked) && thread_forget_irq(i);
}

struct object_ops const semaphore_ops = {
    .protocols = {{L4_PROTO_SEMAPHORE, L4_IRQ_OPCODE_MASK, OPERATIONS(operations)}, IRQ_PROTOCOL},
    .destroy = irq_destroy,
    .destroy_step = semaphore_destroy_step,
};
