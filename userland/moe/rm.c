// SPDX-License-Identifier: MIT
#include "rm.h"

#include <l4/re/c/rm.h>
#include <l4/re/protocols.h>
#include <l4/region/protocol.h>
#include <string.h>

#include "dataspace.h"
#include "factory.h"

uint64_t rm_min_addr = 0x1000, rm_max_addr = (UINT64_C(1) << 39) - 1;

static void *grow_list(void *ctx, void *old, size_t old_bytes, size_t new_bytes)
{
    struct rm *rm = ctx;
    void *p = factory_alloc(rm->obj.factory, new_bytes);

    if (!p)
        return NULL;
    if (old)
        memcpy(p, old, old_bytes);
    factory_free(rm->obj.factory, old, old_bytes);
    return p;
}

static void get_memory(void *ds)
{
    object_get(dataspace_object(ds));
}

// The memory behind a new region, with a reference for it. `r` has everything else.
static int take_memory(struct rm *rm, struct rm_attach const *a, struct region *r)
{
    uint64_t size = r->end - r->start + 1;
    struct dataspace *ds = a->ds;
    int err = 0;

    if (r->flags & (L4RE_RM_F_RESERVED | L4RE_RM_F_KERNEL))
        return 0; // others put something there, or nobody
    if (r->flags & L4RE_RM_F_ANONYMOUS)
        err = ds ? -L4_EINVAL : dataspace_create(rm->obj.factory, (long)size, 0, 0, &ds);
    else if (ds && (r->flags & L4RE_RM_F_PRIVATE))
        err = dataspace_copy_on_write(rm->obj.factory, ds, r->offset, size, &ds);
    else if (ds)
        object_get(dataspace_object(ds));
    if (err < 0)
        return err;
    if (r->flags & (L4RE_RM_F_ANONYMOUS | L4RE_RM_F_PRIVATE))
        r->offset = 0; // memory of its own
    r->memory = ds;
    return 0;
}

int rm_attach(struct rm *rm, uint64_t *start, struct rm_attach const *a)
{
    unsigned withheld = a->read_only ? DS_W : 0;
    struct region_attach ask = {
        .start = *start, .size = a->size, .flags = a->flags, .align = a->align, .offset = a->offset,
        .client_cap = a->client_cap, .has_memory = a->ds, .rights = a->ds ? dataspace_rights(a->ds) & ~withheld : 0,
    };
    struct region r;
    int err = region_map_plan(&rm->map, &ask, &r);

    if (err >= 0)
        err = take_memory(rm, a, &r);
    if (err < 0)
        return err;
    region_map_enter(&rm->map, &r);
    *start = r.start;
    return 0;
}

// ---- protocol ----

static l4_msgtag_t op_attach(struct rm *rm, struct request *r)
{
    struct region_attach ask;
    struct msg_item item;
    int err = region_get_attach(&r->in, &ask);

    if (err < 0)
        return msg_reply_err(err);
    if (!msg_get_item(&r->in, &item))
        return msg_reply_err(-L4_EMSGMISSARG);
    struct rm_attach a = {.size = ask.size, .flags = ask.flags, .offset = ask.offset, .align = ask.align,
                          .client_cap = ask.client_cap, .read_only = !(item.rights & OBJECT_RIGHT_W)};
    if (item.kind != MSG_ITEM_VOID) {
        a.ds = dataspace_of_item(&item);
        if (!a.ds)
            return msg_reply_err(-L4_ENOENT);
        object_get(dataspace_object(a.ds)); // memory shortage may make us drop objects without clients
    }
    err = rm_attach(rm, &ask.start, &a);
    if (a.ds)
        object_put(dataspace_object(a.ds));
    return err < 0 ? msg_reply_err(err) : region_put_start(r->u, ask.start);
}

static l4_msgtag_t op_detach(struct rm *rm, struct request *r)
{
    struct region_range range;
    struct region gone;
    int result = region_get_detach(&r->in, &range);

    if (result >= 0)
        result = region_map_detach(&rm->map, range.start, range.size, range.flags, &gone);
    if (result < 0)
        return msg_reply_err(result);
    if (gone.memory)
        object_put(dataspace_object(gone.memory));
    return region_put_detach(r->u, result, &gone);
}

static l4_msgtag_t rm_request(struct rm *rm, struct request *r)
{
    switch (msg_get_u32(&r->in)) {
    case L4RE_RM_OP_ATTACH:
        return op_attach(rm, r);
    case L4RE_RM_OP_DETACH:
        return op_detach(rm, r);
    case L4RE_RM_OP_FIND: // the in-task region map knows the client's names of dataspaces
        return msg_reply_err(-L4_EPERM);
    case L4RE_RM_OP_RESERVE_AREA:
        return region_serve_reserve_area(&rm->map, &r->in);
    case L4RE_RM_OP_FREE_AREA:
        return region_serve_free_area(&rm->map, &r->in);
    case L4RE_RM_OP_GET_REGIONS:
        return region_serve_list(&rm->map.regions, &r->in);
    case L4RE_RM_OP_GET_AREAS:
        return region_serve_list(&rm->map.areas, &r->in);
    case L4RE_RM_OP_PAGE_IN:
        return rm_page_in(rm, r);
    case L4RE_RM_OP_ADD_RESCUE_JUMP:
        return rescue_serve_add(&rm->rescue, &r->in);
    case L4RE_RM_OP_REMOVE_RESCUE_JUMP:
        return rescue_serve_remove(&rm->rescue, &r->in);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static l4_msgtag_t rm_dispatch(struct object *o, struct request *r)
{
    struct rm *rm = (struct rm *)o;

    switch (l4_msgtag_label(r->tag)) {
    case L4_PROTO_PAGE_FAULT:
        return rm_page_fault(rm, r);
    case L4_PROTO_EXCEPTION:
        return rm_exception(rm, r);
    case L4RE_PROTO_RM:
        return rm_request(rm, r);
    default:
        return msg_reply_err(-L4_EBADPROTO);
    }
}

static void rm_destroy(struct object *o)
{
    struct rm *rm = (struct rm *)o;
    struct region_list *lists[] = { &rm->map.regions, &rm->map.areas };

    for (unsigned i = 0; i < rm->map.regions.count; i++)
        if (rm->map.regions.r[i].memory)
            object_put(dataspace_object(rm->map.regions.r[i].memory));
    for (unsigned i = 0; i < 2; i++)
        factory_free(o->factory, lists[i]->r, lists[i]->capacity * sizeof(struct region));
}

static struct object_ops const rm_ops = {
    .name = "L4Re::Rm",
    .proto = L4RE_PROTO_RM,
    .size = sizeof(struct rm),
    .dispatch = rm_dispatch,
    .destroy = rm_destroy,
};

struct object *rm_create(struct factory *f)
{
    struct rm *rm = object_create(&rm_ops, f);

    if (!rm)
        return NULL;
    rm->map = (struct region_map){.min = rm_min_addr, .max = rm_max_addr, .grow = grow_list, .grow_ctx = rm,
                                  .get = get_memory};
    rm->rescue = (struct rescue_table){.jump = rm->jump, .capacity = RM_RESCUE_JUMPS};
    return &rm->obj;
}

struct rm *rm_of_object(struct object *o)
{
    return object_cast(o, &rm_ops);
}
