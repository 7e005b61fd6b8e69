// SPDX-License-Identifier: MIT
#include "rm_world.h"

#include <check.h>
#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/region/protocol.h>
#include <l4/sys/task.h>
#include <stdlib.h>
#include <string.h>

unsigned char world_arena[WORLD_ARENA * WORLD_PAGE] __attribute__((aligned(WORLD_PAGE)));
l4_utcb_t world_utcb;
long world_alloc_error, world_map_error, world_info_error;
unsigned world_maps, world_faults, world_unmapped_pages;
struct world_map world_last_map;
l4_umword_t world_last_fault;
struct region_map world_creator;

static l4re_env_t env = {.rm = WORLD_RM, .mem_alloc = WORLD_ALLOC, .first_free_cap = 0x500};
static struct world_ds *slots[WORLD_SLOTS];
static struct { // what is mapped in the arena
    struct world_ds *ds;
    unsigned long offset;
    bool writable;
} arena_map[WORLD_ARENA];

static struct world_ds *make(l4_cap_idx_t cap, unsigned rights, bool foreign)
{
    struct world_ds *ds = calloc(1, sizeof(*ds));
    *ds = (struct world_ds){.exists = true, .foreign = foreign, .rights = rights, .size = sizeof(ds->byte)};
    slots[cap >> L4_CAP_SHIFT] = ds;
    return ds;
}

void world_reset(void)
{
    for (unsigned i = 0; i < WORLD_SLOTS; i++) {
        free(slots[i]);
        slots[i] = NULL;
    }
    memset(arena_map, 0, sizeof(arena_map));
    memset(world_arena, 0, sizeof(world_arena));
    world_alloc_error = world_map_error = world_info_error = 0;
    world_maps = world_faults = world_unmapped_pages = 0;
    world_last_map = (struct world_map){0};
    l4re_global_env = &env;
    static l4_cap_idx_t const caps[] = {WORLD_DS, WORLD_FOREIGN, WORLD_RECEIVED};
    for (unsigned i = 0; i < 3; i++) {
        struct world_ds *ds = make(caps[i], L4RE_RM_F_RWX, caps[i] == WORLD_FOREIGN);
        for (unsigned b = 0; b < sizeof(ds->byte); b++)
            ds->byte[b] = (unsigned char)(b * 31 / 7 + i);
    }
}

struct world_ds *world_ds(l4_cap_idx_t cap)
{
    return cap >> L4_CAP_SHIFT < WORLD_SLOTS ? slots[cap >> L4_CAP_SHIFT] : NULL;
}

bool world_is_mapped(l4_addr_t addr)
{
    return arena_map[(addr - (l4_addr_t)world_arena) / WORLD_PAGE].ds != NULL;
}

unsigned world_allocated(void)
{
    unsigned n = 0;
    for (unsigned i = 0x500; i < WORLD_SLOTS; i++)
        n += slots[i] != NULL;
    return n;
}

l4_utcb_t *l4_utcb(void)
{
    return &world_utcb;
}

static l4_msgtag_t answer(long label)
{
    memset(world_utcb.msg.mr, 0x55, sizeof(world_utcb.msg.mr)); // whoever needs the request has read it
    return l4_msgtag(label, 0, 0, 0);
}

static void arena_leave(unsigned page)
{
    if (arena_map[page].ds && arena_map[page].writable)
        memcpy(arena_map[page].ds->byte + arena_map[page].offset, world_arena + page * WORLD_PAGE, WORLD_PAGE);
    arena_map[page].ds = NULL;
    memset(world_arena + page * WORLD_PAGE, 0xee, WORLD_PAGE);
}

static void arena_enter(unsigned page, struct world_ds *ds, unsigned long offset, bool writable)
{
    arena_leave(page);
    arena_map[page].ds = ds;
    arena_map[page].offset = offset;
    arena_map[page].writable = writable;
    memcpy(world_arena + page * WORLD_PAGE, ds->byte + offset, WORLD_PAGE);
}

static l4_msgtag_t map(struct world_ds *ds, l4_cap_idx_t cap)
{
    l4_umword_t const *mr = world_utcb.msg.mr;
    unsigned long offset = mr[1], flags = mr[3];
    l4_addr_t addr = l4_fpage_memaddr((l4_fpage_t){world_utcb.buf.br[1]}) + mr[2];
    ck_assert_uint_eq((addr | offset) % WORLD_PAGE, 0);
    world_maps++;
    world_last_map = (struct world_map){addr, offset, flags, cap};
    if (world_map_error)
        return answer(world_map_error);
    if (offset >= ds->size)
        return answer(-L4_ERANGE);
    if (flags & L4RE_DS_F_RIGHTS_MASK & ~ds->rights)
        return answer(-L4_EPERM);
    if (addr >= (l4_addr_t)world_arena && addr < (l4_addr_t)world_arena + sizeof(world_arena))
        arena_enter((unsigned)((addr - (l4_addr_t)world_arena) / WORLD_PAGE), ds, offset, flags & L4RE_DS_F_W);
    else if (addr > 0x100000000ul) // a page of the runtime itself
        memcpy((void *)addr, ds->byte + offset, WORLD_PAGE);
    answer(0);
    world_utcb.msg.mr[0] = L4_RCV_MEM_MAPPED | (l4_umword_t)L4_PAGESHIFT << L4_FPAGE_SIZE_SHIFT;
    return l4_msgtag(0, 0, 1, 0);
}

static l4_msgtag_t copy_in(struct world_ds *ds)
{
    l4_umword_t const *mr = world_utcb.msg.mr;
    struct world_ds const *src = world_ds(l4_fpage_obj((l4_fpage_t){mr[5]}));
    unsigned long to = mr[1], from = mr[2], n = mr[3];
    if (!src || src->foreign)
        return answer(-L4_EINVAL);
    for (unsigned long i = 0; i < n && to + i < ds->size && from + i < src->size; i++)
        ds->byte[to + i] = src->byte[from + i];
    return answer(0);
}

static l4_msgtag_t dataspace(l4_cap_idx_t cap)
{
    struct world_ds *ds = world_ds(cap);
    if (!ds)
        return answer(-L4_ENOENT);
    switch (world_utcb.msg.mr[0]) {
    case L4RE_DS_OP_MAP:
        return map(ds, cap);
    case L4RE_DS_OP_COPY_IN:
        return copy_in(ds);
    case L4RE_DS_OP_INFO:
        answer(0);
        world_utcb.msg.mr[0] = ds->size;
        world_utcb.msg.mr[1] = ds->rights;
        return l4_msgtag(world_info_error, 2, 0, 0);
    default:
        return answer(-L4_ENOSYS);
    }
}

static l4_msgtag_t allocate(void)
{
    l4_cap_idx_t slot = world_utcb.buf.br[0] & L4_CAP_INDEX_MASK;
    unsigned long size = world_utcb.msg.mr[2];
    if (world_alloc_error)
        return answer(world_alloc_error);
    ck_assert_ptr_null(world_ds(slot));
    if (size > WORLD_DS_PAGES * WORLD_PAGE)
        return answer(-L4_ENOMEM);
    make(slot, L4RE_RM_F_RWX, false)->size = size;
    return answer(0);
}

static void unmap(l4_fpage_t f)
{
    if ((f.raw >> L4_FPAGE_TYPE_SHIFT & 3) == L4_FPAGE_OBJ) {
        l4_cap_idx_t cap = l4_fpage_obj(f);
        for (unsigned i = 0; i < WORLD_ARENA; i++)
            ck_assert_ptr_ne(arena_map[i].ds, world_ds(cap)); // nobody's memory any more
        free(world_ds(cap));
        slots[cap >> L4_CAP_SHIFT] = NULL;
        return;
    }
    for (l4_addr_t a = l4_fpage_memaddr(f); a < l4_fpage_memaddr(f) + (1ul << l4_fpage_size(f)); a += WORLD_PAGE) {
        world_unmapped_pages++;
        if (a >= (l4_addr_t)world_arena && a < (l4_addr_t)world_arena + sizeof(world_arena))
            arena_leave((unsigned)((a - (l4_addr_t)world_arena) / WORLD_PAGE));
    }
}

// The creator's lists.
static l4_msgtag_t creator(l4_msgtag_t tag)
{
    struct msg_in in;
    msg_in_init(&in, &world_utcb, tag);
    unsigned op = msg_get_u32(&in);
    ck_assert(op == L4RE_RM_OP_GET_REGIONS || op == L4RE_RM_OP_GET_AREAS);
    return region_serve_list(op == L4RE_RM_OP_GET_REGIONS ? &world_creator.regions : &world_creator.areas, &in);
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    (void)to;
    switch (l4_msgtag_label(tag)) {
    case L4RE_PROTO_DATASPACE:
        return dataspace(dest & L4_CAP_INDEX_MASK);
    case L4_PROTO_FACTORY:
        return allocate();
    case L4_PROTO_TASK:
        unmap((l4_fpage_t){world_utcb.msg.mr[2]});
        return answer(0);
    case L4_PROTO_THREAD: // pager and exception handler of a new one
        return answer(0);
    case L4RE_PROTO_RM:
        ck_assert_uint_eq(dest & L4_CAP_INDEX_MASK, WORLD_RM);
        return creator(tag);
    case L4_PROTO_PAGE_FAULT:
        ck_assert_uint_eq(dest & L4_CAP_INDEX_MASK, WORLD_RM);
        world_last_fault = world_utcb.msg.mr[0];
        world_faults++;
        return answer(0);
    default:
        ck_abort_msg("label %ld", l4_msgtag_label(tag));
    }
}
