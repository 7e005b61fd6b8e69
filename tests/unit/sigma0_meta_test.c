// SPDX-License-Identifier: MIT
// Sigma0's answers to the Meta protocol, byte by byte.
#include "unit_run.h"

#include "meta.h"

#include <check.h>
#include <l4/sys/err.h>
#include <string.h>

static l4_utcb_t utcb;

static l4_msgtag_t ask(l4_umword_t op, l4_umword_t arg, unsigned words)
{
    memset(&utcb, 0xa5, sizeof(utcb));
    utcb.msg.mr[0] = op;
    utcb.msg.mr[1] = arg;
    return meta_answer(&utcb, l4_msgtag(L4_PROTO_META, words, 0, 0));
}

START_TEST(interface)
{
    l4_msgtag_t tag = ask(0xffffffff00000001, 0, 2); // the operation has 32 bits
    ck_assert_int_eq(l4_msgtag_label(tag), 0);
    ck_assert_uint_eq(l4_msgtag_words(tag), 4);
    ck_assert_uint_eq(l4_msgtag_items(tag), 0);
    ck_assert_mem_eq(utcb.msg.mr, "\xfa\xff\xff\xff\xff\xff\xff\xff\x0d\0\0\0\0\0\0\0N2L46Sigma0E\0\0\0", 32);
}
END_TEST

START_TEST(others)
{
    ck_assert_int_eq(l4_msgtag_label(ask(0, 0, 1)), 1);
    ck_assert_int_eq(l4_msgtag_label(ask(1, 1, 2)), -L4_ERANGE);
    ck_assert_int_eq(l4_msgtag_label(ask(1, 0, 1)), -L4_EMSGTOOSHORT);
    ck_assert_int_eq(l4_msgtag_label(ask(2, (l4_umword_t)L4_PROTO_SIGMA0, 2)), 1);
    ck_assert_int_eq(l4_msgtag_label(ask(2, (l4_umword_t)L4_PROTO_FACTORY, 2)), 1);
    ck_assert_int_eq(l4_msgtag_label(ask(2, 0x4000, 2)), 0);
    ck_assert_int_eq(l4_msgtag_label(ask(2, (l4_umword_t)L4_PROTO_SIGMA0, 1)), -L4_EMSGTOOSHORT);
    ck_assert_int_eq(l4_msgtag_label(ask(3, 0, 2)), -L4_ENOSYS);
    ck_assert_int_eq(l4_msgtag_label(ask(0, 0, 0)), -L4_EMSGTOOSHORT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sigma0_meta");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, interface);
    tcase_add_test(tc, others);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
