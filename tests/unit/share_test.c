// SPDX-License-Identifier: MIT
// Shares of what a server makes for its clients: nobody gets more than was set aside, nothing is lost.
#include "unit_run.h"

#include <l4/srv/share.h>
#include <stdlib.h>
#include <string.h>

static l4_utcb_t utcb;
static struct srv server;
static int register_error;
static unsigned registered;

l4_utcb_t *l4_utcb(void) { return &utcb; }

int srv_register(struct srv *s, struct srv_object *o)
{
    (void)s;
    o->cap = 0x5000;
    registered += register_error >= 0;
    return register_error;
}

int srv_make_mortal(struct srv *s, struct srv_object *o) { (void)s, (void)o; return 0; }

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)dest, (void)to;
    return tag;
}

START_TEST(limits)
{
    struct share *s = share_new(NULL, 2);
    ck_assert(share_take(s));
    ck_assert(share_take(s));
    ck_assert(!share_take(s));
    share_give(s);
    ck_assert(share_take(s));
    share_give(s);
    share_give(s);
    share_close(s); // frees it: ASan looks
}
END_TEST

// A part is set aside, with one for itself, whether it is used or not.
START_TEST(set_aside)
{
    struct share *s = share_new(NULL, 10);
    ck_assert_ptr_null(share_new(s, 10));
    ck_assert_ptr_null(share_new(s, UINT32_MAX));
    struct share *a = share_new(s, 6);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(share_new(s, 3));
    struct share *b = share_new(s, 2);
    ck_assert_ptr_nonnull(b);
    ck_assert(!share_take(s));
    for (unsigned i = 0; i < 6; i++)
        ck_assert(share_take(a));
    ck_assert(!share_take(a));
    ck_assert(share_take(b));

    // The rest of what is closed comes back at once, the other when it is given back.
    share_close(b);
    ck_assert_uint_eq(s->used, 7 + 2);
    share_give(a);
    ck_assert_uint_eq(s->used, 7 + 2);
    share_close(a);
    ck_assert_uint_eq(s->used, 6 + 2);
    for (unsigned i = 0; i < 5; i++)
        share_give(a);
    ck_assert_uint_eq(s->used, 2);
    ck_assert(share_take(s));
    // b is what is left.
    s->used--;
    ck_assert_uint_eq(b->used, 1);
    share_give(b);
    ck_assert_uint_eq(s->used, 0);
    share_close(s);
}
END_TEST

// Closed from above while objects below live on.
START_TEST(closed_from_above)
{
    struct share *s = share_new(NULL, 20), *a = share_new(s, 9), *b = share_new(a, 4);
    ck_assert(share_take(a));
    ck_assert(share_take(b));
    share_close(a);
    ck_assert_ptr_null(share_new(a, 1));
    ck_assert(!share_take(a));
    ck_assert(share_take(b)); // was set aside
    ck_assert_uint_eq(s->used, 1 + 1 + 5);
    share_give(b);
    share_close(b);
    ck_assert_uint_eq(s->used, 1 + 1 + 2);
    share_give(b);
    ck_assert_uint_eq(s->used, 1 + 1);
    share_give(a);
    ck_assert_uint_eq(s->used, 0);
    share_close(s);
}
END_TEST

// What create() with this many limits answers.
static long create(struct share *parent, l4_mword_t limit)
{
    static struct srv_ops const ops = {.gone = share_factory_gone};
    struct msg_out out;
    struct factory_args args;
    msg_out_init(&out, &utcb);
    msg_put_factory_start(&out, L4_PROTO_FACTORY);
    if (limit != -1000)
        msg_put_factory_int(&out, limit);
    l4_msgtag_t tag = msg_reply(&out, L4_PROTO_FACTORY);
    factory_args_init(&args, &utcb, tag);
    return l4_msgtag_label(share_factory_create(&server, &ops, parent, &args));
}

START_TEST(factories)
{
    struct share *s = share_new(NULL, 10);
    ck_assert_int_eq(create(s, -1000), -L4_EINVAL);
    ck_assert_int_eq(create(s, 0), -L4_EINVAL);
    ck_assert_int_eq(create(s, -1), -L4_EINVAL);
    ck_assert_int_eq(create(s, 1l << 40), -L4_EINVAL);
    ck_assert_int_eq(create(s, 10), -L4_ENOMEM);
    register_error = -L4_ENOMEM;
    ck_assert_int_eq(create(s, 4), -L4_ENOMEM);
    register_error = 0;
    ck_assert_uint_eq(s->used, 0);

    struct share_factory *f = calloc(1, sizeof(*f));
    f->share = share_new(s, 4);
    share_factory_gone(&f->object);
    ck_assert_uint_eq(s->used, 0);
    share_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("share");
    TCase *t = tcase_create("all");
    tcase_add_test(t, limits);
    tcase_add_test(t, set_aside);
    tcase_add_test(t, closed_from_above);
    tcase_add_test(t, factories);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
