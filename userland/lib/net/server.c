// SPDX-License-Identifier: MIT
#include <l4/net/server.h>

#include <stdio.h>

#include <l4/re/env.h>

enum {
    TRUSTED_MAX = 16,
    TEXT_MAX = 512, // longer than a message
};

static struct srv server;
static l4_cap_idx_t trusted_ds[TRUSTED_MAX];
static struct l4virtio_trusted trusted = { .ds = trusted_ds };
static l4_msgtag_t (*create_other)(long type, struct share *share, struct factory_args *args);

struct srv *net_server_srv(void)
{
    return &server;
}

struct l4virtio_trusted net_server_trusted(void)
{
    return trusted;
}

bool net_server_trust(char const *name)
{
    l4_cap_idx_t ds = l4re_env_get_cap(name);
    if (l4_is_invalid_cap(ds)) {
        fprintf(stderr, "-d %s: no capability of this name was given\n", name);
        return false;
    }
    if (trusted.count == TRUSTED_MAX) {
        fprintf(stderr, "-d %s: more than %d dataspaces\n", name, TRUSTED_MAX);
        return false;
    }
    trusted_ds[trusted.count++] = ds;
    return true;
}

int net_server_read_options(struct factory_args *args, char const *(*text)(void *options, char const *text), void *options)
{
    static char copy[TEXT_MAX]; // one thread
    struct factory_arg arg;
    for (unsigned n = 2; factory_args_next(args, &arg); n++) {
        char const *wrong = NULL;
        copy[0] = 0;
        if (arg.kind == FACTORY_ARG_NIL)
            continue;
        if (arg.kind == FACTORY_ARG_INT)
            snprintf(copy, sizeof(copy), "ds-max=%ld", (long)arg.value);
        else if (arg.kind != FACTORY_ARG_STRING)
            wrong = "options are strings or one integer";
        else if (!factory_arg_copy(&arg, copy, sizeof(copy)))
            wrong = "option is too long";
        if (!wrong)
            wrong = text(options, copy);
        if (wrong) {
            printf("create: argument %u '%.64s': %s\n", n, copy, wrong);
            return -L4_EINVAL;
        }
    }
    return args->err;
}

l4_msgtag_t net_server_hand_out(struct net_device *n, l4_utcb_t *u, void (*destroy)(struct net_device *n))
{
    struct msg_out out;
    int r = srv_make_mortal(&server, &n->dev.object);
    if (r < 0) {
        destroy(n);
        return msg_reply_err(r);
    }
    msg_out_init(&out, u);
    msg_put_cap(&out, n->dev.object.cap, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}

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
    return create_other(type, f->share, &args);
}

void net_server_run(l4_msgtag_t (*create_port)(long type, struct share *share, struct factory_args *args), unsigned limit)
{
    static struct share_factory factory = { .object = { .ops = &factory_ops } };
    l4_cap_idx_t svr = l4re_env_get_cap("svr");
    if (l4_is_invalid_cap(svr)) {
        fprintf(stderr, "no capability 'svr': give the server end of the channel on which ports are"
                        " created, caps = { svr = channel:svr() }\n");
        return;
    }
    create_other = create_port;
    int r = srv_init(&server, l4re_env()->main_thread);
    factory.share = share_new(NULL, limit);
    if (r >= 0)
        r = factory.share ? srv_register_cap(&server, &factory.object, svr) : -L4_ENOMEM;
    if (r >= 0)
        srv_loop(&server);
    fprintf(stderr, "cannot serve 'svr': %s%s\n", l4sys_errtostr(r), r == -L4_EPERM ? " (was it passed with :svr()?)" : "");
}
