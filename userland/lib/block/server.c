// SPDX-License-Identifier: MIT
#include <l4/block/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/env.h>
#include <l4/re/rescue.h>
#include <l4/srv/factory_args.h>
#include <l4/srv/share.h>

#include "client.h"
#include "options.h"
#include "scan.h"
#include "volume.h"

enum { TRUSTED_MAX = 16, STATIC_MAX = 16, CREATED_MAX = 256 };

struct static_client {
    char const *channel;
    struct client_options options;
};

static struct srv server;
static l4_cap_idx_t trusted_ds[TRUSTED_MAX];
static struct l4virtio_trusted trusted = { .ds = trusted_ds };
static struct static_client static_clients[STATIC_MAX];
static unsigned num_static;
static struct share_factory factory;

// ---- disks ----

static char const *wrong_disk(struct disk const *d)
{
    if (!d->sectors)
        return "is empty";
    if (!d->name[0])
        return "has no name";
    if (!d->block || d->block % BLOCK_SECTOR || d->block > SCAN_BLOCK_MAX || d->sectors % (d->block / BLOCK_SECTOR))
        return "has blocks of a size that is not supported";
    return NULL;
}

static void show(struct disk const *d, struct partition_table const *t)
{
    printf("disk '%s': %llu MiB%s, %u partition%s\n", d->name, (unsigned long long)(d->sectors / 2048),
           d->read_only ? ", read-only" : "", t->count, t->count == 1 ? "" : "s");
    for (unsigned i = 0; i < t->count; i++) {
        struct partition const *p = &t->part[i];
        printf("  '%s:%u': %llu MiB, %s%s%s\n", d->name, p->number, (unsigned long long)(p->sectors / 2048), p->uuid,
               p->label[0] ? ", " : "", p->label);
    }
}

void block_add_disk(struct disk *d)
{
    struct partition_table table;
    char why[PARTITION_WHY_MAX];
    char const *wrong = wrong_disk(d);
    if (wrong) {
        printf("disk '%s' %s: left out\n", d->name, wrong);
        return;
    }
    if (scan_disk(d, &table, why) < 0)
        printf("disk '%s': its table of partitions is refused: %s\n", d->name, why);
    if (volume_add_disk(d, &table) < 0) {
        printf("disk '%s' is left out: there is one of that name, or no memory\n", d->name);
        partition_table_free(&table);
        return;
    }
    show(d, &table);
}

// ---- clients ----

static int make_client(struct client_options const *o, struct share *share, struct blk_client **c)
{
    struct volume v;
    int r = o->device[0] ? volume_find(o->device, &v) : -L4_EINVAL;
    if (r < 0) {
        printf("client for '%s': %s\n", o->device,
               r == -L4_ENODEV   ? "there is no such disk or partition"
               : r == -L4_EEXIST ? "there are several of that name; say which by DISK:NUMBER or partuuid:"
               : !o->device[0]   ? "which one is not said, device=NAME"
                                 : "that is no UUID");
        return r == -L4_EEXIST ? -L4_EINVAL : r;
    }
    v.area.read_only |= o->read_only;
    struct client_params const params = { .name = o->device, .ds_max = o->ds_max, .trusted = trusted, .share = share };
    r = client_create(&server, &v, &params, c);
    if (r < 0)
        printf("client for '%s': %s\n", o->device,
               r == -L4_EBUSY    ? "somebody has it, or a part of it"
               : r == -L4_ENOMEM ? "no memory, or its factory is for no more"
                                 : l4sys_errtostr(r));
    else
        printf("client for '%s'%s%s%s\n", o->device, v.label[0] ? ", " : "", v.label, v.area.read_only ? ", read-only" : "");
    return r;
}

static int read_options(struct factory_args *args, struct client_options *o)
{
    struct factory_arg arg;
    client_options_init(o);
    for (unsigned n = 2; factory_args_next(args, &arg); n++) {
        char text[CLIENT_DEVICE_MAX + sizeof("partlabel:device=")] = "";
        char const *wrong = NULL;
        if (arg.kind == FACTORY_ARG_NIL)
            continue;
        if (arg.kind != FACTORY_ARG_STRING)
            wrong = "options are strings";
        else if (!factory_arg_copy(&arg, text, sizeof(text)))
            wrong = "option is too long";
        else
            wrong = client_options_text(o, text);
        if (wrong) {
            printf("create: argument %u '%s': %s\n", n, text, wrong);
            return -L4_EINVAL;
        }
    }
    return args->err;
}

static l4_msgtag_t create_client(struct share_factory *f, struct factory_args *args)
{
    struct client_options o;
    struct blk_client *c;
    int r = read_options(args, &o);
    if (r >= 0)
        r = make_client(&o, f->share, &c);
    if (r >= 0) {
        r = srv_make_mortal(&server, &c->dev.object);
        if (r < 0)
            client_destroy(c);
    }
    if (r < 0)
        return msg_reply_err(r);
    struct msg_out out;
    msg_out_init(&out, args->u);
    msg_put_cap(&out, c->dev.object.cap, L4_CAP_FPAGE_RWSD);
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
        return create_client(f, &args);
    printf("create: type %ld: only clients (type 0) and factories are made here\n", type);
    return msg_reply_err(-L4_EINVAL);
}

// ---- command line ----

enum { OPT_CLIENT = 0x100, OPT_DEVICE, OPT_DS_MAX, OPT_READ_ONLY };
static struct option const common[] = {
    { "client", required_argument, NULL, OPT_CLIENT },     { "device", required_argument, NULL, OPT_DEVICE },
    { "ds-max", required_argument, NULL, OPT_DS_MAX },     { "readonly", no_argument, NULL, OPT_READ_ONLY },
    { "read-only", no_argument, NULL, OPT_READ_ONLY },     { "register-ds", required_argument, NULL, 'd' },
    { "verbose", no_argument, NULL, 'v' },                 { "quiet", no_argument, NULL, 'q' },
};
enum { COMMON = sizeof(common) / sizeof(common[0]), OWN_MAX = 16 };

static char const *trust(char const *name)
{
    l4_cap_idx_t ds = l4re_env_get_cap(name);
    if (l4_is_invalid_cap(ds))
        return "no capability of this name was given";
    if (trusted.count == TRUSTED_MAX)
        return "more than 16 dataspaces";
    trusted_ds[trusted.count++] = ds;
    return NULL;
}

static char const *begin_client(char const *channel)
{
    if (num_static == STATIC_MAX)
        return "more than 16 clients";
    static_clients[num_static].channel = channel;
    client_options_init(&static_clients[num_static++].options);
    return NULL;
}

static char const *client_option(int value, char const *argument)
{
    if (!num_static)
        return "has to stand behind the --client that it is for";
    struct client_options *o = &static_clients[num_static - 1].options;
    if (value == OPT_DEVICE)
        return client_options_device(o, argument);
    if (value == OPT_DS_MAX)
        return client_options_ds_max(o, argument);
    o->read_only = true;
    return NULL;
}

static bool take_option(struct block_driver const *driver, int value, char const *argument, char const *text)
{
    char const *wrong = NULL;
    if (value >= BLOCK_OPTION)
        return driver->option(value, argument);
    if (value == ':')
        wrong = "lacks its argument";
    else if (value == '?')
        wrong = "is unknown";
    else if (value == OPT_CLIENT)
        wrong = begin_client(argument);
    else if (value == 'd')
        wrong = trust(argument);
    else if (value != 'v' && value != 'q')
        wrong = client_option(value, argument);
    if (wrong)
        fprintf(stderr, "option '%s': %s\n", text, wrong);
    return !wrong;
}

static bool read_command_line(struct block_driver const *driver, int argc, char **argv)
{
    struct option options[COMMON + OWN_MAX + 1] = { 0 };
    memcpy(options, common, sizeof(common));
    for (unsigned i = 0; driver->options && driver->options[i].name && i < OWN_MAX; i++)
        options[COMMON + i] = driver->options[i];
    optind = 0; // picolibc begins anew then
    for (int opt; (opt = getopt_long(argc, argv, "+:d:vq", options, NULL)) != -1;)
        if (!take_option(driver, opt, optarg, argv[optind - 1]))
            return false;
    if (optind < argc)
        fprintf(stderr, "argument '%s': this program takes options only\n", argv[optind]);
    return optind >= argc;
}

// ---- start ----

static bool serve_static(struct static_client const *s)
{
    struct blk_client *c;
    l4_cap_idx_t channel = l4re_env_get_cap(s->channel);
    if (l4_is_invalid_cap(channel)) {
        fprintf(stderr, "--client %s: no capability of this name was given\n", s->channel);
        return false;
    }
    int r = make_client(&s->options, factory.share, &c);
    if (r >= 0) {
        srv_unregister(&server, &c->dev.object); // its own gate: the channel is it
        r = srv_register_cap(&server, &c->dev.object, channel);
    }
    if (r < 0)
        fprintf(stderr, "--client %s: %s%s\n", s->channel, l4sys_errtostr(r),
                r == -L4_EPERM ? " (was it passed with :svr()?)" : "");
    return r >= 0;
}

static bool serve_factory(void)
{
    l4_cap_idx_t svr = l4re_env_get_cap("svr");
    factory.object.ops = &factory_ops;
    if (l4_is_invalid_cap(svr) && num_static)
        return true;
    if (l4_is_invalid_cap(svr)) {
        fprintf(stderr, "no capability 'svr': give the server end of the channel on which clients are created,"
                        " caps = { svr = channel:svr() }, or name clients by --client\n");
        return false;
    }
    int r = srv_register_cap(&server, &factory.object, svr);
    if (r < 0)
        fprintf(stderr, "cannot serve 'svr': %s%s\n", l4sys_errtostr(r), r == -L4_EPERM ? " (was it passed with :svr()?)" : "");
    return r >= 0;
}

int block_main(struct block_driver const *driver, int argc, char **argv)
{
    if (!read_command_line(driver, argc, argv))
        return EXIT_FAILURE;
    int r = srv_init(&server, l4re_env()->main_thread);
    if (r >= 0)
        r = l4re_guard_init();
    factory.share = share_new(NULL, CREATED_MAX);
    if (r < 0 || !factory.share) {
        fprintf(stderr, "cannot begin: %s\n", l4sys_errtostr(r < 0 ? r : -L4_ENOMEM));
        return EXIT_FAILURE;
    }
    printf("%s\n", driver->what);
    if (!driver->start(&server))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < num_static; i++)
        if (!serve_static(&static_clients[i]))
            return EXIT_FAILURE;
    if (!serve_factory())
        return EXIT_FAILURE;
    srv_loop(&server);
}
