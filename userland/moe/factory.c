// SPDX-License-Identifier: MIT
// Factory protocol (-15), allocator statistics (0x400b) and debug requests. lua-api 12.
#include "factory.h"

#include <l4/re/protocols.h>
#include <l4/srv/factory_args.h>
#include <string.h>

#include "dataspace.h"
#include "dma_space.h"
#include "heap.h"
#include "log.h"
#include "namespace.h"
#include "object.h"
#include "phys_mem.h"
#include "quota.h"
#include "rm.h"
#include "say.h"
#include "sched_proxy.h"
#include "slots.h"

enum {
    SLOTS_MIN = 128,           // that a factory may use however small it is,
    SLOT_BYTES_MIN = 32 << 10, // and one more for each so many bytes of its quota
    SLOTS_BY_SIZE = SLOT_COUNT / 2, // that all memory together may be good for
};

struct factory {
    struct object obj;
    struct quota quota; // bytes
    struct quota slots;
    struct heap heap;
    struct object *objects;
};

struct factory *root_factory;
static uint64_t slot_bytes; // bytes of a quota that are good for one slot

static struct object_ops const factory_ops;

bool factory_charge(struct factory *f, uint64_t bytes)
{
    return quota_charge(&f->quota, bytes)
           || (object_collect() && quota_charge(&f->quota, bytes));
}

void factory_uncharge(struct factory *f, uint64_t bytes)
{
    quota_uncharge(&f->quota, bytes);
}

uint64_t factory_available(struct factory const *f)
{
    return quota_available(&f->quota);
}

// ---- memory and slots of moe's own, on behalf of a factory ----

static void *pages_alloc(void *owner, size_t count)
{
    struct factory *f = owner;
    uint64_t bytes = (uint64_t)count << FRAME_SHIFT;

    if (f && !factory_charge(f, bytes))
        return NULL;
    uint64_t addr = phys_alloc(count, FRAME_SHIFT);
    if (addr == FRAMES_NONE) {
        if (f)
            factory_uncharge(f, bytes);
        return NULL;
    }
    phys_clear(addr, bytes);
    return phys_ptr(addr);
}

static void pages_free(void *owner, void *page, size_t count)
{
    phys_free((uintptr_t)page, count);
    if (owner)
        factory_uncharge(owner, (uint64_t)count << FRAME_SHIFT);
}

void *factory_alloc(struct factory *f, size_t size)
{
    return f ? heap_alloc_from(&f->heap, size) : heap_alloc(size);
}

void factory_free(struct factory *f, void *p, size_t size)
{
    if (f)
        heap_free_to(&f->heap, p, size);
    else
        heap_free(p, size);
}

l4_cap_idx_t factory_slot_alloc(struct factory *f)
{
    if (f && !quota_charge(&f->slots, 1) && !(object_collect() && quota_charge(&f->slots, 1)))
        return L4_INVALID_CAP;
    l4_cap_idx_t slot = slot_alloc();
    if (f && l4_is_invalid_cap(slot))
        quota_uncharge(&f->slots, 1);
    return slot;
}

void factory_slot_free(struct factory *f, l4_cap_idx_t slot, bool del)
{
    slot_free(slot, del);
    if (f)
        quota_uncharge(&f->slots, 1);
}

// ---- objects ----

void factory_add(struct factory *f, struct object *o)
{
    o->factory = f;
    o->next = f->objects;
    o->prev = &f->objects;
    if (o->next)
        o->next->prev = &o->next;
    f->objects = o;
    object_get(&f->obj);
}

void factory_remove(struct object *o)
{
    *o->prev = o->next;
    if (o->next)
        o->next->prev = o->prev;
}

struct object *factory_object(struct factory *f)
{
    return &f->obj;
}

// ---- create ----

static l4_msgtag_t reply_new(struct object *o, struct request *r)
{
    return o ? object_reply(o, r) : msg_reply_err(-L4_ENOMEM);
}

static bool next_int(struct factory_args *args, l4_mword_t *v)
{
    struct factory_arg a;

    if (!factory_args_next(args, &a) || a.kind != FACTORY_ARG_INT)
        return false;
    *v = a.value;
    return true;
}

static l4_msgtag_t create_dataspace(struct factory *f, struct factory_args *args,
                                    struct request *r)
{
    struct factory_arg a;
    l4_mword_t size, opt[3] = { 0, 0, 0 }; // flags, align, base
    unsigned n = 0;

    if (!next_int(args, &size))
        return msg_reply_err(-L4_EINVAL);
    while (n < 3 && factory_args_next(args, &a)) {
        if (a.kind != FACTORY_ARG_INT)
            return msg_reply_err(-L4_EINVAL);
        opt[n++] = a.value;
    }
    if (size == 0)
        return msg_reply_err(-L4_ERANGE);
    if (n == 3) // a fixed physical address is for systems without MMU
        return msg_reply_err(-L4_EINVAL);
    struct dataspace *ds;
    int err = dataspace_create(f, size, (unsigned long)opt[0], (unsigned long)opt[1], &ds);
    return err < 0 ? msg_reply_err(err) : object_reply(dataspace_object(ds), r);
}

static l4_msgtag_t create_log(struct factory *f, struct factory_args *args, struct request *r)
{
    struct factory_arg a;
    char tag[LOG_TAG_MAX + 1];
    unsigned color = LOG_COLOR_DEFAULT;

    if (!factory_args_next(args, &a) || a.kind != FACTORY_ARG_STRING)
        return msg_reply_err(-L4_EINVAL);
    memset(tag, 0, sizeof(tag));
    memcpy(tag, a.str, a.len < LOG_TAG_MAX ? a.len : LOG_TAG_MAX);
    if (factory_args_next(args, &a)) {
        if (a.kind == FACTORY_ARG_INT) {
            color = (unsigned)a.value & 15;
        } else if (a.kind == FACTORY_ARG_STRING) {
            char letter[2] = { a.len ? a.str[0] : '\0', '\0' };
            color = log_color(letter);
        }
    }
    return reply_new(log_create(f, tag, color), r);
}

static l4_msgtag_t create_scheduler(struct factory *f, struct factory_args *args,
                                    struct request *r)
{
    l4_mword_t limit, base, mask;
    uint64_t cpus = ~UINT64_C(0);
    struct factory_arg a;

    if (f != root_factory)
        return msg_reply_err(-L4_ENODEV);
    if (!next_int(args, &limit) || !next_int(args, &base))
        return msg_reply_err(-L4_EINVAL);
    if (limit < 0 || limit > SCHED_PRIO_MAX || base < 0 || base > SCHED_PRIO_MAX)
        return msg_reply_err(-L4_ERANGE);
    if (limit <= base)
        return msg_reply_err(-L4_EINVAL);
    if (factory_args_next(args, &a)) { // further words name CPUs beyond those that can exist
        if (a.kind != FACTORY_ARG_INT)
            return msg_reply_err(-L4_EINVAL);
        mask = a.value;
        cpus = (uint64_t)mask;
    }
    return reply_new(sched_proxy_create(f, (unsigned)limit, (unsigned)base, cpus), r);
}

static bool reserve(struct factory *sub, struct factory *f, uint64_t bytes)
{
    sub->heap.owner = sub;
    sub->slots = (struct quota){ .parent = &f->slots, .limit = SLOTS_MIN + bytes / slot_bytes };
    return quota_reserve(&sub->quota, &f->quota, bytes)
           || (object_collect() && quota_reserve(&sub->quota, &f->quota, bytes));
}

static l4_msgtag_t create_factory(struct factory *f, struct factory_args *args, struct request *r)
{
    l4_mword_t bytes;

    if (!next_int(args, &bytes) || bytes <= 0)
        return msg_reply_err(-L4_EINVAL);
    struct factory *sub = object_create(&factory_ops, f);
    if (!sub)
        return msg_reply_err(-L4_ENOMEM);
    if (!reserve(sub, f, (uint64_t)bytes)) {
        object_put(&sub->obj);
        return msg_reply_err(-L4_ENOMEM);
    }
    return object_reply(&sub->obj, r);
}

static l4_msgtag_t create(struct factory *f, struct request *r)
{
    struct factory_args args;
    long type = factory_args_init(&args, r->u, r->tag);

    if (args.err)
        return msg_reply_err(args.err);
    switch (type) {
    case L4RE_PROTO_DATASPACE:
        return create_dataspace(f, &args, r);
    case L4RE_PROTO_NAMESPACE:
        return reply_new(namespace_create(f), r);
    case L4RE_PROTO_RM:
        return reply_new(rm_create(f), r);
    case L4RE_PROTO_DMA_SPACE:
        return reply_new(dma_space_create(f), r);
    case L4_PROTO_LOG:
        return create_log(f, &args, r);
    case L4_PROTO_SCHEDULER:
        return create_scheduler(f, &args, r);
    case L4_PROTO_FACTORY:
        return create_factory(f, &args, r);
    default:
        return msg_reply_err(-L4_ENODEV);
    }
}

// ---- statistics ----

static l4_msgtag_t info(struct factory *f, struct request *r)
{
    struct msg_out out;

    msg_out_init(&out, r->u);
    msg_put_u64(&out, f == root_factory ? 0 : f->quota.limit);
    msg_put_u64(&out, f->quota.used);
    msg_put_u64(&out, phys_frames.total);
    msg_put_u64(&out, phys_frames.total - phys_frames.free);
    msg_put_u64(&out, phys_frames.free);
    return msg_reply(&out, 0);
}

static uint64_t objects_counted;

static void count_object(struct object *o)
{
    (void)o;
    objects_counted++;
}

// What nobody can reach any more is not counted: it goes before.
static l4_msgtag_t count_objects(struct factory *f, struct request *r)
{
    struct msg_out out;

    if (f != root_factory)
        return msg_reply_err(-L4_EPERM);
    while (object_collect())
        ;
    objects_counted = 0;
    slots_for_each(count_object);
    msg_out_init(&out, r->u);
    msg_put_u64(&out, objects_counted);
    return msg_reply(&out, 0);
}

static l4_msgtag_t memory(struct factory *f, struct request *r)
{
    uint32_t op = msg_get_u32(&r->in);

    if (r->in.err)
        return msg_reply_err(r->in.err);
    switch (op) {
    case L4RE_MA_OP_INFO:
        return info(f, r);
    case L4RE_MA_OP_OBJECTS:
        return count_objects(f, r);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static l4_msgtag_t debug(struct factory *f)
{
    say(DBG_INFO, "[mem_alloc]: quota %llu, used %llu bytes; %llu slots, used %llu",
        (unsigned long long)f->quota.limit, (unsigned long long)f->quota.used,
        (unsigned long long)f->slots.limit, (unsigned long long)f->slots.used);
    say(DBG_INFO, "[mem_alloc]: RAM %llu KiB, free %llu KiB, largest contiguous %llu KiB",
        (unsigned long long)phys_frames.total >> 10, (unsigned long long)phys_frames.free >> 10,
        (unsigned long long)frames_largest(&phys_frames) >> 10);
    return msg_reply_err(0);
}

static l4_msgtag_t factory_dispatch(struct object *o, struct request *r)
{
    struct factory *f = (struct factory *)o;

    switch (l4_msgtag_label(r->tag)) {
    case L4_PROTO_FACTORY:
        return create(f, r);
    case L4RE_PROTO_MEM_ALLOC:
        return memory(f, r);
    case L4RE_PROTO_DEBUG:
        return debug(f);
    default:
        return msg_reply_err(-L4_EBADPROTO);
    }
}

// The last client capability is gone: so are the objects. Those that a region map or a namespace of
// another factory still refers to stay until that ends, and keep this structure alive.
static void factory_gone(struct object *obj)
{
    struct factory *f = (struct factory *)obj;

    for (struct object *o = f->objects; o;) {
        if (o->exported) {
            object_revoke(o); // may free o and others of the list
            o = f->objects;
        } else {
            o = o->next;
        }
    }
    quota_release(&f->quota);
}

static void factory_destroy(struct object *obj)
{
    quota_release(&((struct factory *)obj)->quota);
}

static struct object_ops const factory_ops = {
    .name = "L4::Factory",
    .proto = L4_PROTO_FACTORY,
    .also = { L4RE_PROTO_MEM_ALLOC, L4RE_PROTO_DEBUG },
    .size = sizeof(struct factory),
    .dispatch = factory_dispatch,
    .gone = factory_gone,
    .destroy = factory_destroy,
};

struct heap_pages const factory_pages = { pages_alloc, pages_free };

void factory_init(void)
{
    root_factory = object_create(&factory_ops, NULL);
    if (!root_factory || object_export(&root_factory->obj, true) < 0)
        fatal("no memory for the root factory");
    root_factory->heap.owner = root_factory;
    root_factory->quota.limit = phys_frames.free;
    slot_bytes = phys_frames.total / SLOTS_BY_SIZE;
    if (slot_bytes < SLOT_BYTES_MIN)
        slot_bytes = SLOT_BYTES_MIN;
}
