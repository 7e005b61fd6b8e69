// SPDX-License-Identifier: MIT
// The region map's protocol (l4re-protocols 4), for the threads of this task.
#include "runtime.h"

#include <l4/sys/task.h>
#include <l4/sys/thread.h>

#define REPLY_REGIONS_MAX                                                                          \
    (L4_UTCB_GENERIC_DATA_SIZE * sizeof(l4_umword_t) / sizeof(l4re_rm_region_t))

static struct runtime *rt_of(struct srv_object *o)
{
    return (struct runtime *)((char *)o - offsetof(struct runtime, rm));
}

void rm_unmap(l4_addr_t start, l4_addr_t end)
{
    while (start < end) {
        unsigned order = L4_PAGESHIFT;
        while (order < 38 && !(start & ((2ul << order) - 1)) && end - start + 1 >= (2ul << order))
            order++;
        l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage(start, order, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
        start += 1ul << order;
    }
}

static void region_drop(struct runtime *rt, l4_addr_t start)
{
    struct region gone;
    if (region_table_detach(&rt->table, start, 1, L4RE_RM_DETACH_OVERLAP, &gone) >= 0)
        rm_unmap(gone.start, gone.end);
}

static l4_msgtag_t reply_address(l4_utcb_t *u, l4_addr_t a)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u64(&out, a);
    return msg_reply(&out, 0);
}

static l4_msgtag_t rm_attach(struct runtime *rt, struct msg_in *in)
{
    l4_addr_t start = msg_get_u64(in);
    l4_uint64_t size = msg_get_u64(in);
    l4_uint32_t flags = msg_get_u32(in);
    l4_uint64_t offset = msg_get_u64(in);
    unsigned align = msg_get_u8(in);
    if (in->err)
        return msg_reply_err(in->err);

    struct msg_item item;
    l4_cap_idx_t ds = L4_INVALID_CAP;
    if (msg_get_item(in, &item) && item.kind != MSG_ITEM_VOID) {
        ds = srv_item_keep(&rt->srv, &item, NULL);
        if (l4_is_invalid_cap(ds))
            return msg_reply_err(-L4_EINVAL);
    }
    if (flags & L4RE_RM_F_PRIVATE)
        return msg_reply_err(-L4_ENOSYS); // copy on write
    if (l4_is_invalid_cap(ds) && !(flags & L4RE_RM_F_KERNEL))
        flags |= L4RE_RM_F_RESERVED;
    flags &= ~(l4_uint32_t)L4RE_RM_F_PAGER; // only for imported regions

    struct region_attach a = {.size = size, .flags = flags, .ds = ds, .offset = offset, .align = align};
    int e = region_table_attach(&rt->table, &start, &a);
    if (e < 0)
        return msg_reply_err(e);
    if ((flags & L4RE_RM_F_EAGER_MAP) && l4_is_valid_cap(ds)) {
        struct region *r = region_table_find(&rt->table, start, 1);
        long err = l4re_ds_map_region(ds, flags & (L4RE_RM_F_RIGHTS | L4RE_RM_F_CACHING), r->offset,
                                      r->start, r->end + 1);
        if (err < 0) {
            region_drop(rt, start);
            return msg_reply_err(err);
        }
    }
    return reply_address(in->u, start);
}

static l4_msgtag_t rm_detach(struct runtime *rt, struct msg_in *in)
{
    l4_addr_t start = msg_get_u64(in);
    l4_uint64_t size = msg_get_u64(in);
    l4_uint32_t flags = msg_get_u32(in);
    if (in->err)
        return msg_reply_err(in->err);
    struct region *r = region_table_find(&rt->table, start, size);
    if (r && (r->flags & L4RE_RM_F_PAGER))
        return msg_reply_err(-L4_EPERM); // the runtime itself

    struct region gone;
    int result = region_table_detach(&rt->table, start, size, flags, &gone);
    if (result < 0)
        return msg_reply_err(result);
    rm_unmap(gone.start, gone.end);
    struct msg_out out;
    msg_out_init(&out, in->u);
    msg_put_u64(&out, gone.start);
    msg_put_u64(&out, gone.end - gone.start + 1);
    msg_put_u64(&out, gone.ds);
    return msg_reply(&out, result | L4RE_RM_DETACH_UNMAPPED);
}

static l4_msgtag_t rm_find(struct runtime *rt, struct msg_in *in)
{
    l4_addr_t start = msg_get_u64(in);
    l4_uint64_t size = msg_get_u64(in);
    if (in->err)
        return msg_reply_err(in->err);

    struct region *r = region_table_find(&rt->table, start, size);
    struct region_area *a = r ? NULL : region_table_find_area(&rt->table, start, size);
    if (!r && !a)
        return msg_reply_err(-L4_ENOENT);
    struct msg_out out;
    msg_out_init(&out, in->u);
    msg_put_u64(&out, r ? r->start : a->start);
    msg_put_u64(&out, r ? r->end - r->start + 1 : a->end - a->start + 1);
    msg_put_u32(&out, r ? r->flags : L4RE_RM_F_IN_AREA);
    msg_put_u64(&out, r ? r->offset : 0);
    msg_put_u64(&out, r ? r->ds : L4_INVALID_CAP);
    return msg_reply(&out, r ? 0 : 1);
}

static l4_msgtag_t rm_reserve_area(struct runtime *rt, struct msg_in *in)
{
    l4_addr_t start = msg_get_u64(in);
    l4_uint64_t size = msg_get_u64(in);
    l4_uint32_t flags = msg_get_u32(in);
    unsigned align = msg_get_u8(in);
    if (in->err)
        return msg_reply_err(in->err);
    int e = region_table_reserve(&rt->table, &start, size, flags, align);
    return e < 0 ? msg_reply_err(e) : reply_address(in->u, start);
}

static void put_region(struct msg_out *out, l4_addr_t start, l4_addr_t end, unsigned flags)
{
    l4re_rm_region_t r = {start, end, (l4_uint16_t)flags};
    msg_put_u64(out, r.start);
    msg_put_u64(out, r.end);
    msg_put_u64(out, r.flags);
}

static l4_msgtag_t rm_get_regions(struct runtime *rt, struct msg_in *in)
{
    struct region_table *t = &rt->table;
    l4_addr_t start = msg_get_u64(in);
    if (in->err)
        return msg_reply_err(in->err);
    struct msg_out out;
    msg_out_init(&out, in->u);
    long n = 0;
    for (unsigned i = 0; i < t->n_regions && n < (long)REPLY_REGIONS_MAX; i++) {
        if (t->region[i].end < start)
            continue;
        put_region(&out, t->region[i].start, t->region[i].end, t->region[i].flags);
        n++;
    }
    return msg_reply(&out, n);
}

static l4_msgtag_t rm_get_areas(struct runtime *rt, struct msg_in *in)
{
    struct region_table *t = &rt->table;
    l4_addr_t start = msg_get_u64(in);
    if (in->err)
        return msg_reply_err(in->err);
    struct msg_out out;
    msg_out_init(&out, in->u);
    long n = 0;
    for (unsigned i = 0; i < t->n_areas && n < (long)REPLY_REGIONS_MAX; i++) {
        if (t->area[i].end < start)
            continue;
        put_region(&out, t->area[i].start, t->area[i].end, 0);
        n++;
    }
    return msg_reply(&out, n);
}

static l4_msgtag_t rm_request(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
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
        return rm_reserve_area(rt, &in);
    case L4RE_RM_OP_FREE_AREA: {
        l4_addr_t a = msg_get_u64(&in);
        return msg_reply_err(in.err ? in.err : region_table_free_area(&rt->table, a));
    }
    case L4RE_RM_OP_GET_REGIONS:
        return rm_get_regions(rt, &in);
    case L4RE_RM_OP_GET_AREAS:
        return rm_get_areas(rt, &in);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

// register_thread of the in-task service: the new thread gets pager and exception handler.
static l4_msgtag_t itas_request(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_item parent, thread;
    msg_in_init(&in, u, tag);
    if (msg_get_u32(&in) != 0)
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
