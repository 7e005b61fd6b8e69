// SPDX-License-Identifier: MIT
#include "parent.h"

#include <l4/re/protocols.h>

#include "say.h"

struct parent {
    struct object obj;
    char const *name;
};

static l4_msgtag_t parent_dispatch(struct object *o, struct request *r)
{
    struct parent *p = (struct parent *)o;

    if (l4_msgtag_label(r->tag) != L4RE_PROTO_PARENT)
        return msg_reply_err(-L4_EBADPROTO);
    if (msg_get_u32(&r->in) != L4RE_PARENT_OP_SIGNAL)
        return msg_reply_err(-L4_ENOSYS);
    uint64_t sig = msg_get_u64(&r->in), value = msg_get_u64(&r->in);
    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (sig != 0)
        return msg_reply_err(0);
    if (value != 0)
        say(DBG_INFO | DBG_WARN, "%s ended with exit code %llu", p->name,
            (unsigned long long)value);
    return NO_REPLY; // the task has no code to run any more
}

static struct object_ops const parent_ops = {
    .name = "L4Re::Parent",
    .proto = L4RE_PROTO_PARENT,
    .size = sizeof(struct parent),
    .dispatch = parent_dispatch,
};

struct object *parent_create(char const *name)
{
    struct parent *p = object_create(&parent_ops, NULL);

    if (!p)
        return NULL;
    p->name = name;
    return &p->obj;
}
