// SPDX-License-Identifier: MIT
#include "clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/rng/rng.h>
#include <l4/sys/kip.h>

#include "budget.h"
#include "sources.h"

enum { WAIT_FOR_ENTROPY_US = 100000 };

struct client {
    struct srv_object object; // first
    struct budget budget;
    struct share *share;
};

static struct srv *server;
static struct entropy *entropy;

void clients_init(struct srv *srv, struct entropy *e)
{
    server = srv;
    entropy = e;
}

static l4_msgtag_t later(l4_utcb_t *u, uint64_t us)
{
    u->msg.mr[0] = us;
    return l4_msgtag(-L4_EAGAIN, 1, 0, 0);
}

static l4_msgtag_t get(struct client *c, l4_umword_t size, l4_utcb_t *u)
{
    if (!size || size > L4RNG_MAX)
        return msg_reply_err(-L4_EINVAL);
    if (!entropy_possible(entropy))
        return msg_reply_err(-L4_ENODEV);
    if (!drbg_ready(&entropy->drbg))
        return later(u, WAIT_FOR_ENTROPY_US);
    uint64_t wait = budget_take(&c->budget, (uint32_t)size, l4_kip_clock(l4_kip()));
    if (wait)
        return later(u, wait);
    sources_refresh(); // sends messages of its own
    u->msg.mr[(size - 1) / sizeof(l4_umword_t)] = 0; // what is sent behind the last byte
    drbg_read(&entropy->drbg, u->msg.mr, size);
    return l4_msgtag((long)size, (unsigned)((size + sizeof(l4_umword_t) - 1) / sizeof(l4_umword_t)), 0, 0);
}

static l4_msgtag_t client_request(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct client *c = (struct client *)o;
    (void)rights;
    if (l4_msgtag_label(tag) != L4RNG_PROTO_RNG)
        return msg_reply_err(-L4_EBADPROTO);
    if (!l4_msgtag_words(tag))
        return msg_reply_err(-L4_EMSGTOOSHORT);
    switch (u->msg.mr[0]) {
    case L4RNG_OP_GET:
        return l4_msgtag_words(tag) < 2 ? msg_reply_err(-L4_EMSGTOOSHORT) : get(c, u->msg.mr[1], u);
    case L4RNG_OP_INFO:
        return msg_reply_err(entropy_possible(entropy) ? (long)entropy->drbg.bits : -L4_ENODEV);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static void client_gone(struct srv_object *o)
{
    struct client *c = (struct client *)o;
    share_give(c->share);
    free(c);
}

static struct srv_ops const client_ops = {
    .dispatch = client_request,
    .gone = client_gone,
    .name = "Ashlar::Rng",
    .proto = L4RNG_PROTO_RNG,
};

// "rate=N": what is wrong with it, or NULL.
static char const *read_option(struct factory_arg const *arg, uint32_t *rate)
{
    char text[32], *end;
    if (arg->kind != FACTORY_ARG_STRING || !factory_arg_copy(arg, text, sizeof(text)) || strncmp(text, "rate=", 5))
        return "the only option is rate=BYTES, a second";
    unsigned long const n = strtoul(text + 5, &end, 10);
    if (text[5] < '0' || text[5] > '9' || *end || n < BUDGET_RATE_MIN || n > BUDGET_RATE_MAX)
        return "rate= has from 256 to 16777216 bytes a second";
    *rate = (uint32_t)n;
    return NULL;
}

static int read_options(struct factory_args *args, uint32_t *rate)
{
    struct factory_arg arg;
    for (unsigned n = 2; factory_args_next(args, &arg); n++) {
        char const *wrong = arg.kind == FACTORY_ARG_NIL ? NULL : read_option(&arg, rate);
        if (wrong) {
            printf("create: argument %u: %s\n", n, wrong);
            return -L4_EINVAL;
        }
    }
    return args->err;
}

l4_msgtag_t clients_create(struct share *share, struct factory_args *args)
{
    uint32_t rate = BUDGET_RATE;
    int r = read_options(args, &rate);
    if (r < 0)
        return msg_reply_err(r);
    if (!share_take(share))
        return msg_reply_err(-L4_ENOMEM);
    struct client *c = calloc(1, sizeof(*c));
    if (!c) {
        share_give(share);
        return msg_reply_err(-L4_ENOMEM);
    }
    c->object.ops = &client_ops;
    c->share = share;
    budget_init(&c->budget, rate, l4_kip_clock(l4_kip()));
    r = srv_register(server, &c->object);
    if (r < 0) {
        client_gone(&c->object);
        return msg_reply_err(r);
    }
    srv_make_mortal(server, &c->object);
    struct msg_out out;
    msg_out_init(&out, args->u);
    msg_put_cap(&out, c->object.cap, L4_CAP_FPAGE_RWSD);
    return msg_reply(&out, 0);
}
