// SPDX-License-Identifier: MIT
// The in-task runtime's region map: messages and page faults of a program that has lost its way.
#include "rm_server_test.c"

#include "input.h"

// All lies in the arena, where memory is pretended.
static l4_umword_t a_number(struct input *in)
{
    uint8_t const form = in_u8(in);
    if (form < 0x40)
        return ARENA + (form & 0x1f) * (l4_umword_t)WORLD_PAGE;
    if (form < 0x60)
        return (form & 0x1f) * (l4_umword_t)WORLD_PAGE;
    return form < 0x80 ? form & 0x1f : in_number(in);
}

static void send_words(struct input *in, unsigned op)
{
    static l4_cap_idx_t const caps[] = {WORLD_DS, WORLD_FOREIGN, WORLD_RECEIVED, WORLD_NOTHING};
    static l4_umword_t const kinds[] = {L4_RCV_OBJ_FPAGE, L4_RCV_OBJ_MAPPED, L4_RCV_OBJ_LOCAL_ID, L4_RCV_MEM_MAPPED};
    l4_umword_t words[16] = {op}, item[2] = {0, 0};
    uint8_t const form = in_u8(in);
    unsigned const n = 1 + form % 15;
    for (unsigned i = 1; i < n; i++)
        words[i] = a_number(in);
    if (form & 0x80) {
        uint8_t const which = in_u8(in);
        item[0] = which & 0x80 ? 0 : L4_ITEM_MAP;
        item[1] = l4_obj_fpage(caps[which & 3], 0, which & 4 ? L4_CAP_FPAGE_RO : L4_CAP_FPAGE_RWS).raw;
        item_kind = kinds[which >> 3 & 3];
    }
    request(words, n * sizeof(words[0]), form & 0x80 ? item : NULL);
}

static void try_attach(struct input *in)
{
    static l4_cap_idx_t const caps[] = {WORLD_DS, WORLD_FOREIGN, WORLD_NOTHING, 0};
    uint8_t const form = in_u8(in);
    struct attach const a = {.start = a_number(in), .size = a_number(in), .offset = a_number(in),
                             .flags = (l4_uint32_t)in_number(in), .align = in_u8(in) & 0x1f, .ds = caps[form & 3]};
    item_kind = form & 4 ? L4_RCV_OBJ_MAPPED : L4_RCV_OBJ_FPAGE;
    attach(a, NULL);
}

static void try_page_in(struct input *in)
{
    l4_addr_t const from = a_number(in), to = a_number(in);
    page_in(from, to, in_u8(in));
}

static void change_world(struct input *in)
{
    uint8_t const what = in_u8(in);
    world_alloc_error = what & 1 ? -L4_ENOMEM : 0;
    world_map_error = what & 2 ? -L4_ENOMEM : 0;
    world_info_error = what & 4 ? -L4_ENOSYS : 0;
    world_ds(WORLD_DS)->rights = what >> 3 & L4RE_RM_F_RWX;
    world_ds(WORLD_FOREIGN)->size = what & 0x80 ? 5000 : WORLD_DS_PAGES * WORLD_PAGE;
}

static void send_other(struct input *in)
{
    static long const protocols[] = {L4RE_PROTO_ITAS, L4RE_PROTO_RM, L4_PROTO_META, L4_PROTO_PAGE_FAULT};
    uint8_t const form = in_u8(in);
    unsigned const words = form >> 2 & 3, items = form >> 4 & 3;
    for (unsigned i = 0; i < 10; i++)
        world_utcb.msg.mr[i] = in_number(in);
    rm_server_ops.dispatch(&rt.rm, 3, l4_msgtag(protocols[form & 3], words, items, 0), &world_utcb);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    setup();
    rm_init(&rt, ARENA, ARENA + sizeof(world_arena) - 1);
    while (in_more(&in)) {
        uint8_t const step = in_u8(&in);
        switch (step & 7) {
        case 0: try_attach(&in); break;
        case 1: try_page_in(&in); break;
        case 2: fault(a_number(&in)); break;
        case 3: change_world(&in); break;
        case 4: send_other(&in); break;
        default: send_words(&in, step >> 3 & 15); break;
        }
        ck_assert(rt.map.regions.count <= MEMORY_REGIONS_MAX && rt.map.areas.count <= MEMORY_AREAS_MAX);
    }
    for (unsigned n; (n = rt.map.regions.count);) {
        rm_detach_own(&rt, rt.map.regions.r[0].start);
        ck_assert_uint_lt(rt.map.regions.count, n);
    }
    ck_assert_uint_eq(world_allocated(), 0);
    return 0;
}
