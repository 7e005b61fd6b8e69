// SPDX-License-Identifier: MIT
#include "moe_kernel.h"

#include "dataspace.h"
#include "dma_space.h"
#include "factory.h"
#include "heap.h"
#include "phys_mem.h"
#include "rom.h"
#include "say.h"
#include "server.h"
#include "slots.h"

#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/l4mod.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/sigma0.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <l4/sys/vcon.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MOE_SLOTS = 1 << 14, OBJECTS = 1 << 14, DELETION_LABEL = 0x10 };

struct object_state {
    l4_umword_t label;
    int refs; // counted slots, minus what dec_refcnt took
    unsigned slots; // that name it, also when it is dead
    bool alive, gate;
};

struct cap {
    uint32_t object; // index in objects; 0, or a dead one = the slot is empty
    unsigned rights;
};

static struct object_state objects[OBJECTS];
static uint32_t num_objects = 1; // behind the last one that ever was
static struct cap moe_caps[MOE_SLOTS], client_caps[CLIENT_SLOTS];
static unsigned moe_slots_end; // behind the last one that was ever used
static unsigned deleted; // gates whose end moe has not heard of

static l4_utcb_t utcb;
static char *ram;
static uint64_t ram_size;
static unsigned char *mapped; // rights, per page of RAM
static jmp_buf back;
static struct {
    bool there;
    l4_umword_t label;
    l4_msgtag_t tag;
} next;
static l4_msgtag_t reply_tag;

__typeof__(scheduled) scheduled;
unsigned reply_items;
l4_fpage_t reply_memory;
bool reply_sent;
_Alignas(L4_PAGESIZE) char const moe_file[8192] = "file";

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

// ---- objects and slots ----

static uint32_t new_object(bool gate, l4_umword_t label)
{
    static uint32_t last;

    for (uint32_t n = 1; n < OBJECTS; n++) {
        last = last + 1 < OBJECTS ? last + 1 : 1;
        if (objects[last].alive || objects[last].slots)
            continue;
        objects[last] = (struct object_state){ .label = label, .alive = true, .gate = gate };
        if (last >= num_objects)
            num_objects = last + 1;
        return last;
    }
    abort();
}

static void kill_object(uint32_t o)
{
    if (!objects[o].alive)
        return;
    objects[o].alive = false;
    deleted += objects[o].gate;
}

static bool occupied(struct cap const *c)
{
    return c->object && objects[c->object].alive;
}

static void cap_put(struct cap *c, uint32_t object, unsigned rights)
{
    *c = (struct cap){ object, rights | L4_CAP_FPAGE_R };
    objects[object].refs++;
    objects[object].slots++;
}

// As the kernel empties a slot.
static void cap_empty(struct cap *c, bool del)
{
    if (occupied(c) && (--objects[c->object].refs <= 0 || (del && (c->rights & L4_CAP_FPAGE_D))))
        kill_object(c->object);
    objects[c->object].slots -= c->object != 0;
    *c = (struct cap){0};
}

static void cap_map(struct cap *to, struct cap const *from, unsigned rights)
{
    struct cap c = *from;

    if (!occupied(&c) || !(rights & L4_CAP_FPAGE_R))
        return;
    cap_empty(to, true);
    if (objects[c.object].alive)
        cap_put(to, c.object, c.rights & rights);
}

static struct cap *moe_cap(l4_umword_t selector)
{
    unsigned i = (unsigned)(selector >> L4_CAP_SHIFT);

    if (i >= MOE_SLOTS)
        abort();
    if (i >= moe_slots_end)
        moe_slots_end = i + 1;
    return &moe_caps[i];
}

// ---- the kernel ----

static l4_msgtag_t answer(long label, unsigned words)
{
    return l4_msgtag(label, words, 0, 0);
}

static void unmap_memory(l4_fpage_t fp)
{
    uint64_t at = l4_fpage_memaddr(fp), bytes = UINT64_C(1) << l4_fpage_size(fp);

    for (uint64_t a = at; a < at + bytes; a += L4_PAGESIZE)
        if (is_ram(a))
            mapped[(a - (uintptr_t)ram) >> L4_PAGESHIFT] = 0;
}

static l4_msgtag_t task_unmap(unsigned words)
{
    bool here = utcb.msg.mr[1] & L4_FP_ALL_SPACES;
    bool del = (utcb.msg.mr[1] & L4_FP_DELETE_OBJ) == L4_FP_DELETE_OBJ;

    for (unsigned i = 2; i < words; i++) {
        l4_fpage_t fp = { .raw = utcb.msg.mr[i] };
        if (l4_fpage_type(fp) == L4_FPAGE_MEMORY)
            unmap_memory(fp);
        else if (here)
            cap_empty(moe_cap(l4_fpage_obj(fp)), del);
    }
    return answer(0, 0);
}

static l4_msgtag_t task(unsigned words)
{
    switch (utcb.msg.mr[0]) {
    case L4_TASK_MAP_OP: {
        l4_fpage_t fp = { .raw = utcb.msg.mr[2] };
        cap_map(moe_cap(utcb.msg.mr[1]), moe_cap(l4_fpage_obj(fp)), l4_fpage_rights(fp));
        return answer(0, 0);
    }
    case L4_TASK_UNMAP_OP:
        return task_unmap(words);
    case L4_TASK_CAP_INFO_OP:
        return answer(occupied(moe_cap(utcb.msg.mr[1])), 0);
    default:
        abort();
    }
}

static l4_msgtag_t factory(void)
{
    bool gate = utcb.msg.mr[0] == 0;
    struct cap *c = moe_cap(utcb.buf.br[0]);

    cap_empty(c, true);
    cap_put(c, new_object(gate, gate ? utcb.msg.mr[2] : 0), L4_CAP_FPAGE_RWSD);
    return answer(0, 0);
}

static l4_msgtag_t sigma0(void)
{
    static bool given;

    if (utcb.msg.mr[0] != SIGMA0_REQ(SIGMA0_REQ_ID_CLAIM_RAM) || given)
        return answer(0, 0);
    given = true;
    utcb.msg.mr[0] = (uintptr_t)ram;
    utcb.msg.mr[1] = ram_size;
    return answer(1, 2);
}

static l4_msgtag_t scheduler(void)
{
    if (utcb.msg.mr[0] != L4_SCHEDULER_INFO_OP) {
        memcpy(&scheduled, &utcb.msg.mr[1], sizeof(scheduled));
        return answer(0, 0);
    }
    utcb.msg.mr[0] = 0xf;
    utcb.msg.mr[1] = 64;
    return answer(0, 2);
}

static l4_msgtag_t kobject(l4_umword_t selector)
{
    struct cap const *c = moe_cap(selector);

    if (!occupied(c))
        return l4_msgtag(0, 0, 0, L4_MSGTAG_ERROR);
    if (utcb.msg.mr[0] == L4_KOBJECT_DEC_REFCNT_OP)
        objects[c->object].refs -= (int)utcb.msg.mr[1];
    return answer(0, 0);
}

// Moe waits: it gets what is next, or has done all.
static l4_msgtag_t wait_for_message(l4_umword_t *label)
{
    if (!next.there)
        longjmp(back, 1);
    next.there = false;
    *label = next.label;
    return next.tag;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)to;
    if (dest & L4_SYSF_OPEN_WAIT) {
        if (dest & L4_SYSF_REPLY) {
            reply_tag = tag;
            reply_sent = true;
        }
        return wait_for_message(label);
    }
    if (dest & L4_INVALID_CAP_BIT)
        abort(); // it sleeps for ever: fatal()
    switch (dest & L4_CAP_INDEX_MASK) {
    case L4_BASE_TASK_CAP:
        return task(l4_msgtag_words(tag));
    case L4_BASE_FACTORY_CAP:
        return factory();
    case L4_BASE_PAGER_CAP:
        return sigma0();
    case L4_BASE_SCHEDULER_CAP:
        return scheduler();
    case L4_BASE_LOG_CAP:
        return tag;
    case L4_BASE_THREAD_CAP:
        return answer(0, 0);
    default:
        return kobject(dest);
    }
}

void clear_memory(void *start, size_t bytes);

void (*client_meanwhile)(void);

void clear_memory(void *start, size_t bytes)
{
    void (*meanwhile)(void) = client_meanwhile;
    memset(start, 0, bytes);
    client_meanwhile = NULL;
    if (meanwhile)
        meanwhile();
}

// ---- boot ----

static void make_rom(void)
{
    static _Alignas(L4_PAGESIZE) char text[L4_PAGESIZE] = "0123456789";
    static char const roottask[] = "moe", file[] = "file", name[] = "text";
    static l4util_l4mod_mod mods[3];
    static l4util_l4mod_info info = { .mods_count = 3 };

    mods[0] = (l4util_l4mod_mod){ .flags = L4mod_mod_flag_roottask, .cmdline = (uintptr_t)roottask };
    mods[1] = (l4util_l4mod_mod){ .mod_start = (uintptr_t)moe_file, .cmdline = (uintptr_t)file,
                                  .mod_end = (uintptr_t)moe_file + sizeof(moe_file) };
    mods[2] = (l4util_l4mod_mod){ .mod_start = (uintptr_t)text, .mod_end = (uintptr_t)text + 10,
                                  .cmdline = (uintptr_t)name };
    info.mods_addr = (uintptr_t)mods;
    rom_init((uintptr_t)&info);
}

void moe_boot(uint64_t ram_bytes)
{
    uint64_t align = UINT64_C(2) * MOE_MIB;
    char *p = mmap(NULL, ram_bytes + align, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        abort();
    ram = p + (align - (uintptr_t)p % align) % align;
    ram_size = ram_bytes;
    mapped = calloc(ram_bytes >> L4_PAGESHIFT, 1);
    say_init();
    phys_init();
    heap_init(&factory_pages);
    server_init();
    factory_init();
    make_rom();
    struct dataspace *kip = dataspace_of_phys((uintptr_t)moe_file, L4_PAGESIZE, DS_R | DS_X);
    struct object *own[] = { factory_object(root_factory), rom_ns, dma_manager_create(), dataspace_object(kip) };
    for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++) {
        if (!own[i] || object_export(own[i], true) < 0)
            abort();
        cap_map(&client_caps[1 + i], moe_cap(own[i]->gate), L4_CAP_FPAGE_RWS);
    }
    say_mask = 0;
}

// ---- requests ----

void put_word(struct request_text *t, l4_umword_t w)
{
    if (t->words < L4_UTCB_GENERIC_DATA_SIZE)
        t->w[t->words++] = w;
}

void put_name(struct request_text *t, char const *name, unsigned len)
{
    l4_umword_t w;

    put_word(t, len);
    for (unsigned at = 0; at < len; at += 8) {
        w = 0;
        memcpy(&w, name + at, len - at < 8 ? len - at : 8);
        put_word(t, w);
    }
}

void put_int(struct request_text *t, l4_mword_t v)
{
    put_word(t, L4_VARG_TYPE_MWORD | sizeof(v) << L4_VARG_SIZE_SHIFT);
    put_word(t, (l4_umword_t)v);
}

void put_text(struct request_text *t, char const *s)
{
    unsigned at = t->words;

    put_name(t, s, (unsigned)strlen(s) + 1);
    t->w[at] = L4_VARG_TYPE_STRING | (strlen(s) + 1) << L4_VARG_SIZE_SHIFT;
}

static void put_item(struct request_text *t, l4_umword_t first, l4_umword_t second)
{
    unsigned at = t->words + 2 * t->items;

    if (at + 2 > L4_UTCB_GENERIC_DATA_SIZE)
        return;
    t->w[at] = first;
    t->w[at + 1] = second;
    t->items++;
}

void put_cap(struct request_text *t, unsigned slot, unsigned rights)
{
    put_item(t, L4_ITEM_MAP, l4_obj_fpage((l4_cap_idx_t)slot << L4_CAP_SHIFT, 0, rights).raw);
}

void put_void(struct request_text *t)
{
    put_item(t, 0, 0);
}

// ---- transfer ----

// What comes along with rights of the channel.
static unsigned passing(unsigned rights, unsigned channel)
{
    return channel & L4_CAP_FPAGE_S ? rights : rights & ~(unsigned)L4_CAP_FPAGE_S;
}

// One capability for moe, at item `w` of the message, through its receive buffer `buf`.
static void deliver_cap(l4_umword_t *w, unsigned channel, unsigned buf)
{
    l4_fpage_t fp = { .raw = w[1] };
    struct cap *c = &client_caps[l4_fpage_obj(fp) >> L4_CAP_SHIFT & (CLIENT_SLOTS - 1)];
    unsigned rights = passing(l4_fpage_rights(fp), channel);

    if (!occupied(c) || !(rights & L4_CAP_FPAGE_R)) {
        w[0] = L4_RCV_OBJ_NOTHING;
    } else if (objects[c->object].gate) {
        w[0] = L4_RCV_OBJ_LOCAL_ID;
        w[1] = objects[c->object].label | (c->rights & rights & L4_GATE_LABEL_RIGHTS);
    } else {
        w[0] = L4_RCV_OBJ_MAPPED;
        cap_map(moe_cap(utcb.buf.br[buf]), c, rights);
    }
}

static void deliver_items(struct request_text const *t, unsigned channel)
{
    unsigned buf = 0;

    for (unsigned i = 0; i < t->items; i++) {
        l4_umword_t *w = &utcb.msg.mr[t->words + 2 * i];
        if (w[0])
            deliver_cap(w, channel, buf++);
    }
}

static void take_memory(l4_umword_t const *w)
{
    l4_fpage_t fp = { .raw = w[1] };
    uint64_t at = l4_fpage_memaddr(fp), bytes = UINT64_C(1) << l4_fpage_size(fp);

    reply_memory = fp;
    for (uint64_t a = at; a < at + bytes; a += L4_PAGESIZE)
        if (is_ram(a))
            mapped[(a - (uintptr_t)ram) >> L4_PAGESHIFT] |= (unsigned char)l4_fpage_rights(fp);
}

static void take_reply(unsigned channel, unsigned received)
{
    unsigned words = l4_msgtag_words(reply_tag);

    reply_items = l4_msgtag_items(reply_tag);
    reply_memory = l4_fpage_invalid();
    for (unsigned i = 0; i < reply_items; i++) {
        l4_umword_t const *w = &utcb.msg.mr[words + 2 * i];
        l4_fpage_t fp = { .raw = w[1] };
        if (l4_fpage_type(fp) == L4_FPAGE_MEMORY)
            take_memory(w);
        else if (w[0] && received)
            cap_map(&client_caps[received], moe_cap(l4_fpage_obj(fp)),
                    passing(l4_fpage_rights(fp), channel));
    }
}

static void run_moe(l4_umword_t label, l4_msgtag_t tag)
{
    next.there = true;
    next.label = label;
    next.tag = tag;
    reply_sent = false;
    if (setjmp(back) == 0)
        server_loop();
}

static long send_request(l4_umword_t label, unsigned channel, long protocol, struct request_text *t, unsigned received)
{
    l4_buf_regs_t buffers = utcb.buf; // moe's, from when it waited
    memset(&utcb, 0x55, sizeof(utcb));
    utcb.buf = buffers;
    memcpy(utcb.msg.mr, t->w, sizeof(t->w));
    deliver_items(t, channel);
    run_moe(label | (channel & L4_GATE_LABEL_RIGHTS), l4_msgtag(protocol, t->words, t->items, 0));
    if (!reply_sent)
        return 0;
    take_reply(channel, received);
    memcpy(t->w, utcb.msg.mr, sizeof(t->w));
    t->words = l4_msgtag_words(reply_tag);
    t->items = reply_items;
    return l4_msgtag_label(reply_tag);
}

long client_call(unsigned slot, long protocol, struct request_text *t, unsigned received)
{
    struct cap c = client_caps[slot];

    return occupied(&c) ? send_request(objects[c.object].label, c.rights, protocol, t, received) : CLIENT_GONE;
}

static struct {
    l4_umword_t label;
    unsigned rights;
} queued;

void client_queue(unsigned slot)
{
    queued.label = objects[client_caps[slot].object].label;
    queued.rights = client_caps[slot].rights;
}

long client_send_queued(long protocol, struct request_text *t)
{
    return send_request(queued.label, queued.rights, protocol, t, 0);
}

void moe_hear_of_deletion(void)
{
    run_moe(DELETION_LABEL, l4_msgtag(0, 0, 0, 0));
}

void moe_settle(void)
{
    while (deleted) {
        deleted = 0;
        moe_hear_of_deletion();
        utcb.tcr.error = L4_IPC_RETIMEOUT;
        run_moe(0, l4_msgtag(0, 0, 0, L4_MSGTAG_ERROR));
    }
}

// ---- the client's capabilities ----

unsigned client_free_slot(void)
{
    static unsigned last = CLIENT_FIRST_FREE;

    for (unsigned n = CLIENT_FIRST_FREE; n < CLIENT_SLOTS; n++) {
        last = last + 1 < CLIENT_SLOTS ? last + 1 : CLIENT_FIRST_FREE;
        if (!client_has(last))
            return last;
    }
    return 0;
}

bool client_has(unsigned slot)
{
    return occupied(&client_caps[slot]);
}

unsigned client_rights(unsigned slot)
{
    return client_caps[slot].rights;
}

bool client_same(unsigned a, unsigned b)
{
    return client_has(a) && client_caps[a].object == client_caps[b].object;
}

void client_drop(unsigned slot)
{
    cap_empty(&client_caps[slot], false);
}

void client_delete(unsigned slot)
{
    cap_empty(&client_caps[slot], true);
}

void client_copy(unsigned from, unsigned to, unsigned rights)
{
    cap_map(&client_caps[to], &client_caps[from], rights);
}

void client_make_foreign(unsigned slot)
{
    client_drop(slot);
    cap_put(&client_caps[slot], new_object(false, 0), L4_CAP_FPAGE_RWSD);
}

struct object *moe_object(unsigned slot)
{
    return client_has(slot) ? slot_object_of_label(objects[client_caps[slot].object].label) : NULL;
}

uint64_t ram_start(void)
{
    return (uintptr_t)ram;
}

bool is_ram(uint64_t phys)
{
    return phys - (uintptr_t)ram < ram_size;
}

unsigned client_mapped(uint64_t phys)
{
    return is_ram(phys) ? mapped[(phys - (uintptr_t)ram) >> L4_PAGESHIFT] : 0;
}

unsigned client_mapped_pages(void)
{
    unsigned n = 0;

    for (uint64_t i = 0; i < ram_size >> L4_PAGESHIFT; i++)
        n += mapped[i] != 0;
    return n;
}

unsigned moe_slots_used(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < moe_slots_end; i++)
        n += occupied(&moe_caps[i]);
    return n;
}

unsigned moe_gates(void)
{
    unsigned n = 0;

    for (uint32_t i = 1; i < num_objects; i++)
        n += objects[i].alive && objects[i].gate;
    return n;
}
