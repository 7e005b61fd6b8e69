// SPDX-License-Identifier: MIT
#include "rm.h"

#include <l4/re/c/rm.h>
#include <l4/re/protocols.h>
#include <string.h>

#include "dataspace.h"
#include "factory.h"
#include "heap.h"

enum {
    ALIGN_MAX = 47,
    REGION_STORED = 0x3f3f, // region flags that are kept and reported
};

uint64_t rm_min_addr = 0x1000, rm_max_addr = (UINT64_C(1) << 39) - 1;

static void *grow_list(void *ctx, void *old, size_t old_bytes, size_t new_bytes)
{
    struct rm *rm = ctx;

    if (rm->obj.factory && !factory_charge(rm->obj.factory, new_bytes))
        return NULL;
    void *p = heap_alloc(new_bytes);
    if (p && old)
        memcpy(p, old, old_bytes);
    size_t unused = p ? old_bytes : new_bytes;
    if (p)
        heap_free(old, old_bytes);
    if (rm->obj.factory)
        factory_uncharge(rm->obj.factory, unused);
    return p;
}

static int check_attach(struct dataspace *ds, uint32_t flags)
{
    unsigned rights = flags & (DS_R | DS_W | DS_X);

    if (ds && (flags & L4RE_RM_F_PRIVATE))
        rights &= ~(unsigned)DS_W; // writes go to a copy
    if (ds && (rights & ~dataspace_rights(ds)))
        return -L4_EPERM;
    return 0;
}

static int place(struct rm *rm, uint64_t *start, uint64_t size, uint32_t flags, unsigned align)
{
    struct region_list const *areas = &rm->areas;
    uint64_t min = rm_min_addr, max = rm_max_addr;

    if (flags & L4RE_RM_F_IN_AREA) {
        struct region const *area = region_list_find(areas, *start);
        if (!area)
            return -L4_ENOENT;
        min = area->start;
        max = area->end;
        areas = NULL;
    }
    if (flags & L4RE_RM_F_SEARCH_ADDR) {
        if (align < L4_PAGESHIFT || align > ALIGN_MAX)
            return -L4_EINVAL;
        struct region_search s = { .from = *start, .min = min, .max = max, .size = size, .align = align };
        *start = region_list_search(&rm->regions, areas, &s);
        return *start == ~UINT64_C(0) ? -L4_EADDRNOTAVAIL : 0;
    }
    if (*start < min || *start > max || max - *start < size - 1
        || !region_list_is_free(&rm->regions, *start, *start + size - 1)
        || (areas && !region_list_is_free(areas, *start, *start + size - 1)))
        return -L4_EADDRNOTAVAIL;
    return 0;
}

// Rounded size of an attach or reserve request; 0 = impossible.
static uint64_t page_range(uint64_t *start, uint64_t size)
{
    uint64_t in_page = *start & (L4_PAGESIZE - 1);

    if (size == 0 || size > rm_max_addr || *start > UINT64_MAX - size)
        return 0;
    *start -= in_page;
    return (size + in_page + L4_PAGESIZE - 1) & L4_PAGEMASK;
}

int rm_attach(struct rm *rm, uint64_t *start, struct rm_attach const *a)
{
    struct dataspace *ds = a->ds, *copy = NULL;
    uint64_t offset = a->offset & L4_PAGEMASK;
    uint32_t flags = a->flags;

    if (flags & ~(uint32_t)(L4RE_RM_F_REGION_FLAGS | L4RE_RM_F_ATTACH_FLAGS))
        return -L4_EINVAL;
    uint64_t size = page_range(start, a->size);
    if (!size || (ds && offset + size < offset))
        return -L4_EINVAL;
    int err = check_attach(ds, flags);
    if (err >= 0)
        err = place(rm, start, size, flags, a->align);
    if (err < 0)
        return err;
    if (ds && (flags & L4RE_RM_F_PRIVATE)) {
        err = dataspace_copy_on_write(rm->obj.factory, ds, offset, size, &copy);
        if (err < 0)
            return err;
        ds = copy;
        offset = 0;
    }
    struct region r = {
        .start = *start, .end = *start + size - 1, .offset = offset, .ds = ds,
        .client_cap = a->client_cap, .flags = flags & REGION_STORED,
    };
    if (region_list_insert(&rm->regions, &r) < 0) {
        if (copy)
            object_put(dataspace_object(copy));
        return -L4_ENOMEM;
    }
    if (ds && !copy)
        object_get(dataspace_object(ds));
    return 0;
}

// ---- protocol ----

static l4_msgtag_t reply_addr(struct request *r, int err, uint64_t addr)
{
    struct msg_out out;

    if (err < 0)
        return msg_reply_err(err);
    msg_out_init(&out, r->u);
    msg_put_u64(&out, addr);
    return msg_reply(&out, 0);
}

static l4_msgtag_t op_attach(struct rm *rm, struct request *r)
{
    uint64_t start = msg_get_u64(&r->in);
    struct rm_attach a = {0};
    a.size = msg_get_u64(&r->in);
    a.flags = msg_get_u32(&r->in);
    a.offset = msg_get_u64(&r->in);
    a.align = msg_get_u8(&r->in);
    a.client_cap = msg_get_u64(&r->in);
    struct msg_item item;

    if (r->in.err) // name and backing offset, which may follow, serve debuggers only
        return msg_reply_err(r->in.err);
    if (msg_get_item(&r->in, &item) && item.kind != MSG_ITEM_VOID) {
        a.ds = dataspace_of_item(&item);
        if (!a.ds)
            return msg_reply_err(-L4_ENOENT);
        if (!(item.rights & OBJECT_RIGHT_W) && (a.flags & DS_W) && !(a.flags & L4RE_RM_F_PRIVATE))
            return msg_reply_err(-L4_EPERM);
    }
    if (a.ds) // memory shortage may make us drop objects without clients
        object_get(dataspace_object(a.ds));
    int err = rm_attach(rm, &start, &a);
    if (a.ds)
        object_put(dataspace_object(a.ds));
    return reply_addr(r, err, start);
}

static l4_msgtag_t op_detach(struct rm *rm, struct request *r)
{
    uint64_t addr = msg_get_u64(&r->in), size = msg_get_u64(&r->in);
    uint32_t flags = msg_get_u32(&r->in);
    struct region cut;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    size = page_range(&addr, size);
    if (!size)
        return msg_reply_err(-L4_EINVAL);
    unsigned i = region_list_index(&rm->regions, addr);
    if (i >= rm->regions.count || rm->regions.r[i].start > addr + size - 1)
        return msg_reply_err(-L4_ENOENT);
    struct region const *hit = &rm->regions.r[i];
    uint64_t start = hit->start, end = hit->end;
    if (flags & L4RE_RM_DETACH_EXACT) {
        if (start < addr)
            start = addr;
        if (end > addr + size - 1)
            end = addr + size - 1;
    }
    int left = region_list_cut(&rm->regions, i, start, end, &cut);
    if (left < 0)
        return msg_reply_err(-L4_ENOMEM);
    if (cut.ds && left == 2) // two pieces refer to it now
        object_get(dataspace_object(cut.ds));
    else if (cut.ds && left == 0)
        object_put(dataspace_object(cut.ds));
    long result = left == 0 ? L4RE_RM_DETACHED_DS : left == 1 ? L4RE_RM_KEPT_DS : L4RE_RM_SPLIT_DS;
    i = region_list_index(&rm->regions, end);
    if (end < addr + size - 1 && i < rm->regions.count
        && rm->regions.r[i].start <= addr + size - 1)
        result |= L4RE_RM_DETACH_AGAIN;

    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u64(&out, cut.start);
    msg_put_u64(&out, cut.end - cut.start + 1);
    msg_put_u64(&out, cut.client_cap);
    return msg_reply(&out, result);
}

static l4_msgtag_t op_reserve_area(struct rm *rm, struct request *r)
{
    uint64_t start = msg_get_u64(&r->in), size = msg_get_u64(&r->in);
    uint32_t flags = msg_get_u32(&r->in);
    unsigned align = msg_get_u8(&r->in);

    if (r->in.err)
        return msg_reply_err(r->in.err);
    size = page_range(&start, size);
    if (!size)
        return msg_reply_err(-L4_EINVAL);
    int err = place(rm, &start, size, flags & L4RE_RM_F_SEARCH_ADDR, align);
    struct region area = {
        .start = start, .end = start + size - 1, .flags = flags & REGION_STORED,
    };
    if (err >= 0 && region_list_insert(&rm->areas, &area) < 0)
        err = -L4_ENOMEM;
    return reply_addr(r, err, start);
}

static l4_msgtag_t op_free_area(struct rm *rm, struct request *r)
{
    uint64_t addr = msg_get_u64(&r->in);
    struct region *area = region_list_find(&rm->areas, addr), cut;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!area)
        return msg_reply_err(-L4_ENOENT);
    region_list_cut(&rm->areas, (unsigned)(area - rm->areas.r), area->start, area->end, &cut);
    return msg_reply_err(0);
}

static l4_msgtag_t op_list(struct region_list const *l, struct request *r)
{
    enum { MAX = L4_UTCB_GENERIC_DATA_SIZE * 8 / sizeof(l4re_rm_region_t) };
    uint64_t start = msg_get_u64(&r->in);
    struct msg_out out;
    long n = 0;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    msg_out_init(&out, r->u);
    for (unsigned i = region_list_index(l, start); i < l->count && n < (long)MAX; i++, n++) {
        l4re_rm_region_t e;
        memset(&e, 0, sizeof(e));
        e.start = l->r[i].start;
        e.end = l->r[i].end;
        e.flags = (l4_uint16_t)l->r[i].flags;
        msg_put_struct(&out, &e, sizeof(e), _Alignof(l4re_rm_region_t));
    }
    return msg_reply(&out, n);
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
        return op_reserve_area(rm, r);
    case L4RE_RM_OP_FREE_AREA:
        return op_free_area(rm, r);
    case L4RE_RM_OP_GET_REGIONS:
        return op_list(&rm->regions, r);
    case L4RE_RM_OP_GET_AREAS:
        return op_list(&rm->areas, r);
    case L4RE_RM_OP_PAGE_IN:
        return rm_page_in(rm, r);
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
    struct region_list *lists[] = { &rm->regions, &rm->areas };

    for (unsigned i = 0; i < rm->regions.count; i++)
        if (rm->regions.r[i].ds)
            object_put(dataspace_object(rm->regions.r[i].ds));
    for (unsigned i = 0; i < 2; i++) {
        size_t bytes = lists[i]->capacity * sizeof(struct region);
        heap_free(lists[i]->r, bytes);
        if (o->factory)
            factory_uncharge(o->factory, bytes);
    }
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
    rm->regions.grow = rm->areas.grow = grow_list;
    rm->regions.grow_ctx = rm->areas.grow_ctx = rm;
    return &rm->obj;
}

struct rm *rm_of_object(struct object *o)
{
    return object_cast(o, &rm_ops);
}
