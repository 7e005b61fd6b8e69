// SPDX-License-Identifier: MIT
// Moe's objects, asked by a client: any message through any capability that it has, objects deleted meanwhile. Afterwards, with
// the client's factory gone, moe holds as much as before.
#include "check.h"
#include "input.h"
#include "moe_kernel.h"

#include "factory.h"

#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/meta.h>

enum { RAM_MIB = 64, SLOTS = 12, FIRST = CLIENT_FIRST_FREE, STEPS = 60 };
enum { OWN_FACTORY = SLOTS + 1, OWN_MIB = 16, SPARE = OWN_FACTORY + 1 }; // slots that steps do not fill

static unsigned gates, slots;

static void boot(void)
{
    if (gates)
        return;
    moe_boot((uint64_t)RAM_MIB * MOE_MIB);
    // What is registered in rom/ would stay there.
    client_copy(CLIENT_ROM, SPARE, L4_CAP_FPAGE_RO);
    client_drop(CLIENT_ROM);
    client_copy(SPARE, CLIENT_ROM, L4_CAP_FPAGE_RO);
    client_drop(SPARE);
    // A file has its gate for ever, from when somebody asks for it first.
    static char const *const files[] = {"file", "text", ".dirinfo"};
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct request_text t = {0};
        put_word(&t, L4RE_NS_OP_QUERY);
        put_name(&t, files[i], (unsigned)strlen(files[i]));
        ck_assert_int_eq(client_call(CLIENT_ROM, L4RE_PROTO_NAMESPACE, &t, SPARE), 0);
        client_drop(SPARE);
    }
    gates = moe_gates();
    slots = moe_slots_used();
}

static void make_factory(void)
{
    struct request_text t = {0};
    put_word(&t, (l4_umword_t)L4_PROTO_FACTORY);
    put_int(&t, (l4_mword_t)OWN_MIB * MOE_MIB);
    ck_assert_int_eq(client_call(CLIENT_MEM, L4_PROTO_FACTORY, &t, OWN_FACTORY), 0);
}

// The factory that the client knows is its own.
static unsigned a_slot(struct input *in)
{
    unsigned const slot = 1 + in_below(in, SLOTS);
    return slot == CLIENT_MEM ? OWN_FACTORY : slot;
}

// Where a new object goes; what was there is dropped.
static unsigned new_slot(struct input *in)
{
    unsigned const slot = FIRST + in_below(in, SLOTS + 1 - FIRST);
    client_drop(slot);
    return slot;
}

static void put_path(struct request_text *t, struct input *in)
{
    static char const *const names[] = {"a", "b", "file", "text", "a/b", "a/file", "/", "", "rom/file", "a//b", "longer-name"};
    uint8_t const which = in_u8(in);
    char text[40];
    if (which < sizeof(names) / sizeof(names[0])) {
        put_name(t, names[which], (unsigned)strlen(names[which]));
    } else {
        unsigned const n = which % sizeof(text);
        in_bytes(in, text, n);
        put_name(t, text, n);
    }
}

static void put_items(struct request_text *t, struct input *in)
{
    for (unsigned n = in_u8(in) % 3; n; n--)
        if (in_u8(in) & 0x80)
            put_void(t);
        else
            put_cap(t, a_slot(in), in_u8(in));
}

static void create(struct input *in)
{
    static long const what[] = {L4RE_PROTO_DATASPACE, L4RE_PROTO_NAMESPACE, L4RE_PROTO_RM, L4RE_PROTO_DMA_SPACE, L4_PROTO_LOG,
                                L4_PROTO_SCHEDULER, L4_PROTO_FACTORY, L4_PROTO_IRQ};
    struct request_text t = {0};
    unsigned const factory = a_slot(in), slot = new_slot(in);
    put_word(&t, (l4_umword_t)what[in_below(in, sizeof(what) / sizeof(what[0]))]);
    for (unsigned n = in_u8(in) % 5; n; n--) {
        uint8_t const kind = in_u8(in);
        char text[24];
        if (kind & 1) {
            put_int(&t, (l4_mword_t)in_number(in));
        } else if (kind & 2) {
            in_text(in, text, sizeof(text));
            put_text(&t, text);
        } else {
            put_word(&t, in_number(in));
        }
    }
    put_items(&t, in);
    client_call(factory, L4_PROTO_FACTORY, &t, slot);
}

static void use_namespace(struct input *in)
{
    struct request_text t = {0};
    unsigned const ns = a_slot(in), op = in_u8(in) & 3;
    put_word(&t, op | (l4_umword_t)in_u8(in) << 32);
    put_path(&t, in);
    put_items(&t, in);
    client_call(ns, L4RE_PROTO_NAMESPACE, &t, op == L4RE_NS_OP_QUERY ? new_slot(in) : 0);
}

static void attach(struct input *in)
{
    struct request_text t = {0};
    unsigned const rm = a_slot(in);
    put_word(&t, L4RE_RM_OP_ATTACH);
    for (unsigned i = 0; i < 5; i++) // address, size, flags, offset, alignment
        put_word(&t, in_number(in));
    put_word(&t, 0);
    put_word(&t, 1);
    put_word(&t, 0);
    put_word(&t, 0);
    put_items(&t, in);
    client_call(rm, L4RE_PROTO_RM, &t, 0);
}

static void send_words(struct input *in)
{
    static long const protocols[] = {L4_PROTO_FACTORY, L4RE_PROTO_DATASPACE, L4RE_PROTO_NAMESPACE, L4RE_PROTO_RM, L4_PROTO_LOG,
                                     L4_PROTO_META, L4RE_PROTO_DMA_SPACE, L4_PROTO_SCHEDULER, L4_PROTO_PAGE_FAULT,
                                     L4_PROTO_EXCEPTION, L4RE_PROTO_MEM_ALLOC, L4RE_PROTO_DEBUG};
    enum { PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]) };
    struct request_text t = {0};
    unsigned const slot = a_slot(in), which = in_u8(in);
    for (unsigned n = in_u8(in) % 16; n; n--)
        put_word(&t, in_number(in));
    put_items(&t, in);
    long const protocol = which < PROTOCOLS ? protocols[which] : (long)in_number(in);
    client_call(slot, protocol, &t, which & 0x80 ? new_slot(in) : 0);
}

static void send_late(struct input *in)
{
    struct request_text t = {0};
    unsigned const slot = a_slot(in), other = a_slot(in);
    if (!client_has(slot))
        return;
    put_word(&t, in_u8(in));
    put_word(&t, in_number(in));
    client_queue(slot);
    if (other >= FIRST && other <= SLOTS)
        client_drop(other);
    client_send_queued(L4RE_PROTO_DATASPACE, &t);
}

static void change_slots(struct input *in)
{
    unsigned const slot = a_slot(in);
    switch (in_u8(in) & 3) {
    case 0: client_copy(slot, new_slot(in), in_u8(in)); break;
    case 1: client_make_foreign(new_slot(in)); break;
    case 2:
        if (slot >= FIRST && slot <= SLOTS)
            client_delete(slot);
        break;
    default: moe_settle(); break;
    }
}

static void give_back(void)
{
    for (unsigned i = FIRST; i <= SLOTS; i++)
        client_drop(i);
    client_delete(OWN_FACTORY);
    client_drop(OWN_FACTORY);
    moe_settle();
    ck_assert_uint_eq(moe_gates(), gates);
    ck_assert_uint_eq(moe_slots_used(), slots);
    ck_assert_uint_eq(client_mapped_pages(), 0);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {create, use_namespace, attach, send_words, send_late, change_slots};
    boot();
    make_factory();
    for (unsigned n = 0; in_more(&in) && n < STEPS; n++)
        steps[in_below(&in, sizeof(steps) / sizeof(steps[0]))](&in);
    give_back();
    return 0;
}
