// SPDX-License-Identifier: MIT
// The region map's protocol (l4re-protocols 4), for the threads of this task.
#include "runtime.h"

#include <l4/region/protocol.h>
#include <l4/sys/thread.h>

#define PAGE_IN_ORDER_MAX 30

static struct region regions[MEMORY_REGIONS_MAX], areas[MEMORY_AREAS_MAX];
static struct rescue_jump jumps[RUNTIME_RESCUE_JUMPS];

static struct runtime *rt_of(struct srv_object *o)
{
    return (struct runtime *)((char *)o - offsetof(struct runtime, rm));
}

void rm_init(struct runtime *rt, l4_addr_t min, l4_addr_t max)
{
    rt->map = (struct region_map){.min = min, .max = max, .regions = {regions, 0, MEMORY_REGIONS_MAX},
                                  .areas = {areas, 0, MEMORY_AREAS_MAX}, .get = memory_get};
    rt->rescue = (struct rescue_table){.jump = jumps, .capacity = RUNTIME_RESCUE_JUMPS};
}

int rm_attach_own(struct runtime *rt, struct region_attach const *a, l4re_ds_t ds, l4_addr_t *at)
{
    struct region_attach ask = *a;
    struct region r;

    ask.has_memory = true;
    ask.rights = L4RE_RM_F_RWX;
    ask.client_cap = ds;
    int e = region_map_plan(&rt->map, &ask, &r);
    if (e < 0)
        return e;
    r.memory = memory_of(ds, false);
    if (!r.memory)
        return -L4_ENOMEM;
    region_map_enter(&rt->map, &r);
    *at = r.start;
    return 0;
}

static void drop(struct region const *gone)
{
    memory_unmap(gone->start, gone->end);
    memory_put(gone->memory);
}

void rm_detach_own(struct runtime *rt, l4_addr_t at)
{
    struct region gone;
    if (region_map_detach(&rt->map, at, 1, L4RE_RM_DETACH_OVERLAP, &gone) >= 0)
        drop(&gone);
}

// Does the item of an attach name a dataspace? 1, 0, or a negative error. *rights = what the dataspace gives.
static int item_dataspace(struct msg_item const *item, unsigned *rights)
{
    if (item->kind == MSG_ITEM_VOID)
        return 0;
    if (item->kind != MSG_ITEM_CAP && item->kind != MSG_ITEM_FPAGE)
        return -L4_ENOENT;
    long given = memory_rights(item->cap);
    if (given < 0)
        return (int)given;
    *rights = (unsigned)given;
    if (item->kind == MSG_ITEM_FPAGE && !(item->rights & L4_CAP_FPAGE_W))
        *rights &= ~(unsigned)L4RE_RM_F_W;
    return 1;
}

// The memory behind a new region, with a reference for it. `r` has everything else.
static int take_memory(struct runtime *rt, struct msg_item const *item, struct region *r)
{
    l4_uint64_t size = r->end - r->start + 1;
    struct memory *m = NULL;
    bool has_item = item->kind != MSG_ITEM_VOID, owned;
    int e = 0;

    if (r->flags & (L4RE_RM_F_RESERVED | L4RE_RM_F_KERNEL))
        return 0; // others put something there, or nobody
    if (r->flags & L4RE_RM_F_ANONYMOUS) {
        e = has_item ? -L4_EINVAL : memory_new(size, &m);
        r->offset = 0;
    } else if (has_item && (r->flags & L4RE_RM_F_PRIVATE)) {
        e = memory_copy(item->cap, r->offset, r->start, size, &m);
    } else if (has_item) {
        l4_cap_idx_t ds = srv_item_keep(&rt->srv, item, &owned);
        m = l4_is_valid_cap(ds) ? memory_of(ds, owned) : NULL;
        e = m ? 0 : -L4_ENOMEM;
    }
    r->memory = m;
    return e;
}

static l4_msgtag_t rm_attach(struct runtime *rt, struct msg_in *in)
{
    struct region_attach a;
    struct msg_item item;
    struct region r;
    int e = region_get_attach(in, &a);
    if (e < 0)
        return msg_reply_err(e);
    if (!msg_get_item(in, &item))
        return msg_reply_err(-L4_EMSGMISSARG);
    a.flags &= ~(l4_uint32_t)L4RE_RM_F_PAGER; // only for imported regions
    e = item_dataspace(&item, &a.rights);
    a.has_memory = e > 0;
    if (e >= 0)
        e = region_map_plan(&rt->map, &a, &r);
    if (e >= 0)
        e = take_memory(rt, &item, &r);
    if (e < 0)
        return msg_reply_err(e);
    region_map_enter(&rt->map, &r);
    return region_put_start(in->u, r.start);
}

static l4_msgtag_t rm_detach(struct runtime *rt, struct msg_in *in)
{
    struct region_range d;
    struct region gone;
    int result = region_get_detach(in, &d);
    if (result < 0)
        return msg_reply_err(result);
    struct region const *r = region_map_overlap(&rt->map, d.start, d.size);
    if (r && (r->flags & L4RE_RM_F_PAGER))
        return msg_reply_err(-L4_EPERM); // the runtime itself
    result = region_map_detach(&rt->map, d.start, d.size, d.flags, &gone);
    if (result < 0)
        return msg_reply_err(result);
    drop(&gone);
    return region_put_detach(in->u, result | L4RE_RM_DETACH_UNMAPPED, &gone);
}

// Order of the largest flexpage that begins at `start` and ends at `last` or before.
static unsigned order_from(l4_addr_t start, l4_addr_t last)
{
    unsigned order = L4_PAGESHIFT;
    while (order < PAGE_IN_ORDER_MAX && !(start & ((2ul << order) - 1)) && last - start >= (2ul << order) - 1)
        order++;
    return order;
}

// The pages of one flexpage are mapped by their server, so the reply maps nothing (a page that is mapped on itself would be
// lost). It tells the flexpage's order, and the client goes on behind it.
static l4_msgtag_t rm_page_in(struct runtime *rt, struct msg_in *in)
{
    struct region_page_in p;
    unsigned order = L4_PAGESHIFT;
    long e = region_get_page_in(in, &p);
    if (e < 0)
        return msg_reply_err(e);
    struct region const *r = region_map_find(&rt->map, p.min);
    if (!r)
        return msg_reply_err(-L4_ENOENT);
    if (p.rights & ~r->flags)
        return msg_reply_err(-L4_EACCESS);
    if (r->flags & L4RE_RM_F_PAGER) {
        e = fault_forward(p.min | (p.rights & L4RE_RM_F_W ? L4_PF_WRITE : 0), in->u);
    } else if (r->memory) {
        order = order_from(p.min, p.max < r->end ? p.max : r->end);
        e = memory_map(r, p.min, p.min + ((1ul << order) - 1));
    } else {
        e = -L4_ENOENT;
    }
    return e < 0 ? msg_reply_err(e) : region_put_page_in(in->u, l4_fpage(p.min, order, 0), l4_map_control(p.min, 0, 0));
}

static l4_msgtag_t rm_find(struct runtime *rt, struct msg_in *in)
{
    l4_addr_t start = msg_get_u64(in);
    l4_uint64_t size = msg_get_u64(in);
    if (in->err)
        return msg_reply_err(in->err);

    struct region const *r = region_map_overlap(&rt->map, start, size);
    struct region const *a = r ? NULL : region_map_overlap_area(&rt->map, start, size);
    if (!r && !a)
        return msg_reply_err(-L4_ENOENT);
    struct msg_out out;
    msg_out_init(&out, in->u);
    msg_put_u64(&out, r ? r->start : a->start);
    msg_put_u64(&out, r ? r->end - r->start + 1 : a->end - a->start + 1);
    msg_put_u32(&out, r ? r->flags : L4RE_RM_F_IN_AREA);
    msg_put_u64(&out, r ? r->offset : 0);
    msg_put_u64(&out, r ? r->client_cap : L4_INVALID_CAP);
    return msg_reply(&out, r ? 0 : 1);
}

// Apart, as itas_request(): their variables, passed by address, would give rm_dispatch() a stack guard, for which each page
// fault would pay.
static __attribute__((noinline)) l4_msgtag_t rm_request(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    msg_in_init(&in, u, tag);
    l4_uint32_t op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);
    in.pos = 8; // all arguments stand behind the first word
    switch (op) {
    case L4RE_RM_OP_ATTACH:
        return rm_attach(rt, &in);
    case L4RE_RM_OP_DETACH:
        return rm_detach(rt, &in);
    case L4RE_RM_OP_FIND:
        return rm_find(rt, &in);
    case L4RE_RM_OP_RESERVE_AREA:
        return region_serve_reserve_area(&rt->map, &in);
    case L4RE_RM_OP_FREE_AREA:
        return region_serve_free_area(&rt->map, &in);
    case L4RE_RM_OP_GET_REGIONS:
        return region_serve_list(&rt->map.regions, &in);
    case L4RE_RM_OP_GET_AREAS:
        return region_serve_list(&rt->map.areas, &in);
    case L4RE_RM_OP_PAGE_IN:
        return rm_page_in(rt, &in);
    case L4RE_RM_OP_ADD_RESCUE_JUMP:
        return rescue_serve_add(&rt->rescue, &in);
    case L4RE_RM_OP_REMOVE_RESCUE_JUMP:
        return rescue_serve_remove(&rt->rescue, &in);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

// register_thread of the in-task service: the new thread gets pager and exception handler.
static __attribute__((noinline)) l4_msgtag_t itas_request(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_item parent, thread;
    msg_in_init(&in, u, tag);
    if (msg_get_u32(&in) != L4RE_ITAS_OP_REGISTER_THREAD)
        return msg_reply_err(-L4_ENOSYS);
    if (!msg_get_item(&in, &parent) || !msg_get_item(&in, &thread) || thread.kind != MSG_ITEM_FPAGE)
        return msg_reply_err(-L4_EINVAL);
    l4_thread_control_start();
    l4_thread_control_pager(rt->rm.cap);
    l4_thread_control_exc_handler(rt->rm.cap);
    long e = l4_error(l4_thread_control_commit(thread.cap));
    return msg_reply_err(e < 0 ? e : 0);
}

static l4_msgtag_t rm_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct runtime *rt = rt_of(o);
    (void)rights;
    switch (l4_msgtag_label(tag)) {
    case L4_PROTO_PAGE_FAULT:
        return fault_handle(rt, tag, u);
    case L4_PROTO_EXCEPTION:
        return exception_handle(rt, tag, u);
    case L4RE_PROTO_RM:
        return rm_request(rt, tag, u);
    case L4RE_PROTO_ITAS:
        return itas_request(rt, tag, u);
    default:
        return msg_reply_err(-L4_EBADPROTO);
    }
}

static long const more_protos[] = {L4_PROTO_PAGE_FAULT, L4_PROTO_EXCEPTION, L4RE_PROTO_ITAS};

struct srv_ops const rm_server_ops = {
    .dispatch = rm_dispatch,
    .name = "L4Re::Rm",
    .proto = L4RE_PROTO_RM,
    .more_protos = more_protos,
    .n_more_protos = sizeof(more_protos) / sizeof(more_protos[0]),
};
