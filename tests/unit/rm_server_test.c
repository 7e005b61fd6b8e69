// SPDX-License-Identifier: MIT
// The in-task runtime's region map as its clients see it: messages byte by byte, and what becomes of memory.
#include "rm_messages.h"
#include "rm_world.h"
#include "runtime.h"
#include "unit_run.h"

#include <check.h>
#include <string.h>

#define MIN   0x10000ul
#define MAX   ((1ul << 47) - 1)
#define ARENA ((l4_addr_t)world_arena)

static struct runtime rt;
static bool kept; // the capability of the message
static l4_umword_t item_kind = L4_RCV_OBJ_FPAGE; // of a request's item: sender and receiver are in one task

void runtime_message(char const *format, ...)
{
    (void)format;
}

l4_msgtag_t exception_handle(struct runtime *r, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)r, (void)tag, (void)u;
    ck_abort();
}

l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned)
{
    (void)s;
    kept = *owned = item->kind == MSG_ITEM_CAP;
    return item->cap;
}

static void setup(void)
{
    world_reset();
    memset(&rt, 0, sizeof(rt));
    rm_init(&rt, MIN, MAX);
    kept = false;
    item_kind = L4_RCV_OBJ_FPAGE;
}

// A request as it arrives. Returns the reply's label.
static long request(void const *bytes, unsigned size, void const *item)
{
    l4_utcb_t *u = &world_utcb;
    memset(u, 0x55, sizeof(*u));
    memcpy(u->msg.mr, bytes, size);
    if (item) {
        memcpy(&u->msg.mr[size / 8], item, 16);
        if (u->msg.mr[size / 8])
            u->msg.mr[size / 8] |= item_kind;
    }
    l4_msgtag_t t = rm_server_ops.dispatch(&rt.rm, 3, l4_msgtag(L4RE_PROTO_RM, size / 8, item ? 1 : 0, 0), u);
    return l4_msgtag_label(t);
}

#define REQUEST(bytes, item) request(bytes, sizeof(bytes), item)
#define CHECK_REPLY(bytes)   ck_assert_mem_eq(world_utcb.msg.mr, bytes, sizeof(bytes))

struct attach {
    l4_addr_t start;
    l4_uint64_t size, offset;
    l4_uint32_t flags;
    unsigned align;
    l4_cap_idx_t ds; // 0: none
};

static long attach(struct attach a, l4_addr_t *at)
{
    l4_umword_t words[10] = {L4RE_RM_OP_ATTACH, a.start, a.size, a.flags, a.offset, a.align, a.ds, 1, 0, 0};
    l4_umword_t item[2] = {0, 0};
    if (a.ds) {
        item[0] = L4_ITEM_MAP;
        item[1] = l4_obj_fpage(a.ds, 0, L4_CAP_FPAGE_RWS).raw;
    }
    long label = request(words, sizeof(words), item);
    if (label >= 0 && at)
        *at = world_utcb.msg.mr[0];
    return label;
}

static long detach(l4_addr_t start, l4_uint64_t size, unsigned flags)
{
    l4_umword_t words[4] = {L4RE_RM_OP_DETACH, start, size, flags};
    return request(words, sizeof(words), NULL);
}

static long page_in(l4_addr_t min, l4_addr_t max, unsigned rights)
{
    l4_umword_t words[4] = {L4RE_RM_OP_PAGE_IN, min, max, rights};
    return request(words, sizeof(words), NULL);
}

static long fault(l4_umword_t word)
{
    world_utcb.msg.mr[0] = word;
    world_utcb.msg.mr[1] = 0x1234;
    return l4_msgtag_label(rm_server_ops.dispatch(&rt.rm, 3, l4_msgtag(L4_PROTO_PAGE_FAULT, 2, 0, 0), &world_utcb));
}

START_TEST(test_bytes)
{
    ck_assert_int_eq(REQUEST(attach_request, attach_item), 0);
    CHECK_REPLY(attach_reply);
    ck_assert_int_eq(REQUEST(find_request, NULL), 0);
    CHECK_REPLY(find_reply);
    ck_assert_int_eq(REQUEST(get_regions_request, NULL), 1);
    CHECK_REPLY(get_regions_reply);
    ck_assert_int_eq(REQUEST(reserve_request, NULL), 0);
    CHECK_REPLY(reserve_reply);
    ck_assert_int_eq(REQUEST(get_areas_request, NULL), 1);
    CHECK_REPLY(get_areas_reply);
    ck_assert_int_eq(REQUEST(free_area_request, NULL), 0);
    ck_assert_int_eq(REQUEST(free_area_request, NULL), -L4_ENOENT);
    ck_assert_int_eq(REQUEST(page_in_request, NULL), 0);
    CHECK_REPLY(page_in_reply);
    // what it maps is nothing, at order 13: two pages have come
    ck_assert_uint_eq(world_utcb.msg.mr[1] & (L4_ITEM_MAP | L4_PAGEMASK), L4_ITEM_MAP | 0x12348000);
    ck_assert_uint_eq(world_utcb.msg.mr[2], l4_fpage(0x12348000, 13, 0).raw);
    ck_assert_uint_eq(world_maps, 2);
    ck_assert_uint_eq(world_last_map.offset, 0x8000);
    ck_assert_int_eq(REQUEST(detach_request, NULL), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
    CHECK_REPLY(detach_reply);
    ck_assert_uint_eq(world_unmapped_pages, 3);
    ck_assert_int_eq(REQUEST(detach_request, NULL), -L4_ENOENT);
    ck_assert_int_eq(REQUEST(find_request, NULL), -L4_ENOENT);
    ck_assert_ptr_nonnull(world_ds(WORLD_DS)); // the client's capability stays the client's
    ck_assert_int_eq(REQUEST(get_info_request, NULL), -L4_ENOSYS);
}
END_TEST

START_TEST(test_names)
{
    ck_assert_int_eq(REQUEST(attach_named_request, attach_item), 0);
    CHECK_REPLY(attach_reply);
    // a message that ends too early, at each word; a name without its end; an item that is missing
    for (unsigned words = 1; words < sizeof(attach_named_request) / 8; words++)
        ck_assert_int_eq(request(attach_named_request, words * 8, attach_item), -L4_EMSGTOOSHORT);
    for (unsigned words = 1; words < sizeof(attach_request) / 8; words++)
        ck_assert_int_eq(request(attach_request, words * 8, attach_item), -L4_EMSGTOOSHORT);
    l4_umword_t empty[sizeof(attach_request) / 8];
    memcpy(empty, attach_request, sizeof(empty));
    empty[7] = 0;
    ck_assert_int_eq(request(empty, sizeof(empty), attach_item), -L4_EMSGTOOSHORT);
    empty[7] = ~0ul;
    ck_assert_int_eq(request(empty, sizeof(empty), attach_item), -L4_EMSGTOOSHORT);
    ck_assert_int_eq(REQUEST(attach_request, NULL), -L4_EMSGMISSARG);
    ck_assert_uint_eq(rt.map.regions.count, 1);
}
END_TEST

START_TEST(test_refused)
{
    struct attach good = {.start = 0x20000, .size = 0x1000, .flags = L4RE_RM_F_RW, .ds = WORLD_DS}, a = good;
    a.flags |= 1u << 16;
    ck_assert_int_eq(attach(a, NULL), -L4_EINVAL);
    a.flags = 1u << 31;
    ck_assert_int_eq(attach(a, NULL), -L4_EINVAL);
    a = good;
    a.size = 0;
    ck_assert_int_eq(attach(a, NULL), -L4_EINVAL);
    a.size = ~0ull;
    ck_assert_int_eq(attach(a, NULL), -L4_EINVAL);
    a = good;
    a.flags |= L4RE_RM_F_SEARCH_ADDR;
    a.align = 11;
    ck_assert_int_eq(attach(a, NULL), -L4_EINVAL);
    a = good;
    a.ds = WORLD_NOTHING;
    ck_assert_int_eq(attach(a, NULL), -L4_ENOENT);
    a.ds = WORLD_DS;
    item_kind = L4_RCV_OBJ_LOCAL_ID; // a gate of the runtime itself
    ck_assert_int_eq(attach(a, NULL), -L4_ENOENT);
    item_kind = L4_RCV_OBJ_FPAGE;
    ck_assert_uint_eq(rt.map.regions.count, 0);
    ck_assert_int_eq(attach(good, NULL), 0);
    ck_assert_int_eq(attach(good, NULL), -L4_EADDRNOTAVAIL);
}
END_TEST

// No more rights than the dataspace gives, but to a copy.
START_TEST(test_rights)
{
    struct attach a = {.start = ARENA, .size = 0x1000, .flags = L4RE_RM_F_RW, .ds = WORLD_DS};
    world_ds(WORLD_DS)->rights = L4RE_RM_F_RX;
    ck_assert_int_eq(attach(a, NULL), -L4_EPERM);
    a.flags = L4RE_RM_F_RX;
    ck_assert_int_eq(attach(a, NULL), 0);
    ck_assert_int_eq(fault(ARENA | L4_PF_WRITE), -L4_EFAULT);
    ck_assert_int_eq(fault(ARENA), 0);
    ck_assert_uint_eq(world_last_map.flags, L4RE_RM_F_RX);
    a.start += 0x1000;
    a.flags = L4RE_RM_F_RW | L4RE_RM_F_PRIVATE;
    ck_assert_int_eq(attach(a, NULL), 0);
    world_ds(WORLD_DS)->rights = L4RE_RM_F_RW;
    a.start += 0x1000;
    a.flags = L4RE_RM_F_RX;
    ck_assert_int_eq(attach(a, NULL), -L4_EPERM);
    a.flags = L4RE_RM_F_RX | L4RE_RM_F_PRIVATE;
    ck_assert_int_eq(attach(a, NULL), -L4_EPERM);
    // the client sends the capability without W
    a.flags = L4RE_RM_F_RW;
    l4_umword_t words[10] = {L4RE_RM_OP_ATTACH, a.start, a.size, a.flags, 0, 0, a.ds, 1, 0, 0};
    l4_umword_t item[2] = {L4_ITEM_MAP, l4_obj_fpage(a.ds, 0, L4_CAP_FPAGE_R).raw};
    ck_assert_int_eq(request(words, sizeof(words), item), -L4_EPERM);
    // device memory does not tell, and its server decides at each page
    world_info_error = -L4_ENOSYS;
    ck_assert_int_eq(attach(a, NULL), 0);
}
END_TEST

START_TEST(test_eager_map_is_the_clients)
{
    struct attach a = {.start = ARENA, .size = 0x3000, .flags = L4RE_RM_F_RW | L4RE_RM_F_EAGER_MAP, .ds = WORLD_DS};
    ck_assert_int_eq(attach(a, NULL), 0);
    ck_assert_uint_eq(world_maps, 0);
}
END_TEST

START_TEST(test_anonymous)
{
    ck_assert_int_eq(REQUEST(anonymous_request, void_item), 0);
    CHECK_REPLY(anonymous_reply);
    ck_assert_uint_eq(world_allocated(), 1);
    ck_assert_uint_eq(world_ds(0x500000)->size, 0x2000);
    ck_assert_int_eq(fault(0x12346000 | L4_PF_WRITE), 0);
    ck_assert_uint_eq(world_last_map.ds, 0x500000);
    ck_assert_uint_eq(world_last_map.offset, 0x1000);
    ck_assert_uint_eq(world_last_map.flags, L4RE_RM_F_RW);
    // one page of it goes, then the other: the memory with the second
    ck_assert_int_eq(detach(0x12345000, 0x1000, L4RE_RM_DETACH_EXACT), L4RE_RM_KEPT_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_uint_eq(world_allocated(), 1);
    ck_assert_int_eq(detach(0x12346000, 1, L4RE_RM_DETACH_OVERLAP), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_uint_eq(world_utcb.msg.mr[2], L4_INVALID_CAP);
    ck_assert_uint_eq(world_allocated(), 0);
    ck_assert_int_eq(REQUEST(anonymous_request, attach_item), -L4_EINVAL);
    world_alloc_error = -L4_ENOMEM;
    ck_assert_int_eq(REQUEST(anonymous_request, void_item), -L4_ENOMEM);
    ck_assert_uint_eq(rt.map.regions.count, 0);
}
END_TEST

START_TEST(test_region_without_memory)
{
    struct attach a = {.start = ARENA, .size = 0x1000};
    static l4_uint32_t const flags[] = {0, L4RE_RM_F_RW | L4RE_RM_F_RESERVED, L4RE_RM_F_RW | L4RE_RM_F_KERNEL,
                                        L4RE_RM_F_RW | L4RE_RM_F_KERNEL | L4RE_RM_F_ANONYMOUS};
    for (unsigned i = 0; i < 4; i++, a.start += 0x1000) {
        a.flags = flags[i];
        a.ds = i == 1 ? WORLD_DS : 0;
        ck_assert_int_eq(attach(a, NULL), 0);
        ck_assert_int_eq(fault(a.start), -L4_EFAULT);
        ck_assert_int_eq(page_in(a.start, a.start, 0), -L4_ENOENT);
    }
    ck_assert_uint_eq(world_allocated(), 0);
    ck_assert_uint_eq(world_maps, 0);
}
END_TEST

// What is in the pages of a region from `at` on, as a program reads it: by faults.
static void check_content(l4_addr_t at, unsigned pages, struct world_ds const *ds, unsigned offset, unsigned there)
{
    for (unsigned p = 0; p < pages; p++)
        ck_assert_int_eq(fault(at + p * WORLD_PAGE), 0);
    for (unsigned i = 0; i < pages * WORLD_PAGE; i++)
        if (*(unsigned char *)(at + i) != (i < there ? ds->byte[offset + i] : 0))
            ck_abort_msg("byte %u is not the dataspace's", i);
}

static void check_private(l4_cap_idx_t source)
{
    l4_addr_t at;
    struct world_ds *ds = world_ds(source);
    struct attach a = {.start = ARENA, .size = 0x4000, .offset = 0x3000, .ds = source, .align = 12,
                       .flags = L4RE_RM_F_RW | L4RE_RM_F_PRIVATE | L4RE_RM_F_SEARCH_ADDR};
    ds->rights = L4RE_RM_F_R;
    ds->size = 0x5234; // ends in the third page
    ck_assert_int_eq(attach(a, &at), 0);
    ck_assert_uint_eq(at, ARENA);
    ck_assert_uint_eq(world_allocated(), 1);
    for (unsigned p = 0; p < 4; p++)
        ck_assert(!world_is_mapped(at + p * WORLD_PAGE)); // what copied could write
    check_content(at, 4, ds, 0x3000, 0x2234);
    *(unsigned char *)(at + 0x1000) ^= 0xff; // of the copy alone
    ck_assert_int_eq(detach(at, 0x1000, L4RE_RM_DETACH_EXACT), L4RE_RM_KEPT_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_int_eq(fault(at + 0x1000), 0);
    ck_assert_uint_eq(world_last_map.offset, 0x1000);
    ck_assert_uint_ne(*(unsigned char *)(at + 0x1000), ds->byte[0x4000]);
    l4_umword_t find[3] = {L4RE_RM_OP_FIND, at + 0x1000, 1};
    ck_assert_int_eq(request(find, sizeof(find), NULL), 0);
    ck_assert_uint_eq(world_utcb.msg.mr[3], 0x4000); // as the client knows it
    ck_assert_uint_eq(world_utcb.msg.mr[4], source);
    ck_assert_int_eq(detach(at + 0x1000, 1, L4RE_RM_DETACH_OVERLAP), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_uint_eq(world_utcb.msg.mr[2], source);
    ck_assert_uint_eq(world_allocated(), 0);
    ck_assert_ptr_nonnull(world_ds(source));
}

START_TEST(test_private)
{
    ck_assert_int_eq(REQUEST(private_request, attach_item), 0);
    CHECK_REPLY(private_reply);
    ck_assert_uint_eq(world_allocated(), 1); // the copy, made at once
    ck_assert_int_eq(detach(0x12345000, 0x3000, L4RE_RM_DETACH_EXACT), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
    check_private(WORLD_DS);
}
END_TEST

START_TEST(test_private_of_another_server)
{
    struct attach a = {.start = ARENA, .size = 0x1000, .offset = 0, .ds = WORLD_FOREIGN,
                       .flags = L4RE_RM_F_RW | L4RE_RM_F_PRIVATE};
    check_private(WORLD_FOREIGN);
    world_map_error = -L4_ENOMEM;
    ck_assert_int_eq(attach(a, NULL), -L4_ENOMEM);
    ck_assert_uint_eq(world_allocated(), 0);
    ck_assert_uint_eq(rt.map.regions.count, 0);
}
END_TEST

// A capability that came with the message is the region map's, and goes with the region.
START_TEST(test_received_capability)
{
    l4_addr_t at;
    l4_umword_t words[10] = {L4RE_RM_OP_ATTACH, ARENA, 0x2000, L4RE_RM_F_RW, 0, 0, 0x77000, 1, 0, 0};
    memset(&world_utcb, 0x55, sizeof(world_utcb));
    memcpy(world_utcb.msg.mr, words, sizeof(words));
    world_utcb.msg.mr[10] = L4_RCV_OBJ_MAPPED;
    world_utcb.msg.mr[11] = 0;
    world_utcb.buf.br[0] = WORLD_RECEIVED | L4_RCV_ITEM_SINGLE_CAP;
    l4_msgtag_t t = rm_server_ops.dispatch(&rt.rm, 3, l4_msgtag(L4RE_PROTO_RM, 10, 1, 0), &world_utcb);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    at = world_utcb.msg.mr[0];
    ck_assert(kept);
    ck_assert_int_eq(detach(at, 0x1000, L4RE_RM_DETACH_EXACT), L4RE_RM_KEPT_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_uint_eq(world_utcb.msg.mr[2], 0x77000); // the client's name for it
    ck_assert_ptr_nonnull(world_ds(WORLD_RECEIVED));
    ck_assert_int_eq(detach(at + 0x1000, 0x1000, 0), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
    ck_assert_ptr_null(world_ds(WORLD_RECEIVED));
}
END_TEST

// The client asks again behind what it was told: each page once, none outside of the range.
START_TEST(test_page_in)
{
    l4_addr_t at = 0x101000, max = 0x106fff;
    struct attach a = {.start = at, .size = 0x8000, .flags = L4RE_RM_F_RW, .ds = WORLD_DS};
    unsigned calls = 0;
    ck_assert_int_eq(attach(a, NULL), 0);
    for (l4_addr_t min = at; min < max; calls++) {
        ck_assert_int_eq(page_in(min, max, L4RE_RM_F_R), 0);
        unsigned order = l4_fpage_size((l4_fpage_t){world_utcb.msg.mr[2]});
        ck_assert_uint_ge(order, L4_PAGESHIFT);
        min += 1ul << order;
        ck_assert_uint_eq(world_maps, (min - at) / WORLD_PAGE);
    }
    ck_assert_uint_eq(calls, 4); // 1, 2, 2, 1 pages
    ck_assert_uint_eq(world_maps, 6);
    ck_assert_int_eq(page_in(at, max, L4RE_RM_F_RWX), -L4_EACCESS);
    ck_assert_int_eq(page_in(at - 0x1000, max, L4RE_RM_F_R), -L4_ENOENT);
    ck_assert_int_eq(page_in(max, at, L4RE_RM_F_R), -L4_EINVAL);
    ck_assert_int_eq(page_in(at, max, 0x104), -L4_EINVAL);
    world_map_error = -L4_ENOMEM;
    ck_assert_int_eq(page_in(at, max, L4RE_RM_F_R), -L4_ENOMEM);
    ck_assert_int_eq(page_in(0x108000, ~0ul, L4RE_RM_F_R), -L4_ENOMEM); // the region's last page
    world_map_error = 0;
    world_maps = 0;
    ck_assert_int_eq(page_in(0x108000, ~0ul, L4RE_RM_F_R), 0);
    ck_assert_uint_eq(l4_fpage_size((l4_fpage_t){world_utcb.msg.mr[2]}), L4_PAGESHIFT);
    ck_assert_uint_eq(world_maps, 1);
}
END_TEST

// What the creator attached is the creator's.
START_TEST(test_creators_regions)
{
    struct region_attach a = {.start = 0x40000, .size = 0x2000, .flags = L4RE_RM_F_RX | L4RE_RM_F_PAGER};
    struct region r;
    ck_assert_int_eq(region_map_plan(&rt.map, &a, &r), 0);
    region_map_enter(&rt.map, &r);
    ck_assert_int_eq(detach(0x40000, 1, L4RE_RM_DETACH_OVERLAP), -L4_EPERM);
    ck_assert_int_eq(detach(0x30000, 0x20000, L4RE_RM_DETACH_EXACT), -L4_EPERM);
    ck_assert_int_eq(page_in(0x41000, 0x41fff, L4RE_RM_F_R), 0);
    ck_assert_uint_eq(world_last_fault, 0x41000);
    ck_assert_int_eq(fault(0x40000), 0);
    ck_assert_uint_eq(world_faults, 2);
    // a client cannot make one
    ck_assert_int_eq(attach((struct attach){.start = 0x50000, .size = 1, .flags = L4RE_RM_F_PAGER}, NULL), 0);
    ck_assert_int_eq(detach(0x50000, 1, L4RE_RM_DETACH_OVERLAP), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_UNMAPPED);
}
END_TEST

// The program's region map begins with all that the creator's has: more than one message holds, and areas with regions in them.
START_TEST(test_import)
{
    static struct region creator_regions[64], creator_areas[4];
    world_creator = (struct region_map){.min = MIN, .max = MAX, .regions = {creator_regions, 0, 64},
                                        .areas = {creator_areas, 0, 4}};
    uint64_t area = 0x30000;
    ck_assert_int_eq(region_map_reserve(&world_creator, &area, 0x10000, 0, 0), 0);
    for (unsigned i = 0; i < 60; i++) {
        struct region_attach a = {.start = 0x38000 + i * 0x4000, .size = 0x2000, .flags = L4RE_RM_F_RX};
        struct region r;
        a.flags |= a.start < 0x40000 ? L4RE_RM_F_IN_AREA : 0;
        ck_assert_int_eq(region_map_plan(&world_creator, &a, &r), 0);
        region_map_enter(&world_creator, &r);
    }
    import_regions(&rt.map, WORLD_RM);
    ck_assert_uint_eq(rt.map.areas.count, 1);
    ck_assert_uint_eq(rt.map.areas.r[0].end, 0x3ffff);
    ck_assert_uint_eq(rt.map.regions.count, 60);
    for (unsigned i = 0; i < 60; i++) {
        struct region const *r = &rt.map.regions.r[i];
        ck_assert_uint_eq(r->start, creator_regions[i].start);
        ck_assert_uint_eq(r->end, creator_regions[i].end);
        ck_assert_uint_eq(r->flags, L4RE_RM_F_RX | L4RE_RM_F_PAGER);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rm_server");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_bytes);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_refused);
    tcase_add_test(tc, test_rights);
    tcase_add_test(tc, test_eager_map_is_the_clients);
    tcase_add_test(tc, test_anonymous);
    tcase_add_test(tc, test_region_without_memory);
    tcase_add_test(tc, test_private);
    tcase_add_test(tc, test_private_of_another_server);
    tcase_add_test(tc, test_received_capability);
    tcase_add_test(tc, test_page_in);
    tcase_add_test(tc, test_creators_regions);
    tcase_add_test(tc, test_import);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
