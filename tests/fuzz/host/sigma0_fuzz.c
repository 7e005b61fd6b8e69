// SPDX-License-Identifier: MIT
// Sigma0: memory descriptors of any kind, requests for memory against the map made of them, the Meta protocol.
#include "sigma0_regions_test.c"

#include "input.h"
#include "meta.h"

static l4_utcb_t utcb;

static void read_descriptors(struct input *in)
{
    struct kip *k = calloc(1, sizeof(*k));
    for (unsigned n = in_u8(in) % 12; n; n--) {
        uint64_t const from = in_number(in), to = in_number(in);
        add_desc(k, from & ~0x3ffull, to, in_u8(in) | (unsigned)(in_u8(in) & 3) << 8);
    }
    if (in_u8(in) & 1)
        in_bytes(in, k->bytes + 0x54, 8);
    if (mem_map_init(&map, k, sizeof(*k)))
        map.count = 0;
    consistent();
    free(k);
}

static void ask_for_memory(struct input *in)
{
    uint64_t const from = in_number(in), to = from + in_number(in), before = mem_map_free(&map);
    unsigned const client = in_u8(in) & 7;
    unsigned rights, order = in_u8(in) & 63;
    uint64_t addr;
    if (from <= to && region_ram_allowed(&map, from, to, client, &rights) && region_claim(&map, from, to, client))
        ck_assert_uint_le(mem_map_free(&map), before);
    struct region const *r = region_find(&map, from);
    if (r)
        ck_assert_uint_le(region_block_order(r, from, order), order > L4_PAGESHIFT ? order : L4_PAGESHIFT);
    if (region_find_free(&map, order, &addr))
        ck_assert(region_ram_allowed(&map, addr, addr + ((1ull << order) - 1), client, &rights));
    region_overlaps(&map, from, to);
    consistent();
}

static void set_any(struct input *in)
{
    uint64_t const from = in_number(in), to = from + in_number(in);
    set(from, to, in_u8(in) % 3, in_u8(in) & 7);
    consistent();
}

static void ask_meta(struct input *in)
{
    for (unsigned i = 0; i < 3; i++)
        utcb.msg.mr[i] = in_number(in);
    meta_answer(&utcb, l4_msgtag(L4_PROTO_META, in_u8(in) & 3, 0, 0));
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {ask_for_memory, set_any, ask_meta};
    map.count = 0;
    read_descriptors(&in);
    while (in_more(&in))
        steps[in_below(&in, 3)](&in);
    return 0;
}
