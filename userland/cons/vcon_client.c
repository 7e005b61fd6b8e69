// SPDX-License-Identifier: MIT
// A client's capability: vcon protocol with an input interrupt (l4re-protocols 6).
#include "chunk_mem.h"
#include "server.h"

#include <l4/srv/icu.h>
#include <l4/sys/vcon.h>
#include <stdlib.h>
#include <string.h>

struct vcon_client {
    struct srv_object obj;
    struct client client;
    struct srv_icu icu;
    struct srv_icu_pin pin;
    struct share *share;
};

static struct vcon_client *of_client(struct client *c)
{
    return (struct vcon_client *)((char *)c - offsetof(struct vcon_client, client));
}

static void input_ready(struct client *c)
{
    srv_icu_trigger(&of_client(c)->icu, 0);
}

// A client that binds or unmasks its interrupt late must not miss what was typed before.
static void input_wanted(struct srv_icu *icu, unsigned pin)
{
    struct vcon_client *v = (struct vcon_client *)((char *)icu - offsetof(struct vcon_client, icu));
    if (!inbuf_empty(&v->client.in))
        srv_icu_trigger(icu, pin);
}

static void write_op(struct client *c, l4_msgtag_t tag, l4_utcb_t *u)
{
    char data[L4_VCON_WRITE_SIZE];
    unsigned words = l4_msgtag_words(tag);
    size_t there = words > 2 ? (words - 2) * sizeof(l4_umword_t) : 0;
    size_t n = words > 1 ? u->msg.mr[1] : 0;
    if (n > there)
        n = there;
    if (n > sizeof data)
        n = sizeof data;
    memcpy(data, &u->msg.mr[2], n); // printing uses the message registers
    client_write(c, data, n, server_now());
    server_pump();
}

static l4_msgtag_t read_op(struct client *c, l4_utcb_t *u)
{
    bool brk;
    size_t max = u->msg.mr[0] >> L4_VCON_READ_SIZE_SHIFT;
    if (max > L4_VCON_READ_SIZE)
        max = L4_VCON_READ_SIZE;
    size_t n = inbuf_take(&c->in, (char *)&u->msg.mr[1], max, &brk);
    u->msg.mr[0] = n | (brk ? L4_VCON_READ_STAT_BREAK : 0) |
                   (inbuf_empty(&c->in) ? L4_VCON_READ_STAT_DONE : 0);
    return l4_msgtag(0, (unsigned)(1 + (n + sizeof(l4_umword_t) - 1) / sizeof(l4_umword_t)), 0, 0);
}

static l4_msgtag_t set_attr_op(struct client *c, l4_msgtag_t tag, l4_utcb_t *u)
{
    if (l4_msgtag_words(tag) < 4)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    c->i_flags = (uint32_t)u->msg.mr[1];
    c->o_flags = (uint32_t)u->msg.mr[2];
    c->l_flags = (uint32_t)u->msg.mr[3];
    return msg_reply_err(0);
}

static l4_msgtag_t get_attr_op(struct client const *c, l4_utcb_t *u)
{
    u->msg.mr[1] = c->i_flags;
    u->msg.mr[2] = c->o_flags;
    u->msg.mr[3] = c->l_flags;
    return l4_msgtag(0, 4, 0, 0);
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights;
    struct vcon_client *v = (struct vcon_client *)o;
    if (l4_msgtag_label(tag) == L4_PROTO_IRQ)
        return srv_icu_dispatch(&v->icu, &server.srv, tag, u);
    if (l4_msgtag_label(tag) != L4_PROTO_LOG)
        return msg_reply_err(-L4_EBADPROTO);
    if (l4_msgtag_words(tag) < 1)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    switch (u->msg.mr[0] & 0xffff) {
    case L4_VCON_WRITE_OP:
        write_op(&v->client, tag, u);
        return SRV_NO_REPLY;
    case L4_VCON_READ_OP:
        return read_op(&v->client, u);
    case L4_VCON_SET_ATTR_OP:
        return set_attr_op(&v->client, tag, u);
    case L4_VCON_GET_ATTR_OP:
        return get_attr_op(&v->client, u);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static void gone(struct srv_object *o)
{
    struct vcon_client *v = (struct vcon_client *)o;
    srv_icu_destroy(&v->icu);
    cons_client_gone(&server.cons, &v->client);
    server_pump();
}

static long const protocols[] = {L4_PROTO_IRQ};
static struct srv_ops const ops = {
    .dispatch = dispatch,
    .gone = gone,
    .name = "L4::Vcon",
    .proto = L4_PROTO_LOG,
    .more_protos = protocols,
    .n_more_protos = 1,
};

static struct vcon_client *make(struct client_options const *o, struct share *share)
{
    if (!share_take(share))
        return NULL;
    struct vcon_client *v = calloc(1, sizeof *v);
    if (v && client_init(&v->client, o, &chunk_mem)) {
        v->share = share;
        v->client.owner = share;
        return v;
    }
    free(v);
    share_give(share);
    return NULL;
}

struct srv_object *vcon_client_create(struct client_options const *o, struct share *share, int *err)
{
    struct vcon_client *v = make(o, share);
    *err = -L4_ENOMEM;
    if (!v)
        return NULL;
    srv_icu_init(&v->icu, &v->pin, 1);
    v->icu.unmasked = input_wanted;
    v->icu.bound = input_wanted;
    v->client.input_ready = input_ready;
    v->obj.ops = &ops;
    *err = srv_register(&server.srv, &v->obj);
    if (*err < 0) {
        vcon_client_release(&v->client);
        return NULL;
    }
    cons_add_client(&server.cons, &v->client, server_now());
    return &v->obj;
}

void vcon_client_release(struct client *c)
{
    struct vcon_client *v = of_client(c);
    client_free(c);
    share_give(v->share);
    free(v);
}
