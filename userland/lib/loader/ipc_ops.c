// SPDX-License-Identifier: MIT
// The loader's memory services as requests to moe, for everybody but moe.
#include <l4/loader/loader.h>
#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/task.h>
#include <string.h>

static int make(l4_cap_idx_t *cap, long (*create)(struct loader_ipc *, l4_cap_idx_t, l4_size_t),
                struct loader_ipc *ipc, l4_size_t size)
{
    *cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(*cap))
        return -L4_ENOMEM;
    long err = create(ipc, *cap, size);
    if (err < 0) {
        l4re_util_cap_free(*cap);
        *cap = L4_INVALID_CAP;
    }
    return err < 0 ? (int)err : 0;
}

static long create_rm(struct loader_ipc *ipc, l4_cap_idx_t cap, l4_size_t size)
{
    (void)size;
    return l4_error(l4_factory_create(ipc->rm_fab, L4RE_PROTO_RM, cap));
}

static long create_ds(struct loader_ipc *ipc, l4_cap_idx_t cap, l4_size_t size)
{
    return l4re_ma_alloc_align_srv(ipc->mem_alloc, size, cap, 0, 0);
}

static int ipc_rm_create(void *ctx, l4_cap_idx_t *rm)
{
    return make(rm, create_rm, ctx, 0);
}

static int ipc_rm_attach(void *ctx, l4_cap_idx_t rm, struct loader_region const *r)
{
    void *at = (void *)r->start;

    (void)ctx;
    return l4re_rm_attach_srv(rm, &at, r->size, r->flags, r->ds, r->offset, L4_PAGESHIFT);
}

static int ipc_ds_create(void *ctx, l4_size_t size, l4_cap_idx_t *ds)
{
    return make(ds, create_ds, ctx, size);
}

static int ipc_ds_copy_in(void *ctx, l4_cap_idx_t dst, l4_addr_t dst_offset, l4_cap_idx_t src,
                          l4_addr_t src_offset, l4_size_t size)
{
    (void)ctx;
    return (int)l4re_ds_copy_in(dst, dst_offset, src, src_offset, size);
}

// Through the own address space, page by page of what is written.
static int ipc_ds_write(void *ctx, l4_cap_idx_t ds, l4_addr_t offset, void const *data,
                        l4_size_t size)
{
    l4_addr_t in_page = offset & (L4_PAGESIZE - 1);
    void *at = NULL;

    (void)ctx;
    int err = l4re_rm_attach(&at, size + in_page, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, ds,
                             offset - in_page, L4_PAGESHIFT);
    if (err < 0)
        return err;
    memcpy((char *)at + in_page, data, size);
    return l4re_rm_detach(at);
}

static void ipc_release(void *ctx, l4_cap_idx_t cap)
{
    (void)ctx;
    l4re_util_cap_free_um(cap);
}

static l4_cap_idx_t ipc_slot_alloc(void *ctx)
{
    (void)ctx;
    return l4re_util_cap_alloc();
}

struct loader_ops const loader_ipc_ops = {
    .rm_create = ipc_rm_create, .rm_attach = ipc_rm_attach, .ds_create = ipc_ds_create,
    .ds_copy_in = ipc_ds_copy_in, .ds_write = ipc_ds_write, .release = ipc_release,
    .slot_alloc = ipc_slot_alloc, .slot_free = ipc_release,
};
