// SPDX-License-Identifier: MIT
// Client side of region maps: what it sends, byte by byte, and what it makes of replies.
#include "rm_messages.h"
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <l4/sys/ipc.h>
#include <stdbool.h>
#include <string.h>

#define RM       0x10000ul
#define OTHER_RM 0x30000ul
#define DS       0x456000ul
#define CALLS    64

// What went out, and what comes back.
struct call {
    l4_msgtag_t tag;
    l4_umword_t dest;
    l4_umword_t mr[L4_UTCB_GENERIC_DATA_SIZE], br[3];
};
struct reply {
    long label;
    void const *bytes;
    unsigned size;
    l4_umword_t item; // 0: none
};

static l4_utcb_t utcb;
static l4re_env_t const env = {.rm = RM};
l4re_env_t const *l4re_global_env = &env;
static struct call calls[CALLS];
static struct reply replies[CALLS];
static unsigned n_calls, n_unmapped;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    (void)to;
    if (l4_msgtag_label(tag) == L4_PROTO_TASK) {
        n_unmapped++;
        return l4_msgtag(0, 0, 0, 0);
    }
    ck_assert_uint_lt(n_calls, CALLS);
    struct call *c = &calls[n_calls];
    struct reply const *r = &replies[n_calls++];
    c->tag = tag;
    c->dest = dest & ~L4_SYSF_CALL;
    memcpy(c->mr, utcb.msg.mr, sizeof(c->mr));
    memcpy(c->br, utcb.buf.br, sizeof(c->br));
    memset(&utcb, 0x55, sizeof(utcb));
    memcpy(utcb.msg.mr, r->bytes ? r->bytes : "", r->size);
    utcb.msg.mr[r->size / 8] = r->item;
    return l4_msgtag(r->label, r->size / 8, r->item ? 1 : 0, 0);
}

static void setup(void)
{
    memset(&utcb, 0x55, sizeof(utcb));
    memset(calls, 0, sizeof(calls));
    memset(replies, 0, sizeof(replies));
    n_calls = n_unmapped = 0;
}

static void check_request(unsigned n, void const *bytes, unsigned size, unsigned items)
{
    ck_assert_uint_gt(n_calls, n);
    ck_assert_int_eq(l4_msgtag_label(calls[n].tag), L4RE_PROTO_RM);
    ck_assert_uint_eq(l4_msgtag_words(calls[n].tag), size / 8);
    ck_assert_uint_eq(l4_msgtag_items(calls[n].tag), items);
    ck_assert_mem_eq(calls[n].mr, bytes, size);
}

static l4_umword_t memory_item(unsigned order)
{
    return L4_ITEM_MAP | (l4_umword_t)order << L4_FPAGE_SIZE_SHIFT;
}

START_TEST(test_attach)
{
    void *at = (void *)0x12345000;
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, DS, 0x7000, 14), 0);
    check_request(0, attach_request, sizeof(attach_request), 1);
    ck_assert_mem_eq(&calls[0].mr[10], attach_item, sizeof(attach_item));
    ck_assert_ptr_eq(at, (void *)0x12348000);
    ck_assert_uint_eq(n_calls, 1);
    replies[1].label = -L4_EPERM;
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, L4RE_RM_F_RW, DS, 0, 0), -L4_EPERM);
    ck_assert_ptr_eq(at, (void *)0x12348000);
}
END_TEST

START_TEST(test_attach_without_dataspace)
{
    void *at = (void *)0x12345000;
    l4re_rm_flags_t flags = L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_PRIVATE | L4RE_RM_F_ANONYMOUS | L4RE_RM_F_RW;
    replies[0] = (struct reply){0, anonymous_reply, sizeof(anonymous_reply), 0};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x2000, flags, L4_INVALID_CAP, 0, 12), 0);
    check_request(0, anonymous_request, sizeof(anonymous_request), 1);
    ck_assert_mem_eq(&calls[0].mr[10], void_item, sizeof(void_item));
    setup();
    at = (void *)0x12345000;
    flags = L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_PRIVATE | L4RE_RM_F_RW;
    replies[0] = (struct reply){0, private_reply, sizeof(private_reply), 0};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, flags, DS, 0x7000, 12), 0);
    check_request(0, private_request, sizeof(private_request), 1);
    ck_assert_mem_eq(&calls[0].mr[10], attach_item, sizeof(attach_item));
    // no rights, or nobody's memory: the dataspace is not sent
    static l4re_rm_flags_t const none[] = {0, L4RE_RM_F_RW | L4RE_RM_F_RESERVED, L4RE_RM_F_RW | L4RE_RM_F_KERNEL};
    for (unsigned i = 0; i < 3; i++) {
        l4re_rm_attach(&at, 0x2000, none[i], DS, 0, 12);
        ck_assert_uint_eq(calls[1 + i].mr[6], L4_INVALID_CAP);
        ck_assert_mem_eq(&calls[1 + i].mr[10], void_item, sizeof(void_item));
    }
}
END_TEST

static l4re_rm_flags_t const eager = L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_EAGER_MAP | L4RE_RM_F_RW;

// The library goes on behind what came, until all is there.
START_TEST(test_eager_map)
{
    void *at = (void *)0x12345000;
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    replies[1] = (struct reply){0, page_in_reply, sizeof(page_in_reply), memory_item(13)};
    replies[2] = (struct reply){0, page_in_reply, sizeof(page_in_reply), memory_item(12) | L4_RCV_ITEM_NOTHING};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager, DS, 0x7000, 14), 0);
    ck_assert_uint_eq(n_calls, 3);
    check_request(1, page_in_request, sizeof(page_in_request), 0);
    ck_assert_uint_eq(calls[1].br[0], L4_ITEM_MAP);
    ck_assert_uint_eq(calls[1].br[1], l4_fpage_all().raw);
    ck_assert_uint_eq(calls[1].br[2], 0);
    ck_assert_uint_eq(calls[2].mr[1], 0x1234a000);
    ck_assert_uint_eq(calls[2].mr[2], 0x1234afff);
    ck_assert_ptr_eq(at, (void *)0x12348000);
}
END_TEST

START_TEST(test_not_eager)
{
    static l4re_rm_flags_t const lazy[] = {L4RE_RM_F_NO_EAGER_MAP, L4RE_RM_F_RESERVED, L4RE_RM_F_KERNEL};
    void *at = NULL;
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager | lazy[i], DS, 0, 12), 0);
    // another task's pages would come here, and its server might name any function
    ck_assert_int_eq(l4re_rm_attach_srv(OTHER_RM, &at, 0x3000, eager, DS, 0, 12), 0);
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, L4RE_RM_F_EAGER_MAP, DS, 0, 12), 0);
    ck_assert_uint_eq(n_calls, 5);
}
END_TEST

// Memory that cannot be had is an error of the attach, and nothing stays behind.
START_TEST(test_eager_map_fails)
{
    void *at = (void *)0x5000;
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    replies[1] = (struct reply){-L4_ENOMEM, NULL, 0, 0};
    replies[2] = (struct reply){0, detach_reply, sizeof(detach_reply), 0};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager, DS, 0, 14), -L4_ENOMEM);
    ck_assert_uint_eq(n_calls, 3);
    ck_assert_uint_eq(calls[2].mr[0], L4RE_RM_OP_DETACH);
    ck_assert_uint_eq(calls[2].mr[1], 0x12348000);
    ck_assert_ptr_eq(at, (void *)0x5000);
    // a server that says yes and gives nothing
    setup();
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    replies[1] = (struct reply){0, page_in_reply, sizeof(page_in_reply), 0};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager, DS, 0, 14), -L4_EIO);
    setup();
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    replies[1] = (struct reply){0, page_in_reply, sizeof(page_in_reply), memory_item(11)};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager, DS, 0, 14), -L4_EIO);
}
END_TEST

static l4_addr_t helper_min, helper_max;
static unsigned helper_rights;

static long helper(l4_addr_t min, l4_addr_t max, l4_uint16_t rights)
{
    helper_min = min;
    helper_max = max;
    helper_rights = rights;
    return -L4_ENOMEM;
}

// A runtime that has the caller's thread do the work.
START_TEST(test_helper)
{
    void *at = NULL;
    l4_umword_t function = (l4_umword_t)helper;
    replies[0] = (struct reply){0, attach_reply, sizeof(attach_reply), 0};
    replies[1] = (struct reply){0, &function, sizeof(function), memory_item(12)};
    ck_assert_int_eq(l4re_rm_attach(&at, 0x3000, eager, DS, 0, 14), -L4_ENOMEM);
    ck_assert_uint_eq(helper_min, 0x12348000);
    ck_assert_uint_eq(helper_max, 0x1234afff);
    ck_assert_uint_eq(helper_rights, L4RE_RM_F_RW);
}
END_TEST

START_TEST(test_detach)
{
    l4re_ds_t ds = 0;
    for (unsigned i = 0; i < 4; i++) {
        static long const labels[] = {L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED, L4RE_RM_KEPT_DS,
                                      L4RE_RM_SPLIT_DS | L4RE_RM_DETACH_UNMAPPED, L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN};
        replies[i] = (struct reply){labels[i], detach_reply, sizeof(detach_reply), 0};
    }
    ck_assert_int_eq(l4re_rm_detach_ds((void *)0x1234a000, &ds), 0);
    check_request(0, detach_request, sizeof(detach_request), 0);
    ck_assert_uint_eq(ds, DS);
    ck_assert_uint_eq(n_unmapped, 0);
    ck_assert_int_eq(l4re_rm_detach((void *)0x1234a000), 0);
    ck_assert_uint_eq(n_unmapped, 2); // three pages
    ck_assert_int_eq(l4re_rm_detach_unmap(0x1234a000, L4_INVALID_CAP), 0);
    ck_assert_int_eq(l4re_rm_detach_unmap(0x1234a000, L4_INVALID_CAP), 0);
    ck_assert_uint_eq(n_unmapped, 2);
    ck_assert_uint_eq(n_calls, 4);
    replies[4].label = -L4_ENOENT;
    ck_assert_int_eq(l4re_rm_detach((void *)0x1234a000), -L4_ENOENT);
}
END_TEST

START_TEST(test_find)
{
    l4_addr_t addr = 0x12349fff;
    unsigned long size = 1;
    l4re_rm_offset_t offset = 0;
    l4re_rm_flags_t flags = 0;
    l4re_ds_t ds = 0;
    replies[0] = (struct reply){0, find_reply, sizeof(find_reply), 0};
    ck_assert_int_eq(l4re_rm_find(&addr, &size, &offset, &flags, &ds), 0);
    check_request(0, find_request, sizeof(find_request), 0);
    ck_assert_uint_eq(addr, 0x12348000);
    ck_assert_uint_eq(size, 0x3000);
    ck_assert_uint_eq(offset, 0x7000);
    ck_assert_uint_eq(flags, L4RE_RM_F_RW);
    ck_assert_uint_eq(ds, DS);
}
END_TEST

START_TEST(test_areas)
{
    l4_addr_t at = 0x20001;
    replies[0] = (struct reply){0, reserve_reply, sizeof(reserve_reply), 0};
    ck_assert_int_eq(l4re_rm_reserve_area(&at, 0x1801, L4RE_RM_F_SEARCH_ADDR, 1), 0);
    check_request(0, reserve_request, sizeof(reserve_request), 0);
    ck_assert_uint_eq(at, 0x20002);
    ck_assert_int_eq(l4re_rm_free_area(0x21802), 0);
    check_request(1, free_area_request, sizeof(free_area_request), 0);
}
END_TEST

START_TEST(test_lists)
{
    l4re_rm_region_t list[2];
    replies[0] = (struct reply){1, get_regions_reply, sizeof(get_regions_reply), 0};
    replies[1] = (struct reply){1, get_areas_reply, sizeof(get_areas_reply), 0};
    replies[2] = (struct reply){1000, get_areas_reply, sizeof(get_areas_reply), 0}; // more than a message holds
    ck_assert_int_eq(l4re_rm_get_regions_srv(RM, 0, list, 2), 1);
    check_request(0, get_regions_request, sizeof(get_regions_request), 0);
    ck_assert_uint_eq(list[0].start, 0x12348000);
    ck_assert_uint_eq(list[0].end, 0x1234afff);
    ck_assert_uint_eq(list[0].flags, L4RE_RM_F_RW);
    ck_assert_int_eq(l4re_rm_get_areas_srv(RM, 0, list, 2), 1);
    check_request(1, get_areas_request, sizeof(get_areas_request), 0);
    ck_assert_uint_eq(list[0].end, 0x21802);
    ck_assert_int_eq(l4re_rm_get_areas_srv(RM, 0, list, 2), 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rm_client");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_attach);
    tcase_add_test(tc, test_attach_without_dataspace);
    tcase_add_test(tc, test_eager_map);
    tcase_add_test(tc, test_not_eager);
    tcase_add_test(tc, test_eager_map_fails);
    tcase_add_test(tc, test_helper);
    tcase_add_test(tc, test_detach);
    tcase_add_test(tc, test_find);
    tcase_add_test(tc, test_areas);
    tcase_add_test(tc, test_lists);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
