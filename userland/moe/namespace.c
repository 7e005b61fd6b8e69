// SPDX-License-Identifier: MIT
#include "namespace.h"

#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/task.h>
#include <string.h>

#include "factory.h"
#include "heap.h"
#include "names.h"
#include "server.h"
#include "slots.h"

enum { NAME_MAX_LEN = 400 }; // what fits into one message beside the rest

struct namespace {
    struct object obj;
    struct name_table names;
};

struct ns_entry {
    struct name_entry e;
    struct object *obj; // one of moe's, referenced, or
    l4_cap_idx_t cap;   // somebody else's; L4_INVALID_CAP and no obj = placeholder
    unsigned rights;    // L4_CAP_FPAGE_* that queries get
    bool fixed;         // entered by moe itself
};

static struct object_ops const namespace_ops;

static size_t entry_bytes(struct ns_entry const *n)
{
    return sizeof(*n) + n->e.len;
}

static struct ns_entry *new_entry(struct namespace *ns, char const *name, size_t len)
{
    size_t bytes = sizeof(struct ns_entry) + len;

    if (ns->obj.factory && !factory_charge(ns->obj.factory, bytes))
        return NULL;
    struct ns_entry *n = heap_alloc(bytes);
    if (!n) {
        if (ns->obj.factory)
            factory_uncharge(ns->obj.factory, bytes);
        return NULL;
    }
    n->e.name = (char *)(n + 1);
    n->e.len = len;
    memcpy(n->e.name, name, len);
    n->cap = L4_INVALID_CAP;
    return n;
}

static void drop_target(struct ns_entry *n)
{
    if (n->obj)
        object_put(n->obj);
    else if (l4_is_valid_cap(n->cap))
        slot_free(n->cap, false);
    n->obj = NULL;
    n->cap = L4_INVALID_CAP;
}

static void remove_entry(struct namespace *ns, struct ns_entry *n)
{
    size_t bytes = entry_bytes(n);

    names_remove(&ns->names, &n->e);
    drop_target(n);
    heap_free(n, bytes);
    if (ns->obj.factory)
        factory_uncharge(ns->obj.factory, bytes);
}

static struct ns_entry *find(struct namespace *ns, char const *name, size_t len)
{
    return (struct ns_entry *)names_find(&ns->names, name, len);
}

static bool is_placeholder(struct ns_entry const *n)
{
    return !n->obj && l4_is_invalid_cap(n->cap);
}

static bool is_dead(struct ns_entry const *n)
{
    if (is_placeholder(n))
        return false;
    if (n->obj)
        return n->obj->exported ? !object_alive(n->obj) : !n->fixed;
    return l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, n->cap)) <= 0;
}

int namespace_enter(struct object *o, char const *name, size_t len, struct object *target,
                    unsigned rights)
{
    struct namespace *ns = object_cast(o, &namespace_ops);

    if (find(ns, name, len))
        return -L4_EEXIST;
    struct ns_entry *n = new_entry(ns, name, len);
    if (!n)
        return -L4_ENOMEM;
    object_get(target);
    n->obj = target;
    n->rights = L4_CAP_FPAGE_R | rights;
    n->fixed = true;
    names_insert(&ns->names, &n->e);
    return 0;
}

struct object *namespace_lookup(struct object *o, char const *name, size_t len)
{
    struct ns_entry *n = find(object_cast(o, &namespace_ops), name, len);

    return n ? n->obj : NULL;
}

// ---- protocol ----

static l4_msgtag_t op_query(struct namespace *ns, struct request *r)
{
    char path[NAME_MAX_LEN];
    char const *first, *rest;
    size_t rest_len;
    unsigned len = msg_get_array(&r->in, 8, path, sizeof(path));

    if (r->in.err)
        return msg_reply_err(r->in.err);
    size_t n = path_split(path, len, &first, &rest, &rest_len);
    if (!n)
        return msg_reply_err(-L4_EINVAL);
    struct ns_entry *e = find(ns, first, n);
    if (!e)
        return msg_reply_err(-L4_ENOENT);
    if (is_placeholder(e))
        return msg_reply_err(-L4_EAGAIN);
    if (is_dead(e)) {
        remove_entry(ns, e);
        return msg_reply_err(-L4_ENOENT);
    }
    if (e->obj && !e->obj->exported) { // files get their gate when somebody asks for them
        int err = object_export(e->obj, true);
        if (err < 0)
            return msg_reply_err(err);
    }
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u32(&out, 0);
    msg_put_array(&out, 8, rest, (unsigned)rest_len);
    msg_put_cap(&out, e->obj ? e->obj->gate : e->cap, e->rights);
    return msg_reply(&out, rest_len ? L4RE_NS_PARTLY_RESOLVED : 0);
}

// Make the entry refer to what the item brought. A received slot is kept.
static int set_target(struct ns_entry *n, struct msg_item const *item)
{
    if (item->kind == MSG_ITEM_LOCAL) {
        struct object *o = slot_object_of_label(item->label);
        if (!o)
            return -L4_ENOENT;
        object_get(o);
        n->obj = o;
        return 0;
    }
    if (item->kind != MSG_ITEM_CAP)
        return 0; // a placeholder
    n->cap = server_keep_cap(item->buf);
    return l4_is_valid_cap(n->cap) ? 0 : -L4_ENOMEM;
}

static l4_msgtag_t op_register(struct namespace *ns, struct request *r)
{
    char name[NAME_MAX_LEN];
    uint32_t flags = msg_get_u32(&r->in);
    unsigned len = msg_get_array(&r->in, 8, name, sizeof(name));
    struct msg_item item = { .kind = MSG_ITEM_VOID };

    if (r->in.err)
        return msg_reply_err(r->in.err);
    msg_get_item(&r->in, &item);
    if (!(r->rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    if (!name_is_valid(name, len))
        return msg_reply_err(-L4_EINVAL);
    struct ns_entry *old = find(ns, name, len);
    bool overwrite = flags & L4RE_NS_REGISTER_OVERWRITE;
    if (old && (old->fixed || (!overwrite && !is_placeholder(old) && !is_dead(old))))
        return msg_reply_err(-L4_EEXIST);
    struct ns_entry *n = new_entry(ns, name, len);
    if (!n)
        return msg_reply_err(-L4_ENOMEM);
    n->rights = L4_CAP_FPAGE_R | (flags & (L4_CAP_FPAGE_W | L4_CAP_FPAGE_S));
    int err = set_target(n, &item);
    if (err < 0) {
        size_t bytes = entry_bytes(n);
        heap_free(n, bytes);
        if (ns->obj.factory)
            factory_uncharge(ns->obj.factory, bytes);
        return msg_reply_err(err);
    }
    if (old)
        remove_entry(ns, old);
    names_insert(&ns->names, &n->e);
    return msg_reply_err(0);
}

static l4_msgtag_t op_unlink(struct namespace *ns, struct request *r)
{
    char name[NAME_MAX_LEN];
    unsigned len = msg_get_array(&r->in, 8, name, sizeof(name));

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!(r->rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    struct ns_entry *n = find(ns, name, len);
    if (!n)
        return msg_reply_err(-L4_ENOENT);
    if (n->fixed)
        return msg_reply_err(-L4_EACCESS);
    remove_entry(ns, n);
    return msg_reply_err(0);
}

static l4_msgtag_t namespace_dispatch(struct object *o, struct request *r)
{
    struct namespace *ns = (struct namespace *)o;

    if (l4_msgtag_label(r->tag) != L4RE_PROTO_NAMESPACE)
        return msg_reply_err(-L4_EBADPROTO);
    switch (msg_get_u32(&r->in)) {
    case L4RE_NS_OP_QUERY:
        return op_query(ns, r);
    case L4RE_NS_OP_REGISTER:
        return op_register(ns, r);
    case L4RE_NS_OP_UNLINK:
        return op_unlink(ns, r);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static void namespace_destroy(struct object *o)
{
    struct namespace *ns = (struct namespace *)o;
    struct name_entry *e;

    while ((e = names_any(&ns->names)))
        remove_entry(ns, (struct ns_entry *)e);
}

static struct object_ops const namespace_ops = {
    .name = "L4Re::Namespace",
    .proto = L4RE_PROTO_NAMESPACE,
    .size = sizeof(struct namespace),
    .dispatch = namespace_dispatch,
    .destroy = namespace_destroy,
};

struct object *namespace_create(struct factory *f)
{
    return object_create(&namespace_ops, f);
}
