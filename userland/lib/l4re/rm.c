// SPDX-License-Identifier: MIT
#include <l4/re/c/rm.h>
#include <l4/sys/task.h>
#include <stdbool.h>
#include <string.h>

#define ATTACH_WORDS 10

static void put_u32(l4_utcb_t *u, unsigned byte, l4_uint32_t v)
{
    memcpy((char *)u->msg.mr + byte, &v, sizeof(v));
}

static long rm_call(l4_cap_idx_t rm, l4_msgtag_t tag, l4_utcb_t *u)
{
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error_u(l4_ipc_call(rm, u, tag, L4_IPC_NEVER), u);
}

// What the in-task runtime of other systems gives to be called for a whole range: the caller's own thread then does the work.
typedef long (*page_in_helper)(l4_addr_t min, l4_addr_t max, l4_uint16_t rights);

// Order of the memory item of a reply.
static unsigned item_order(l4_msgtag_t t, l4_utcb_t const *u)
{
    unsigned at = l4_msgtag_words(t);
    if (!l4_msgtag_items(t) || at >= L4_UTCB_GENERIC_DATA_SIZE)
        return 0;
    return l4_fpage_size((l4_fpage_t){.raw = u->msg.mr[at]});
}

// Have all pages of [start, start + size) mapped that the own region map has there. 0 or a negative error.
static long page_in(l4_addr_t start, unsigned long size, l4_umword_t rights)
{
    l4_addr_t min = l4_trunc_page(start), max = l4_round_page(start + size) - 1;
    l4_cap_idx_t rm = l4re_env()->rm;
    l4_utcb_t *u = l4_utcb();

    for (;;) {
        u->msg.mr[0] = L4RE_RM_OP_PAGE_IN;
        u->msg.mr[1] = min;
        u->msg.mr[2] = max;
        u->msg.mr[3] = rights;
        u->buf.bdr = 0;
        u->buf.br[0] = L4_ITEM_MAP;
        u->buf.br[1] = l4_fpage_all().raw;
        u->buf.br[2] = 0;
        l4_msgtag_t t = l4_ipc_call(rm, u, l4_msgtag(L4RE_PROTO_RM, 4, 0, 0), L4_IPC_NEVER);
        long e = l4_error_u(t, u);
        if (e < 0)
            return e;
        if (l4_msgtag_words(t) && u->msg.mr[0])
            return ((page_in_helper)u->msg.mr[0])(min, max, (l4_uint16_t)rights);
        unsigned order = item_order(t, u);
        if (order < L4_PAGESHIFT) // nothing came, and we would ask for ever
            return -L4_EIO;
        if (max - min < 1ul << order)
            return 0;
        min += 1ul << order;
    }
}

// Pages of another task's region map belong there; and a function that its server names is none of ours.
static bool is_eager(l4_cap_idx_t rm, l4re_rm_flags_t flags)
{
    return (flags & L4RE_RM_F_EAGER_MAP) && !(flags & L4RE_RM_F_NO_EAGER_MAP) && (flags & L4RE_RM_F_R)
           && !(flags & (L4RE_RM_F_RESERVED | L4RE_RM_F_KERNEL)) && rm == l4re_env()->rm;
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4re_rm_attach_srv(l4_cap_idx_t rm, void **start, unsigned long size, l4re_rm_flags_t flags,
                       l4re_ds_t mem, l4re_rm_offset_t offs, unsigned char align)
{
    l4_utcb_t *u = l4_utcb();
    l4_addr_t in_page = (l4_addr_t)*start & ~L4_PAGEMASK;
    if (!(flags & L4RE_RM_F_RIGHTS) || (flags & (L4RE_RM_F_RESERVED | L4RE_RM_F_KERNEL)))
        mem = L4_INVALID_CAP;
    u->msg.mr[0] = L4RE_RM_OP_ATTACH;
    u->msg.mr[1] = (l4_addr_t)*start;
    u->msg.mr[2] = size;
    u->msg.mr[3] = flags;
    u->msg.mr[4] = offs;
    u->msg.mr[5] = align;
    u->msg.mr[6] = mem;
    u->msg.mr[7] = 1; // an empty name: length 1 ...
    u->msg.mr[8] = 0; // ... its NUL
    u->msg.mr[9] = 0; // offset in the file of that name, for debuggers
    l4_msgtag_t t = l4_ipc_obj_request_u(L4RE_PROTO_RM, ATTACH_WORDS, mem, L4_CAP_FPAGE_RWS, u);
    if (l4_is_invalid_cap(mem))
        u->msg.mr[ATTACH_WORDS] = u->msg.mr[ATTACH_WORDS + 1] = 0;
    long e = rm_call(rm, t, u);
    if (e < 0)
        return (int)e;
    l4_addr_t at = u->msg.mr[0];
    e = is_eager(rm, flags) ? page_in(at, size + in_page, flags & L4RE_RM_F_RWX) : 0;
    if (e < 0) {
        l4re_rm_detach_srv(rm, at, NULL, L4RE_THIS_TASK_CAP);
        return (int)e;
    }
    *start = (void *)at;
    return 0;
}

static l4_addr_t search_start; // 0: the lowest address

void l4re_rm_search_from(l4_addr_t start)
{
    search_start = start;
}

static bool lies_anywhere(l4_addr_t start, l4re_rm_flags_t flags)
{
    return search_start && !start && (flags & (L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_IN_AREA)) == L4RE_RM_F_SEARCH_ADDR;
}

int l4re_rm_attach(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                   l4re_rm_offset_t offs, unsigned char align)
{
    void *at = (void *)search_start;
    if (lies_anywhere((l4_addr_t)*start, flags) &&
        l4re_rm_attach_srv(l4re_env()->rm, &at, size, flags, mem, offs, align) >= 0) {
        *start = at;
        return 0;
    } // else there may be room below
    return l4re_rm_attach_srv(l4re_env()->rm, start, size, flags, mem, offs, align);
}

// Unmap [start, start + size) of the own task in flexpages of the largest fitting orders.
static void unmap_range(l4_cap_idx_t task, l4_addr_t start, unsigned long size)
{
    l4_addr_t end = start + size;
    while (start < end) {
        unsigned order = L4_PAGESHIFT;
        while (order < 38 && !(start & ((2ul << order) - 1)) && end - start >= (2ul << order))
            order++;
        l4_task_unmap(task, l4_fpage(start, order, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
        start += 1ul << order;
    }
}

int l4re_rm_detach_srv(l4_cap_idx_t rm, l4_addr_t addr, l4re_ds_t *ds, l4_cap_idx_t task)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_DETACH;
    u->msg.mr[1] = addr;
    u->msg.mr[2] = 1;
    u->msg.mr[3] = L4RE_RM_DETACH_OVERLAP;
    long e = rm_call(rm, l4_msgtag(L4RE_PROTO_RM, 4, 0, 0), u);
    if (e < 0)
        return (int)e;
    l4_addr_t start = u->msg.mr[0];
    unsigned long size = u->msg.mr[1];
    if (ds)
        *ds = u->msg.mr[2];
    if (l4_is_valid_cap(task) && !(e & L4RE_RM_DETACH_UNMAPPED))
        unmap_range(task, start, size);
    return 0;
}

int l4re_rm_detach(void *addr)
{
    return l4re_rm_detach_srv(l4re_env()->rm, (l4_addr_t)addr, NULL, L4RE_THIS_TASK_CAP);
}

int l4re_rm_detach_ds(void *addr, l4re_ds_t *ds)
{
    return l4re_rm_detach_srv(l4re_env()->rm, (l4_addr_t)addr, ds, L4RE_THIS_TASK_CAP);
}

int l4re_rm_detach_unmap(l4_addr_t addr, l4_cap_idx_t task)
{
    return l4re_rm_detach_srv(l4re_env()->rm, addr, NULL, task);
}

int l4re_rm_find_srv(l4_cap_idx_t rm, l4_addr_t *addr, unsigned long *size,
                     l4re_rm_offset_t *offset, l4re_rm_flags_t *flags, l4re_ds_t *m)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_FIND;
    u->msg.mr[1] = *addr;
    u->msg.mr[2] = *size;
    long e = rm_call(rm, l4_msgtag(L4RE_PROTO_RM, 3, 0, 0), u);
    if (e < 0)
        return (int)e;
    *addr = u->msg.mr[0];
    *size = u->msg.mr[1];
    *flags = (l4re_rm_flags_t)u->msg.mr[2];
    *offset = u->msg.mr[3];
    *m = u->msg.mr[4];
    return (int)e;
}

int l4re_rm_find(l4_addr_t *addr, unsigned long *size, l4re_rm_offset_t *offset,
                 l4re_rm_flags_t *flags, l4re_ds_t *m)
{
    return l4re_rm_find_srv(l4re_env()->rm, addr, size, offset, flags, m);
}

int l4re_rm_reserve_area_srv(l4_cap_idx_t rm, l4_addr_t *start, unsigned long size,
                             l4re_rm_flags_t flags, unsigned char align)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_RESERVE_AREA;
    u->msg.mr[1] = *start;
    u->msg.mr[2] = size;
    put_u32(u, 24, flags);
    put_u32(u, 28, align);
    long e = rm_call(rm, l4_msgtag(L4RE_PROTO_RM, 4, 0, 0), u);
    if (e < 0)
        return (int)e;
    *start = u->msg.mr[0];
    return 0;
}

int l4re_rm_reserve_area(l4_addr_t *start, unsigned long size, l4re_rm_flags_t flags,
                         unsigned char align)
{
    l4_addr_t at = search_start;
    if (lies_anywhere(*start, flags) && l4re_rm_reserve_area_srv(l4re_env()->rm, &at, size, flags, align) >= 0) {
        *start = at;
        return 0;
    }
    return l4re_rm_reserve_area_srv(l4re_env()->rm, start, size, flags, align);
}

int l4re_rm_free_area_srv(l4_cap_idx_t rm, l4_addr_t addr)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_FREE_AREA;
    u->msg.mr[1] = addr;
    return (int)rm_call(rm, l4_msgtag(L4RE_PROTO_RM, 2, 0, 0), u);
}

int l4re_rm_free_area(l4_addr_t addr)
{
    return l4re_rm_free_area_srv(l4re_env()->rm, addr);
}

static int rm_get_list(l4_cap_idx_t rm, l4_umword_t op, l4_addr_t start, l4re_rm_region_t *list,
                       unsigned max)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = op;
    u->msg.mr[1] = start;
    long n = rm_call(rm, l4_msgtag(L4RE_PROTO_RM, 2, 0, 0), u);
    if (n < 0)
        return (int)n;
    unsigned const fits = sizeof(u->msg) / sizeof(*list);
    unsigned count = (unsigned long)n > fits ? fits : (unsigned)n;
    if (count > max)
        count = max;
    memcpy(list, u->msg.mr, count * sizeof(*list));
    return (int)count;
}

int l4re_rm_get_regions_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max)
{
    return rm_get_list(rm, L4RE_RM_OP_GET_REGIONS, start, list, max);
}

int l4re_rm_get_areas_srv(l4_cap_idx_t rm, l4_addr_t start, l4re_rm_region_t *list, unsigned max)
{
    return rm_get_list(rm, L4RE_RM_OP_GET_AREAS, start, list, max);
}
