// SPDX-License-Identifier: MIT
#include "chunk_mem.h"

#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>

static void *chunk_alloc(struct outbuf_mem *mem, size_t size)
{
    (void)mem;
    void *addr = NULL;
    l4re_ds_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return NULL;
    // Memory is taken now: a page that is missing later would end this program, not the client.
    if (l4re_ma_alloc(size, ds, 0) < 0 || l4re_ds_allocate(ds, 0, size) < 0 ||
        l4re_rm_attach(&addr, size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, ds, 0,
                       L4_PAGESHIFT) < 0) {
        l4re_util_cap_free_um(ds);
        return NULL;
    }
    return addr;
}

static void chunk_release(struct outbuf_mem *mem, void *chunk, size_t size)
{
    (void)mem, (void)size;
    l4re_ds_t ds = L4_INVALID_CAP;
    if (l4re_rm_detach_ds(chunk, &ds) >= 0 && l4_is_valid_cap(ds))
        l4re_util_cap_free_um(ds);
}

struct outbuf_mem chunk_mem = {chunk_alloc, chunk_release};
