// SPDX-License-Identifier: MIT
// Random numbers for others, of a generator that all of the machine's entropy goes into.
#include <stdio.h>
#include <stdlib.h>

#include <l4/re/env.h>
#include <l4/srv/factory_args.h>
#include <l4/srv/share.h>

#include "clients.h"
#include "sources.h"

enum { CLIENTS_MAX = 256 };

static struct srv server;
static struct entropy entropy;
static struct share_factory factory;

static l4_msgtag_t create(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u);
static struct srv_ops const factory_ops = {
    .dispatch = create,
    .gone = share_factory_gone,
    .name = "L4::Factory",
    .proto = L4_PROTO_FACTORY,
};

static l4_msgtag_t create(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct share_factory *f = (struct share_factory *)o;
    (void)rights;
    if (l4_msgtag_label(tag) != L4_PROTO_FACTORY)
        return msg_reply_err(-L4_EBADPROTO);
    struct factory_args args;
    long type = factory_args_init(&args, u, tag);
    if (args.err)
        return msg_reply_err(args.err);
    if (type == L4_PROTO_FACTORY)
        return share_factory_create(&server, &factory_ops, f->share, &args);
    if (type == 0)
        return clients_create(f->share, &args);
    printf("create: type %ld: only clients (type 0) and factories are made here\n", type);
    return msg_reply_err(-L4_EINVAL);
}

static int begin(l4_cap_idx_t svr)
{
    factory.object.ops = &factory_ops;
    factory.share = share_new(NULL, CLIENTS_MAX);
    int r = factory.share ? srv_init(&server, l4re_env()->main_thread) : -L4_ENOMEM;
    if (r >= 0)
        r = srv_register_cap(&server, &factory.object, svr);
    return r;
}

int main(int argc, char **argv)
{
    l4_cap_idx_t svr = l4re_env_get_cap("svr");
    if (argc > 1)
        fprintf(stderr, "argument '%s': this program takes none\n", argv[1]);
    else if (l4_is_invalid_cap(svr))
        fprintf(stderr, "no capability 'svr': give the server end of the channel on which clients are created,"
                        " caps = { svr = channel:svr() }\n");
    if (argc > 1 || l4_is_invalid_cap(svr))
        return EXIT_FAILURE;
    int r = begin(svr);
    if (r < 0) {
        fprintf(stderr, "cannot serve 'svr': %s%s\n", l4sys_errtostr(r), r == -L4_EPERM ? " (was it passed with :svr()?)" : "");
        return EXIT_FAILURE;
    }
    clients_init(&server, &entropy);
    sources_start(&entropy, &server);
    srv_loop(&server);
}
