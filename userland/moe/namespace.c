// SPDX-License-Identifier: MIT
#include "namespace.h"

#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/task.h>
#include <string.h>

#include "factory.h"
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
    struct object *fixed; // entered by moe itself, referenced; or
    l4_cap_idx_t cap;     // what a client registered, in a slot that keeps it alive
    unsigned rights;      // L4_CAP_FPAGE_* that queries get
};                        // with neither it is a placeholder

static struct object_ops const namespace_ops;

static size_t entry_bytes(struct ns_entry const *n)
{
    return sizeof(*n) + n->e.len;
}

static struct ns_entry *new_entry(struct namespace *ns, char const *name, size_t len)
{
    struct ns_entry *n = factory_alloc(ns->obj.factory, sizeof(*n) + len);

    if (!n)
        return NULL;
    n->e.name = (char *)(n + 1);
    n->e.len = len;
    memcpy(n->e.name, name, len);
    n->cap = L4_INVALID_CAP;
    return n;
}

static void drop_target(struct namespace *ns, struct ns_entry *n)
{
    if (n->fixed)
        object_put(n->fixed);
    else if (l4_is_valid_cap(n->cap))
        factory_slot_free(ns->obj.factory, n->cap, false);
    n->fixed = NULL;
    n->cap = L4_INVALID_CAP;
}

// An entry that is not, or not any more, in the table.
static void free_entry(struct namespace *ns, struct ns_entry *n)
{
    drop_target(ns, n);
    factory_free(ns->obj.factory, n, entry_bytes(n));
}

static void remove_entry(struct namespace *ns, struct ns_entry *n)
{
    names_remove(&ns->names, &n->e);
    free_entry(ns, n);
}

static struct ns_entry *find(struct namespace *ns, char const *name, size_t len)
{
    return (struct ns_entry *)names_find(&ns->names, name, len);
}

static bool is_placeholder(struct ns_entry const *n)
{
    return !n->fixed && l4_is_invalid_cap(n->cap);
}

// The name stays when its object has gone, and waits for the next one.
static void forget_if_gone(struct namespace *ns, struct ns_entry *n)
{
    if (l4_is_valid_cap(n->cap)
        && l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, n->cap)) <= 0)
        drop_target(ns, n);
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
    n->fixed = target;
    n->rights = L4_CAP_FPAGE_R | rights;
    names_insert(&ns->names, &n->e);
    return 0;
}

struct object *namespace_lookup(struct object *o, char const *name, size_t len)
{
    struct ns_entry *n = find(object_cast(o, &namespace_ops), name, len);

    return n ? n->fixed : NULL;
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
    struct ns_entry *e = n ? find(ns, first, n) : NULL;
    if (!e)
        return msg_reply_err(-L4_ENOENT);
    forget_if_gone(ns, e);
    if (is_placeholder(e))
        return msg_reply_err(-L4_EAGAIN);
    if (e->fixed) { // files get their gate when somebody asks for them
        int err = object_export(e->fixed, true);
        if (err < 0)
            return msg_reply_err(err);
    }
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u32(&out, 0);
    msg_put_array(&out, 8, rest, (unsigned)rest_len);
    msg_put_cap(&out, e->fixed ? e->fixed->gate : e->cap, e->rights);
    return msg_reply(&out, rest_len ? L4RE_NS_PARTLY_RESOLVED : 0);
}

// Make the entry refer to one of moe's objects, which a client holds with `held` rights: in a slot of
// its own, which counts as a client's capability.
static int set_own_target(struct namespace *ns, struct ns_entry *n, struct object *o, unsigned held)
{
    if (!o)
        return -L4_ENOENT;
    if (n->rights & ~(held | L4_CAP_FPAGE_R))
        return -L4_EPERM;
    object_get(o); // shortage of slots may make us drop objects without clients
    n->cap = factory_slot_alloc(ns->obj.factory);
    int err = -L4_ENOMEM;
    if (l4_is_valid_cap(n->cap))
        err = (int)l4_error(l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(o->gate, 0, L4_CAP_FPAGE_RWS),
                                        l4_map_obj_control(n->cap, 0)));
    object_put(o);
    return err;
}

// Make the entry refer to what the item brought. A received slot is kept: it has the rights that the
// sender had, more than those nobody gets out of it.
static int set_target(struct namespace *ns, struct ns_entry *n, struct msg_item const *item)
{
    switch (item->kind) {
    case MSG_ITEM_LOCAL:
        return set_own_target(ns, n, slot_object_of_label(item->label), item->rights);
    case MSG_ITEM_CAP:
        n->cap = server_keep_cap(ns->obj.factory, item->buf);
        return l4_is_valid_cap(n->cap) ? 0 : -L4_ENOMEM;
    case MSG_ITEM_VOID:
        return 0; // a placeholder
    default:
        return -L4_EINVAL;
    }
}

// May the name be registered? Only what was registered before, and asked to be replaced, gives way.
static int may_register(struct namespace *ns, char const *name, size_t len, bool overwrite)
{
    struct ns_entry *old = find(ns, name, len);

    if (!old)
        return 0;
    forget_if_gone(ns, old);
    return !old->fixed && (overwrite || is_placeholder(old)) ? 0 : -L4_EEXIST;
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
    int err = may_register(ns, name, len, flags & L4RE_NS_REGISTER_OVERWRITE);
    if (err < 0)
        return msg_reply_err(err);
    struct ns_entry *n = new_entry(ns, name, len);
    if (!n)
        return msg_reply_err(-L4_ENOMEM);
    n->rights = L4_CAP_FPAGE_R | (flags & (L4_CAP_FPAGE_W | L4_CAP_FPAGE_S));
    err = set_target(ns, n, &item);
    if (err < 0) {
        free_entry(ns, n);
        return msg_reply_err(err);
    }
    struct ns_entry *old = find(ns, name, len);
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
