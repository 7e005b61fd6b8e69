// SPDX-License-Identifier: MIT
// Random requests to dataspaces: what is mapped and what it holds, copies, clears, sizes.
#include "moe_random.h"

#include <string.h>

static uint64_t random_offset(struct model_object const *ds)
{
    if (once_in(8))
        return rng;
    uint64_t offset = once_in(6) ? (uint64_t)ds->size - 5000 + below(10000) : below((unsigned)ds->size);
    return once_in(2) ? offset & -(uint64_t)MODEL_PAGE : offset;
}

static void touch(struct model_object *ds, uint64_t offset, uint64_t size)
{
    for (uint64_t p = offset / MODEL_PAGE; size && p <= (offset + size - 1) / MODEL_PAGE; p++)
        ds->pages[p].allocated = true;
}

// Bytes that a request may need for the pages of [offset, offset + size), and their tables.
static uint64_t need(struct model_object const *ds, uint64_t size)
{
    uint64_t page = ds->super ? 2 * MOE_MIB : MODEL_PAGE;

    return ds->contiguous || ds->fixed ? 0 : (size / page + 2) * page + 2 * MODEL_PAGE
           + (ds->super ? RAM / 2 : 0); // a superpage must be there in one piece
}

// The mapped memory is this dataspace's alone, in the right place, and holds what it should.
static void check_page(struct model_object *ds, uint64_t page, uint64_t phys)
{
    static uint8_t expected[MODEL_PAGE];

    AGREE_MSG(page < ds->num_pages, "memory behind the end is mapped");
    AGREE_MSG(!ds->pages[page].phys || ds->pages[page].phys == phys, "a page has moved");
    ds->pages[page].phys = phys;
    if (ds->unsure)
        return;
    model_read(ds, page * MODEL_PAGE, expected, MODEL_PAGE);
    AGREE_MSG(memcmp(expected, (void *)phys, MODEL_PAGE) == 0, "the memory holds something else");
}

static void check_mapped(struct model_object *ds, uint64_t offset, uint64_t spot, unsigned rights)
{
    uint64_t size = UINT64_C(1) << l4_fpage_size(reply_memory), base = l4_fpage_memaddr(reply_memory);
    uint64_t start = (offset & -(uint64_t)MODEL_PAGE) - (spot & (size - 1) & -(uint64_t)MODEL_PAGE);

    AGREE(==, reply_items, 1);
    AGREE(==, l4_fpage_rights(reply_memory), rights);
    for (uint64_t at = 0; at < size; at += MODEL_PAGE)
        if (at < 64 * MODEL_PAGE || (start + at) / MODEL_PAGE == offset / MODEL_PAGE)
            check_page(ds, (start + at) / MODEL_PAGE, base + at);
    if (ds->super)
        touch(ds, offset, 1);
    else if (!ds->fixed)
        touch(ds, offset, 1);
    if (!(rights & L4_FPAGE_W))
        return;
    uint64_t page = offset / MODEL_PAGE, at = below(MODEL_PAGE / 8) * 8;
    uint64_t value = rng;
    memcpy((char *)ds->pages[page].phys + at, &value, 8);
    model_write(ds, page * MODEL_PAGE + at, &value, 8);
}

void do_map(void)
{
    unsigned via = slot_of(KIND_DATASPACE), flags = below(8) | (once_in(4) ? below(4) << 4 : 0);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};

    if (s.object->kind != KIND_DATASPACE)
        return;
    uint64_t offset = random_offset(s.object), spot = once_in(2) ? offset : rng >> (once_in(2) ? 12 : 30);
    unsigned want = flags & 7 ? flags & 7 : L4_FPAGE_RO;
    long expected = 0;
    put_word(&t, L4RE_DS_OP_MAP);
    put_word(&t, offset);
    put_word(&t, spot);
    put_word(&t, flags);
    if ((flags & L4_FPAGE_W) && !(s.rights & W))
        expected = -L4_EPERM;
    else if (offset / MODEL_PAGE > ((uint64_t)s.object->size - 1) / MODEL_PAGE)
        expected = -L4_ERANGE;
    else if (want & ~s.object->memory_rights)
        expected = -L4_EPERM;
    long err = client_call(via, L4RE_PROTO_DATASPACE, &t, 0);
    check_error(err, expected, s.object->factory, need(s.object, 1));
    if (err == 0)
        check_mapped(s.object, offset, spot, want);
}

static uint64_t cut(struct model_object const *ds, uint64_t offset, uint64_t size)
{
    if (offset >= (uint64_t)ds->size)
        return 0;
    return size < (uint64_t)ds->size - offset ? size : (uint64_t)ds->size - offset;
}

void do_clear(void)
{
    unsigned via = slot_of(KIND_DATASPACE);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};

    if (s.object->kind != KIND_DATASPACE)
        return;
    uint64_t offset = random_offset(s.object), size = once_in(5) ? rng : below(20000);
    put_word(&t, L4RE_DS_OP_CLEAR);
    put_word(&t, offset);
    put_word(&t, size);
    bool may = (s.rights & W) && (s.object->memory_rights & L4_FPAGE_W);
    AGREE(==, client_call(via, L4RE_PROTO_DATASPACE, &t, 0), may ? 0 : -L4_EACCESS);
    if (may)
        model_zero(s.object, offset, cut(s.object, offset, size));
}

void do_allocate(void)
{
    unsigned via = slot_of(KIND_DATASPACE);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};
    long expected = 0;

    if (s.object->kind != KIND_DATASPACE)
        return;
    uint64_t offset = random_offset(s.object), size = once_in(5) ? rng : below(60000);
    put_word(&t, L4RE_DS_OP_ALLOCATE);
    put_word(&t, offset);
    put_word(&t, size);
    if (offset > (uint64_t)s.object->size || size > (uint64_t)s.object->size - offset)
        expected = -L4_ERANGE;
    else if (!s.object->fixed && !(s.rights & W))
        expected = -L4_EPERM;
    long err = client_call(via, L4RE_PROTO_DATASPACE, &t, 0);
    check_error(err, expected, s.object->factory, need(s.object, size));
    if (err == 0 && !s.object->fixed)
        touch(s.object, offset, size);
    if (err == -L4_ENOMEM)
        s.object->unsure = true;
}

// What the bytes of src are goes to dst, and both have pages then.
static void model_copy(struct model_object *dst, uint64_t to, struct model_object *src, uint64_t from, uint64_t size)
{
    static uint8_t bytes[COPY_MAX];

    model_read(src, from, bytes, size);
    model_write(dst, to, bytes, size);
    if (!src->fixed)
        touch(src, from, size);
    touch(dst, to, size);
    dst->unsure |= src->unsure;
}

void do_copy_in(void)
{
    unsigned via = slot_of(KIND_DATASPACE), from = slot_of(KIND_DATASPACE);
    struct model_slot d = model_slots[via], s = model_slots[from];
    struct request_text t = {0};

    if (d.object->kind != KIND_DATASPACE || d.object == s.object)
        return;
    uint64_t to = random_offset(d.object), size = below(COPY_MAX);
    uint64_t src = s.object->kind == KIND_DATASPACE ? random_offset(s.object) : 0;
    long expected = 0;
    put_word(&t, L4RE_DS_OP_COPY_IN);
    put_word(&t, to);
    put_word(&t, src);
    put_word(&t, size);
    put_cap(&t, from, R | below(4));
    if (!(d.rights & W))
        expected = -L4_EACCESS;
    else if (s.object->kind != KIND_DATASPACE)
        expected = -L4_EINVAL;
    size = expected ? 0 : cut(s.object, src, cut(d.object, to, size));
    if (size && d.object->fixed)
        expected = -L4_EPERM;
    bool short_src = !expected && size && model_may_be_short(s.object->factory, need(s.object, size), 0, machine_free());
    long err = client_call(via, L4RE_PROTO_DATASPACE, &t, 0);
    if (!(err == -L4_ENOMEM && short_src))
        check_error(err, expected, d.object->factory, need(d.object, size));
    if (err == 0 && size)
        model_copy(d.object, to, s.object, src, size);
    if (err == -L4_ENOMEM)
        d.object->unsure = s.object->unsure = true;
}

void do_ds_info(void)
{
    unsigned via = slot_of(KIND_DATASPACE);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};

    if (s.object->kind != KIND_DATASPACE)
        return;
    put_word(&t, L4RE_DS_OP_INFO);
    AGREE(==, client_call(via, L4RE_PROTO_DATASPACE, &t, 0), 0);
    AGREE(==, (long)t.w[0], s.object->size);
    AGREE(==, t.w[1], s.object->memory_rights & (s.rights & W ? ~0u : ~(unsigned)L4_FPAGE_W));
    t.w[0] = L4RE_DS_OP_MAP_INFO; // any address will do
    t.words = 1;
    AGREE(==, client_call(via, L4RE_PROTO_DATASPACE, &t, 0), 0);
    AGREE_MSG(t.w[0] == 0 && t.w[1] == ~0ul, "map_info has a limit");
}
