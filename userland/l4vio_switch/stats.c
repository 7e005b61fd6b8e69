// SPDX-License-Identifier: MIT
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>

#include "port.h"

_Static_assert(sizeof(struct stats_entry) == 80 && offsetof(struct stats_entry, mac) == 48
               && offsetof(struct stats_entry, name) == 54 && offsetof(struct stats_entry, in_use) == 74, "L4Re's layout");

struct reader {
    struct srv_object object;
    struct share *share;
};

// There once the first reader has been.
static struct stats *stats;
static l4_cap_idx_t stats_ds = L4_INVALID_CAP;

static int make_buffer(void)
{
    unsigned long size = l4_round_page(sizeof(*stats) + ports_limit() * sizeof(stats->entry[0]));
    void *at = NULL;
    l4_cap_idx_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    long r = l4re_ma_alloc(size, ds, 0);
    if (r >= 0)
        r = l4re_rm_attach(&at, size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, ds, 0, L4_PAGESHIFT);
    if (r < 0) {
        l4re_util_cap_free_um(ds);
        return (int)r;
    }
    stats = at;
    stats_ds = ds;
    stats->ports = ports_limit();
    return 0;
}

static void fill(struct stats_entry *e, struct port const *p)
{
    struct net_side const *side = &p->net.side;
    *e = (struct stats_entry){
        .to_count = p->at.received,
        .to_missed = p->at.missed,
        .to_bytes = p->at.received_bytes,
        .from_count = side->tx_packets + side->dropped,
        .from_dropped = side->dropped,
        .from_bytes = side->tx_bytes,
        .in_use = 1,
    };
    memcpy(e->mac, p->net.mac, sizeof(e->mac));
    memcpy(e->name, p->net.dev.name, sizeof(e->name));
}

// Those of ports that are gone stay, no longer in use.
static void sync(void)
{
    for (unsigned i = 0; i < ports_limit(); i++)
        stats->entry[i].in_use = 0;
    for (struct port const *p = ports_first(); p; p = p->next)
        fill(&stats->entry[p->index], p);
    stats->age++;
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)o, (void)rights;
    struct msg_in in;
    struct msg_out out;
    if (l4_msgtag_label(tag) != L4_PROTO_NONE)
        return msg_reply_err(-L4_EBADPROTO);
    msg_in_init(&in, u, tag);
    unsigned op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);
    switch (op) {
    case STATS_OP_GET_BUFFER:
        msg_out_init(&out, u);
        msg_put_cap(&out, stats_ds, L4_CAP_FPAGE_RO);
        return msg_reply(&out, 0);
    case STATS_OP_SYNC:
        sync();
        return msg_reply_err(0);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static void gone(struct srv_object *o)
{
    struct reader *r = (struct reader *)o;
    share_give(r->share);
    free(r);
}

static int register_reader(struct srv *srv, struct reader *r)
{
    static struct srv_ops const ops = { .dispatch = dispatch, .gone = gone, .proto = L4_PROTO_NONE };
    int err = stats ? 0 : make_buffer();
    if (err < 0)
        return err;
    r->object.ops = &ops;
    err = srv_register(srv, &r->object);
    if (err < 0)
        return err;
    err = srv_make_mortal(srv, &r->object);
    if (err < 0)
        srv_unregister(srv, &r->object);
    return err;
}

l4_msgtag_t stats_create_reader(struct srv *srv, struct share *share, l4_utcb_t *u)
{
    struct msg_out out;
    if (!share_take(share))
        return msg_reply_err(-L4_ENOMEM);
    struct reader *r = calloc(1, sizeof(*r));
    int err = r ? register_reader(srv, r) : -L4_ENOMEM;
    if (err < 0) {
        free(r);
        share_give(share);
        return msg_reply_err(err);
    }
    r->share = share;
    sync();
    msg_out_init(&out, u);
    msg_put_cap(&out, r->object.cap, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}
