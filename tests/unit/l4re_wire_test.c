// SPDX-License-Identifier: MIT
// What the client library sends to dataspaces, namespaces, factories and DMA spaces, byte by byte, and what it makes of
// replies.
#include "unit_run.h"

#include "l4re_messages.h"

#include <check.h>
#include <l4/re/c/dma_space.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/namespace.h>
#include <l4/re/env.h>
#include <l4/sys/ipc.h>
#include <string.h>

#define SRV 0x10000ul
#define DS  0x456000ul
#define CALLS 4

struct call {
    l4_msgtag_t tag;
    l4_cap_idx_t dest;
    l4_umword_t mr[L4_UTCB_GENERIC_DATA_SIZE], br[3];
};
struct reply {
    long label;
    void const *bytes;
    unsigned size;
    l4_umword_t item; // 0: none
};

static l4_utcb_t utcb;
static l4re_env_t const env = {.mem_alloc = SRV};
l4re_env_t const *l4re_global_env = &env;
static struct call calls[CALLS];
static struct reply replies[CALLS];
static unsigned n_calls;
// an item with all rights to DS, as it is sent
static message_bytes ds_item = {0x08, 0, 0, 0, 0, 0, 0, 0, 0x37, 0x60, 0x45, 0, 0, 0, 0, 0};
static message_bytes void_item = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    ck_assert_uint_lt(n_calls, CALLS);
    struct call *c = &calls[n_calls];
    struct reply const *r = &replies[n_calls++];
    c->tag = tag;
    c->dest = dest & L4_CAP_INDEX_MASK;
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
    n_calls = 0;
}

static void check_bytes(unsigned n, long label, void const *bytes, unsigned size)
{
    ck_assert_uint_gt(n_calls, n);
    ck_assert_int_eq(l4_msgtag_label(calls[n].tag), label);
    ck_assert_uint_eq(l4_msgtag_words(calls[n].tag), size / 8);
    ck_assert_mem_eq(calls[n].mr, bytes, size);
}

static void check_item(unsigned n, message_bytes item)
{
    ck_assert_uint_eq(l4_msgtag_items(calls[n].tag), 1);
    ck_assert_mem_eq(&calls[n].mr[l4_msgtag_words(calls[n].tag)], item, 16);
}

#define CHECK_REQUEST(n, label, bytes) check_bytes(n, label, bytes, sizeof(bytes))
#define REPLY(bytes, object)           ((struct reply){0, bytes, sizeof(bytes), object})

START_TEST(dataspace_map)
{
    replies[0].item = L4_RCV_MEM_MAPPED | 13ul << L4_FPAGE_SIZE_SHIFT;
    ck_assert_int_eq(l4re_ds_map_order(SRV, L4RE_DS_F_RW, 0x7000, 0x12345000, 0x12300000, 0x12400000), 13);
    CHECK_REQUEST(0, L4RE_PROTO_DATASPACE, ds_map_request);
    ck_assert_uint_eq(l4_msgtag_items(calls[0].tag), 0);
    // the window: the largest piece in which place and offset agree
    ck_assert_uint_eq(calls[0].br[0], L4_ITEM_MAP);
    ck_assert_uint_eq(calls[0].br[1], l4_fpage(0x12344000, 13, L4_FPAGE_RWX).raw);
    ck_assert_uint_eq(calls[0].br[2], 0);
    replies[1].label = -L4_EPERM;
    ck_assert_int_eq(l4re_ds_map(SRV, L4RE_DS_F_RW, 0, 0x5000, 0x5000, 0x6000), -L4_EPERM);
}
END_TEST

START_TEST(dataspace_requests)
{
    l4re_ds_stats_t stats;
    l4_addr_t start, end;
    ck_assert_int_eq(l4re_ds_clear(SRV, 0x1234, 0x567), 0);
    CHECK_REQUEST(0, L4RE_PROTO_DATASPACE, ds_clear_request);
    replies[1] = REPLY(ds_info_reply, 0);
    ck_assert_int_eq(l4re_ds_info(SRV, &stats), 0);
    CHECK_REQUEST(1, L4RE_PROTO_DATASPACE, ds_info_request);
    ck_assert(stats.size == 0x8123 && stats.flags == L4RE_DS_F_RWX);
    replies[2] = REPLY(ds_map_info_reply, 0);
    ck_assert_int_eq(l4re_ds_map_info(SRV, &start, &end), 0);
    CHECK_REQUEST(2, L4RE_PROTO_DATASPACE, ds_map_info_request);
    ck_assert(start == 0 && end == ~0ul);
    replies[3].label = -L4_ERANGE;
    ck_assert_int_eq(l4re_ds_allocate(SRV, 0x2000, 0x1000), -L4_ERANGE);
    CHECK_REQUEST(3, L4RE_PROTO_DATASPACE, ds_allocate_request);
}
END_TEST

START_TEST(dataspace_copy)
{
    ck_assert_int_eq(l4re_ds_copy_in(SRV, 0x1008, DS, 0x40, 0x21), 0);
    CHECK_REQUEST(0, L4RE_PROTO_DATASPACE, ds_copy_in_request);
    check_item(0, ds_item);
}
END_TEST

START_TEST(factory_creates)
{
    ck_assert_int_eq(l4re_ma_alloc_align(0x8123, DS, 0, 4096), 0);
    CHECK_REQUEST(0, L4_PROTO_FACTORY, create_ds_request);
    ck_assert_uint_eq(calls[0].dest, SRV);
    ck_assert_uint_eq(calls[0].br[0], DS | L4_RCV_ITEM_SINGLE_CAP);
    replies[1].label = -L4_ENOMEM;
    ck_assert_int_eq(l4re_ma_alloc_align(-1ul, DS, 1, 21), -L4_ENOMEM);
    CHECK_REQUEST(1, L4_PROTO_FACTORY, create_largest_request);
}
END_TEST

START_TEST(namespace_query)
{
    replies[0] = REPLY(ns_query_partly_reply, L4_RCV_OBJ_MAPPED);
    replies[0].label = 0x20;
    replies[1] = REPLY(ns_query_reply, L4_RCV_OBJ_MAPPED);
    ck_assert_int_eq(l4re_ns_query_srv(SRV, "sub/x", DS), 0);
    ck_assert_uint_eq(n_calls, 2);
    CHECK_REQUEST(0, L4RE_PROTO_NAMESPACE, ns_query_request);
    ck_assert_uint_eq(calls[0].dest, SRV);
    CHECK_REQUEST(1, L4RE_PROTO_NAMESPACE, ns_query_rest_request);
    ck_assert_uint_eq(calls[1].dest, DS); // that has come
    for (unsigned i = 0; i < 2; i++)
        ck_assert_uint_eq(calls[i].br[0], DS | L4_RCV_ITEM_SINGLE_CAP);
    replies[2].label = -L4_ENOENT;
    ck_assert_int_eq(l4re_ns_query_srv(SRV, "/", DS), -L4_ENOENT);
    CHECK_REQUEST(2, L4RE_PROTO_NAMESPACE, ns_query_slash_request);
}
END_TEST

START_TEST(namespace_entries)
{
    ck_assert_int_eq(l4re_ns_register_obj_srv(SRV, "x", DS, L4RE_NS_REGISTER_RW | L4RE_NS_REGISTER_OVERWRITE), 0);
    CHECK_REQUEST(0, L4RE_PROTO_NAMESPACE, ns_register_request);
    static message_bytes rw_item = {0x08, 0, 0, 0, 0, 0, 0, 0, 0x35, 0x60, 0x45, 0, 0, 0, 0, 0};
    check_item(0, rw_item);
    l4re_ns_register_obj_srv(SRV, "x", L4_INVALID_CAP, L4RE_NS_REGISTER_RW | L4RE_NS_REGISTER_OVERWRITE); // a promise
    CHECK_REQUEST(1, L4RE_PROTO_NAMESPACE, ns_register_request);
    check_item(1, void_item);
    replies[2].label = -L4_EACCESS;
    ck_assert_int_eq(l4re_ns_unlink_srv(SRV, "x"), -L4_EACCESS);
    CHECK_REQUEST(2, L4RE_PROTO_NAMESPACE, ns_unlink_request);
}
END_TEST

START_TEST(dma_spaces)
{
    static message_bytes reply = {0x00, 0x20, 0, 0, 0, 0, 0, 0, 0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0};
    l4_size_t size = 0x2000;
    l4re_dma_space_dma_addr_t addr = 0;
    replies[0] = REPLY(reply, 0);
    ck_assert_int_eq(l4re_dma_space_map(SRV, DS, 0x1000, &size, L4RE_DMA_SPACE_SEARCH_ADDR, 12, &addr), 0);
    CHECK_REQUEST(0, L4RE_PROTO_DMA_SPACE, dma_map_request);
    check_item(0, ds_item);
    ck_assert(size == 0x2000 && addr == 0x12345000);
    ck_assert_int_eq(l4re_dma_space_unmap(SRV, addr, size, 1), 0);
    CHECK_REQUEST(1, L4RE_PROTO_DMA_SPACE, dma_unmap_request);
    ck_assert_int_eq(l4re_dma_space_mgr_associate_phys(SRV, DS, 0), 0);
    CHECK_REQUEST(2, 0, dma_associate_phys_request);
    check_item(2, ds_item);
    ck_assert_int_eq(l4re_dma_space_mgr_disassociate(SRV, DS), 0);
    CHECK_REQUEST(3, 0, dma_disassociate_request);
    check_item(3, ds_item);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4re_wire");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, dataspace_map);
    tcase_add_test(t, dataspace_requests);
    tcase_add_test(t, dataspace_copy);
    tcase_add_test(t, factory_creates);
    tcase_add_test(t, namespace_query);
    tcase_add_test(t, namespace_entries);
    tcase_add_test(t, dma_spaces);
    suite_add_tcase(s, t);
    return unit_run(s);
}
