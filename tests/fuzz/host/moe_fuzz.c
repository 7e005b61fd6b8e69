// SPDX-License-Identifier: MIT
// Moe's objects, asked by a client: any message through any capability that it has, objects deleted meanwhile. No answer lets
// it write to rom/. Afterwards, with the client's factory gone, moe holds as much as before.
#include "check.h"
#include "input.h"
#include "moe_kernel.h"

#include "dataspace.h"
#include "factory.h"
#include "object.h"

#include <l4/re/c/namespace.h>
#include <l4/re/c/rm.h>
#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/meta.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/vcon.h>

enum { RAM_MIB = 64, SLOTS = 18, FIRST = CLIENT_FIRST_FREE, CALLS = 400 };
enum { FOREIGN = 1 }; // stands for the protocols of other servers
enum { OWN_FACTORY = SLOTS + 1, OWN_MIB = 16, SPARE = OWN_FACTORY + 1 }; // slots that steps do not fill
enum { REPEATED = 0xc0 }; // steps from here on are followed by how often
enum { PAGE = L4_PAGESIZE, LARGE_PAGE = 2 << 20, SPACE = 1 << 24, RECORDS = 40 };

static unsigned gates, slots, pages; // what boot leaves
static unsigned serial; // of a step
static l4_umword_t used, free_bytes;
static uint64_t directory; // where rom/'s .dirinfo is

// What the client may write is RAM, and not what rom/ has there.
static void keep_rom(l4_fpage_t memory)
{
    uint64_t const start = l4_fpage_memaddr(memory), last = start + (UINT64_C(1) << l4_fpage_size(memory)) - 1;
    ck_assert(is_ram(start) && is_ram(last));
    ck_assert(!directory || directory < start || directory > last);
}

static long call(unsigned slot, long protocol, struct request_text *t, unsigned received)
{
    reply_memory = l4_fpage_invalid();
    long const label = client_call(slot, protocol, t, received);
    if (l4_fpage_rights(reply_memory) & L4_FPAGE_W)
        keep_rom(reply_memory);
    return label;
}

static void ask_memory(l4_umword_t *in_use, l4_umword_t *left)
{
    struct request_text t = {0};
    put_word(&t, L4RE_MA_OP_INFO);
    ck_assert_int_eq(call(CLIENT_MEM, L4RE_PROTO_MEM_ALLOC, &t, 0), 0);
    *in_use = t.w[1];
    *left = t.w[4];
}

static void open_file(char const *name, unsigned slot)
{
    struct request_text t = {0};
    put_word(&t, L4RE_NS_OP_QUERY);
    put_name(&t, name, (unsigned)strlen(name));
    ck_assert_int_eq(call(CLIENT_ROM, L4RE_PROTO_NAMESPACE, &t, slot), 0);
}

// It has its gate for ever, from when somebody asks for it first. Returns where it is.
static uint64_t find_file(char const *name)
{
    struct request_text t = {0};
    open_file(name, SPARE);
    put_word(&t, L4RE_DS_OP_MAP);
    put_word(&t, 0);
    put_word(&t, 0);
    put_word(&t, L4_FPAGE_RO);
    ck_assert_int_eq(call(SPARE, L4RE_PROTO_DATASPACE, &t, 0), 0);
    client_drop(SPARE);
    return l4_fpage_memaddr(reply_memory);
}

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
    find_file("file");
    find_file("text");
    directory = find_file(".dirinfo");
    ck_assert(is_ram(directory));
    gates = moe_gates();
    slots = moe_slots_used();
    pages = client_mapped_pages();
    ask_memory(&used, &free_bytes);
}

static void make(unsigned factory, long type, l4_mword_t const arguments[2], unsigned slot)
{
    struct request_text t = {0};
    put_word(&t, (l4_umword_t)type);
    for (unsigned i = 0; i < 2 && arguments[i]; i++)
        put_int(&t, arguments[i]);
    ck_assert_int_eq(call(factory, L4_PROTO_FACTORY, &t, slot), 0);
}

// One object of each kind: what a request needs is there, if the client has not dropped it.
static void make_objects(void)
{
    unsigned slot = FIRST;
    make(CLIENT_MEM, L4_PROTO_FACTORY, (l4_mword_t[]){(l4_mword_t)OWN_MIB * MOE_MIB, 0}, OWN_FACTORY);
    make(OWN_FACTORY, L4_PROTO_FACTORY, (l4_mword_t[]){16 * PAGE, 0}, slot++);
    make(OWN_FACTORY, L4RE_PROTO_DATASPACE, (l4_mword_t[]){4 * PAGE + 100, 0}, slot++);
    make(OWN_FACTORY, L4RE_PROTO_DATASPACE, (l4_mword_t[]){LARGE_PAGE + 4 * PAGE, DS_CONTINUOUS}, slot++);
    make(OWN_FACTORY, L4RE_PROTO_NAMESPACE, (l4_mword_t[]){0, 0}, slot++);
    make(OWN_FACTORY, L4RE_PROTO_RM, (l4_mword_t[]){0, 0}, slot++);
    make(OWN_FACTORY, L4RE_PROTO_DMA_SPACE, (l4_mword_t[]){0, 0}, slot++);
    make(CLIENT_MEM, L4_PROTO_SCHEDULER, (l4_mword_t[]){100, 10}, slot++);
    open_file("file", slot++);
    client_make_foreign(slot);
}

// The factory that the client knows is its own.
static unsigned a_slot(struct input *in)
{
    unsigned const slot = 1 + in_below(in, SLOTS);
    return slot == CLIENT_MEM ? OWN_FACTORY : slot;
}

static bool speaks(unsigned slot, long protocol)
{
    struct object const *o = moe_object(slot);
    return o ? o->ops->proto == protocol : protocol == FOREIGN && client_has(slot);
}

// One whose object speaks the protocol, mostly, if there is any.
static unsigned slot_for(struct input *in, long protocol)
{
    uint8_t const which = in_u8(in);
    for (unsigned i = 0; i < SLOTS && !(which & 0x80); i++) {
        unsigned const slot = 1 + (which + i) % SLOTS, own = slot == CLIENT_MEM ? OWN_FACTORY : slot;
        if (speaks(own, protocol))
            return own;
    }
    struct input same = {&which, &which + 1};
    return a_slot(&same);
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
    static char const *const names[] = {"a", "b", "file", "text", "a/b", "a/file", "/", "", "rom/file", "a//b", "longer-name",
                                        "a/b/c", ".dirinfo"};
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    uint8_t const which = in_u8(in);
    char text[40];
    unsigned n = which % sizeof(text);
    if (which < NAMES) {
        put_name(t, names[which], (unsigned)strlen(names[which]));
        return;
    }
    if (which == NAMES) // another one with each repetition
        n = (unsigned)snprintf(text, sizeof(text), "n%u", serial);
    else
        in_bytes(in, text, n);
    put_name(t, text, n);
}

// Nothing more to read: all rights.
static void put_slot(struct request_text *t, struct input *in, unsigned slot)
{
    put_cap(t, slot, in_u8(in) ^ L4_CAP_FPAGE_RWS);
}

static void put_items(struct request_text *t, struct input *in)
{
    for (unsigned n = in_u8(in) % 3; n; n--)
        if (in_u8(in) & 0x80)
            put_void(t);
        else
            put_slot(t, in, a_slot(in));
}

static void put_argument(struct request_text *t, struct input *in)
{
    uint8_t const kind = in_u8(in);
    char text[24];
    if (kind & 1) {
        put_int(t, (l4_mword_t)in_number(in));
    } else if (kind & 2) {
        in_text(in, text, sizeof(text));
        put_text(t, text);
    } else {
        put_word(t, in_number(in));
    }
}

static void create(struct input *in)
{
    static long const what[] = {L4RE_PROTO_DATASPACE, L4RE_PROTO_NAMESPACE, L4RE_PROTO_RM, L4RE_PROTO_DMA_SPACE, L4_PROTO_LOG,
                                L4_PROTO_SCHEDULER, L4_PROTO_FACTORY, L4_PROTO_IRQ};
    struct request_text t = {0};
    long const type = what[in_below(in, sizeof(what) / sizeof(what[0]))];
    // Schedulers are made by the root's factory only. Other objects of its might hold themselves, and would stay.
    unsigned const given = slot_for(in, L4_PROTO_FACTORY), slot = new_slot(in);
    unsigned const factory = type == L4_PROTO_SCHEDULER && given == OWN_FACTORY ? CLIENT_MEM : given;
    put_word(&t, (l4_umword_t)type);
    for (unsigned n = in_u8(in) % 5; n; n--)
        put_argument(&t, in);
    put_items(&t, in);
    call(factory, L4_PROTO_FACTORY, &t, slot);
}

static void use_factory(struct input *in)
{
    static long const protocols[] = {L4RE_PROTO_MEM_ALLOC, L4RE_PROTO_DEBUG};
    struct request_text t = {0};
    uint8_t const form = in_u8(in);
    unsigned const slot = slot_for(in, L4_PROTO_FACTORY);
    if (form & 8)
        put_word(&t, form >> 1 & 3);
    call(form & 16 ? CLIENT_MEM : slot, protocols[form & 1], &t, 0);
}

static void use_namespace(struct input *in)
{
    struct request_text t = {0};
    unsigned const ns = slot_for(in, L4RE_PROTO_NAMESPACE), op = in_u8(in) & 3;
    put_word(&t, op | (l4_umword_t)in_u8(in) << 32);
    put_path(&t, in);
    put_items(&t, in);
    call(ns, L4RE_PROTO_NAMESPACE, &t, op == L4RE_NS_OP_QUERY ? new_slot(in) : 0);
}

// Where regions are: pages and large pages from SPACE on, and anywhere.
static l4_umword_t an_address(struct input *in)
{
    uint8_t const form = in_u8(in);
    l4_umword_t const n = form & 0x3f;
    switch (form >> 6) {
    case 0: return SPACE + n * PAGE;
    case 1: return SPACE + n * PAGE + 8ul * in_u8(in);
    case 2: return SPACE + n * LARGE_PAGE;
    default: return in_number(in);
    }
}

// Frame records of a stack, as the client puts them into memory that it may write: one, or one behind the other.
static void write_records(struct input *in)
{
    unsigned const offset = in_u8(in) * 8u, records = in_u8(in) % RECORDS;
    l4_umword_t fp = an_address(in);
    l4_umword_t const pc = an_address(in);
    char *const to = (char *)l4_fpage_memaddr(reply_memory) + offset;
    for (unsigned i = 0; i < records; i++, fp += sizeof(l4_umword_t[2]))
        memcpy(to + i * sizeof(l4_umword_t[2]), (l4_umword_t[]){fp, pc}, sizeof(l4_umword_t[2]));
}

static void use_dataspace(struct input *in)
{
    struct request_text t = {0};
    uint8_t const form = in_u8(in);
    unsigned const op = form & 7, words = form >> 6 ? 3 : in_u8(in) % 4;
    unsigned const ds = slot_for(in, L4RE_PROTO_DATASPACE);
    put_word(&t, op);
    for (unsigned i = 0; i < words; i++) // offset, address, flags; or offset, size; or two offsets, size
        put_word(&t, in_number(in));
    if (op == L4RE_DS_OP_COPY_IN && !(form & 8))
        put_slot(&t, in, slot_for(in, L4RE_PROTO_DATASPACE));
    else if (form & 16)
        put_items(&t, in);
    call(ds, L4RE_PROTO_DATASPACE, &t, 0);
    if (l4_fpage_rights(reply_memory) & L4_FPAGE_W)
        write_records(in);
}

static void attach(struct input *in)
{
    struct request_text t = {0};
    unsigned const rm = slot_for(in, L4RE_PROTO_RM);
    uint8_t const form = in_u8(in);
    put_word(&t, L4RE_RM_OP_ATTACH);
    put_word(&t, an_address(in));
    put_word(&t, in_number(in)); // size
    put_word(&t, in_u16(in) | (l4_umword_t)(form & 0x1f) << 16); // flags
    put_word(&t, in_number(in)); // offset
    put_word(&t, form & 0x20 ? in_u8(in) : L4_PAGESHIFT); // alignment
    put_word(&t, 0); // the client's name of it,
    put_word(&t, 1); // and that of its file
    put_word(&t, 0);
    put_word(&t, 0);
    if (form & 0x40)
        put_slot(&t, in, slot_for(in, L4RE_PROTO_DATASPACE));
    else if (form & 0x80)
        put_items(&t, in);
    else
        put_void(&t);
    call(rm, L4RE_PROTO_RM, &t, 0);
}

static void use_rm(struct input *in)
{
    struct request_text t = {0};
    unsigned const rm = slot_for(in, L4RE_PROTO_RM), words = in_u8(in) % 5;
    put_word(&t, 1 + in_u8(in) % L4RE_RM_OP_PAGE_IN);
    for (unsigned i = 0; i < words; i++) {
        uint8_t const form = in_u8(in);
        put_word(&t, form & 1 ? in_number(in) : form & 2 ? form >> 2 : an_address(in));
    }
    call(rm, L4RE_PROTO_RM, &t, 0);
}

static void fault(struct input *in)
{
    struct request_text t = {0};
    unsigned const rm = slot_for(in, L4RE_PROTO_RM);
    uint8_t const form = in_u8(in);
    put_word(&t, (an_address(in) & ~7ul) | (form & 7));
    if (!(form & 8))
        put_word(&t, form & 16 ? ~(l4_umword_t)2 : an_address(in)); // pc
    call(rm, L4_PROTO_PAGE_FAULT, &t, 0);
}

static void exception(struct input *in)
{
    struct request_text t = {.words = L4_UTCB_EXCEPTION_REGS_SIZE};
    unsigned const rm = slot_for(in, L4RE_PROTO_RM);
    l4_exc_regs_t x = {0};
    x.pc = an_address(in);
    x.sp = an_address(in);
    x.r[29] = an_address(in);
    x.r[30] = an_address(in);
    memcpy(t.w, &x, sizeof(x));
    if (in_u8(in) == 1)
        t.words--;
    call(rm, L4_PROTO_EXCEPTION, &t, 0);
}

static void use_scheduler(struct input *in)
{
    struct request_text t = {0};
    uint8_t const form = in_u8(in);
    unsigned const slot = slot_for(in, L4_PROTO_SCHEDULER), words = form >> 3 & 7;
    put_word(&t, form & 4 ? in_number(in) : form & 1 ? L4_SCHEDULER_RUN_THREAD_OP : L4_SCHEDULER_INFO_OP);
    for (unsigned i = 0; i < words; i++)
        put_word(&t, in_number(in)); // where CPUs begin, which; priority, time slice; or -1 and both behind it
    if (form & 0x80)
        put_items(&t, in);
    else
        put_slot(&t, in, slot_for(in, FOREIGN));
    scheduled.prio = 0;
    call(slot, L4_PROTO_SCHEDULER, &t, 0);
    ck_assert_uint_le(scheduled.prio, 255);
}

static void use_dma(struct input *in)
{
    struct request_text t = {0};
    uint8_t const form = in_u8(in);
    unsigned const words = form >> 6;
    put_word(&t, form >> 1 & 3);
    if (form & 1) {
        if (words == 3) // by an id
            put_word(&t, in_number(in));
        else
            put_slot(&t, in, slot_for(in, L4RE_PROTO_DMA_SPACE));
        call(CLIENT_DMA_MANAGER, L4_PROTO_NONE, &t, 0);
        return;
    }
    unsigned const slot = slot_for(in, L4RE_PROTO_DMA_SPACE);
    for (unsigned i = 0; i < words; i++) // offset, size, attributes and direction
        put_word(&t, in_number(in));
    if (form & 8)
        put_items(&t, in);
    else
        put_slot(&t, in, slot_for(in, L4RE_PROTO_DATASPACE));
    if (call(slot, L4RE_PROTO_DMA_SPACE, &t, 0) == 0 && t.words == 2) // where a device may write
        for (l4_umword_t at = 0; at < t.w[0]; at += PAGE)
            keep_rom(l4_fpage(t.w[1] + at, L4_PAGESHIFT, L4_FPAGE_RW));
}

static void write_log(struct input *in)
{
    struct request_text t = {0};
    unsigned const slot = slot_for(in, L4_PROTO_LOG), words = in_u8(in) % 63;
    char text[L4_VCON_WRITE_SIZE] = {0};
    put_word(&t, L4_VCON_WRITE_OP);
    if (words)
        put_word(&t, in_number(in));
    in_text(in, text, sizeof(text));
    for (unsigned i = 1; i < words; i++) {
        l4_umword_t w = 0;
        if (i * sizeof(w) <= sizeof(text))
            memcpy(&w, text + (i - 1) * sizeof(w), sizeof(w));
        put_word(&t, w);
    }
    call(slot, L4_PROTO_LOG, &t, 0);
}

static void ask_meta(struct input *in)
{
    struct request_text t = {0};
    unsigned const slot = a_slot(in);
    put_word(&t, in_u8(in) & 3);
    put_word(&t, in_number(in));
    call(slot, L4_PROTO_META, &t, 0);
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
    call(slot, protocol, &t, which & 0x80 ? new_slot(in) : 0);
}

static void send_late(struct input *in)
{
    static long const protocols[] = {L4RE_PROTO_DATASPACE, L4RE_PROTO_NAMESPACE, L4RE_PROTO_RM, L4_PROTO_LOG};
    struct request_text t = {0};
    unsigned const slot = a_slot(in), other = a_slot(in);
    uint8_t const form = in_u8(in);
    if (!client_has(slot))
        return;
    put_word(&t, form >> 2);
    put_word(&t, in_number(in));
    client_queue(slot);
    if (other >= FIRST && other <= SLOTS)
        client_drop(other);
    client_send_queued(protocols[form & 3], &t);
}

static void change_slots(struct input *in)
{
    unsigned const slot = a_slot(in);
    switch (in_u8(in) % 5) {
    case 0: client_copy(slot, new_slot(in), in_u8(in)); break;
    case 1: client_make_foreign(new_slot(in)); break;
    case 2:
        if (slot >= FIRST && slot <= SLOTS)
            client_delete(slot);
        break;
    case 3: moe_hear_of_deletion(); break;
    default: moe_settle(); break;
    }
}

// What devices may use stays until it is disassociated, by an id if need be. One more space has a higher id than all others.
static void disassociate_all(void)
{
    static l4_umword_t ended;
    struct request_text t = {0};
    make(CLIENT_MEM, L4RE_PROTO_DMA_SPACE, (l4_mword_t[]){0, 0}, FIRST);
    put_word(&t, L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS);
    put_cap(&t, FIRST, L4_CAP_FPAGE_RWS);
    ck_assert_int_eq(call(CLIENT_DMA_MANAGER, L4_PROTO_NONE, &t, 0), 0);
    for (l4_umword_t last = t.w[0]; ended < last;) {
        struct request_text by_id = {0};
        put_word(&by_id, L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE);
        put_word(&by_id, ++ended);
        call(CLIENT_DMA_MANAGER, L4_PROTO_NONE, &by_id, 0);
    }
    client_drop(FIRST);
}

static void give_back(void)
{
    l4_umword_t in_use, left;
    for (unsigned i = FIRST; i <= SLOTS; i++)
        client_drop(i);
    disassociate_all();
    client_delete(OWN_FACTORY);
    client_drop(OWN_FACTORY);
    moe_settle();
    ask_memory(&in_use, &left);
    ck_assert_uint_eq(moe_gates(), gates);
    ck_assert_uint_eq(moe_slots_used(), slots);
    ck_assert_uint_eq(client_mapped_pages(), pages);
    ck_assert_uint_eq(in_use, used);
    ck_assert_uint_eq(left, free_bytes);
}

static void (*const steps[])(struct input *) = {
    create, create, use_factory, use_namespace, use_dataspace, attach, use_rm, fault, exception, use_scheduler, use_dma,
    write_log, ask_meta, send_words, send_late, change_slots,
};

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    boot();
    make_objects();
    serial = 0;
    for (unsigned left = CALLS; in_more(&in) && left;) {
        uint8_t const form = in_u8(&in);
        unsigned times = form >= REPEATED ? in_u8(&in) : 1;
        struct input const same = in;
        for (left -= times < left ? times : left; times && in_more(&same); times--, serial++) {
            in = same;
            steps[form % (sizeof(steps) / sizeof(steps[0]))](&in);
        }
    }
    give_back();
    return 0;
}
