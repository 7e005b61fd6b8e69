// SPDX-License-Identifier: MIT
#include "object/gate.h"
#include "ipc/invocation.h"
#include "ipc/ipc.h"
#include "mem/kmem.h"
#include "object/irq.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

static void unlink_thread(struct gate *g)
{
    if (!g->pprev_bound)
        return;
    *g->pprev_bound = g->next_bound;
    if (g->next_bound)
        g->next_bound->pprev_bound = g->pprev_bound;
    g->pprev_bound = 0;
    g->thread = 0;
}

static void link_thread(struct gate *g, struct thread *t)
{
    unlink_thread(g);
    g->thread = t;
    g->receiver_gone = false;
    g->next_bound = t->gates;
    if (g->next_bound)
        g->next_bound->pprev_bound = &g->next_bound;
    t->gates = g;
    g->pprev_bound = &t->gates;
}

struct object *gate_create(struct quota *q, uint64_t label, struct thread *thread)
{
    struct gate *g = kmem_alloc(q, sizeof *g);
    if (!g)
        return 0;
    object_init(&g->obj, OBJ_GATE, q);
    g->label = label;
    if (thread)
        link_thread(g, thread);
    return &g->obj;
}

void gate_send(struct thread *t, struct gate *g, uint32_t rights)
{
    if (!g->thread) {
        if (g->receiver_gone) {
            ipc_fail(t, L4_IPC_ENOT_EXISTENT);
            return;
        }
        // Nobody serves the gate yet: wait for it to be bound.
        t->state = THREAD_READY;
        if (!ipc_block_on_gate(t, &g->obj, &g->waiting, rights))
            ipc_fail(t, L4_IPC_SETIMEOUT);
        return;
    }
    if (t->msg_kind != MSG_UTCB || (t->send_flags & L4_SYSF_SEND))
        ipc_send(t, g->thread, g->label | (rights & (CAP_W | CAP_S)), rights);
    else
        ipc_receive(t, t->send_flags & L4_SYSF_OPEN_WAIT ? 0 : g->thread);
}

// It has a thread now: those who waited for that send.
static bool send_waiting(struct work *w)
{
    struct gate *g = gate_of(object_of_work(w));
    struct sender *s;
    while ((s = g->waiting.first) && (g->thread || g->receiver_gone)) {
        struct thread *t = sender_thread(s);
        ipc_unlink(t);
        gate_send(t, g, t->send_rights);
        if (g->waiting.first && preempt_pending())
            return false;
    }
    return true;
}

static uint64_t op_bind(struct invocation *in)
{
    struct gate *g = gate_of(in->obj);
    uint64_t label = in->w[1];
    if (label & L4_GATE_LABEL_RIGHTS)
        return result_tag(-L4_EINVAL, 0);
    g->label = label;
    link_thread(g, thread_of(in->arg));
    if (g->waiting.first)
        work_defer_here(&g->obj.work, send_waiting);
    return result_tag(0, 0);
}

static uint64_t op_get_info(struct invocation *in)
{
    out_word(in, 0, gate_of(in->obj)->label);
    return result_tag(0, 1);
}

static uint64_t op_dec_refcnt(struct invocation *in)
{
    struct object *o = in->obj;
    uint64_t diff = in->w[1];
    if (diff > o->refs)
        diff = o->refs;
    o->refs -= (uint32_t)diff; // at zero the gate waits for its first client
    out_word(in, 0, o->refs);
    return result_tag(0, 1);
}

// Through a slot without the server's right all this is a message to the thread (ipc/syscall.c).
static struct operation const operations[] = {
    [L4_KOBJECT_DEC_REFCNT_OP] = {op_dec_refcnt, AT_LEAST(2), CAP_OBJ1, .name = "dec_refcnt"},
    [L4_RCV_EP_BIND_OP] = {op_bind, AT_LEAST(2), CAP_OBJ1 | CAP_S, .arg = ARG_THREAD, .arg_rights = CAP_S, .name = "bind"},
    // The label is part of the binding.
    [L4_IPC_GATE_GET_INFO_OP] = {op_get_info, AT_LEAST(1), CAP_OBJ1, .locks = OP_LOCKS_NONE, .name = "get_info"},
};

static bool gate_destroy_step(struct object *o)
{
    return ipc_fail_all(&gate_of(o)->waiting);
}

static void gate_destroy(struct object *o)
{
    struct gate *g = gate_of(o);
    struct thread *server = g->thread;
    unlink_thread(g);
    object_free(o, g, sizeof *g);
    if (server && server->del_irq)
        irq_trigger(server->del_irq);
}

bool gate_thread_gone(struct thread *t)
{
    enum { STEP = 64 };
    for (unsigned n = 1; t->gates; n++) {
        t->gates->receiver_gone = true;
        unlink_thread(t->gates);
        if (n % STEP == 0 && preempt_pending())
            return false;
    }
    return true;
}

struct object_ops const gate_ops = {
    .protocols = {{L4_PROTO_KOBJECT, ~(uint64_t)0, OPERATIONS(operations)}},
    .destroy = gate_destroy,
    .destroy_step = gate_destroy_step,
};
