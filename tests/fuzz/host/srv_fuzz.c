// SPDX-License-Identifier: MIT
// The server loop that all servers have: labels, tags and words as a client, or a capability of what is gone, brings them;
// objects that read their message in every way, come and go.
#include "srv_server_test.c"

#include "input.h"

#include <l4/srv/factory_args.h>
#include <l4/srv/share.h>

enum { READERS = 4 };

static struct reader {
    struct srv_object obj;
    struct srv_icu icu;
    struct srv_icu_pin pins[2];
    struct srv_timer timer;
    bool there;
} readers[READERS];

static struct input *input; // what objects do goes by it, too
static struct share_factory factory;
static unsigned made; // factories

static void read_numbers(struct msg_in *in)
{
    char text[20];
    switch (in_u8(input) & 7) {
    case 0: msg_get_u8(in); break;
    case 1: msg_get_u16(in); break;
    case 2: msg_get_u32(in); break;
    case 3: msg_get_u64(in); break;
    case 4: ck_assert_uint_lt(msg_get_string(in, 8, text, sizeof(text)), sizeof(text)); break;
    case 5: ck_assert_uint_le(msg_get_array(in, 2, text, sizeof(text)), sizeof(text)); break;
    case 6: msg_get_bytes(in, text, in_u8(input) % sizeof(text)); break;
    default: msg_get_cap(in); break;
    }
}

static l4_msgtag_t write_reply(l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    for (unsigned n = in_u8(input) % 80; n; n--)
        switch (in_u8(input) & 7) {
        case 0: msg_put_u8(&out, 1); break;
        case 1: msg_put_u16(&out, 2); break;
        case 2: msg_put_u32(&out, 3); break;
        case 3: msg_put_string(&out, 2, "a string of some length, as names of objects are"); break;
        case 4: msg_put_cap(&out, in_u8(input) & 1 ? 0x5000 : L4_INVALID_CAP, L4_CAP_FPAGE_RW); break;
        case 5: msg_put_factory_str(&out, "text"); break;
        case 6: msg_put_factory_uint(&out, 4); break;
        default: msg_put_u64(&out, 5); break;
        }
    return msg_reply(&out, 0);
}

static void read_arguments(l4_msgtag_t tag, l4_utcb_t *u)
{
    struct factory_args a;
    struct factory_arg arg;
    char text[16];
    factory_args_init(&a, u, tag);
    while (factory_args_next(&a, &arg))
        if (factory_arg_copy(&arg, text, sizeof(text)))
            ck_assert_uint_lt(strlen(text), sizeof(text));
}

static l4_msgtag_t read_message(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct reader *r = (struct reader *)o;
    struct msg_in in;
    struct msg_item item;
    bool owned;
    ck_assert(r->there && rights <= L4_GATE_LABEL_RIGHTS);
    if (l4_msgtag_label(tag) == L4_PROTO_IRQ)
        return srv_icu_dispatch(&r->icu, &srv, tag, u);
    if (l4_msgtag_label(tag) == L4_PROTO_FACTORY) {
        read_arguments(tag, u);
        return msg_reply_err(0);
    }
    msg_in_init(&in, u, tag);
    for (unsigned n = in_u8(input) % 16; n; n--)
        read_numbers(&in);
    while (msg_get_item(&in, &item))
        if (in_u8(input) & 1) {
            l4_cap_idx_t const cap = srv_item_keep(&srv, &item, &owned);
            if (owned && l4_is_valid_cap(cap))
                l4re_util_cap_free_um(cap);
        }
    return l4_msgtag_label(tag) == L4_PROTO_LOG ? SRV_NO_REPLY : write_reply(u);
}

static void reader_gone(struct srv_object *o)
{
    struct reader *r = (struct reader *)o;
    srv_timer_cancel(&srv, &r->timer);
    srv_icu_destroy(&r->icu);
    r->there = false;
}

static long const more[] = {L4_PROTO_IRQ, L4_PROTO_LOG};
static struct srv_ops const reader_ops = {.dispatch = read_message, .gone = reader_gone, .name = "Test::Reader",
                                          .proto = 0x4321, .more_protos = more, .n_more_protos = 2};

static l4_msgtag_t make_factory(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u);

static void factory_gone(struct srv_object *o)
{
    made--;
    share_factory_gone(o);
}

static struct srv_ops const first_ops = {.dispatch = make_factory, .name = "Test::Factory", .proto = L4_PROTO_FACTORY};
static struct srv_ops const factory_ops = {.dispatch = make_factory, .gone = factory_gone, .proto = L4_PROTO_FACTORY};

static l4_msgtag_t make_factory(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct factory_args a;
    (void)rights;
    factory_args_init(&a, u, tag);
    l4_msgtag_t const reply = a.err ? msg_reply_err(a.err)
                                    : share_factory_create(&srv, &factory_ops, ((struct share_factory *)o)->share, &a);
    made += l4_msgtag_items(reply);
    return reply;
}

static void expired(struct srv_timer *t)
{
    if (in_u8(input) & 1)
        srv_timer_arm(&srv, t, now + in_u8(input));
}

static void toggle(struct reader *r)
{
    if (r->there) {
        reader_gone(&r->obj);
        srv_unregister(&srv, &r->obj);
        return;
    }
    *r = (struct reader){.obj.ops = &reader_ops, .timer.expired = expired, .there = true};
    srv_icu_init(&r->icu, r->pins, 2);
    ck_assert_int_eq(in_u8(input) & 1 ? srv_register(&srv, &r->obj) : srv_register_cap(&srv, &r->obj, 0x33000), 0);
    if (in_u8(input) & 1)
        srv_make_mortal(&srv, &r->obj);
}

static l4_umword_t a_label(void)
{
    uint8_t const which = in_u8(input);
    if (which < 0x80)
        return (l4_umword_t)&readers[which % READERS] + (which >> 2 & 3);
    if (which < 0xc0)
        return (l4_umword_t)&factory + (which & 3);
    return which & 1 ? (l4_umword_t)&srv.del_irq : in_number(input);
}

// What the loop gets next, and which capabilities have disappeared by then.
static void receive(void)
{
    static long const protocols[] = {0x4321, L4_PROTO_IRQ, L4_PROTO_META, L4_PROTO_LOG, L4_PROTO_FACTORY, 0};
    uint8_t const form = in_u8(input);
    unsigned const words = in_u8(input), items = form & 3;
    struct arrival *a = arrive((void *)a_label(), protocols[in_u8(input) % 6], 0);
    a->tag = l4_msgtag(l4_msgtag_label(a->tag), words, items, form & 0x80 ? L4_MSGTAG_ERROR : 0);
    a->error = in_u8(input);
    for (unsigned i = 0; i < 6; i++)
        a->mr[i] = in_number(input);
    for (unsigned i = words; items && i < 6; i += 2)
        a->mr[i] |= L4_ITEM_MAP;
}

static void serve(void)
{
    n_arrivals = next_arrival = n_replies = 0;
    for (unsigned n = 1 + in_u8(input) % 6; n; n--)
        receive();
    run();
}

static void step(void)
{
    uint8_t const what = in_u8(input);
    struct reader *r = &readers[what >> 4 & 3];
    switch (what & 7) {
    case 0: toggle(r); break;
    case 1: now += in_u8(input); break;
    case 2:
        if (r->there)
            srv_timer_arm(&srv, &r->timer, now + in_u8(input));
        break;
    case 3: dead[in_u16(input) % SLOTS] ^= true; break;
    case 4: srv_icu_trigger(&r->icu, in_u8(input)); break;
    default: serve(); break;
    }
}

static void finish(void)
{
    static struct input const nothing;
    struct input rest = nothing;
    input = &rest;
    for (unsigned i = 0; i < READERS; i++)
        if (readers[i].there)
            toggle(&readers[i]);
    memset(dead, 1, sizeof(dead));
    n_arrivals = next_arrival = n_replies = 0;
    arrive(&srv.del_irq, 0, 0);
    run();
    ck_assert_uint_eq(made, 0);
    ck_assert_uint_eq(factory.share->used, 0);
    share_close(factory.share);
    ck_assert_ptr_null(srv.timers);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    input = &in;
    memset(readers, 0, sizeof(readers));
    made = 0;
    setup();
    factory = (struct share_factory){.object.ops = &first_ops, .share = share_new(NULL, 12)};
    ck_assert_int_eq(srv_register_cap(&srv, &factory.object, 0x44000), 0);
    while (in_more(&in))
        step();
    finish();
    return 0;
}
