// SPDX-License-Identifier: MIT
#include <l4/srv/share.h>

#include <stdint.h>
#include <stdlib.h>

struct share *share_new(struct share *parent, unsigned limit)
{
    if (parent && (parent->closed || limit >= parent->limit - parent->used))
        return NULL;
    struct share *s = malloc(sizeof(*s));
    if (!s)
        return NULL;
    *s = (struct share){.parent = parent, .limit = limit};
    if (parent)
        parent->used += limit + 1;
    return s;
}

bool share_take(struct share *s)
{
    if (s->closed || s->used == s->limit)
        return false;
    s->used++;
    return true;
}

// Of a closed share `n` objects are nobody's any more: they are the parent's, which may be closed as well.
static void hand_back(struct share *s, unsigned n)
{
    while (s) {
        struct share *parent = s->parent;
        s->limit -= n;
        if (!s->used) {
            free(s);
            n++;
        }
        if (!parent)
            return;
        parent->used -= n;
        s = parent->closed ? parent : NULL;
    }
}

void share_give(struct share *s)
{
    s->used--;
    if (s->closed)
        hand_back(s, 1);
}

void share_close(struct share *s)
{
    s->closed = true;
    hand_back(s, s->limit - s->used);
}

l4_msgtag_t share_factory_create(struct srv *srv, struct srv_ops const *ops, struct share *parent, struct factory_args *args)
{
    struct factory_arg limit;
    if (!factory_args_next(args, &limit) || limit.kind != FACTORY_ARG_INT || limit.value <= 0 || limit.value > INT32_MAX)
        return msg_reply_err(args->err ? args->err : -L4_EINVAL);
    struct share_factory *f = calloc(1, sizeof(*f));
    if (!f)
        return msg_reply_err(-L4_ENOMEM);
    f->object.ops = ops;
    f->share = share_new(parent, (unsigned)limit.value);
    int err = f->share ? srv_register(srv, &f->object) : -L4_ENOMEM;
    if (err < 0) {
        if (f->share)
            share_close(f->share);
        free(f);
        return msg_reply_err(err);
    }
    srv_make_mortal(srv, &f->object);
    struct msg_out out;
    msg_out_init(&out, args->u);
    msg_put_cap(&out, f->object.cap, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}

void share_factory_gone(struct srv_object *o)
{
    struct share_factory *f = (struct share_factory *)o;
    share_close(f->share);
    free(f);
}
