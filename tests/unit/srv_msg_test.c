// SPDX-License-Identifier: MIT
#include "unit_run.h"

#include <check.h>
#include <l4/srv/factory_args.h>
#include <l4/srv/msg.h>
#include <string.h>

static l4_utcb_t utcb;
static l4_msgtag_t sent, answer;
static l4_buf_regs_t sent_buf;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    (void)dest;
    (void)to;
    sent = tag;
    sent_buf = utcb.buf;
    return answer;
}

static void setup(void)
{
    memset(&utcb, 0xa5, sizeof(utcb));
}

START_TEST(test_alignment)
{
    struct msg_out out;
    struct msg_in in;
    msg_out_init(&out, &utcb);
    msg_put_u8(&out, 1);
    msg_put_u16(&out, 2);
    msg_put_u32(&out, 3);
    msg_put_u8(&out, 4);
    msg_put_u64(&out, 5);
    msg_put_u8(&out, 6);
    l4_msgtag_t tag = msg_reply(&out, 7);
    ck_assert_int_eq(l4_msgtag_label(tag), 7);
    ck_assert_uint_eq(l4_msgtag_words(tag), 4);
    ck_assert_uint_eq(utcb.msg.mr[0], 0x0000000300020001ul); // padding is zero, nothing old leaks
    ck_assert_uint_eq(utcb.msg.mr[1], 4);
    ck_assert_uint_eq(utcb.msg.mr[3], 6);

    msg_in_init(&in, &utcb, tag);
    ck_assert_uint_eq(msg_get_u8(&in), 1);
    ck_assert_uint_eq(msg_get_u16(&in), 2);
    ck_assert_uint_eq(msg_get_u32(&in), 3);
    ck_assert_uint_eq(msg_get_u8(&in), 4);
    ck_assert_uint_eq(msg_get_u64(&in), 5);
    ck_assert_uint_eq(msg_get_u8(&in), 6);
    ck_assert_uint_eq(msg_get_u64(&in), 0);
    ck_assert_int_eq(in.err, -L4_EMSGTOOSHORT);
    ck_assert_uint_eq(msg_get_u8(&in), 0); // stays in error
}
END_TEST

START_TEST(test_strings)
{
    struct msg_out out;
    struct msg_in in;
    char buf[8];
    for (unsigned lb = 2; lb <= 8; lb += 6) {
        msg_out_init(&out, &utcb);
        msg_put_u32(&out, 9);
        msg_put_string(&out, lb, "hello");
        msg_in_init(&in, &utcb, msg_reply(&out, 0));
        msg_get_u32(&in);
        ck_assert_uint_eq(msg_get_string(&in, lb, buf, sizeof(buf)), 5);
        ck_assert_str_eq(buf, "hello");
        ck_assert_int_eq(in.err, 0);
        msg_in_init(&in, &utcb, l4_msgtag(0, 4, 0, 0));
        msg_get_u32(&in);
        ck_assert_uint_eq(msg_get_string(&in, lb, buf, 5), 0); // does not fit
        ck_assert_str_eq(buf, "");
        ck_assert_int_eq(in.err, -L4_EMSGTOOLONG);
    }
    // a length of 0, one beyond the message, one that would wrap; no terminator
    l4_umword_t bad[] = {0, 9, 1000, ~0ul, 1ul << 32};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        utcb.msg.mr[0] = bad[i];
        msg_in_init(&in, &utcb, l4_msgtag(0, 2, 0, 0));
        ck_assert_uint_eq(msg_get_string(&in, 8, buf, sizeof(buf)), 0);
        ck_assert_int_eq(in.err, -L4_EMSGTOOSHORT);
    }
    utcb.msg.mr[0] = 8;
    memcpy(&utcb.msg.mr[1], "abcdefgh", 8);
    msg_in_init(&in, &utcb, l4_msgtag(0, 2, 0, 0));
    ck_assert_uint_eq(msg_get_string(&in, 8, buf, sizeof(buf)),
                      7); // the last byte is the terminator
    ck_assert_str_eq(buf, "abcdefg");
}
END_TEST

START_TEST(test_arrays)
{
    struct msg_in in;
    char buf[9] = "........";
    utcb.msg.mr[0] = 5;
    memcpy(&utcb.msg.mr[1], "abcdefgh", 8);
    msg_in_init(&in, &utcb, l4_msgtag(0, 2, 0, 0));
    ck_assert_uint_eq(msg_get_array(&in, 8, buf, 5), 5);
    ck_assert_str_eq(buf, "abcde...");
    ck_assert_int_eq(in.err, 0);
    msg_in_init(&in, &utcb, l4_msgtag(0, 2, 0, 0));
    ck_assert_uint_eq(msg_get_array(&in, 8, buf, 4), 0); // does not fit
    ck_assert_int_eq(in.err, -L4_EMSGTOOLONG);
    utcb.msg.mr[0] = 9; // ends behind the message
    msg_in_init(&in, &utcb, l4_msgtag(0, 2, 0, 0));
    ck_assert_uint_eq(msg_get_array(&in, 8, buf, sizeof(buf)), 0);
    ck_assert_int_eq(in.err, -L4_EMSGTOOSHORT);
    ck_assert_str_eq(buf, "abcde...");
}
END_TEST

START_TEST(test_too_long)
{
    struct msg_out out;
    static char big[600];
    memset(big, 'x', sizeof(big) - 1);
    msg_out_init(&out, &utcb);
    msg_put_string(&out, 2, big);
    ck_assert_int_eq(l4_msgtag_label(msg_reply(&out, 0)), -L4_EMSGTOOLONG);
    msg_out_init(&out, &utcb);
    for (unsigned i = 0; i < 62; i++)
        msg_put_u64(&out, i);
    msg_put_cap(&out, 0x1000, L4_CAP_FPAGE_RW); // data fits, its item does not
    ck_assert_int_eq(l4_msgtag_label(msg_reply(&out, 0)), -L4_EMSGTOOLONG);
    msg_out_init(&out, &utcb);
    for (unsigned i = 0; i < 5; i++)
        msg_put_cap(&out, 0x1000, 0);
    ck_assert_int_eq(out.err, -L4_EMSGTOOLONG);
}
END_TEST

START_TEST(test_items)
{
    struct msg_in in;
    struct msg_item item;
    l4_umword_t *mr = utcb.msg.mr;
    utcb.buf.br[0] = 0x10000 | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_LOCAL_ID;
    utcb.buf.br[1] = 0x11000 | L4_RCV_ITEM_SINGLE_CAP;
    mr[0] = 42;
    mr[1] = 0; // void: uses no buffer
    mr[3] = 0x7000 | L4_RCV_OBJ_LOCAL_ID;
    mr[4] = 0xdeadbee0 | 3;
    mr[5] = 0x3000 | L4_RCV_OBJ_MAPPED;
    mr[7] = L4_RCV_OBJ_FPAGE;
    mr[8] = l4_obj_fpage(0x22000, 0, L4_CAP_FPAGE_RW).raw;
    msg_in_init(&in, &utcb, l4_msgtag(0, 1, 4, 0));
    ck_assert(msg_get_item(&in, &item) && item.kind == MSG_ITEM_VOID);
    ck_assert(msg_get_item(&in, &item) && item.kind == MSG_ITEM_LOCAL);
    ck_assert_uint_eq(item.label, 0xdeadbee0);
    ck_assert_uint_eq(item.rights, 3);
    ck_assert(msg_get_item(&in, &item) && item.kind == MSG_ITEM_CAP);
    ck_assert_uint_eq(item.cap, 0x11000);
    ck_assert_uint_eq(item.buf, 1);
    ck_assert(msg_get_item(&in, &item) && item.kind == MSG_ITEM_FPAGE);
    ck_assert_uint_eq(item.cap, 0x22000);
    ck_assert(!msg_get_item(&in, &item));
    ck_assert_uint_eq(msg_get_cap(&in), L4_INVALID_CAP);
    ck_assert_int_eq(in.err, -L4_EMSGMISSARG);
    // a tag that announces more than there is
    msg_in_init(&in, &utcb, l4_msgtag(0, 63, 63, 0));
    ck_assert(!msg_get_item(&in, &item));
    msg_in_init(&in, &utcb, l4_msgtag(0, 60, 63, 0));
    ck_assert_uint_eq(in.items, 1);
}
END_TEST

START_TEST(test_call)
{
    struct msg_out out;
    struct msg_in in;
    msg_out_init(&out, &utcb);
    msg_put_u32(&out, 1);
    msg_put_cap(&out, L4_INVALID_CAP, 0);
    msg_put_cap(&out, 0x8000, L4_CAP_FPAGE_RWS | L4_FPAGE_C_IPCGATE_SVR);
    msg_rcv_cap(&out, 0x9000);
    answer = l4_msgtag(3, 1, 0, 0);
    ck_assert_int_eq(msg_call(0x4000, 0x4001, &out, &in), 3);
    ck_assert_int_eq(l4_msgtag_label(sent), 0x4001);
    ck_assert_uint_eq(l4_msgtag_items(sent), 2);
    ck_assert_uint_eq(utcb.msg.mr[1], 0);
    ck_assert_uint_eq(utcb.msg.mr[3], L4_ITEM_MAP | L4_FPAGE_C_IPCGATE_SVR);
    ck_assert_uint_eq(utcb.msg.mr[4], 0x8000 | 0x30 | L4_CAP_FPAGE_RWS);
    ck_assert_uint_eq(sent_buf.br[0], 0x9000 | L4_RCV_ITEM_SINGLE_CAP);
    ck_assert_uint_eq(sent_buf.br[1], 0);
    answer = l4_msgtag(3, 1, 0, L4_MSGTAG_ERROR);
    utcb.tcr.error = L4_IPC_ENOT_EXISTENT;
    msg_out_init(&out, &utcb);
    ck_assert_int_eq(msg_call(0x4000, 0, &out, &in), -2004);
    ck_assert_uint_eq(in.end, 0);
}
END_TEST

START_TEST(test_factory_args)
{
    struct msg_out out;
    struct factory_args a;
    struct factory_arg arg;
    char buf[16];
    msg_out_init(&out, &utcb);
    msg_put_factory_start(&out, -13);
    msg_put_factory_int(&out, -5);
    msg_put_factory_str(&out, "key=value");
    msg_put_factory_uint(&out, 7);
    l4_msgtag_t tag = msg_reply(&out, L4_PROTO_FACTORY);
    ck_assert_uint_eq(l4_msgtag_words(tag), 1 + 2 + 3 + 2);

    ck_assert_int_eq(factory_args_init(&a, &utcb, tag), -13);
    ck_assert(factory_args_next(&a, &arg) && arg.kind == FACTORY_ARG_INT && arg.is_signed);
    ck_assert_int_eq(arg.value, -5);
    ck_assert(factory_args_next(&a, &arg) && arg.kind == FACTORY_ARG_STRING);
    ck_assert(factory_arg_copy(&arg, buf, sizeof(buf)));
    ck_assert_str_eq(buf, "key=value");
    ck_assert(!factory_arg_copy(&arg, buf, 9));
    ck_assert(factory_args_next(&a, &arg) && arg.kind == FACTORY_ARG_INT && !arg.is_signed);
    ck_assert(!factory_args_next(&a, &arg));
    ck_assert_int_eq(a.err, 0);

    utcb.msg.mr[1] = L4_VARG_TYPE_STRING | (500ul << 16);
    factory_args_init(&a, &utcb, l4_msgtag(0, 3, 0, 0));
    ck_assert(!factory_args_next(&a, &arg));
    ck_assert_int_eq(a.err, -L4_EMSGTOOSHORT);
    utcb.msg.mr[1] = L4_VARG_TYPE_STRING | (17ul << 16); // begins in the message, and ends behind it
    factory_args_init(&a, &utcb, l4_msgtag(0, 3, 0, 0));
    ck_assert(!factory_args_next(&a, &arg));
    ck_assert_int_eq(a.err, -L4_EMSGTOOSHORT);
    utcb.msg.mr[1] = L4_VARG_TYPE_STRING | (8ul << 16); // without an end, and something follows
    memcpy(&utcb.msg.mr[2], "abcdefghijkl", 13);
    factory_args_init(&a, &utcb, l4_msgtag(0, 4, 0, 0));
    ck_assert(factory_args_next(&a, &arg) && arg.kind == FACTORY_ARG_STRING);
    ck_assert_uint_eq(arg.len, 8);
    utcb.msg.mr[1] = 0x77 | (8ul << 16);
    factory_args_init(&a, &utcb, l4_msgtag(0, 3, 0, 0));
    ck_assert(!factory_args_next(&a, &arg));
    ck_assert_int_eq(a.err, -L4_EINVAL);
    utcb.msg.mr[1] = L4_VARG_TYPE_UMWORD; // an integer without content
    factory_args_init(&a, &utcb, l4_msgtag(0, 2, 0, 0));
    ck_assert(!factory_args_next(&a, &arg));
    factory_args_init(&a, &utcb, l4_msgtag(0, 0, 0, 0));
    ck_assert_int_eq(a.err, -L4_EMSGTOOSHORT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("srv_msg");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_alignment);
    tcase_add_test(tc, test_strings);
    tcase_add_test(tc, test_arrays);
    tcase_add_test(tc, test_too_long);
    tcase_add_test(tc, test_items);
    tcase_add_test(tc, test_call);
    tcase_add_test(tc, test_factory_args);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
