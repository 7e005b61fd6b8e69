// SPDX-License-Identifier: MIT
// Clients of servers that this system has few of: inhibitors, events, debug functions, DMA space managers, what region maps
// know. Their messages word by word, and answers that say more than there is.
#include "rm_messages.h"
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/debug.h>
#include <l4/re/c/dma_space.h>
#include <l4/re/c/event_buffer.h>
#include <l4/re/c/inhibitor.h>
#include <l4/re/c/log.h>
#include <l4/re/c/rm.h>
#include <string.h>

enum { SRV = 5 << L4_CAP_SHIFT, A = 9 << L4_CAP_SHIFT, B = 11 << L4_CAP_SHIFT };

static l4_utcb_t utcb;
static l4_msg_regs_t sent;
static l4_msgtag_t sent_tag, answer;
static l4_umword_t sent_dest, answer_words[L4_UTCB_GENERIC_DATA_SIZE];
static l4re_env_t env = {.rm = SRV};
static l4re_event_t ring[4];
static char log_text[400];

l4re_env_t const *l4re_global_env = &env;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    sent = utcb.msg;
    sent_tag = tag;
    sent_dest = dest & L4_CAP_MASK;
    memcpy(utcb.msg.mr, answer_words, sizeof(answer_words));
    return answer;
}

void l4re_log_printn(char const *string, int len)
{
    strncat(log_text, string, (size_t)len);
}

l4re_ds_size_t l4re_ds_size(l4re_ds_t ds)
{
    return ds == A ? sizeof(ring) : 0;
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4re_rm_attach_srv(l4_cap_idx_t rm, void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                       l4re_rm_offset_t offs, unsigned char align)
{
    (void)flags, (void)offs, (void)align;
    ck_assert(rm == SRV && size == sizeof(ring) && mem == A);
    *start = ring;
    return 0;
}

int l4re_rm_detach_srv(l4_cap_idx_t rm, l4_addr_t addr, l4re_ds_t *ds, l4_cap_idx_t task)
{
    (void)ds, (void)task;
    return rm == SRV && addr == (l4_addr_t)ring ? L4RE_RM_DETACH_UNMAPPED : -L4_ENOENT;
}

static unsigned regions;

int l4re_rm_get_regions_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max)
{
    (void)rm;
    unsigned n = 0;
    for (l4_addr_t a = start / 0x1000 * 0x1000; n < max && a < regions * 0x1000ul; a += 0x1000)
        list[n++] = (l4re_rm_region_t){a, a + 0xfff, L4RE_RM_F_RX};
    return (int)n;
}

int l4re_rm_get_areas_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max)
{
    (void)rm, (void)max;
    list[0] = (l4re_rm_region_t){~0xffful, ~0ul, 0};
    return start ? 0 : 1;
}

static void setup(void)
{
    memset(&utcb, 0xee, sizeof(utcb));
    memset(answer_words, 0, sizeof(answer_words));
    memset(ring, 0, sizeof(ring));
    answer = l4_msgtag(0, 0, 0, 0);
    log_text[0] = 0;
}

static void check_sent(l4_cap_idx_t dest, long proto, unsigned words, unsigned items)
{
    ck_assert_uint_eq(sent_dest, dest);
    ck_assert_int_eq(l4_msgtag_label(sent_tag), proto);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), words);
    ck_assert_uint_eq(l4_msgtag_items(sent_tag), items);
    ck_assert_uint_eq(utcb.buf.bdr, 0);
}

START_TEST(inhibitors)
{
    char name[8] = "before", longest[500];
    ck_assert_int_eq(l4re_inhibitor_acquire(SRV, 2, "copying"), 0);
    check_sent(SRV, 0x4007, 4, 0);
    ck_assert(sent.mr[0] == 0 && sent.mr[1] == 2 && sent.mr[2] == 8 && !memcmp(&sent.mr[3], "copying", 8));
    ck_assert_int_eq(l4re_inhibitor_release(SRV, 3), 0);
    check_sent(SRV, 0x4007, 2, 0);
    ck_assert(sent.mr[0] == 1 && sent.mr[1] == 3);
    memset(longest, 'x', sizeof(longest));
    longest[480] = 0; // 481 bytes: 61 words
    ck_assert_int_eq(l4re_inhibitor_acquire(SRV, 2, longest), -L4_EMSGTOOLONG);
    longest[479] = 0;
    ck_assert_int_eq(l4re_inhibitor_acquire(SRV, 2, longest), 0);
    check_sent(SRV, 0x4007, 63, 0);

    ck_assert_int_eq(l4re_inhibitor_next_lock_info(SRV, name, sizeof(name), -1), -L4_EMSGTOOSHORT);
    ck_assert(sent.mr[0] == 2 && sent.mr[1] == ~0ul);
    answer = l4_msgtag(0, 4, 0, 0);
    answer_words[0] = 7, answer_words[1] = 10;
    memcpy(&answer_words[2], "shut down", 10);
    ck_assert_int_eq(l4re_inhibitor_next_lock_info(SRV, name, sizeof(name), -1), 7);
    ck_assert_str_eq(name, "shut do"); // cut
    answer_words[1] = 17; // more than the words hold
    ck_assert_int_eq(l4re_inhibitor_next_lock_info(SRV, name, sizeof(name), -1), -L4_EMSGTOOSHORT);
    answer_words[1] = ~0ul;
    ck_assert_int_eq(l4re_inhibitor_next_lock_info(SRV, name, sizeof(name), -1), -L4_EMSGTOOSHORT);
    answer = l4_msgtag(-L4_ENODEV, 0, 0, 0);
    ck_assert_int_eq(l4re_inhibitor_next_lock_info(SRV, name, sizeof(name), 7), -L4_ENODEV);
}
END_TEST

START_TEST(debug_functions)
{
    answer = l4_msgtag(5, 0, 0, 0);
    ck_assert_int_eq(l4re_debug_obj_debug(SRV, 12), 5);
    check_sent(SRV, -0x8000, 1, 0);
    ck_assert_uint_eq(sent.mr[0], 12);
}
END_TEST

START_TEST(region_maps)
{
    char name[8];
    l4re_rm_offset_t offset = 1;
    answer = l4_msgtag(0, 3, 0, 0);
    answer_words[0] = 4, answer_words[2] = 0x5000;
    memcpy(&answer_words[1], "ned", 4);
    ck_assert_int_eq(l4re_rm_get_info(0x1234, name, sizeof(name), &offset), 0);
    check_sent(SRV, 0x4005, 2, 0);
    ck_assert(sent.mr[0] == 7 && sent.mr[1] == 0x1234 && offset == 0x5000 && !strcmp(name, "ned"));
    answer = l4_msgtag(0, 2, 0, 0); // without offset
    ck_assert_int_eq(l4re_rm_get_info(0x1234, name, sizeof(name), &offset), -L4_EMSGTOOSHORT);
    answer = l4_msgtag(-L4_ENOSYS, 0, 0, 0);
    ck_assert_int_eq(l4re_rm_get_info(0x1234a000, name, sizeof(name), &offset), -L4_ENOSYS);
    ck_assert_mem_eq(sent.mr, get_info_request, sizeof(get_info_request));

    regions = 2;
    l4re_rm_show_lists();
    ck_assert_str_eq(log_text, "region            0 -          fff  r-x\nregion         1000 -         1fff  r-x\n"
                               "area   fffffffffffff000 - ffffffffffffffff  ---\n");
    log_text[0] = 0;
    regions = 5;
    l4re_rm_show_lists();
    ck_assert_int_eq(strlen(log_text) > 200, 1);
}
END_TEST

START_TEST(dma_space_managers)
{
    ck_assert_int_eq(l4re_dma_space_mgr_associate(SRV, A, B, L4RE_DMA_SPACE_MGR_IDENTITY_MAP), 0);
    check_sent(SRV, 0, 1, 2);
    ck_assert(sent.mr[0] == 1ul << 32 && l4_fpage_obj((l4_fpage_t){sent.mr[2]}) == A);
    ck_assert(l4_fpage_obj((l4_fpage_t){sent.mr[4]}) == B);
    ck_assert_int_eq(l4re_dma_space_mgr_associate_phys(SRV, A, 0), 0);
    check_sent(SRV, 0, 1, 1);
    ck_assert(sent.mr[0] == 1);
    ck_assert_int_eq(l4re_dma_space_mgr_disassociate(SRV, A), 0);
    check_sent(SRV, 0, 1, 1);
    ck_assert(sent.mr[0] == 2);
    l4_uint64_t id = 0;
    ck_assert_int_eq(l4re_dma_space_mgr_associate_phys_id(SRV, A, &id), 0);
    check_sent(SRV, 0, 1, 1);
    ck_assert(sent.mr[0] == 1);
    ck_assert_int_eq(l4re_dma_space_mgr_disassociate_id(SRV, 0x123456789a), 0);
    check_sent(SRV, 0, 2, 0);
    ck_assert(sent.mr[0] == 2 && sent.mr[1] == 0x123456789a);
    ck_assert_int_eq(l4re_dma_space_mgr_set_limits(SRV, A, 0x1000, 0xffff), 0);
    check_sent(SRV, 0, 3, 1);
    ck_assert(sent.mr[0] == 4 && sent.mr[1] == 0x1000 && sent.mr[2] == 0xffff && l4_fpage_obj((l4_fpage_t){sent.mr[4]}) == A);
}
END_TEST

START_TEST(event_streams)
{
    l4re_event_stream_info_t info;
    ck_assert_int_eq(l4re_event_get_buffer(SRV, A), -L4_EMSGMISSARG);
    check_sent(SRV, 0x4006, 1, 0);
    ck_assert_uint_eq(utcb.buf.br[0], A | L4_RCV_ITEM_SINGLE_CAP);
    answer = l4_msgtag(0, 0, 1, 0);
    answer_words[0] = L4_RCV_OBJ_MAPPED;
    ck_assert_int_eq(l4re_event_get_buffer(SRV, A), 0);
    answer = l4_msgtag(3, 0, 0, 0);
    ck_assert_int_eq(l4re_event_get_num_streams(SRV), 3);
    ck_assert_uint_eq(sent.mr[0], 1);
    ck_assert_int_eq(l4re_event_get_stream_info(SRV, 1, &info), -L4_EMSGTOOSHORT);
    ck_assert_uint_eq(sent.mr[0], 2 | 1ul << 32);
    answer = l4_msgtag(0, sizeof(info) / 8, 0, 0);
    answer_words[0] = 99;
    ck_assert_int_eq(l4re_event_get_stream_info_for_id(SRV, 99, &info), 0);
    ck_assert(info.stream_id == 99 && sent.mr[0] == 3 && sent.mr[1] == 99);
}
END_TEST

static unsigned seen;

static void see(l4re_event_t *ev, void *data)
{
    ck_assert_ptr_eq(data, &seen);
    seen = seen * 10 + ev->code;
}

START_TEST(event_buffers)
{
    l4re_event_buffer_consumer_t c;
    ck_assert_int_eq(l4re_event_buffer_attach(&c, B, SRV), -L4_EINVAL); // no dataspace
    ck_assert_int_eq(l4re_event_buffer_attach(&c, A, SRV), 0);
    ck_assert_ptr_null(l4re_event_buffer_next(&c));
    for (unsigned i = 0; i < 6; i++) { // once around
        ring[i % 4] = (l4re_event_t){.time = 1, .code = (unsigned short)(i + 1)};
        ck_assert_ptr_eq(l4re_event_buffer_next(&c), &ring[i % 4]);
        l4re_event_free(&ring[i % 4]);
        ck_assert_int_eq(ring[i % 4].time, 0);
    }
    ring[2] = (l4re_event_t){.time = 1, .code = 7};
    ring[3] = (l4re_event_t){.time = 2, .code = 8};
    l4re_event_buffer_consumer_foreach_available_event(&c, &seen, see);
    ck_assert(seen == 78 && ring[2].time == 0 && ring[3].time == 0);
    ck_assert_int_eq(l4re_event_buffer_detach(&c, SRV), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4re_servers");
    TCase *c = tcase_create("l4re_servers");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, inhibitors);
    tcase_add_test(c, debug_functions);
    tcase_add_test(c, region_maps);
    tcase_add_test(c, dma_space_managers);
    tcase_add_test(c, event_streams);
    tcase_add_test(c, event_buffers);
    suite_add_tcase(s, c);
    return unit_run(s);
}
