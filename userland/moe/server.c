// SPDX-License-Identifier: MIT
#include "server.h"

#include <l4/srv/meta.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/irq.h>
#include <l4/sys/meta.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <string.h>

#include "factory.h"
#include "object.h"
#include "say.h"
#include "slots.h"

enum {
    RECEIVE_BUFFERS = 2,
    DELETION_LABEL = 0x10,      // no slot has it
    COLLECT_DELAY_US = 20000,   // look for dead objects when clients have been quiet that long
    COLLECT_AFTER = 64,         // or after that many deletions
};

static l4_cap_idx_t receive_slot[RECEIVE_BUFFERS];
static unsigned deletions; // reported since the last collection

void server_init(void)
{
    for (unsigned i = 0; i < RECEIVE_BUFFERS; i++)
        receive_slot[i] = slot_alloc();
    l4_cap_idx_t irq = slot_alloc();
    long err = l4_error(l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq));
    if (err >= 0)
        err = l4_error(l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, DELETION_LABEL));
    if (err >= 0)
        err = l4_error(l4_thread_register_del_irq(L4_BASE_THREAD_CAP, irq));
    if (err < 0)
        fatal("no interrupt for the deletion of objects (error %ld)", err);
}

l4_cap_idx_t server_keep_cap(struct factory *f, unsigned buf)
{
    l4_cap_idx_t fresh = buf < RECEIVE_BUFFERS ? factory_slot_alloc(f) : L4_INVALID_CAP;

    if (l4_is_invalid_cap(fresh))
        return L4_INVALID_CAP;
    l4_cap_idx_t kept = receive_slot[buf];
    receive_slot[buf] = fresh;
    return kept;
}

static void set_buffers(l4_utcb_t *u)
{
    u->buf.bdr = 0;
    for (unsigned i = 0; i < RECEIVE_BUFFERS; i++)
        u->buf.br[i] = receive_slot[i] | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_LOCAL_ID;
    u->buf.br[RECEIVE_BUFFERS] = 0;
}

// Which receive buffers hold a capability now (bit mask).
static unsigned filled_buffers(l4_utcb_t *u, l4_msgtag_t tag)
{
    struct msg_in in;
    struct msg_item item;
    unsigned mask = 0;

    if (l4_msgtag_items(tag) == 0)
        return 0;
    msg_in_init(&in, u, tag);
    while (msg_get_item(&in, &item))
        if (item.kind == MSG_ITEM_CAP)
            mask |= 1u << item.buf;
    return mask;
}

static bool supports(struct object_ops const *ops, long proto)
{
    return proto == ops->proto || (proto && (proto == ops->also[0] || proto == ops->also[1]));
}

static l4_msgtag_t meta(struct object *o, struct request *r)
{
    struct msg_out out;
    uint32_t op = msg_get_u32(&r->in);
    bool asks = op == L4_META_INTERFACE_OP || op == L4_META_SUPPORTS_OP;
    uint64_t what = asks ? msg_get_u64(&r->in) : 0;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    switch (op) {
    case L4_META_NUM_INTERFACES_OP:
        return msg_reply_err(1);
    case L4_META_INTERFACE_OP:
        if (what != 0)
            return msg_reply_err(-L4_ERANGE);
        msg_out_init(&out, r->u);
        msg_put_interface(&out, o->ops->proto, o->ops->name);
        return msg_reply(&out, 0);
    case L4_META_SUPPORTS_OP:
        return msg_reply_err(supports(o->ops, (long)what));
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

// The only arrays are the items of a reply (meta()), which srv/msg.c counts.
static L4_NO_STACK_GUARD l4_msgtag_t dispatch(l4_umword_t label, l4_msgtag_t tag)
{
    struct object *o = slot_object_of_label(label);
    struct request r = { .u = l4_utcb(), .tag = tag, .rights = label & L4_GATE_LABEL_RIGHTS };

    if (!o) // a log write must not be answered, dead or not
        return l4_msgtag_label(tag) == L4_PROTO_LOG ? NO_REPLY : msg_reply_err(-L4_ENOENT);
    msg_in_init(&r.in, r.u, tag);
    if (l4_msgtag_label(tag) == L4_PROTO_META)
        return meta(o, &r);
    object_get(o); // a request may end the object's life
    l4_msgtag_t reply = o->ops->dispatch(o, &r);
    object_put(o);
    return reply;
}

// Apart, so that a message without items needs no array.
static __attribute__((noinline)) l4_msgtag_t serve_items(l4_umword_t label, l4_msgtag_t tag, unsigned filled)
{
    l4_cap_idx_t before[RECEIVE_BUFFERS];

    memcpy(before, receive_slot, sizeof(before));
    l4_msgtag_t reply = dispatch(label, tag);
    // what nobody kept is dropped; the reply's registers survive
    l4_msg_regs_t saved = *l4_utcb_mr();
    for (unsigned i = 0; i < RECEIVE_BUFFERS; i++)
        if ((filled & 1u << i) && before[i] == receive_slot[i])
            l4_task_release_cap(L4_BASE_TASK_CAP, receive_slot[i]);
    *l4_utcb_mr() = saved;
    return reply;
}

static l4_msgtag_t serve(l4_umword_t label, l4_msgtag_t tag)
{
    unsigned filled = filled_buffers(l4_utcb(), tag);

    return filled ? serve_items(label, tag, filled) : dispatch(label, tag);
}

static void collect(void)
{
    deletions = 0;
    object_collect();
}

void server_loop(void)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    l4_msgtag_t reply = NO_REPLY, tag;

    for (;;) {
        l4_timeout_t to = l4_timeout(L4_IPC_TIMEOUT_0,
                                     deletions ? l4_timeout_from_us(COLLECT_DELAY_US)
                                               : L4_IPC_TIMEOUT_NEVER);
        set_buffers(u);
        if (reply.raw == NO_REPLY.raw)
            tag = l4_ipc_wait(u, &label, to);
        else
            tag = l4_ipc_reply_and_wait(u, reply, &label, to);
        reply = NO_REPLY;
        if (l4_msgtag_has_error(tag)) {
            if (l4_ipc_error(tag, u) == L4_IPC_RETIMEOUT)
                collect();
            continue;
        }
        if ((label & ~L4_GATE_LABEL_RIGHTS) == DELETION_LABEL) {
            if (++deletions >= COLLECT_AFTER)
                collect();
            continue;
        }
        reply = serve(label, tag);
    }
}
