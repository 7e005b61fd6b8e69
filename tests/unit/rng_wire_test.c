// SPDX-License-Identifier: MIT
// Messages for random numbers, byte by byte: what the server answers to a client that may send anything, and what a client
// makes of the answers of a server that may be broken.
#include "clients.h"
#include "sources.h"
#include "unit_run.h"

#include <check.h>
#include <l4/rng/rng.h>
#include <l4/sys/err.h>
#include <l4/sys/ipc.h>
#include <l4/sys/kip.h>
#include <string.h>

enum { CAP = 0x7000, NONE = 0x55 };

static l4_utcb_t utcb;
static struct srv server;
static struct entropy entropy;
static struct share *share;
static struct srv_object *object;
static uint64_t now;
static unsigned refreshed;
static int register_error;

l4_utcb_t *l4_utcb(void) { return &utcb; }
l4_kernel_info_t const *l4re_kip(void) { return NULL; }

l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    (void)kip;
    return now;
}

void sources_refresh(void)
{
    refreshed++;
    memset(utcb.msg.mr, NONE, sizeof(utcb.msg.mr)); // as its messages do
}

int srv_register(struct srv *s, struct srv_object *o)
{
    ck_assert_ptr_eq(s, &server);
    object = o;
    o->cap = CAP;
    return register_error;
}

int srv_make_mortal(struct srv *s, struct srv_object *o)
{
    (void)s, (void)o;
    return 0;
}

// ---- what a client sends, and is answered ----

static l4_msgtag_t answer;
static l4_umword_t answer_words[L4_UTCB_GENERIC_DATA_SIZE];
static l4_msgtag_t sent;
static l4_umword_t sent_words[4];
static l4_timeout_t patience;

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    ck_assert_uint_eq(dest & L4_CAP_INDEX_MASK, CAP);
    sent = tag;
    patience = to;
    memcpy(sent_words, utcb.msg.mr, sizeof(sent_words));
    memcpy(utcb.msg.mr, answer_words, sizeof(answer_words));
    return answer;
}

static void answers(long label, unsigned words)
{
    answer = l4_msgtag(label, words, 0, 0);
    for (unsigned i = 0; i < L4_UTCB_GENERIC_DATA_SIZE; i++)
        answer_words[i] = 0x0101010101010101ull * (i + 1);
}

START_TEST(client_get)
{
    uint8_t to[L4RNG_MAX + 1];
    uint64_t wait;
    for (unsigned size = 1; size <= L4RNG_MAX; size++) {
        memset(to, NONE, sizeof(to));
        answers(size, (size + 7) / 8);
        ck_assert_int_eq(l4rng_get(CAP, to, size, &wait), 0);
        ck_assert_int_eq(l4_msgtag_label(sent), 0x524e);
        ck_assert_uint_eq(l4_msgtag_words(sent), 2);
        ck_assert_uint_eq(sent_words[0], 0);
        ck_assert_uint_eq(sent_words[1], size);
        ck_assert(patience.raw); // not for ever
        ck_assert_mem_eq(to, answer_words, size);
        ck_assert_uint_eq(to[size], NONE);
        for (unsigned i = 0; i < size; i++)
            ck_assert_uint_eq(((uint8_t *)utcb.msg.mr)[i], 0);
    }
    ck_assert_int_eq(l4rng_get(CAP, to, 0, &wait), -L4_EINVAL);
    ck_assert_int_eq(l4rng_get(CAP, to, L4RNG_MAX + 1, &wait), -L4_EINVAL);
}
END_TEST

START_TEST(client_of_a_broken_server)
{
    uint8_t to[16], untouched[16];
    uint64_t wait = 0;
    memset(to, NONE, sizeof(to));
    memset(untouched, NONE, sizeof(untouched));
    static struct {
        long label;
        unsigned words;
        int result;
    } const t[] = { { 0, 0, -L4_EIO },   { 15, 2, -L4_EIO }, { 17, 3, -L4_EIO },           { 16, 1, -L4_EIO },
                    { 16, 0, -L4_EIO },  { 256, 32, -L4_EIO }, { -L4_ENODEV, 0, -L4_ENODEV }, { -L4_EAGAIN, 0, -L4_EAGAIN } };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        answers(t[i].label, t[i].words);
        ck_assert_int_eq(l4rng_get(CAP, to, sizeof(to), &wait), t[i].result);
        ck_assert_mem_eq(to, untouched, sizeof(to));
    }
    ck_assert_uint_eq(wait, 1000);
    static struct {
        l4_umword_t said;
        uint64_t wait;
    } const times[] = { { 0, 1000 }, { 999, 1000 }, { 123456, 123456 }, { 1000001, 1000000 }, { ~0ul, 1000000 } };
    for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        answers(-L4_EAGAIN, 1);
        answer_words[0] = times[i].said;
        ck_assert_int_eq(l4rng_get(CAP, to, sizeof(to), &wait), -L4_EAGAIN);
        ck_assert_uint_eq(wait, times[i].wait);
    }
}
END_TEST

START_TEST(client_info)
{
    answers(128, 0);
    ck_assert_int_eq(l4rng_info(CAP), 128);
    ck_assert_uint_eq(sent_words[0], 1);
    answers(-L4_ENODEV, 0);
    ck_assert_int_eq(l4rng_info(CAP), -L4_ENODEV);
}
END_TEST

// ---- the server ----

static void add_entropy(unsigned char with)
{
    uint8_t seed[ENTROPY_BLOCK];
    memset(seed, with, sizeof(seed));
    ck_assert(entropy_add(&entropy, SOURCE_SEED, seed, sizeof(seed), 128));
}

static long create(char const *option)
{
    struct factory_args args;
    struct msg_out out;
    msg_out_init(&out, &utcb);
    msg_put_factory_start(&out, 0);
    if (option)
        msg_put_factory_str(&out, option);
    l4_msgtag_t const tag = msg_reply(&out, L4_PROTO_FACTORY);
    ck_assert_int_eq(factory_args_init(&args, &utcb, tag), 0);
    return l4_msgtag_label(clients_create(share, &args));
}

static void begin(void)
{
    memset(&entropy, 0, sizeof(entropy));
    memset(&utcb, NONE, sizeof(utcb));
    now = 1000000;
    refreshed = 0;
    register_error = 0;
    share = share_new(NULL, 2);
    clients_init(&server, &entropy);
}

static l4_msgtag_t ask(long label, unsigned words, l4_umword_t op, l4_umword_t size)
{
    memset(utcb.msg.mr, NONE, sizeof(utcb.msg.mr));
    utcb.msg.mr[0] = op;
    utcb.msg.mr[1] = size;
    return object->ops->dispatch(object, 0, l4_msgtag(label, words, 0, 0), &utcb);
}

static void leave(void)
{
    object->ops->gone(object);
    share_close(share); // ASan looks whether all is freed
}

START_TEST(server_get)
{
    begin();
    add_entropy(1);
    ck_assert_int_eq(create(NULL), 0);
    uint8_t before[L4RNG_MAX] = { 0 };
    for (unsigned size = 1; size <= L4RNG_MAX; size++) {
        l4_msgtag_t t = ask(L4RNG_PROTO_RNG, 2, 0, size);
        uint8_t const *p = (uint8_t *)utcb.msg.mr;
        ck_assert_int_eq(l4_msgtag_label(t), size);
        ck_assert_uint_eq(l4_msgtag_words(t), (size + 7) / 8);
        ck_assert_uint_eq(l4_msgtag_items(t), 0);
        for (unsigned i = size; i < (size + 7) / 8 * 8; i++)
            ck_assert_uint_eq(p[i], 0); // nothing else of the server's
        ck_assert_uint_eq(p[(size + 7) / 8 * 8], NONE);
        if (size > 16)
            ck_assert(memcmp(p, before, 16));
        memcpy(before, p, size);
    }
    ck_assert_uint_eq(refreshed, L4RNG_MAX);
    leave();
}
END_TEST

START_TEST(server_of_hostile_clients)
{
    static struct {
        long label;
        unsigned words;
        l4_umword_t op, size;
        long result;
    } const t[] = {
        { 0, 2, 0, 16, -L4_EBADPROTO },
        { L4_PROTO_IRQ, 2, 0, 16, -L4_EBADPROTO },
        { L4RNG_PROTO_RNG, 0, 0, 16, -L4_EMSGTOOSHORT },
        { L4RNG_PROTO_RNG, 1, 0, 16, -L4_EMSGTOOSHORT },
        { L4RNG_PROTO_RNG, 2, 0, 0, -L4_EINVAL },
        { L4RNG_PROTO_RNG, 2, 0, L4RNG_MAX + 1, -L4_EINVAL },
        { L4RNG_PROTO_RNG, 2, 0, ~0ul, -L4_EINVAL },
        { L4RNG_PROTO_RNG, 2, 0, 1ul << 32 | 16, -L4_EINVAL },
        { L4RNG_PROTO_RNG, 2, 2, 16, -L4_ENOSYS },
        { L4RNG_PROTO_RNG, 2, 1ul << 32, 16, -L4_ENOSYS },
    };
    begin();
    add_entropy(1);
    ck_assert_int_eq(create(NULL), 0);
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        struct drbg const before = entropy.drbg;
        l4_msgtag_t r = ask(t[i].label, t[i].words, t[i].op, t[i].size);
        ck_assert_int_eq(l4_msgtag_label(r), t[i].result);
        ck_assert_uint_eq(l4_msgtag_words(r), 0);
        ck_assert_mem_eq(&before, &entropy.drbg, sizeof(before));
    }
    leave();
}
END_TEST

START_TEST(server_without_entropy)
{
    begin();
    ck_assert_int_eq(create(NULL), 0);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 16)), -L4_ENODEV);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 1, 1, 0)), -L4_ENODEV);
    entropy_announce(&entropy, SOURCE_DEVICE); // which may give some
    l4_msgtag_t t = ask(L4RNG_PROTO_RNG, 2, 0, 16);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_EAGAIN);
    ck_assert_uint_eq(l4_msgtag_words(t), 1);
    ck_assert_uint_gt(utcb.msg.mr[0], 0);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 1, 1, 0)), 0);
    add_entropy(1);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 16)), 16);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 1, 1, 0)), 128);
    leave();
}
END_TEST

// One that has had its share does not take from others.
START_TEST(server_of_greedy_clients)
{
    begin();
    add_entropy(1);
    ck_assert_int_eq(create("rate=512"), 0);
    struct srv_object *greedy = object;
    ck_assert_int_eq(create(NULL), 0);
    struct srv_object *other = object;
    object = greedy;
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 256)), 256);
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 256)), 256);
    for (unsigned i = 0; i < 3; i++) {
        l4_msgtag_t t = ask(L4RNG_PROTO_RNG, 2, 0, 256);
        ck_assert_int_eq(l4_msgtag_label(t), -L4_EAGAIN);
        ck_assert_uint_eq(l4_msgtag_words(t), 1);
        ck_assert_uint_eq(utcb.msg.mr[0], 500000);
    }
    object = other;
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 256)), 256);
    now += 500000;
    object = greedy;
    ck_assert_int_eq(l4_msgtag_label(ask(L4RNG_PROTO_RNG, 2, 0, 256)), 256);
    ck_assert_int_eq(create(NULL), -L4_ENOMEM); // its factory is for two
    greedy->ops->gone(greedy);
    object = other;
    leave();
}
END_TEST

START_TEST(server_options)
{
    static char const *const wrong[] = { "rate=", "rate=255", "rate=16777217", "rate=99999999999999999999", "rate=-1",
                                         "rate= 512", "rate=512x", "rate", "speed=512", "",
                                         "rate=00000000000000000000000000000000000000000512" };
    begin();
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_int_eq(create(wrong[i]), -L4_EINVAL);
    register_error = -L4_ENOMEM;
    ck_assert_int_eq(create("rate=256"), -L4_ENOMEM);
    register_error = 0;
    ck_assert_int_eq(create("rate=256"), 0);
    leave();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rng_wire");
    TCase *c = tcase_create("messages");
    tcase_add_test(c, client_get);
    tcase_add_test(c, client_of_a_broken_server);
    tcase_add_test(c, client_info);
    tcase_add_test(c, server_get);
    tcase_add_test(c, server_of_hostile_clients);
    tcase_add_test(c, server_without_entropy);
    tcase_add_test(c, server_of_greedy_clients);
    tcase_add_test(c, server_options);
    suite_add_tcase(s, c);
    return unit_run(s);
}
