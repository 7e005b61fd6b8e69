// SPDX-License-Identifier: MIT
// Random requests to factories: what they create, and what they say is used.
#include "moe_random.h"

#include <string.h>

static long random_size(void)
{
    switch (below(12)) {
    case 0:
        return 0;
    case 1:
        return -(long)(1 + below(RAM));
    case 2:
        return (long)(rng & INT64_MAX);
    case 3:
        return 1 + below(24 * MOE_MIB);
    default:
        return 1 + below(once_in(4) ? 300000 : 30000);
    }
}

static unsigned long random_align(void)
{
    static unsigned long const t[] = { 0, 1, 11, 12, 13, 16, 21, 22, 47, 48, 63, 64, 100, 4095, 4096, 4097, 8192, 2 * MOE_MIB,
                                       ~0ul };

    return t[once_in(2) ? 0 : below(sizeof(t) / sizeof(*t))];
}

// log2 of an alignment; 0 for none that there is.
static unsigned align_of(unsigned long a)
{
    if (a < 64)
        return a < 12 ? 12 : (unsigned)a;
    for (unsigned n = 12; n < 64; n++)
        if (a == 1ul << n)
            return n;
    return 0;
}

static long expect_dataspace(long size, unsigned flags, unsigned align)
{
    if (size == 0 || (size < 0 && !(flags & ONE_PIECE)))
        return -L4_ERANGE;
    if (!align)
        return -L4_EINVAL;
    return align > 47 || size >> 47 > 0 ? -L4_ENOMEM : 0;
}

static void check_dataspace_shortage(struct model_object const *f, long size, unsigned flags, unsigned align)
{
    bool one_piece = flags & (ONE_PIECE | PINNED);
    uint64_t bytes = 3 * MODEL_PAGE + (one_piece ? (uint64_t)size : (uint64_t)size / (256 << 10)); // or the page's table

    // in one piece there may be less than there is
    if (one_piece && (size < 0 || bytes > 64 << 10 || align > 16 || (flags & SUPER_PAGES)))
        return;
    check_error(-L4_ENOMEM, 0, f, bytes + (one_piece ? 8 * MOE_MIB : 0) * (machine_free() < 16 * MOE_MIB));
}

static void made_dataspace(struct model_object *ds, long size, unsigned flags, unsigned slot)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_INFO);
    AGREE(==, client_call(slot, L4RE_PROTO_DATASPACE, &t, 0), 0);
    if (size > 0)
        AGREE(==, (long)t.w[0], size);
    AGREE(>, (long)t.w[0], 0);
    AGREE(<=, (long)t.w[0], size > 0 ? size : RAM);
    ds->contiguous = flags & (ONE_PIECE | PINNED);
    ds->super = !ds->contiguous && (flags & SUPER_PAGES);
    model_set_size(ds, (int64_t)t.w[0], ds->super ? 2 * MOE_MIB : MODEL_PAGE);
    ds->memory_rights = L4_FPAGE_RWX;
    if (size < 0)
        AGREE(>=, machine_free() + MODEL_PAGE, (uint64_t)-size);
}

static void create_dataspace(unsigned via, unsigned slot)
{
    struct model_slot f = model_slots[via];
    struct request_text t = {0};
    long size = random_size();
    unsigned flags = once_in(3) ? below(8) : 0;
    unsigned long align = random_align();

    if (size > 64 * MOE_MIB && size < INT64_C(1) << 40) // its table would be too much for the model
        size = INT64_C(1) << 50;
    put_word(&t, L4RE_PROTO_DATASPACE);
    put_int(&t, size);
    put_int(&t, flags);
    put_int(&t, (long)align);
    long expected = expect_dataspace(size, flags, align_of(align));
    if (size >= INT64_C(1) << 40)
        expected = expected ? expected : -L4_ENOMEM;
    long err = client_call(via, L4_PROTO_FACTORY, &t, slot);
    if (err == -L4_ENOMEM && expected == 0)
        check_dataspace_shortage(f.object, size, flags, align_of(align));
    else
        AGREE(==, err, expected);
    if (err == 0)
        made_dataspace(received(KIND_DATASPACE, f.object, slot, f.rights), size, flags, slot);
}

static void create_factory(unsigned via, unsigned slot)
{
    struct model_slot f = model_slots[via];
    struct request_text t = {0};
    long bytes = once_in(10) ? -(long)below(3) : once_in(4) ? random_size() : 1 + below(4 * MOE_MIB);
    uint64_t limit = f.object->limit ? f.object->limit : RAM;

    put_word(&t, (l4_umword_t)L4_PROTO_FACTORY);
    put_int(&t, bytes);
    bool fits = (uint64_t)bytes <= limit && model_least_bytes(f.object) + (uint64_t)bytes <= limit;
    long err = client_call(via, L4_PROTO_FACTORY, &t, slot);
    if (bytes <= 0)
        AGREE(==, err, -L4_EINVAL);
    else if (!fits)
        AGREE(==, err, -L4_ENOMEM);
    else if (f.object->limit) // what is left of the root's, the model does not know
        check_error(err, 0, f.object, (uint64_t)bytes + MODEL_PAGE);
    if (err == 0)
        received(KIND_FACTORY, f.object, slot, f.rights)->limit = (uint64_t)bytes;
}

static void create_scheduler(unsigned via, unsigned slot)
{
    struct model_slot f = model_slots[via];
    struct request_text t = {0};
    long limit = (long)below(300) - 10, base = (long)below(300) - 10, expected = 0;

    put_word(&t, (l4_umword_t)L4_PROTO_SCHEDULER);
    put_int(&t, limit);
    put_int(&t, base);
    if (f.object->limit)
        expected = -L4_ENODEV;
    else if (limit < 0 || limit > 255 || base < 0 || base > 255)
        expected = -L4_ERANGE;
    else if (limit <= base)
        expected = -L4_EINVAL;
    long err = client_call(via, L4_PROTO_FACTORY, &t, slot);
    check_error(err, expected, f.object, 2 * MODEL_PAGE);
    if (err == 0)
        received(KIND_OTHER, f.object, slot, f.rights);
}

static void create_other(unsigned via, unsigned slot)
{
    static long const t[] = { L4RE_PROTO_NAMESPACE, L4RE_PROTO_NAMESPACE, L4RE_PROTO_DMA_SPACE, L4_PROTO_LOG, L4RE_PROTO_RM,
                              L4_PROTO_TASK, L4_PROTO_THREAD, 0, 0x4010 };
    struct model_slot f = model_slots[via];
    struct request_text r = {0};
    long type = t[below(sizeof(t) / sizeof(*t))], expected = 0;

    put_word(&r, (l4_umword_t)type);
    if (type == L4_PROTO_LOG)
        put_text(&r, "log");
    if (type != L4RE_PROTO_NAMESPACE && type != L4RE_PROTO_DMA_SPACE && type != L4_PROTO_LOG && type != L4RE_PROTO_RM)
        expected = -L4_ENODEV;
    long err = client_call(via, L4_PROTO_FACTORY, &r, slot);
    check_error(err, expected, f.object, 2 * MODEL_PAGE);
    if (err == 0)
        received(type == L4RE_PROTO_NAMESPACE ? KIND_NAMESPACE : KIND_OTHER, f.object, slot, f.rights);
}

void do_create(void)
{
    static void (*const create[])(unsigned, unsigned) = { create_dataspace, create_dataspace, create_dataspace, create_factory,
                                                          create_scheduler, create_other, create_other };
    unsigned via = slot_of(KIND_FACTORY), slot = empty_slot();

    if (!slot || !model_has_room() || model_slots[via].object->kind != KIND_FACTORY)
        return;
    create[below(sizeof(create) / sizeof(*create))](via, slot);
}

void do_factory_info(void)
{
    unsigned via = slot_of(KIND_FACTORY);
    struct model_object const *f = model_slots[via].object;

    if (f->kind != KIND_FACTORY)
        return;
    uint64_t used = factory_word(via, 1);
    AGREE(==, factory_word(via, 0), f->limit);
    AGREE(>=, used, model_least_bytes(f));
    AGREE(<=, used, model_most_bytes(f) + (f->limit ? 0 : MOE_MIB));
    AGREE_MSG(!f->limit || used <= f->limit, "more is used than the quota has");
    AGREE(<=, model_least_slots(f), model_slot_limit(f));
}
