// SPDX-License-Identifier: MIT
// Moe's answers to the messages of dataspaces, namespaces, factories, DMA spaces and the Meta protocol, byte by byte, as L4Re's
// programs send them and expect them.
#include "l4re_messages.h"
#include "moe_kernel.h"
#include "unit_run.h"

#include <l4/re/protocols.h>
#include <l4/sys/err.h>
#include <string.h>

enum { RWS = L4_CAP_FPAGE_RWS };

static void boot(void)
{
    moe_boot(UINT64_C(64) * MOE_MIB);
}

static struct request_text answer; // to the last request
static long result;
static unsigned made; // slot with what came

static void send(unsigned slot, long label, void const *bytes, unsigned size, unsigned item)
{
    answer = (struct request_text){.words = size / 8};
    memcpy(answer.w, bytes, size);
    if (item)
        put_cap(&answer, item, RWS);
    made = client_free_slot();
    result = client_call(slot, label, &answer, made);
    ck_assert(reply_sent);
}

#define SEND(slot, label, bytes, item) (send(slot, label, bytes, sizeof(bytes), item), result)
#define CHECK_REPLY(bytes)                                 \
    do {                                                   \
        ck_assert_uint_eq(answer.words, sizeof(bytes) / 8); \
        ck_assert_mem_eq(answer.w, bytes, sizeof(bytes));  \
    } while (0)
#define CHECK_NO_WORDS() ck_assert_uint_eq(answer.words, 0)

// Every message that ends too early is refused, and changes nothing.
static void cut(unsigned slot, long label, void const *bytes, unsigned size)
{
    for (unsigned words = 0; words < size / 8; words++) {
        send(slot, label, bytes, words * 8, 0);
        ck_assert_msg(result == -L4_EMSGTOOSHORT, "%u words: %ld", words, result);
        CHECK_NO_WORDS();
    }
}

static unsigned dataspace(void)
{
    ck_assert_int_eq(SEND(CLIENT_MEM, -15, create_ds_request, 0), 0);
    CHECK_NO_WORDS();
    ck_assert_uint_eq(reply_items, 1);
    ck_assert(client_has(made));
    return made;
}

START_TEST(factory_creates)
{
    unsigned ds = dataspace();
    ck_assert_int_eq(SEND(ds, 0x4000, ds_info_request, 0), 0);
    CHECK_REPLY(ds_info_reply);
    ck_assert_int_eq(SEND(CLIENT_MEM, -15, create_largest_request, 0), 0);
    unsigned large = made;
    ck_assert_int_eq(SEND(large, 0x4000, ds_info_request, 0), 0);
    ck_assert_uint_gt(answer.w[0], UINT64_C(32) * MOE_MIB);
    ck_assert_int_eq(SEND(large, 0x4000, ds_map_request, 0), 0);
    ck_assert_uint_eq(l4_fpage_memaddr(reply_memory) & 0x1f8000, 0);
}
END_TEST

START_TEST(dataspace_requests)
{
    unsigned ds = dataspace(), other = dataspace();
    ck_assert_int_eq(SEND(ds, 0x4000, ds_map_request, 0), 0);
    CHECK_NO_WORDS();
    ck_assert_uint_eq(reply_items, 1);
    ck_assert_uint_eq(answer.w[0], 0x1000 | L4_ITEM_MAP); // where in the window, cached as it is
    ck_assert_uint_eq(l4_fpage_size(reply_memory), 12);
    ck_assert_uint_eq(l4_fpage_rights(reply_memory), L4_FPAGE_RW);
    ck_assert_int_eq(SEND(ds, 0x4000, ds_clear_request, 0), 0);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(ds, 0x4000, ds_allocate_request, 0), 0);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(ds, 0x4000, ds_map_info_request, 0), 0);
    CHECK_REPLY(ds_map_info_reply);
    ck_assert_int_eq(SEND(ds, 0x4000, ds_copy_in_request, other), 0);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(ds, 0x4000, ds_copy_in_request, 0), -L4_EINVAL); // from nowhere
    cut(ds, 0x4000, ds_map_request, sizeof(ds_map_request));
    cut(ds, 0x4000, ds_clear_request, sizeof(ds_clear_request));
    cut(ds, 0x4000, ds_allocate_request, sizeof(ds_allocate_request));
    cut(ds, 0x4000, ds_copy_in_request, sizeof(ds_copy_in_request));
}
END_TEST

// Bytes go where the message says, and no others do.
START_TEST(dataspace_copies)
{
    unsigned from = dataspace(), to = dataspace();
    l4_umword_t map[4] = {L4RE_DS_OP_MAP, 0, 0, L4_FPAGE_RW};
    ck_assert_int_eq(SEND(from, 0x4000, map, 0), 0);
    memset((char *)l4_fpage_memaddr(reply_memory), 'f', 4096);
    map[1] = 0x1000;
    ck_assert_int_eq(SEND(to, 0x4000, map, 0), 0);
    char *page = (char *)l4_fpage_memaddr(reply_memory);
    memset(page, 't', 4096);
    ck_assert_int_eq(SEND(to, 0x4000, ds_copy_in_request, from), 0);
    for (unsigned i = 0; i < 4096; i++)
        ck_assert_msg(page[i] == (i >= 8 && i < 8 + 0x21 ? 'f' : 't'), "byte %u", i);
    ck_assert_int_eq(SEND(to, 0x4000, ds_clear_request, 0), 0);
    for (unsigned i = 0x234; i < 4096; i++)
        ck_assert_msg(page[i] == (i < 0x234 + 0x567 ? 0 : 't'), "byte %u", i);
}
END_TEST

START_TEST(namespaces)
{
    static message_bytes create = {0x01, 0x40, 0, 0, 0, 0, 0, 0};
    static message_bytes register_sub = {0x01, 0, 0, 0, 0x04, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 's', 'u', 'b', 0, 0, 0, 0, 0};
    unsigned ds = dataspace();
    ck_assert_int_eq(SEND(CLIENT_MEM, -15, create, 0), 0);
    unsigned ns = made;
    ck_assert_int_eq(SEND(CLIENT_MEM, -15, create, 0), 0);
    unsigned sub = made;
    ck_assert_int_eq(SEND(ns, 0x4001, ns_query_request, 0), -L4_ENOENT);
    ck_assert_int_eq(SEND(ns, 0x4001, ns_query_slash_request, 0), -L4_ENOENT);
    ck_assert_int_eq(SEND(ns, 0x4001, register_sub, sub), 0);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(sub, 0x4001, ns_register_request, ds), 0);
    ck_assert_int_eq(SEND(ns, 0x4001, ns_query_request, 0), 0x20);
    ck_assert_uint_eq(answer.words, 3);
    ck_assert_mem_eq(answer.w, ns_query_partly_reply, 17); // what fills the last word says nothing
    ck_assert(client_same(made, sub));
    ck_assert_int_eq(SEND(made, 0x4001, ns_query_rest_request, 0), 0);
    CHECK_REPLY(ns_query_reply);
    ck_assert(client_same(made, ds));
    ck_assert_uint_eq(client_rights(made), L4_CAP_FPAGE_RW);
    cut(ns, 0x4001, ns_query_request, sizeof(ns_query_request));
    cut(ns, 0x4001, ns_register_request, sizeof(ns_register_request));
    cut(sub, 0x4001, ns_unlink_request, sizeof(ns_unlink_request));
    ck_assert_int_eq(SEND(sub, 0x4001, ns_unlink_request, 0), 0);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(sub, 0x4001, ns_query_rest_request, 0), -L4_ENOENT);
    ck_assert_int_eq(SEND(sub, 0x4001, ns_register_request, 0), 0); // without an item: the name is promised
    ck_assert_int_eq(SEND(sub, 0x4001, ns_query_rest_request, 0), -L4_EAGAIN);
}
END_TEST

START_TEST(dma_spaces)
{
    static message_bytes create = {0x08, 0x40, 0, 0, 0, 0, 0, 0};
    unsigned ds = dataspace();
    ck_assert_int_eq(SEND(CLIENT_MEM, -15, create, 0), 0);
    unsigned dma = made;
    ck_assert_int_eq(SEND(dma, 0x4008, dma_map_request, ds), -L4_EINVAL);
    ck_assert_int_eq(SEND(CLIENT_DMA_MANAGER, 0, dma_associate_phys_request, dma), 0);
    ck_assert_uint_eq(answer.words, 1); // Ashlar's own, and nothing that L4Re's clients look at
    l4_umword_t const by_id[2] = {L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE, answer.w[0]};
    ck_assert_int_eq(SEND(dma, 0x4008, dma_map_request, ds), 0);
    ck_assert_uint_eq(answer.words, 2);
    ck_assert_uint_eq(answer.w[0], 0x1000); // the pages are not one piece
    l4_umword_t const at = answer.w[1], map[4] = {L4RE_DS_OP_MAP, 0x1000, 0, L4_FPAGE_RO};
    ck_assert_int_eq(SEND(ds, 0x4000, map, 0), 0);
    ck_assert_uint_eq(l4_fpage_memaddr(reply_memory), at);
    cut(dma, 0x4008, dma_map_request, sizeof(dma_map_request) - 24); // align, address and limit say nothing of physical memory
    ck_assert_int_eq(SEND(dma, 0x4008, dma_unmap_request, 0), -L4_ENOENT); // whose address is another one
    l4_umword_t const unmap[4] = {L4RE_DMA_SPACE_OP_UNMAP, at, 0x1000, 0};
    ck_assert_int_eq(SEND(dma, 0x4008, unmap, 0), 0);
    ck_assert_int_eq(SEND(CLIENT_DMA_MANAGER, 0, dma_disassociate_request, dma), 0);
    ck_assert_int_eq(SEND(dma, 0x4008, dma_unmap_request, 0), -L4_EINVAL);
    ck_assert_int_eq(SEND(CLIENT_DMA_MANAGER, 0, by_id, 0), -L4_ENOENT);
    ck_assert_int_eq(SEND(CLIENT_DMA_MANAGER, 0, dma_associate_phys_request, dma), 0);
    l4_umword_t const again[2] = {L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE, answer.w[0]};
    ck_assert_uint_ne(again[1], by_id[1]);
    ck_assert_int_eq(SEND(CLIENT_DMA_MANAGER, 0, again, 0), 0);
}
END_TEST

START_TEST(meta)
{
    unsigned ds = dataspace();
    ck_assert_int_eq(SEND(ds, -21, meta_num_interfaces_request, 0), 1);
    CHECK_NO_WORDS();
    ck_assert_int_eq(SEND(ds, -21, meta_interface_request, 0), 0);
    CHECK_REPLY(meta_dataspace_reply);
    ck_assert_int_eq(SEND(CLIENT_ROM, -21, meta_interface_request, 0), 0);
    CHECK_REPLY(meta_namespace_reply);
    ck_assert_int_eq(SEND(CLIENT_MEM, -21, meta_interface_request, 0), 0);
    CHECK_REPLY(meta_factory_reply);
    ck_assert_int_eq(SEND(ds, -21, meta_supports_rm_request, 0), 0);
    l4_umword_t ask[2] = {2, 0x4000};
    ck_assert_int_eq(SEND(ds, -21, ask, 0), 1);
    ask[0] = 1; // a second interface
    ask[1] = 1;
    ck_assert_int_eq(SEND(ds, -21, ask, 0), -L4_ERANGE);
    ask[0] = 3;
    ck_assert_int_eq(SEND(ds, -21, ask, 0), -L4_ENOSYS);
    cut(ds, -21, meta_interface_request, sizeof(meta_interface_request));
    cut(ds, -21, meta_supports_rm_request, sizeof(meta_supports_rm_request));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe_wire");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_checked_fixture(t, boot, NULL);
    tcase_add_test(t, factory_creates);
    tcase_add_test(t, dataspace_requests);
    tcase_add_test(t, dataspace_copies);
    tcase_add_test(t, namespaces);
    tcase_add_test(t, dma_spaces);
    tcase_add_test(t, meta);
    return unit_run(s);
}
