// SPDX-License-Identifier: MIT
// Random requests to moe's factories, dataspaces and namespaces, and what they answer against the
// model. CALLS and SEED of the environment make it longer, and another one.
#include "moe_random.h"
#include "unit_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t rng;
struct model_object *file, *text; // of rom

unsigned below(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)(rng >> 11) % n;
}

bool once_in(unsigned n)
{
    return below(n) == 0;
}

// ---- the client's slots ----

unsigned empty_slot(void)
{
    unsigned start = below(MODEL_SLOTS);

    for (unsigned n = 0; n < MODEL_SLOTS; n++) {
        unsigned i = (start + n) % MODEL_SLOTS;
        if (i >= FIRST && !model_slots[i].object)
            return i;
    }
    return 0;
}

unsigned any_slot(void)
{
    for (;;) {
        unsigned i = 1 + below(MODEL_SLOTS - 1);
        if (model_slots[i].object)
            return i;
    }
}

// A slot with an object of that kind, mostly.
unsigned slot_of(enum model_kind kind)
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

void after_deletion(void)
{
    moe_settle();
    check_slots();
    if (once_in(16))
        check_memory();
}

struct model_object *received(enum model_kind kind, struct model_object *factory, unsigned slot, unsigned channel)
{
    return model_new(kind, factory, slot, channel & S ? RWSD : RWSD & ~(unsigned)S);
}

uint64_t factory_word(unsigned slot, unsigned word)
{
    struct request_text t = {0};

    put_word(&t, L4RE_MA_OP_INFO);
    AGREE(==, client_call(slot, L4RE_PROTO_MEM_ALLOC, &t, 0), 0);
    return t.w[word];
}

uint64_t machine_free(void)
{
    return factory_word(CLIENT_MEM, 4);
}

void check_error(long err, long expected, struct model_object const *factory, uint64_t bytes)
{
    if (err == expected)
        return;
    AGREE(==, err, -L4_ENOMEM);
    AGREE(>=, expected, 0);
    AGREE_MSG(model_may_be_short(factory, bytes, 2, machine_free()), "out of memory for %llu bytes without need",
                  (unsigned long long)bytes);
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
