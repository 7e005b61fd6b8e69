// SPDX-License-Identifier: MIT
#include <l4/srv/server.h>
#include <l4/srv/meta.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>
#include <l4/sys/meta.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <string.h>

#include "registry.h"

#define SRV_TIMEOUT_BR (L4_UTCB_GENERIC_BUFFERS_SIZE - 1)

// ---- deletion of gates ----

// First mortal object whose gate is gone, taken out of the registry.
static struct srv_object *srv_take_dead(struct srv *s)
{
    for (unsigned b = 0; b < SRV_BUCKETS; b++) {
        for (struct srv_object *o = s->bucket[b]; o; o = o->next) {
            if (!(o->flags & SRV_OBJ_MORTAL))
                continue;
            if (l4_error(l4_task_cap_valid(L4RE_THIS_TASK_CAP, o->cap)) > 0)
                continue;
            registry_remove(s, o);
            return o;
        }
    }
    return NULL;
}

// Messages that a client queued before the object vanished would arrive with its label: give them
// label 0.
static void srv_disarm_label(struct srv *s, struct srv_object *o)
{
    l4_msgtag_t t = l4_thread_modify_sender_start();
    l4_thread_modify_sender_add(~L4_GATE_LABEL_RIGHTS, (l4_umword_t)o, ~0ul, 0, &t);
    l4_thread_modify_sender_commit(s->thread, t);
}

static void srv_reap(struct srv *s)
{
    struct srv_object *o;
    for (;;) {
        l4re_mutex_lock(&s->lock);
        o = srv_take_dead(s);
        l4re_mutex_unlock(&s->lock);
        if (!o)
            return;
        srv_disarm_label(s, o);
        if (o->flags & SRV_OBJ_OWN_CAP)
            l4re_util_cap_free_um(o->cap);
        o->cap = L4_INVALID_CAP;
        o->flags = 0;
        if (o->ops->gone)
            o->ops->gone(o);
    }
}

static l4_msgtag_t del_irq_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                    l4_utcb_t *u)
{
    (void)rights;
    (void)tag;
    (void)u;
    o->srv->check_gone = true;
    return SRV_NO_REPLY;
}

static struct srv_ops const del_irq_ops = {.dispatch = del_irq_dispatch};

// ---- registration ----

int srv_init(struct srv *s, l4_cap_idx_t thread)
{
    memset(s, 0, sizeof(*s));
    s->thread = thread;
    for (unsigned i = 0; i < SRV_RCV_BUFS; i++) {
        s->rcv_slot[i] = l4re_util_cap_alloc();
        if (l4_is_invalid_cap(s->rcv_slot[i]))
            return -L4_ENOMEM;
    }
    s->del_irq.ops = &del_irq_ops;
    int e = srv_register_irq(s, &s->del_irq);
    if (e < 0)
        return e;
    return (int)l4_error(l4_thread_register_del_irq(thread, s->del_irq.cap));
}

static void srv_enter(struct srv *s, struct srv_object *o, l4_cap_idx_t cap, unsigned flags)
{
    o->srv = s;
    o->cap = cap;
    o->flags = flags;
    l4re_mutex_lock(&s->lock);
    registry_insert(s, o);
    l4re_mutex_unlock(&s->lock);
}

static int srv_bind(struct srv *s, struct srv_object *o, l4_cap_idx_t cap, unsigned flags)
{
    // Enter first: a message may wait at the gate already.
    srv_enter(s, o, cap, flags);
    int e = (int)l4_error(l4_rcv_ep_bind_thread(cap, s->thread, (l4_umword_t)o));
    if (e < 0) {
        l4re_mutex_lock(&s->lock);
        registry_remove(s, o);
        l4re_mutex_unlock(&s->lock);
        o->flags = 0;
        o->cap = L4_INVALID_CAP;
    }
    return e;
}

int srv_register_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t gate)
{
    return srv_bind(s, o, gate, 0);
}

int srv_register_irq_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t irq)
{
    return srv_bind(s, o, irq, SRV_OBJ_IRQ);
}

int srv_register(struct srv *s, struct srv_object *o)
{
    l4_cap_idx_t cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(cap))
        return -L4_ENOMEM;
    int e =
        (int)l4_error(l4_factory_create_gate(l4re_env()->factory, cap, s->thread, (l4_umword_t)o));
    if (e < 0) {
        l4re_util_cap_free(cap);
        return e;
    }
    srv_enter(s, o, cap, SRV_OBJ_OWN_CAP);
    return 0;
}

int srv_register_irq(struct srv *s, struct srv_object *o)
{
    l4_cap_idx_t cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(cap))
        return -L4_ENOMEM;
    int e = (int)l4_error(l4_factory_create_irq(l4re_env()->factory, cap));
    if (e >= 0)
        e = srv_bind(s, o, cap, SRV_OBJ_IRQ | SRV_OBJ_OWN_CAP);
    if (e < 0)
        l4re_util_cap_free_um(cap);
    return e;
}

int srv_make_mortal(struct srv *s, struct srv_object *o)
{
    (void)s;
    o->flags |= SRV_OBJ_MORTAL;
    return (int)l4_error(l4_kobject_dec_refcnt(o->cap, 1));
}

void srv_unregister(struct srv *s, struct srv_object *o)
{
    if (!(o->flags & SRV_OBJ_REGISTERED))
        return;
    l4re_mutex_lock(&s->lock);
    registry_remove(s, o);
    l4re_mutex_unlock(&s->lock);

    if (o->flags & SRV_OBJ_IRQ)
        l4_irq_detach(o->cap);
    if (o->flags & SRV_OBJ_OWN_CAP) {
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, o->cap);
        l4re_util_cap_free(o->cap);
    } else if (!(o->flags & SRV_OBJ_IRQ)) {
        // The gate lives on and memory is reused: its clients must not reach what comes to lie
        // here.
        l4_rcv_ep_bind_thread(o->cap, s->thread, 0);
    }
    srv_disarm_label(s, o);
    o->cap = L4_INVALID_CAP;
    o->flags = 0;
}

struct srv_object *srv_find(struct srv *s, l4_umword_t label)
{
    l4re_mutex_lock(&s->lock);
    struct srv_object *o = registry_find(s, label);
    l4re_mutex_unlock(&s->lock);
    return o;
}

// ---- received capabilities ----

l4_cap_idx_t srv_rcv_cap(struct srv *s, unsigned i)
{
    return i < SRV_RCV_BUFS && (s->rcv_filled & (1u << i)) ? s->rcv_slot[i] : L4_INVALID_CAP;
}

l4_cap_idx_t srv_rcv_cap_keep(struct srv *s, unsigned i)
{
    l4_cap_idx_t cap = srv_rcv_cap(s, i);
    if (l4_is_invalid_cap(cap))
        return cap;
    l4_cap_idx_t slot = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(slot))
        return slot; // the capability is dropped after the dispatch
    s->rcv_slot[i] = slot;
    s->rcv_filled &= ~(1u << i);
    return cap;
}

l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned)
{
    if (owned)
        *owned = item->kind == MSG_ITEM_CAP;
    if (item->kind == MSG_ITEM_CAP)
        return srv_rcv_cap_keep(s, item->buf);
    return item->kind == MSG_ITEM_FPAGE ? item->cap : L4_INVALID_CAP;
}

static __attribute__((noinline)) void srv_note_received(struct srv *s, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_item item;
    s->rcv_filled = 0;
    msg_in_init(&in, u, tag);
    while (msg_get_item(&in, &item)) {
        if (item.kind == MSG_ITEM_CAP && item.buf < SRV_RCV_BUFS)
            s->rcv_filled |= 1u << item.buf;
    }
}

// Drop what the dispatch did not keep. The reply stands in the message registers already. Apart, as srv_check_gone(): without
// their copies of it srv_handle() has no array on its stack.
static __attribute__((noinline)) void srv_drop_received(struct srv *s, l4_utcb_t *u)
{
    if (!s->rcv_filled)
        return;
    l4_msg_regs_t reply = u->msg;
    for (unsigned i = 0; i < SRV_RCV_BUFS; i++) {
        if (s->rcv_filled & (1u << i))
            l4_task_release_cap(L4RE_THIS_TASK_CAP, s->rcv_slot[i]);
    }
    s->rcv_filled = 0;
    u->msg = reply;
}

static __attribute__((noinline)) void srv_check_gone(struct srv *s, l4_utcb_t *u)
{
    l4_msg_regs_t reply = u->msg;
    s->check_gone = false;
    srv_reap(s);
    u->msg = reply;
}

// ---- dispatch ----

static bool srv_speaks(struct srv_ops const *ops, long proto)
{
    if (proto == ops->proto || proto == L4_PROTO_META)
        return true;
    for (unsigned i = 0; i < ops->n_more_protos; i++) {
        if (ops->more_protos[i] == proto)
            return true;
    }
    return false;
}

static __attribute__((noinline)) l4_msgtag_t srv_meta(struct srv_ops const *ops, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_out out;
    msg_in_init(&in, u, tag);
    l4_uint32_t op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);
    if (op == L4_META_NUM_INTERFACES_OP)
        return msg_reply_err(1);

    l4_uint64_t arg = msg_get_u64(&in);
    if (in.err)
        return msg_reply_err(in.err);
    switch (op) {
    case L4_META_INTERFACE_OP:
        if (arg > 0)
            return msg_reply_err(-L4_ERANGE);
        msg_out_init(&out, u);
        msg_put_interface(&out, ops->proto, ops->name);
        return msg_reply(&out, 0);
    case L4_META_SUPPORTS_OP:
        return msg_reply_err(srv_speaks(ops, (long)arg));
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

int srv_handle(struct srv *s, l4_umword_t label, l4_msgtag_t *tag, l4_utcb_t *u)
{
    if (L4_UNLIKELY(l4_msgtag_items(*tag)))
        srv_note_received(s, *tag, u);

    l4re_mutex_lock(&s->lock);
    struct srv_object *o = registry_find(s, label);
    l4re_mutex_unlock(&s->lock);

    l4_msgtag_t reply;
    if (L4_UNLIKELY(!o)) {
        // A queued log write or interrupt of an object that is gone has nobody who waits for an
        // answer; the reply then fails in the kernel, which is harmless.
        reply = msg_reply_err(-L4_ENOENT);
    } else if (o->flags & SRV_OBJ_IRQ) {
        o->ops->dispatch(o, 0, l4_msgtag(L4_PROTO_IRQ, 0, 0, 0), u);
        reply = SRV_NO_REPLY;
    } else if (L4_UNLIKELY(l4_msgtag_label(*tag) == L4_PROTO_META)) {
        reply = srv_meta(o->ops, *tag, u);
    } else {
        reply = o->ops->dispatch(o, (unsigned)(label & L4_GATE_LABEL_RIGHTS), *tag, u);
    }

    if (L4_UNLIKELY(s->rcv_filled))
        srv_drop_received(s, u);
    if (L4_UNLIKELY(s->check_gone))
        srv_check_gone(s, u);
    if (srv_is_no_reply(reply))
        return 0;
    *tag = reply;
    return 1;
}

void srv_setup_buffers(struct srv *s, l4_utcb_t *u)
{
    u->buf.bdr = 0;
    for (unsigned i = 0; i < SRV_RCV_BUFS; i++)
        u->buf.br[i] = s->rcv_slot[i] | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_LOCAL_ID;
    u->buf.br[SRV_RCV_BUFS] = 0;
}

// Send timeout 0, receive timeout at the next timer.
static l4_timeout_t srv_wait_timeout(struct srv *s, l4_utcb_t *u)
{
    if (!s->timers)
        return L4_IPC_SEND_TIMEOUT_0;
    u->buf.br[SRV_TIMEOUT_BR] = s->timers->at;
    return l4_timeout(L4_IPC_TIMEOUT_0, l4_timeout_abs_br(SRV_TIMEOUT_BR));
}

void srv_loop(struct srv *s)
{
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_msgtag(0, 0, 0, 0);
    l4_umword_t label = 0;
    int reply = 0;
    for (;;) {
        srv_setup_buffers(s, u);
        l4_timeout_t to = srv_wait_timeout(s, u);
        tag = reply ? l4_ipc_reply_and_wait(u, tag, &label, to) : l4_ipc_wait(u, &label, to);
        // An error is a failed reply (its caller is gone), a timer, or a request whose items did
        // not fit or whose sender went while they came: only what did arrive must go.
        if (L4_LIKELY(!l4_msgtag_has_error(tag))) {
            reply = srv_handle(s, label, &tag, u);
        } else {
            reply = 0;
            l4_umword_t e = l4_ipc_error(tag, u);
            if (e == L4_IPC_REMSGCUT || e == L4_IPC_REMAPFAILED || e == L4_IPC_REABORTED) {
                s->rcv_filled = (1u << SRV_RCV_BUFS) - 1;
                srv_drop_received(s, u);
            }
        }
        if (s->timers && s->timers->at <= l4_kip_clock(l4_kip())) {
            l4_msg_regs_t keep = u->msg;
            srv_run_timers(s);
            u->msg = keep;
        }
    }
}
