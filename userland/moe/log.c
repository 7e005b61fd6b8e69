// SPDX-License-Identifier: MIT
#include "log.h"

#include <l4/sys/vcon.h>

#include "factory.h"
#include "say.h"

struct log {
    struct object obj;
    struct log_client client;
};

// A write is a send: an answer would only disturb the client's next call.
static l4_msgtag_t write_text(struct log *log, struct request *r)
{
    unsigned words = l4_msgtag_words(r->tag);

    if (words < 2)
        return NO_REPLY;
    l4_umword_t size = r->u->msg.mr[1], most = (words - 2) * sizeof(l4_umword_t);
    char text[L4_VCON_WRITE_SIZE];
    if (size > most)
        size = most;
    if (size > sizeof(text))
        size = sizeof(text);
    __builtin_memcpy(text, &r->u->msg.mr[2], size); // the output uses the same registers
    log_write(&console, &log->client, text, size);
    console_flush();
    return NO_REPLY;
}

static l4_msgtag_t log_dispatch(struct object *o, struct request *r)
{
    struct log *log = (struct log *)o;

    if (l4_msgtag_label(r->tag) != L4_PROTO_LOG) // includes the interrupt of a readable console
        return msg_reply_err(l4_msgtag_label(r->tag) == L4_PROTO_IRQ ? -L4_ENOSYS
                                                                     : -L4_EBADPROTO);
    if (l4_msgtag_words(r->tag) >= 1 && r->u->msg.mr[0] == L4_VCON_WRITE_OP)
        return write_text(log, r);
    return msg_reply_err(-L4_ENOSYS);
}

static void log_destroy(struct object *o)
{
    log_client_gone(&console, &((struct log *)o)->client);
    console_flush();
}

static struct object_ops const log_ops = {
    .name = "L4Re::Log",
    .proto = L4_PROTO_LOG,
    .size = sizeof(struct log),
    .dispatch = log_dispatch,
    .destroy = log_destroy,
};

struct object *log_create(struct factory *f, char const *tag, unsigned color)
{
    struct log *log = object_create(&log_ops, f);

    if (!log)
        return NULL;
    log_client_init(&log->client, tag, color);
    return &log->obj;
}
