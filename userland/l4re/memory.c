// SPDX-License-Identifier: MIT
#include "memory.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <string.h>

#define MEMORY_MAX (MEMORY_REGIONS_MAX + 1) // one is dropped after its region

static struct memory memories[MEMORY_MAX];
static unsigned next; // where to look first

// Pages of other servers are seen here while they are copied. What is unmapped from here comes back empty, from the creator's
// region map: a server that takes a page away does not stop the runtime.
static char window[L4_PAGESIZE] __attribute__((aligned(L4_PAGESIZE)));

struct memory *memory_of(l4_cap_idx_t ds, bool owned)
{
    for (unsigned i = 0; i < MEMORY_MAX; i++) {
        struct memory *m = &memories[(next + i) % MEMORY_MAX];
        if (m->refs)
            continue;
        next = (next + i + 1) % MEMORY_MAX;
        *m = (struct memory){.ds = ds, .refs = 1, .owned = owned};
        return m;
    }
    return NULL;
}

void memory_get(void *memory)
{
    struct memory *m = memory;

    m->refs++;
}

void memory_put(void *memory)
{
    struct memory *m = memory;

    if (m && --m->refs == 0 && m->owned)
        l4re_util_cap_free_um(m->ds);
}

int memory_new(l4_uint64_t size, struct memory **res)
{
    l4_cap_idx_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    long err = l4re_ma_alloc(size, ds, 0);
    if (err < 0) {
        l4re_util_cap_free(ds);
        return (int)err;
    }
    *res = memory_of(ds, true);
    if (!*res)
        l4re_util_cap_free_um(ds);
    return *res ? 0 : -L4_ENOMEM;
}

// Page by page, through mappings.
static long copy_pages(l4_cap_idx_t to, l4_addr_t at, l4_cap_idx_t from, l4_uint64_t offset, l4_uint64_t size)
{
    l4_addr_t seen = (l4_addr_t)window;
    long err = l4re_ds_map_region(to, L4RE_DS_F_RW, 0, at, at + size);

    for (l4_uint64_t done = 0; err >= 0 && done < size; done += L4_PAGESIZE) {
        l4_uint64_t n = size - done < L4_PAGESIZE ? size - done : L4_PAGESIZE;
        err = l4re_ds_map(from, L4RE_DS_F_R, offset + done, seen, seen, seen + L4_PAGESIZE);
        if (err >= 0)
            memcpy((char *)at + done, window, n);
    }
    memory_unmap(seen, seen + L4_PAGESIZE - 1);
    memory_unmap(at, at + l4_round_page(size) - 1);
    return err;
}

// How many of `size` bytes from `offset` on there are.
static l4_uint64_t bytes_there(l4_cap_idx_t ds, l4_uint64_t offset, l4_uint64_t size)
{
    l4re_ds_stats_t st;

    if (l4re_ds_info(ds, &st) < 0)
        return size; // a server that does not tell says so when it is asked for them
    return offset >= st.size ? 0 : size < st.size - offset ? size : st.size - offset;
}

int memory_copy(l4_cap_idx_t ds, l4_uint64_t offset, l4_addr_t at, l4_uint64_t size, struct memory **res)
{
    struct memory *copy;
    long err = memory_new(size, &copy);
    if (err < 0)
        return (int)err;
    err = l4re_ds_copy_in(copy->ds, 0, ds, offset, size);
    if (err == -L4_EINVAL) // another server's
        err = copy_pages(copy->ds, at, ds, offset, bytes_there(ds, offset, size));
    if (err < 0) {
        memory_put(copy);
        return (int)err;
    }
    copy->base = offset;
    *res = copy;
    return 0;
}

// Offset in the dataspace of what a region has at addr.
static l4_uint64_t offset_of(struct region const *r, l4_addr_t addr)
{
    struct memory const *m = r->memory;

    return r->offset - m->base + (addr - r->start);
}

static l4re_ds_flags_t map_flags(struct region const *r)
{
    return r->flags & (L4RE_RM_F_RIGHTS | L4RE_RM_F_CACHING);
}

long memory_map(struct region const *r, l4_addr_t addr, l4_addr_t last)
{
    struct memory const *m = r->memory;

    return l4re_ds_map_region(m->ds, map_flags(r), offset_of(r, addr), addr, last + 1);
}

long memory_map_page(struct region const *r, l4_addr_t addr)
{
    struct memory const *m = r->memory;
    l4_addr_t page = l4_trunc_page(addr);

    return l4re_ds_map(m->ds, map_flags(r), offset_of(r, page), page, r->start, r->end + 1);
}

long memory_rights(l4_cap_idx_t ds)
{
    long flags = l4re_ds_flags(ds);

    if (flags == -L4_ENOSYS) // device memory that does not tell
        return L4RE_DS_F_RWX;
    return flags < 0 ? flags : flags & L4RE_DS_F_RWX;
}

void memory_unmap(l4_addr_t start, l4_addr_t end)
{
    while (start < end) {
        unsigned order = L4_PAGESHIFT;
        while (order < 38 && !(start & ((2ul << order) - 1)) && end - start + 1 >= (2ul << order))
            order++;
        l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage(start, order, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
        start += 1ul << order;
    }
}
