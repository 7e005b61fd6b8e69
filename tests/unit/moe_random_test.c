// SPDX-License-Identifier: MIT
// Random requests to moe's factories, dataspaces and namespaces, and what they answer against the
// model. CALLS and SEED of the environment make it longer, and another one.
#include "moe_kernel.h"
#include "moe_model.h"
#include "unit_run.h"

#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/err.h>
#include <l4/sys/meta.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RAM = 96 * MOE_MIB,
    R = L4_CAP_FPAGE_RO, W = L4_CAP_FPAGE_W, S = L4_CAP_FPAGE_S, RWSD = L4_CAP_FPAGE_RWSD,
    FIRST = CLIENT_FIRST_FREE, // slot that the client fills and empties
    COPY_MAX = 40000,
    ONE_PIECE = 1, PINNED = 2, SUPER_PAGES = 4, // flags of dataspaces
};

// Check's own macros remember each call, and there are millions.
#define AGREE_MSG(right, ...)          \
    do {                               \
        if (!(right))                  \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)
#define AGREE(is, one, other)                                                                 \
    do {                                                                                      \
        long one_ = (long)(one), other_ = (long)(other);                                      \
        AGREE_MSG(one_ is other_, "%s is %ld, and not %s %ld", #one, one_, #is, other_); \
    } while (0)

static uint64_t rng;
static struct model_object *file, *text; // of rom

static unsigned below(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)(rng >> 11) % n;
}

static bool once_in(unsigned n)
{
    return below(n) == 0;
}

// ---- the client's slots ----

static unsigned empty_slot(void)
{
    unsigned start = below(MODEL_SLOTS);

    for (unsigned n = 0; n < MODEL_SLOTS; n++) {
        unsigned i = (start + n) % MODEL_SLOTS;
        if (i >= FIRST && !model_slots[i].object)
            return i;
    }
    return 0;
}

static unsigned any_slot(void)
{
    for (;;) {
        unsigned i = 1 + below(MODEL_SLOTS - 1);
        if (model_slots[i].object)
            return i;
    }
}

// A slot with an object of that kind, mostly.
static unsigned slot_of(enum model_kind kind)
{
    unsigned i = any_slot();

    for (unsigned n = 0; n < 100 && model_slots[i].object->kind != kind; n++)
        i = any_slot();
    return i;
}

// The kernel and the model agree on what the client holds; and nobody has memory of what is gone.
static void check_slots(void)
{
    bool same = true;

    for (unsigned i = 1; i < MODEL_SLOTS; i++) {
        same &= client_has(i) == (model_slots[i].object != NULL);
        if (model_slots[i].object)
            same &= (client_rights(i) | R) == (model_slots[i].rights | R);
    }
    AGREE_MSG(same, "the client holds something else than it should");
}

static uint8_t owned[RAM / MODEL_PAGE];

static void own(uint64_t phys)
{
    if (!is_ram(phys))
        return;
    AGREE_MSG(!owned[(phys - ram_start()) / MODEL_PAGE], "two dataspaces share a page");
    owned[(phys - ram_start()) / MODEL_PAGE] = true;
}

static void own_pages(struct model_object const *ds)
{
    for (uint64_t i = 0; i < ds->num_pages; i++) {
        uint64_t unit = ds->contiguous ? ds->num_pages : ds->super ? 2 * MOE_MIB / MODEL_PAGE : 1;
        if (!ds->pages[i].phys)
            continue;
        uint64_t first = i / unit * unit;
        for (uint64_t k = first; k < first + unit; k++)
            own(ds->pages[i].phys - i * MODEL_PAGE + k * MODEL_PAGE);
        i = first + unit - 1;
    }
}

// What the client has mapped is memory of dataspaces that are alive, each page of one of them.
static void check_memory(void)
{
    bool right = true;

    memset(owned, 0, sizeof(owned));
    for (unsigned i = 0; i < MODEL_OBJECTS; i++)
        if (model_objects[i].kind == KIND_DATASPACE)
            own_pages(&model_objects[i]);
    for (uint64_t a = 0; a < RAM; a += MODEL_PAGE)
        right &= owned[a / MODEL_PAGE] || !client_mapped(ram_start() + a);
    AGREE_MSG(right, "memory is mapped whose dataspace has gone");
}

static void after_deletion(void)
{
    moe_settle();
    check_slots();
    if (once_in(16))
        check_memory();
}

static struct model_object *received(enum model_kind kind, struct model_object *factory, unsigned slot, unsigned channel)
{
    return model_new(kind, factory, slot, channel & S ? RWSD : RWSD & ~(unsigned)S);
}

static uint64_t factory_word(unsigned slot, unsigned word)
{
    struct request_text t = {0};

    put_word(&t, L4RE_MA_OP_INFO);
    AGREE(==, client_call(slot, L4RE_PROTO_MEM_ALLOC, &t, 0), 0);
    return t.w[word];
}

static uint64_t machine_free(void)
{
    return factory_word(CLIENT_MEM, 4);
}

// err is right for a request that needs at most so much more of the factory, unless it is ENOMEM
// without need.
static void check_error(long err, long expected, struct model_object const *factory, uint64_t bytes)
{
    if (err == expected)
        return;
    AGREE(==, err, -L4_ENOMEM);
    AGREE(>=, expected, 0);
    AGREE_MSG(model_may_be_short(factory, bytes, 2, machine_free()), "out of memory for %llu bytes without need",
                  (unsigned long long)bytes);
}

// ---- factories ----

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

static void do_create(void)
{
    static void (*const create[])(unsigned, unsigned) = { create_dataspace, create_dataspace, create_dataspace, create_factory,
                                                          create_scheduler, create_other, create_other };
    unsigned via = slot_of(KIND_FACTORY), slot = empty_slot();

    if (!slot || !model_has_room() || model_slots[via].object->kind != KIND_FACTORY)
        return;
    create[below(sizeof(create) / sizeof(*create))](via, slot);
}

static void do_factory_info(void)
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

// ---- dataspaces ----

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

static void do_map(void)
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

static void do_clear(void)
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

static void do_allocate(void)
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

static void do_copy_in(void)
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

static void do_ds_info(void)
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

// ---- namespaces ----

static char const *random_name(void)
{
    static char const *const odd[] = { "", "/", "a/", "/a", "a//b", "file", "text", "zz", "a/b", "c/d/e", "text/x" };
    static char name[2];

    if (once_in(6))
        return odd[below(sizeof(odd) / sizeof(*odd))];
    name[0] = (char)('a' + below(MODEL_NAMES));
    return name;
}

static bool empty_part(char const *path)
{
    size_t len = strlen(path);

    return len == 0 || path[0] == '/' || path[len - 1] == '/' || strstr(path, "//");
}

static struct model_object *file_of(struct model_object const *ns, char const *name, size_t len)
{
    if (ns != model_slots[CLIENT_ROM].object || len != 4)
        return NULL;
    return memcmp(name, "file", 4) == 0 ? file : memcmp(name, "text", 4) == 0 ? text : NULL;
}

static void do_query(void)
{
    unsigned via = slot_of(KIND_NAMESPACE), slot = empty_slot();
    struct model_slot s = model_slots[via];
    struct request_text t = {0};
    char const *path = random_name();
    unsigned len = (unsigned)strcspn(path, "/"), all = (unsigned)strlen(path);

    if (s.object->kind != KIND_NAMESPACE || !slot)
        return;
    struct model_name *n = model_name(s.object, path, len);
    struct model_object *target = file_of(s.object, path, len);
    unsigned rights = R;
    long expected = len < all ? L4RE_NS_PARTLY_RESOLVED : 0;
    if (empty_part(path) || (!target && (!n || !n->used)))
        expected = -L4_ENOENT;
    else if (!target && !n->target)
        expected = -L4_EAGAIN;
    else if (!target) {
        target = n->target;
        rights = n->rights;
    }
    put_word(&t, L4RE_NS_OP_QUERY);
    put_name(&t, path, all);
    AGREE(==, client_call(via, L4RE_PROTO_NAMESPACE, &t, slot), expected);
    if (expected < 0)
        return;
    AGREE(==, t.w[1], len < all ? all - len - 1 : 0);
    AGREE_MSG(memcmp(&t.w[2], path + all - t.w[1], t.w[1]) == 0, "another rest of the path");
    model_put(slot, target, rights & (s.rights & S ? ~0u : ~(unsigned)S));
}

static long expect_register(struct model_slot s, char const *name, unsigned flags)
{
    struct model_name const *n = model_name(s.object, name, (unsigned)strlen(name));

    if (!(s.rights & W))
        return -L4_EPERM;
    if (!*name || strchr(name, '/'))
        return -L4_EINVAL;
    if (file_of(s.object, name, strlen(name)))
        return -L4_EEXIST;
    return n && n->target && !(flags & L4RE_NS_REGISTER_OVERWRITE) ? -L4_EEXIST : 0;
}

// Does the object keep the namespace, by names? A cycle of them would last as long as their factory.
static bool reaches(struct model_object const *o, struct model_object const *ns)
{
    if (o == ns)
        return true;
    for (unsigned n = 0; o->kind == KIND_NAMESPACE && n < MODEL_NAMES; n++)
        if (o->names[n].target && reaches(o->names[n].target, ns))
            return true;
    return false;
}

static void do_register(void)
{
    unsigned via = slot_of(KIND_NAMESPACE), what = any_slot(), sent = once_in(6) ? below(8) : R | below(4);
    struct model_slot s = model_slots[via], o = model_slots[what];
    struct request_text t = {0};
    unsigned flags = (once_in(2) ? R : R | below(8)) | (once_in(2) ? L4RE_NS_REGISTER_OVERWRITE : 0);
    char const *name = random_name();
    bool placeholder = once_in(8);

    if (s.object->kind != KIND_NAMESPACE || reaches(o.object, s.object))
        return;
    put_word(&t, L4RE_NS_OP_REGISTER | (l4_umword_t)flags << 32);
    put_name(&t, name, (unsigned)strlen(name));
    if (placeholder)
        put_void(&t);
    else
        put_cap(&t, what, sent);
    placeholder |= !(sent & R);
    unsigned held = R | (o.rights & sent & (s.rights & S ? W | S : W)), rights = R | (flags & (W | S));
    struct model_name *n = model_name(s.object, name, (unsigned)strlen(name));
    if (!n && *name && !strchr(name, '/') && !file_of(s.object, name, strlen(name)))
        return; // a name that the model does not keep
    long expected = expect_register(s, name, flags), err;
    if (!expected && !placeholder && o.object->kind != KIND_FOREIGN && (rights & ~held))
        expected = -L4_EPERM;
    err = client_call(via, L4RE_PROTO_NAMESPACE, &t, 0);
    if (err == -L4_ENOMEM && expected == -L4_EPERM) // it comes first
        expected = 0;
    check_error(err, expected, s.object->factory, 2 * MODEL_PAGE);
    if (err == 0)
        model_set_name(s.object, n, placeholder ? NULL : o.object, rights & held);
    if (err == 0)
        after_deletion(); // of what had the name
}

static void do_unlink(void)
{
    unsigned via = slot_of(KIND_NAMESPACE);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};
    char const *name = random_name();

    if (s.object->kind != KIND_NAMESPACE)
        return;
    struct model_name *n = model_name(s.object, name, (unsigned)strlen(name));
    long expected = !(s.rights & W) ? -L4_EPERM : file_of(s.object, name, strlen(name)) ? -L4_EACCESS
                    : n && n->used ? 0 : -L4_ENOENT;
    put_word(&t, L4RE_NS_OP_UNLINK);
    put_name(&t, name, (unsigned)strlen(name));
    AGREE(==, client_call(via, L4RE_PROTO_NAMESPACE, &t, 0), expected);
    if (expected == 0)
        model_clear_name(n);
    after_deletion();
}

// ---- what every object is asked ----

static void do_nonsense(void)
{
    static long const protocols[] = { 0, 1, -2, L4_PROTO_IRQ, 0x4010, 0x4003, L4RE_PROTO_ITAS };
    unsigned via = any_slot();
    struct model_object const *o = model_slots[via].object;
    struct request_text t = {0};

    if (o->kind != KIND_FACTORY && o->kind != KIND_DATASPACE && o->kind != KIND_NAMESPACE)
        return;
    long own = o->kind == KIND_DATASPACE ? L4RE_PROTO_DATASPACE : L4RE_PROTO_NAMESPACE;
    for (unsigned n = below(20); n; n--)
        put_word(&t, rng + below(3));
    if (o->kind == KIND_FACTORY || once_in(2)) {
        AGREE(==, client_call(via, protocols[below(7)], &t, 0), -L4_EBADPROTO);
    } else if (once_in(2)) {
        t.w[0] = 6 + below(100);
        t.words += t.words == 0;
        AGREE(==, client_call(via, own, &t, 0), -L4_ENOSYS);
    } else { // a request without its arguments
        static l4_umword_t const of_ns[] = { L4RE_NS_OP_QUERY, L4RE_NS_OP_REGISTER, L4RE_NS_OP_UNLINK, L4RE_NS_OP_QUERY };
        static l4_umword_t const of_ds[] = { L4RE_DS_OP_MAP, L4RE_DS_OP_CLEAR, L4RE_DS_OP_COPY_IN, L4RE_DS_OP_ALLOCATE };
        t.w[0] = (o->kind == KIND_NAMESPACE ? of_ns : of_ds)[below(4)];
        t.words = 1;
        AGREE(==, client_call(via, own, &t, 0), -L4_EMSGTOOSHORT);
    }
}

// ---- capabilities ----

static unsigned own_slot(void)
{
    unsigned i = any_slot();

    return i >= FIRST ? i : 0;
}

static void do_drop(void)
{
    unsigned i = own_slot();

    if (!i)
        return;
    client_drop(i);
    model_drop(i);
    after_deletion();
}

static void do_delete(void)
{
    unsigned i = own_slot();

    if (!i)
        return;
    bool del = model_slots[i].rights & L4_CAP_FPAGE_D;
    struct model_object *o = model_slots[i].object;
    client_delete(i);
    if (del)
        model_delete(o);
    else
        model_drop(i);
    after_deletion();
}

static void do_copy(void)
{
    unsigned from = own_slot(), to = empty_slot(), rights = R | below(16);

    if (!from || !to)
        return;
    client_copy(from, to, rights);
    model_put(to, model_slots[from].object, model_slots[from].rights & rights);
}

static void do_foreign(void)
{
    unsigned slot = empty_slot();

    if (!slot || !model_new(KIND_FOREIGN, NULL, slot, RWSD))
        return;
    client_make_foreign(slot);
}

static void (*const operations[])(void) = {
    do_create, do_create, do_create, do_map, do_map, do_map, do_map, do_clear, do_allocate, do_copy_in, do_copy_in, do_ds_info,
    do_query, do_query, do_query, do_register, do_register, do_register, do_unlink, do_nonsense, do_drop, do_drop,
    do_delete, do_copy, do_foreign, do_factory_info,
};

// ---- the run ----

static struct model_object *base_object(enum model_kind kind, unsigned slot)
{
    struct model_object *o = model_new(kind, NULL, slot, R | W | S);

    o->refs++; // moe's own
    return o;
}

static void fixed_memory(struct model_object *o, int64_t size, char const *bytes)
{
    model_set_size(o, size, MODEL_PAGE);
    o->fixed = true;
    o->memory_rights = L4_FPAGE_RX;
    model_write(o, 0, bytes, (uint64_t)size);
}

// The files of rom: the client gets them by their names.
static struct model_object *rom_file(int64_t size, char const *bytes)
{
    struct model_object *o = base_object(KIND_DATASPACE, MODEL_SLOTS - 1);

    model_drop(MODEL_SLOTS - 1);
    fixed_memory(o, size, bytes);
    return o;
}

static void start(void)
{
    moe_boot(RAM);
    base_object(KIND_FACTORY, CLIENT_MEM);
    base_object(KIND_NAMESPACE, CLIENT_ROM);
    base_object(KIND_OTHER, CLIENT_DMA_MANAGER);
    model_machine = RAM - 2 * MOE_MIB; // moe's own is somewhat less than the difference
    fixed_memory(base_object(KIND_DATASPACE, CLIENT_KIP), MODEL_PAGE, moe_file);
    file = rom_file(sizeof(moe_file), moe_file);
    text = rom_file(10, "0123456789");
    struct request_text t = {0}; // files have their gates from the first query on
    put_word(&t, L4RE_NS_OP_QUERY);
    put_name(&t, "file", 4);
    client_call(CLIENT_ROM, L4RE_PROTO_NAMESPACE, &t, 0);
    t = (struct request_text){0};
    put_word(&t, L4RE_NS_OP_QUERY);
    put_name(&t, "text", 4);
    client_call(CLIENT_ROM, L4RE_PROTO_NAMESPACE, &t, 0);
}

static unsigned long setting(char const *name, unsigned long otherwise)
{
    char const *s = getenv(name);

    return s && *s ? strtoul(s, NULL, 0) : otherwise;
}

static void drop_all(void)
{
    for (unsigned i = FIRST; i < MODEL_SLOTS; i++) {
        client_drop(i);
        model_drop(i);
    }
    for (unsigned n = 0; n < MODEL_NAMES; n++) {
        char name[] = { (char)('a' + n), 0 };
        struct request_text t = {0};
        put_word(&t, L4RE_NS_OP_UNLINK);
        put_name(&t, name, 1);
        client_call(CLIENT_ROM, L4RE_PROTO_NAMESPACE, &t, 0);
    }
    moe_settle();
}

START_TEST(moe_agrees_with_its_model)
{
    unsigned long calls = setting("CALLS", 50000), seed = setting("SEED", 1);
    uint64_t used = factory_word(CLIENT_MEM, 1), free = machine_free();
    unsigned gates = moe_gates(), slots = moe_slots_used();

    rng = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (unsigned long i = 0; i < calls; i++)
        operations[below(sizeof(operations) / sizeof(*operations))]();
    printf("%lu calls, seed %lu\n", calls, seed);
    drop_all();
    AGREE(==, client_mapped_pages(), 0);
    AGREE(==, moe_gates(), gates);
    AGREE(==, moe_slots_used(), slots);
    AGREE(==, factory_word(CLIENT_MEM, 1), used);
    AGREE(==, machine_free(), free);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe against its model");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_set_timeout(t, 0);
    tcase_add_checked_fixture(t, start, NULL);
    tcase_add_test(t, moe_agrees_with_its_model);
    return unit_run(s);
}
