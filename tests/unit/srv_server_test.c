// SPDX-License-Identifier: MIT
// The server loop against a kernel made of one function: it answers every invocation with success
// and notes what was asked.
#include "unit_run.h"

#include <check.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/srv/icu.h>
#include <l4/srv/server.h>
#include <l4/sys/meta.h>
#include <l4/sys/task.h>
#include <l4/sys/vcon.h>
#include <setjmp.h>
#include <string.h>

#define SLOTS 0x400

static l4_utcb_t utcb;
static l4re_env_t env;
static l4_kernel_clock_t now;
static bool dead[SLOTS];         // by capability index
static unsigned unmapped[SLOTS]; // how often
static unsigned triggered[SLOTS];
static l4_umword_t bound_label[SLOTS];
static l4_umword_t disarmed; // whose label the last messages that waited have lost
static jmp_buf loop_end;

// what the next waits of the loop receive
static struct arrival {
    l4_umword_t label;
    l4_msgtag_t tag;
    l4_umword_t error;
    l4_umword_t mr[6];
} arrivals[8];
static unsigned n_arrivals, next_arrival;
static l4_msgtag_t replies[8];
static l4_umword_t reply_mr[8];
static unsigned char reply_bytes[8][64];
static unsigned n_replies;
static l4_uint64_t wait_until[8];

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    (void)kip;
    return now;
}

static l4_msgtag_t wait_arrival(l4_umword_t *label, l4_timeout_t to)
{
    if (next_arrival == n_arrivals)
        longjmp(loop_end, 1);
    wait_until[next_arrival] = to.p.rcv.t & 0x8000 ? utcb.buf.br[to.p.rcv.t & 0x3f] : 0;
    struct arrival *a = &arrivals[next_arrival++];
    memcpy(utcb.msg.mr, a->mr, sizeof(a->mr));
    utcb.tcr.error = a->error;
    *label = a->label;
    return a->tag;
}

static l4_msgtag_t object_call(unsigned index, l4_msgtag_t tag)
{
    long result = 0;
    switch (l4_msgtag_label(tag)) {
    case L4_PROTO_TASK:
        if (utcb.msg.mr[0] == L4_TASK_CAP_INFO_OP)
            result = !dead[utcb.msg.mr[1] >> L4_CAP_SHIFT];
        else if (utcb.msg.mr[0] == L4_TASK_UNMAP_OP)
            unmapped[l4_fpage_obj((l4_fpage_t){utcb.msg.mr[2]}) >> L4_CAP_SHIFT]++;
        break;
    case L4_PROTO_KOBJECT:
        bound_label[index] = utcb.msg.mr[1];
        break;
    case L4_PROTO_FACTORY:
        if (utcb.msg.mr[0] == 0)
            bound_label[utcb.buf.br[0] >> L4_CAP_SHIFT] = utcb.msg.mr[2];
        break;
    case L4_PROTO_THREAD:
        if (utcb.msg.mr[0] == L4_THREAD_MODIFY_SENDER_OP)
            disarmed = utcb.msg.mr[2];
        break;
    case L4_PROTO_IRQ:
        triggered[index]++;
        return tag;
    }
    memset(utcb.msg.mr, 0x77, sizeof(utcb.msg.mr)); // a kernel call clobbers the registers
    return l4_msgtag(result, 0, 0, 0);
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    if ((dest & L4_SYSF_REPLY) && n_replies < 8) {
        reply_mr[n_replies] = utcb.msg.mr[0];
        memcpy(reply_bytes[n_replies], utcb.msg.mr, sizeof(reply_bytes[0]));
        replies[n_replies++] = tag;
    }
    if (dest & L4_SYSF_OPEN_WAIT)
        return wait_arrival(label, to);
    if (dest & L4_INVALID_CAP_BIT)
        return l4_msgtag(0, 0, 0, 0);
    return object_call((unsigned)(dest >> L4_CAP_SHIFT) % SLOTS, tag);
}

// ---- a server with objects that remember what they were asked ----
struct thing {
    struct srv_object obj;
    unsigned calls, irqs, gone;
    unsigned rights;
    bool keep;
    l4_cap_idx_t got;
};

static struct srv srv;

static l4_msgtag_t thing_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                  l4_utcb_t *u)
{
    struct thing *t = (struct thing *)o;
    if (l4_msgtag_label(tag) == L4_PROTO_IRQ && (o->flags & SRV_OBJ_IRQ)) {
        t->irqs++;
        return SRV_NO_REPLY;
    }
    t->calls++;
    t->rights = rights;
    t->got = t->keep ? srv_rcv_cap_keep(&srv, 0) : srv_rcv_cap(&srv, 0);
    if (l4_msgtag_label(tag) == L4_PROTO_LOG)
        return SRV_NO_REPLY;
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u64(&out, 0x1234);
    return msg_reply(&out, 5);
}

static void thing_gone(struct srv_object *o)
{
    ((struct thing *)o)->gone++;
}

static struct srv_ops const thing_ops = {
    .dispatch = thing_dispatch,
    .gone = thing_gone,
    .name = "Test::Thing",
    .proto = 0x4321,
};

static void setup(void)
{
    memset(dead, 0, sizeof(dead));
    memset(unmapped, 0, sizeof(unmapped));
    memset(triggered, 0, sizeof(triggered));
    n_arrivals = next_arrival = n_replies = 0;
    disarmed = 0;
    now = 1000;
    env = (l4re_env_t){.first_free_cap = 0x100, .factory = 0x2000, .main_thread = 0x3000};
    l4re_global_env = &env;
    l4re_util_cap_alloc_init(0x100);
    ck_assert_int_eq(srv_init(&srv, 0x3000), 0);
}

static struct arrival *arrive(void *label, long proto, unsigned words)
{
    struct arrival *a = &arrivals[n_arrivals++];
    *a = (struct arrival){.label = (l4_umword_t)label, .tag = l4_msgtag(proto, words, 0, 0)};
    return a;
}

static void run(void)
{
    if (!setjmp(loop_end))
        srv_loop(&srv);
}

START_TEST(test_dispatch)
{
    static struct thing t;
    t = (struct thing){.obj.ops = &thing_ops};
    ck_assert_int_eq(srv_register(&srv, &t.obj), 0);
    ck_assert_uint_eq(bound_label[t.obj.cap >> L4_CAP_SHIFT], (l4_umword_t)&t);
    arrive((char *)&t + 3, 0x4321, 0);
    arrive(&t, L4_PROTO_LOG, 0);
    arrive(&t, 0x4321, 0);
    run();
    ck_assert_uint_eq(t.calls, 3);
    ck_assert_uint_eq(n_replies, 2); // the log write got none
    ck_assert_int_eq(l4_msgtag_label(replies[0]), 5);
    ck_assert_uint_eq(reply_mr[0], 0x1234);
}
END_TEST

START_TEST(test_stale_labels)
{
    static struct thing t;
    t = (struct thing){.obj.ops = &thing_ops};
    ck_assert_int_eq(srv_register_cap(&srv, &t.obj, 0x33000), 0);
    srv_unregister(&srv, &t.obj);
    ck_assert_uint_eq(bound_label[0x33], 0); // its clients reach nothing
    ck_assert_uint_eq(disarmed, (l4_umword_t)&t);
    ck_assert_ptr_null(srv_find(&srv, (l4_umword_t)&t));
    memset(&t, 0xee, sizeof(t)); // freed memory
    arrive(&t, 0x4321, 0);
    arrive((void *)0x10, 0x4321, 0);
    arrive(NULL, 0x4321, 0);
    arrive((void *)~3ul, 0x4321, 0);
    arrive(NULL, 0, 0);
    run();
    ck_assert_uint_eq(n_replies, 5);
    for (unsigned i = 0; i < n_replies; i++)
        ck_assert_int_eq(l4_msgtag_label(replies[i]), -L4_ENOENT);
}
END_TEST

START_TEST(test_received_caps)
{
    static struct thing t;
    t = (struct thing){.obj.ops = &thing_ops};
    srv_register(&srv, &t.obj);
    l4_cap_idx_t slot = srv.rcv_slot[0];
    struct arrival *a = arrive(&t, 0x4321, 1);
    a->tag = l4_msgtag(0x4321, 1, 1, 0);
    a->mr[1] = L4_RCV_OBJ_MAPPED;
    a = arrive(&t, 0x4321, 1); // sent its own capability: nothing in the buffer
    a->tag = l4_msgtag(0x4321, 1, 1, 0);
    a->mr[1] = L4_RCV_OBJ_LOCAL_ID;
    run();
    ck_assert_uint_eq(unmapped[slot >> L4_CAP_SHIFT],
                      1); // not kept: dropped, and the reply survived it
    ck_assert_uint_eq(reply_mr[0], 0x1234);
    ck_assert_uint_eq(t.got, L4_INVALID_CAP);

    n_arrivals = next_arrival = 0;
    t.keep = true;
    a = arrive(&t, 0x4321, 1);
    a->tag = l4_msgtag(0x4321, 1, 1, 0);
    a->mr[1] = L4_RCV_OBJ_MAPPED;
    run();
    ck_assert_uint_eq(t.got, slot);
    ck_assert_uint_ne(srv.rcv_slot[0], slot);
    ck_assert_uint_eq(unmapped[slot >> L4_CAP_SHIFT], 1);

    // items that did not fit, or whose sender went halfway: what arrived before is dropped
    static l4_umword_t const errors[] = {L4_IPC_REMSGCUT, L4_IPC_REMAPFAILED, L4_IPC_REABORTED};
    for (unsigned i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        n_arrivals = next_arrival = 0;
        a = arrive(&t, 0x4321, 1);
        a->tag = l4_msgtag(0x4321, 1, 3, L4_MSGTAG_ERROR);
        a->error = errors[i];
        unsigned calls = t.calls;
        run();
        ck_assert_uint_eq(t.calls, calls);
        ck_assert_uint_eq(unmapped[srv.rcv_slot[0] >> L4_CAP_SHIFT], i + 1);
    }
}
END_TEST

START_TEST(test_gone)
{
    static struct thing mortal, other;
    mortal = other = (struct thing){.obj.ops = &thing_ops};
    srv_register(&srv, &mortal.obj);
    srv_register(&srv, &other.obj);
    ck_assert_int_eq(srv_make_mortal(&srv, &mortal.obj), 0);
    dead[mortal.obj.cap >> L4_CAP_SHIFT] = dead[other.obj.cap >> L4_CAP_SHIFT] = true;
    arrive(&srv.del_irq, 0, 0);
    arrive(&mortal, 0x4321, 0); // queued before
    run();
    ck_assert_uint_eq(mortal.gone, 1);
    ck_assert_uint_eq(disarmed, (l4_umword_t)&mortal); // whoever gets its memory gets no messages for it
    ck_assert_uint_eq(other.gone, 0); // never asked for it
    ck_assert_uint_eq(mortal.calls, 0);
    ck_assert_uint_eq(n_replies, 1);
    ck_assert_int_eq(l4_msgtag_label(replies[0]), -L4_ENOENT);
}
END_TEST

START_TEST(test_meta)
{
    static struct thing t;
    t = (struct thing){.obj.ops = &thing_ops};
    srv_register(&srv, &t.obj);
    arrive(&t, L4_PROTO_META, 1)->mr[0] = L4_META_NUM_INTERFACES_OP;
    arrive(&t, L4_PROTO_META, 2)->mr[0] = L4_META_INTERFACE_OP;
    struct arrival *a = arrive(&t, L4_PROTO_META, 2);
    a->mr[0] = L4_META_SUPPORTS_OP;
    a->mr[1] = 0x4321;
    a = arrive(&t, L4_PROTO_META, 2);
    a->mr[0] = L4_META_SUPPORTS_OP;
    a->mr[1] = 0x9999;
    arrive(&t, L4_PROTO_META, 0);
    run();
    ck_assert_uint_eq(t.calls, 0);
    ck_assert_int_eq(l4_msgtag_label(replies[0]), 1);
    ck_assert_int_eq(l4_msgtag_label(replies[1]), 0);
    ck_assert_uint_eq(l4_msgtag_words(replies[1]), 4);
    ck_assert_mem_eq(reply_bytes[1], "\x21\x43\0\0\0\0\0\0\x0e\0\0\0\0\0\0\0N4Test5ThingE\0\0", 32);
    ck_assert_int_eq(l4_msgtag_label(replies[2]), 1);
    ck_assert_int_eq(l4_msgtag_label(replies[3]), 0);
    ck_assert_int_eq(l4_msgtag_label(replies[4]), -L4_EMSGTOOSHORT);
}
END_TEST

static unsigned expired_order[4], n_expired;
static struct srv_timer timers[4];

static void timer_expired(struct srv_timer *t)
{
    expired_order[n_expired++ % 4] = (unsigned)(t - timers);
    if (t == &timers[3])
        srv_timer_arm(&srv, t, now); // again at once: must not starve the server
}

START_TEST(test_timers)
{
    n_expired = 0;
    for (unsigned i = 0; i < 4; i++)
        timers[i] = (struct srv_timer){.expired = timer_expired};
    srv_timer_arm(&srv, &timers[0], 3000);
    srv_timer_arm(&srv, &timers[1], 2000);
    srv_timer_arm(&srv, &timers[2], 2500);
    srv_timer_arm(&srv, &timers[0], 2200); // moved
    srv_timer_cancel(&srv, &timers[2]);
    srv_timer_cancel(&srv, &timers[2]);
    struct arrival *a = arrive(NULL, 0, 0);
    a->tag = l4_msgtag(0, 0, 0, L4_MSGTAG_ERROR);
    a->error = L4_IPC_RETIMEOUT;
    run();
    ck_assert_uint_eq(wait_until[0], 2000);
    ck_assert_uint_eq(n_expired, 0);
    now = 2300;
    ck_assert_uint_eq(srv_run_timers(&srv), 0);
    ck_assert_uint_eq(n_expired, 2);
    ck_assert_uint_eq(expired_order[0], 1);
    ck_assert_uint_eq(expired_order[1], 0);
    srv_timer_arm(&srv, &timers[3], 100);
    ck_assert_uint_eq(srv_run_timers(&srv), 2300);
    ck_assert_uint_eq(n_expired, 3);
}
END_TEST

START_TEST(test_irq_and_icu)
{
    static struct thing t;
    static struct srv_icu icu;
    static struct srv_icu_pin pins[2];
    t = (struct thing){.obj.ops = &thing_ops};
    ck_assert_int_eq(srv_register_irq(&srv, &t.obj), 0);
    arrive(&t, 0, 0);
    run();
    ck_assert_uint_eq(t.irqs, 1);
    ck_assert_uint_eq(n_replies, 0);

    srv_icu_init(&icu, pins, 2);
    srv_icu_trigger(&icu, 0); // nothing bound
    utcb.msg.mr[0] = L4_ICU_BIND_OP;
    utcb.msg.mr[1] = 1;
    utcb.msg.mr[2] = L4_RCV_OBJ_FPAGE;
    utcb.msg.mr[3] = l4_obj_fpage(0x44000, 0, 7).raw;
    l4_msgtag_t r = srv_icu_dispatch(&icu, &srv, l4_msgtag(L4_PROTO_IRQ, 2, 1, 0), &utcb);
    ck_assert_int_eq(l4_msgtag_label(r), 0);
    srv_icu_trigger(&icu, 1);
    srv_icu_trigger(&icu, 2);
    ck_assert_uint_eq(triggered[0x44], 1);
    utcb.msg.mr[1] = 2;
    utcb.msg.mr[0] = L4_ICU_BIND_OP;
    r = srv_icu_dispatch(&icu, &srv, l4_msgtag(L4_PROTO_IRQ, 2, 1, 0), &utcb);
    ck_assert_int_eq(l4_msgtag_label(r), -L4_ERANGE);
    utcb.msg.mr[0] = L4_ICU_UNMASK_OP;
    utcb.msg.mr[1] = 7;
    r = srv_icu_dispatch(&icu, &srv, l4_msgtag(L4_PROTO_IRQ, 2, 0, 0), &utcb);
    ck_assert(srv_is_no_reply(r));
    utcb.msg.mr[0] = L4_ICU_INFO_OP;
    r = srv_icu_dispatch(&icu, &srv, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), &utcb);
    ck_assert_uint_eq(utcb.msg.mr[0] >> 32, 2);
    srv_icu_destroy(&icu);
    srv_icu_trigger(&icu, 1);
    ck_assert_uint_eq(triggered[0x44], 1);

    // an interrupt that came with the message is the pin's, and goes when there is another one
    l4_cap_idx_t kept = srv.rcv_slot[0];
    for (unsigned i = 0; i < 2; i++) {
        srv.rcv_filled = 1;
        utcb.msg.mr[0] = L4_ICU_BIND_OP;
        utcb.msg.mr[1] = 0;
        utcb.msg.mr[2] = i ? L4_RCV_OBJ_FPAGE : L4_RCV_OBJ_MAPPED;
        utcb.msg.mr[3] = l4_obj_fpage(0x44000, 0, 7).raw;
        r = srv_icu_dispatch(&icu, &srv, l4_msgtag(L4_PROTO_IRQ, 2, 1, 0), &utcb);
        ck_assert_int_eq(l4_msgtag_label(r), 0);
        ck_assert_uint_eq(unmapped[kept >> L4_CAP_SHIFT], i);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("srv_server");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_dispatch);
    tcase_add_test(tc, test_stale_labels);
    tcase_add_test(tc, test_received_caps);
    tcase_add_test(tc, test_gone);
    tcase_add_test(tc, test_meta);
    tcase_add_test(tc, test_timers);
    tcase_add_test(tc, test_irq_and_icu);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
