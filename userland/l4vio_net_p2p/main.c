// SPDX-License-Identifier: MIT
// Connects two virtual machines by a network cable: a factory on capability `svr` makes two ports,
// each an L4 virtio network device; what one sends the other receives. create(L4.Proto.Factory, 1)
// makes a factory for one of them.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <l4/re/env.h>
#include <l4/srv/factory_args.h>
#include <l4/srv/server.h>
#include <l4/srv/share.h>

#include "port.h"

enum {
    TRUSTED_MAX = 16,
    CREATED_MAX = 2 * PORTS, // each port may have a factory of its own
};

static struct srv server;
static l4_cap_idx_t trusted_ds[TRUSTED_MAX];
static struct l4virtio_trusted trusted = { .ds = trusted_ds };

// Reads create's arguments. Returns 0 or -L4_EINVAL with a message.
static int read_options(struct factory_args *args, struct port_options *o)
{
    struct factory_arg arg;
    port_options_init(o);
    for (unsigned n = 2; factory_args_next(args, &arg); n++) {
        char text[64] = "";
        char const *wrong = NULL;
        if (arg.kind == FACTORY_ARG_NIL)
            continue;
        if (arg.kind == FACTORY_ARG_INT)
            wrong = port_options_ds_max(o, arg.value);
        else if (arg.kind != FACTORY_ARG_STRING)
            wrong = "options are strings or one integer";
        else if (!factory_arg_copy(&arg, text, sizeof(text)))
            wrong = "option is too long";
        else
            wrong = port_options_text(o, text);
        if (wrong) {
            printf("create: argument %u '%s': %s\n", n, text, wrong);
            return -L4_EINVAL;
        }
    }
    return args->err;
}

static l4_msgtag_t create_port(struct share_factory *f, struct factory_args *args)
{
    struct port_options o;
    struct port *p;
    int r = read_options(args, &o);
    struct port_params const params = { .options = &o, .trusted = trusted, .share = f->share };
    if (r >= 0)
        r = port_create(&server, &params, &p);
    if (r >= 0) {
        r = srv_make_mortal(&server, &p->dev.object);
        if (r < 0)
            port_destroy(p);
    }
    if (r < 0)
        return msg_reply_err(r);

    printf("port '%s' with MAC %02x:%02x:%02x:%02x:%02x:%02x\n", p->dev.name, p->mac[0], p->mac[1],
           p->mac[2], p->mac[3], p->mac[4], p->mac[5]);
    struct msg_out out;
    msg_out_init(&out, args->u);
    msg_put_cap(&out, p->dev.object.cap, L4_CAP_FPAGE_RWSD);
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
    if (type == 0)
        return create_port(f, &args);
    printf("create: type %ld: only ports (type 0) and factories are made here\n", type);
    return msg_reply_err(-L4_EINVAL);
}

// -d CAP: a dataspace of another server than moe that guests may register as their memory.
static bool trust(char const *name)
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

static bool read_command_line(int argc, char **argv)
{
    static struct option const options[] = { { "register-ds", required_argument, NULL, 'd' }, { 0 } };
    optind = 0;  // picolibc begins anew then
    for (int opt; (opt = getopt_long(argc, argv, "+:d:", options, NULL)) != -1;) {
        if (opt != 'd') {
            fprintf(stderr, "option '%s': %s\n", argv[optind - 1],
                    opt == ':' ? "lacks its argument" : "there is only -d CAP, --register-ds CAP");
            return false;
        }
        if (!trust(optarg))
            return false;
    }
    if (optind < argc)
        fprintf(stderr, "argument '%s': this program takes options only\n", argv[optind]);
    return optind >= argc;
}

int main(int argc, char **argv)
{
    if (!read_command_line(argc, argv))
        return EXIT_FAILURE;
    static struct share_factory factory = { .object = { .ops = &factory_ops } };
    l4_cap_idx_t svr = l4re_env_get_cap("svr");
    if (l4_is_invalid_cap(svr)) {
        fprintf(stderr, "no capability 'svr': give the server end of the channel on which ports are"
                        " created, caps = { svr = channel:svr() }\n");
        return EXIT_FAILURE;
    }
    int r = srv_init(&server, l4re_env()->main_thread);
    factory.share = share_new(NULL, CREATED_MAX);
    if (r >= 0)
        r = factory.share ? srv_register_cap(&server, &factory.object, svr) : -L4_ENOMEM;
    if (r < 0) {
        fprintf(stderr, "cannot serve 'svr': %s%s\n", l4sys_errtostr(r),
                r == -L4_EPERM ? " (was it passed with :svr()?)" : "");
        return EXIT_FAILURE;
    }
    printf("network cable with two ends\n");
    srv_loop(&server);
}
