// SPDX-License-Identifier: MIT
#include "dataspace.h"

#include <l4/re/protocols.h>
#include <string.h>

#include "factory.h"
#include "page_table.h"
#include "phys_mem.h"
#include "say.h"

enum { SIZE_SHIFT_MAX = 47, ORDER_MAX = 30 };

enum ds_kind {
    DS_PAGED,      // pages on demand, maybe copies of `backing`
    DS_CONTIGUOUS, // one piece, cleared in units of 2 MiB on demand
    DS_STATIC,     // loaded by boot
};

struct dataspace {
    struct object obj;
    enum ds_kind kind;
    unsigned rights;
    uint64_t size;             // bytes as asked for
    uint64_t phys;             // not for DS_PAGED
    uint8_t *cleared;          // DS_CONTIGUOUS: one per 2 MiB,
    size_t num_cleared;        // or some more than that
    struct page_table pages;   // DS_PAGED
    struct dataspace *backing; // source of copies, NULL = zeros
    uint64_t backing_offset;
};

static struct object_ops const dataspace_ops;

static uint64_t page_up(uint64_t a)
{
    return (a + FRAME_SIZE - 1) & ~(FRAME_SIZE - 1);
}

// ---- creation ----

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// The most that can be had in one piece and within the quota, while `keep` bytes stay free. 0 = none.
static uint64_t largest_size(struct factory const *f, uint64_t keep)
{
    uint64_t left = phys_frames.free > keep ? phys_frames.free - keep : 0;

    left = least(left, frames_largest(&phys_frames));
    return least(left, factory_available(f)) & ~(FRAME_SIZE - 1);
}

static int alloc_contiguous(struct dataspace *ds, struct factory *f, long size, unsigned align)
{
    if (size < 0) // what moe itself needs for it has been taken by now
        ds->size = least(ds->size, largest_size(f, -(uint64_t)size));
    uint64_t bytes = page_up(ds->size);
    if (!bytes || !factory_charge(f, bytes))
        return -L4_ENOMEM;
    ds->phys = phys_alloc(bytes >> FRAME_SHIFT, align);
    if (ds->phys != FRAMES_NONE)
        return 0;
    factory_uncharge(f, bytes);
    return -L4_ENOMEM;
}

static int init_contiguous(struct dataspace *ds, struct factory *f, long size, unsigned align)
{
    if (size < 0)
        ds->size = largest_size(f, -(uint64_t)size);
    ds->num_cleared = (page_up(ds->size) + CHUNK_SIZE - 1) >> CHUNK_SHIFT;
    ds->cleared = ds->num_cleared ? factory_alloc(f, ds->num_cleared) : NULL;
    if (!ds->cleared)
        return -L4_ENOMEM;
    int err = alloc_contiguous(ds, f, size, align);
    if (err < 0) {
        factory_free(f, ds->cleared, ds->num_cleared);
        ds->cleared = NULL;
        return err;
    }
    ds->kind = DS_CONTIGUOUS;
    return 0;
}

// log2 of the alignment that was asked for: 0 = pages; as log2, or in bytes as a power of two of at
// least a page. Returns 0 for what is neither.
static unsigned align_order(unsigned long align)
{
    if (align <= FRAME_SHIFT)
        return FRAME_SHIFT;
    if (align < FRAME_SIZE)
        return align < 64 ? (unsigned)align : 0;
    return align & (align - 1) ? 0 : (unsigned)__builtin_ctzl(align);
}

int dataspace_create(struct factory *f, long size, unsigned long flags, unsigned long align,
                     struct dataspace **res)
{
    bool one_piece = flags & (DS_CONTINUOUS | DS_PINNED);
    unsigned order = align_order(align);
    int err;

    if (size == 0 || (size < 0 && !(flags & DS_CONTINUOUS)))
        return -L4_ERANGE;
    if (!order)
        return -L4_EINVAL;
    if (order > SIZE_SHIFT_MAX || (size > 0 && size >> SIZE_SHIFT_MAX))
        return -L4_ENOMEM;
    if ((flags & DS_SUPER_PAGES) && order < CHUNK_SHIFT)
        order = CHUNK_SHIFT;
    struct dataspace *ds = object_create(&dataspace_ops, f);
    if (!ds)
        return -L4_ENOMEM;
    ds->rights = DS_R | DS_W | DS_X;
    ds->size = size > 0 ? (uint64_t)size : 0;
    if (one_piece)
        err = init_contiguous(ds, f, size, order);
    else
        err = page_table_init(&ds->pages, f, page_up(ds->size), flags & DS_SUPER_PAGES);
    if (err < 0) {
        object_put(&ds->obj);
        return err;
    }
    *res = ds;
    return 0;
}

struct dataspace *dataspace_of_phys(uint64_t phys, uint64_t size, unsigned rights)
{
    struct dataspace *ds = object_create(&dataspace_ops, NULL);

    if (!ds)
        return NULL;
    ds->kind = DS_STATIC;
    ds->phys = phys;
    ds->size = size;
    ds->rights = rights;
    return ds;
}

int dataspace_copy_on_write(struct factory *f, struct dataspace *src, uint64_t offset,
                            uint64_t size, struct dataspace **res)
{
    int err = dataspace_create(f, (long)size, 0, 0, res);

    if (err < 0)
        return err;
    (*res)->backing = src;
    (*res)->backing_offset = offset;
    object_get(&src->obj);
    return 0;
}

static void dataspace_destroy(struct object *o)
{
    struct dataspace *ds = (struct dataspace *)o;

    if (ds->kind == DS_PAGED) {
        page_table_destroy(&ds->pages);
    } else if (ds->kind == DS_CONTIGUOUS) {
        phys_free(ds->phys, page_up(ds->size) >> FRAME_SHIFT);
        factory_uncharge(o->factory, page_up(ds->size));
        factory_free(o->factory, ds->cleared, ds->num_cleared);
    }
    if (ds->backing)
        object_put(&ds->backing->obj);
}

// ---- memory ----

// The page at `offset` as a copy of the backing dataspace, zeros behind its end.
static uint64_t copy_page(struct dataspace *ds, uint64_t offset)
{
    struct ds_extent e;
    uint64_t from = ds->backing_offset + offset;
    uint64_t page = page_table_alloc(&ds->pages, offset, false);

    uint64_t done = 0;

    if (!page)
        return 0;
    while (done < FRAME_SIZE && from + done < ds->backing->size) {
        uint64_t at = from + done, in_page = FRAME_SIZE - at % FRAME_SIZE;
        uint64_t n = FRAME_SIZE - done < in_page ? FRAME_SIZE - done : in_page;
        if (n > ds->backing->size - at)
            n = ds->backing->size - at;
        if (dataspace_extent(ds->backing, at, DS_R, FRAME_SHIFT, &e) < 0) {
            page_table_drop(&ds->pages, offset); // half a copy is not to be found later
            return 0;
        }
        memcpy((char *)phys_ptr(page) + done, phys_ptr(e.phys + (at - e.start)), n);
        done += n;
    }
    memset((char *)phys_ptr(page) + done, 0, FRAME_SIZE - done);
    phys_clean(page, FRAME_SIZE);
    return page;
}

static int paged_extent(struct dataspace *ds, uint64_t offset, unsigned want, struct ds_extent *e)
{
    unsigned order = page_table_order(&ds->pages);
    uint64_t start = offset & ~((UINT64_C(1) << order) - 1);
    uint64_t page = page_table_get(&ds->pages, start);

    *e = (struct ds_extent){ start, start + (UINT64_C(1) << order), page, ds->rights };
    if (!page && ds->backing && !(want & DS_W)
        && !((ds->backing_offset + start) & (FRAME_SIZE - 1))
        && ds->backing_offset + start < ds->backing->size) {
        struct ds_extent b;
        int err = dataspace_extent(ds->backing, ds->backing_offset + start, DS_R, FRAME_SHIFT, &b);
        if (err < 0)
            return err;
        e->phys = b.phys + (ds->backing_offset + start - b.start);
        e->rights &= ~(unsigned)DS_W;
        return 0;
    }
    if (!page)
        page = ds->backing ? copy_page(ds, start) : page_table_alloc(&ds->pages, start, true);
    e->phys = page;
    return page ? 0 : -L4_ENOMEM;
}

static void clear_range(struct dataspace *ds, uint64_t start, uint64_t end)
{
    uint64_t limit = page_up(ds->size);

    for (uint64_t u = start >> CHUNK_SHIFT; u << CHUNK_SHIFT < end; u++) {
        uint64_t at = u << CHUNK_SHIFT;
        if (ds->cleared[u])
            continue;
        phys_clear(ds->phys + at, at + CHUNK_SIZE < limit ? CHUNK_SIZE : limit - at);
        ds->cleared[u] = 1;
    }
}

// No array: the extent of what is behind a copy is passed by address.
L4_NO_STACK_GUARD int dataspace_extent(struct dataspace *ds, uint64_t offset, unsigned want, unsigned max_order,
                                       struct ds_extent *e)
{
    uint64_t limit = page_up(ds->size);

    if (offset >= limit)
        return -L4_ERANGE;
    if (want & ~ds->rights & (DS_R | DS_W | DS_X))
        return -L4_EPERM;
    if (ds->kind == DS_PAGED)
        return paged_extent(ds, offset, want, e);

    // natural block around the physical address, cut to the dataspace
    uint64_t phys = ds->phys + offset, mask = (UINT64_C(1) << max_order) - 1;
    uint64_t below = phys & mask, above = mask - below;
    *e = (struct ds_extent){
        .start = below < offset ? offset - below : 0,
        .end = limit - offset > above ? offset + above + 1 : limit,
        .rights = ds->rights,
    };
    e->start &= ~(FRAME_SIZE - 1);
    e->phys = ds->phys + e->start;
    if (ds->kind == DS_CONTIGUOUS)
        clear_range(ds, e->start, e->end);
    return 0;
}

unsigned ds_extent_order(struct ds_extent const *e, uint64_t offset, uint64_t spot, uint64_t min,
                         uint64_t max)
{
    uint64_t phys = e->phys + (offset - e->start);
    uint64_t end = e->phys + (e->end - e->start);
    unsigned order = FRAME_SHIFT;

    while (order < ORDER_MAX) {
        uint64_t mask = (UINT64_C(2) << order) - 1;
        if (((phys ^ spot) & mask) >> FRAME_SHIFT || (phys & ~mask) < e->phys
            || (phys | mask) >= end || (spot & ~mask) < min || (spot | mask) > max)
            break;
        order++;
    }
    return order;
}

// Address of the memory at offset for moe's own use, and how many bytes follow in one piece.
static void *access(struct dataspace *ds, uint64_t offset, unsigned want, uint64_t *n, int *err)
{
    struct ds_extent e;

    *err = dataspace_extent(ds, offset, want, CHUNK_SHIFT, &e);
    if (*err < 0)
        return NULL;
    if (e.end - offset < *n)
        *n = e.end - offset;
    return phys_ptr(e.phys + (offset - e.start));
}

static uint64_t cut(struct dataspace const *ds, uint64_t offset, uint64_t size)
{
    if (offset >= ds->size)
        return 0;
    return size < ds->size - offset ? size : ds->size - offset;
}

int dataspace_write(struct dataspace *ds, uint64_t offset, void const *data, uint64_t size)
{
    int err = 0;

    size = cut(ds, offset, size);
    for (uint64_t n; size; size -= n, offset += n, data = (char const *)data + n) {
        n = size;
        void *to = access(ds, offset, DS_W, &n, &err);
        if (!to)
            break;
        memcpy(to, data, n);
        phys_clean((uintptr_t)to, n);
    }
    return err;
}

int dataspace_copy(struct dataspace *dst, uint64_t dst_offset, struct dataspace *src,
                   uint64_t src_offset, uint64_t size)
{
    int err = 0;

    size = cut(dst, dst_offset, size);
    size = cut(src, src_offset, size);
    for (uint64_t n; size; size -= n, dst_offset += n, src_offset += n) {
        n = size;
        void *to = access(dst, dst_offset, DS_W, &n, &err);
        if (!to)
            break;
        void *from = access(src, src_offset, DS_R, &n, &err);
        if (!from)
            break;
        memmove(to, from, n);
        phys_clean((uintptr_t)to, n);
    }
    return err;
}

static int zero(struct dataspace *ds, uint64_t offset, uint64_t size)
{
    int err = 0;

    size = cut(ds, offset, size);
    for (uint64_t n; size; size -= n, offset += n) {
        n = size;
        uint64_t in_page = FRAME_SIZE - offset % FRAME_SIZE;
        if (ds->kind == DS_PAGED && !ds->backing && !page_table_get(&ds->pages, offset)) {
            n = n < in_page ? n : in_page; // reads as zeros already
            continue;
        }
        void *at = access(ds, offset, DS_W, &n, &err);
        if (!at)
            break;
        memset(at, 0, n);
        phys_clean((uintptr_t)at, n);
    }
    return err;
}

int dataspace_phys(struct dataspace *ds, uint64_t offset, uint64_t *size, uint64_t *phys)
{
    struct ds_extent e;
    // never the memory of which pages are copies: who has the address may write there
    int err = dataspace_extent(ds, offset, DS_R | (ds->rights & DS_W), FRAME_SHIFT, &e);

    if (err < 0)
        return err;
    *phys = e.phys + (offset - e.start);
    uint64_t end = ds->kind == DS_PAGED ? e.end : page_up(ds->size);
    if (end - offset < *size)
        *size = end - offset;
    if (ds->kind == DS_CONTIGUOUS)
        clear_range(ds, offset, offset + *size);
    return 0;
}

// ---- protocol ----

// Largest order in which two addresses have the same offset.
static unsigned congruent_order(uint64_t a, uint64_t b)
{
    uint64_t differ = (a ^ b) & ~(FRAME_SIZE - 1);
    unsigned order = differ ? (unsigned)__builtin_ctzll(differ) : ORDER_MAX;

    return order < ORDER_MAX ? order : ORDER_MAX;
}

static l4_msgtag_t op_map(struct dataspace *ds, struct request *r)
{
    uint64_t offset = msg_get_u64(&r->in), spot = msg_get_u64(&r->in);
    uint64_t flags = msg_get_u64(&r->in);
    unsigned want = (unsigned)flags & 7;
    struct ds_extent e;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if ((want & DS_W) && !(r->rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    if (!want)
        want = DS_R;
    int err = dataspace_extent(ds, offset, want, congruent_order(ds->phys + offset, spot), &e);
    if (err == -L4_ERANGE)
        say(DBG_WARN, "dataspace access out of bounds: offset=0x%llx size=0x%llx",
            (unsigned long long)offset, (unsigned long long)ds->size);
    if (err < 0)
        return msg_reply_err(err);
    unsigned order = ds_extent_order(&e, offset, spot, 0, UINT64_MAX);
    uint64_t page = (e.phys + (offset - e.start)) & ~((UINT64_C(1) << order) - 1);
    if (ds->kind == DS_STATIC)
        phys_touch(page, UINT64_C(1) << order);
    unsigned cache = flags & 0x20 ? L4_FPAGE_UNCACHEABLE
                                  : flags & 0x10 ? L4_FPAGE_BUFFERABLE : 0;
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_fpage(&out, l4_fpage(page, order, want & e.rights),
                  l4_map_control(spot, (unsigned char)cache, 0));
    return msg_reply(&out, 0);
}

static l4_msgtag_t op_info(struct dataspace *ds, struct request *r)
{
    struct msg_out out;
    unsigned rights = ds->rights;

    if (!(r->rights & OBJECT_RIGHT_W))
        rights &= ~(unsigned)DS_W;
    msg_out_init(&out, r->u);
    msg_put_u64(&out, ds->size);
    msg_put_u64(&out, rights);
    return msg_reply(&out, 0);
}

static l4_msgtag_t op_copy_in(struct dataspace *ds, struct request *r)
{
    uint64_t dst_offset = msg_get_u64(&r->in), src_offset = msg_get_u64(&r->in);
    uint64_t size = msg_get_u64(&r->in);
    struct msg_item item;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!(r->rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EACCESS);
    struct dataspace *src = msg_get_item(&r->in, &item) ? dataspace_of_item(&item) : NULL;
    if (!src)
        return msg_reply_err(-L4_EINVAL);
    object_get(&src->obj); // memory shortage may make us drop objects without clients
    int err = dataspace_copy(ds, dst_offset, src, src_offset, size);
    object_put(&src->obj);
    return msg_reply_err(err);
}

static l4_msgtag_t op_clear(struct dataspace *ds, struct request *r)
{
    uint64_t offset = msg_get_u64(&r->in), size = msg_get_u64(&r->in);

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!(r->rights & OBJECT_RIGHT_W) || !(ds->rights & DS_W))
        return msg_reply_err(-L4_EACCESS);
    return msg_reply_err(zero(ds, offset, size));
}

static l4_msgtag_t op_allocate(struct dataspace *ds, struct request *r)
{
    uint64_t offset = msg_get_u64(&r->in), size = msg_get_u64(&r->in);
    struct ds_extent e;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (offset > ds->size || size > ds->size - offset)
        return msg_reply_err(-L4_ERANGE);
    if (ds->kind == DS_STATIC) // it is there
        return msg_reply_err(0);
    if (!(r->rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    for (uint64_t at = offset; at < offset + size; at = e.end) {
        int err = dataspace_extent(ds, at, DS_R | DS_W, CHUNK_SHIFT, &e);
        if (err < 0)
            return msg_reply_err(err);
    }
    return msg_reply_err(0);
}

// The only arrays are the items of replies, which srv/msg.c counts.
static L4_NO_STACK_GUARD l4_msgtag_t dataspace_dispatch(struct object *o, struct request *r)
{
    struct dataspace *ds = (struct dataspace *)o;

    if (l4_msgtag_label(r->tag) != L4RE_PROTO_DATASPACE)
        return msg_reply_err(-L4_EBADPROTO);
    switch (msg_get_u32(&r->in)) {
    case L4RE_DS_OP_MAP:
        return op_map(ds, r);
    case L4RE_DS_OP_CLEAR:
        return op_clear(ds, r);
    case L4RE_DS_OP_INFO:
        return op_info(ds, r);
    case L4RE_DS_OP_COPY_IN:
        return op_copy_in(ds, r);
    case L4RE_DS_OP_ALLOCATE:
        return op_allocate(ds, r);
    case L4RE_DS_OP_MAP_INFO: { // no constraint with an MMU
        struct msg_out out;
        msg_out_init(&out, r->u);
        msg_put_u64(&out, 0);
        msg_put_u64(&out, UINT64_MAX);
        return msg_reply(&out, 0);
    }
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static struct object_ops const dataspace_ops = {
    .name = "L4Re::Dataspace",
    .proto = L4RE_PROTO_DATASPACE,
    .size = sizeof(struct dataspace),
    .dispatch = dataspace_dispatch,
    .destroy = dataspace_destroy,
};

struct object *dataspace_object(struct dataspace *ds)
{
    return &ds->obj;
}

struct dataspace *dataspace_of_item(struct msg_item const *item)
{
    return object_of_item(item, &dataspace_ops);
}

struct dataspace *dataspace_of_object(struct object *o)
{
    return object_cast(o, &dataspace_ops);
}

uint64_t dataspace_size(struct dataspace const *ds)
{
    return ds->size;
}

unsigned dataspace_rights(struct dataspace const *ds)
{
    return ds->rights;
}
