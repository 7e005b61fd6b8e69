// SPDX-License-Identifier: MIT
// The capability `cons`: create(log protocol, tag [, colour [, options...]]) makes clients, create(factory protocol, n) a
// factory for at most n of them: for somebody who shall not use up what this program has for all.
#include "server.h"

#include <l4/srv/factory_args.h>
#include <string.h>

#define PROTO_VIRTIO_CONSOLE 1
#define CLIENTS_MAX 1024 // with the factories, all in all

// Reads tag, colour and options. Unknown options are passed over, as scripts for other versions
// have them.
static int read_options(struct factory_args *a, struct client_options *o)
{
    struct factory_arg arg;
    char text[128];
    if (!factory_args_next(a, &arg) || !factory_arg_copy(&arg, text, sizeof text))
        return a->err ? a->err : -L4_EINVAL;
    client_set_tag(o, text);
    if (factory_args_next(a, &arg)) {
        if (arg.kind == FACTORY_ARG_INT)
            o->colour = (uint8_t)(arg.value & 0xf);
        else if (factory_arg_copy(&arg, text, sizeof text))
            o->colour = client_colour(text);
    }
    while (factory_args_next(a, &arg))
        if (factory_arg_copy(&arg, text, sizeof text))
            client_option(o, text);
    return a->err;
}

static struct srv_ops const limited_ops;

static l4_msgtag_t create_client(struct share_factory *f, struct factory_args *a)
{
    struct msg_out out;
    struct client_options o = server.cons.defaults;
    uint64_t bufsz = o.bufsz;
    int err = read_options(a, &o);
    if (err < 0)
        return msg_reply_err(err);
    if (f != &server.factory && o.bufsz > bufsz)
        o.bufsz = bufsz; // a part of the clients is no more than that part of the memory
    struct srv_object *client = vcon_client_create(&o, f->share, &err);
    if (!client)
        return msg_reply_err(err);
    server_pump();
    srv_make_mortal(&server.srv, client);
    msg_out_init(&out, a->u);
    msg_put_cap(&out, client->cap, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}

static l4_msgtag_t create(struct share_factory *f, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct factory_args a;
    long proto = factory_args_init(&a, u, tag);
    if (a.err)
        return msg_reply_err(a.err);
    switch (proto) {
    case L4_PROTO_LOG: return create_client(f, &a);
    case L4_PROTO_FACTORY: return share_factory_create(&server.srv, &limited_ops, f->share, &a);
    case PROTO_VIRTIO_CONSOLE: // not there yet
    default: return msg_reply_err(-L4_ENOSYS);
    }
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights;
    if (l4_msgtag_label(tag) != L4_PROTO_FACTORY)
        return msg_reply_err(-L4_EBADPROTO);
    return create((struct share_factory *)o, tag, u);
}

static struct srv_ops const ops = {.dispatch = dispatch, .name = "L4::Factory",
                                   .proto = L4_PROTO_FACTORY};
static struct srv_ops const limited_ops = {.dispatch = dispatch, .gone = share_factory_gone, .name = "L4::Factory",
                                           .proto = L4_PROTO_FACTORY};

int factory_serve(l4_cap_idx_t gate)
{
    server.factory.object.ops = &ops;
    server.factory.share = share_new(NULL, CLIENTS_MAX);
    return server.factory.share ? srv_register_cap(&server.srv, &server.factory.object, gate) : -L4_ENOMEM;
}
