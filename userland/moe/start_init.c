// SPDX-License-Identifier: MIT
// The loader's memory services are direct calls here: moe has one thread and cannot call itself.
#include "start_init.h"

#include <l4/loader/loader.h>
#include <l4/re/random.h>
#include <l4/sys/err.h>
#include <l4/sys/factory.h>
#include <l4/sys/task.h>
#include <string.h>

#include "dataspace.h"
#include "dma_space.h"
#include "factory.h"
#include "parent.h"
#include "rm.h"
#include "rom.h"
#include "say.h"
#include "slots.h"

enum { INIT_UTCB_ORDER = 13, RWS = L4_CAP_FPAGE_RWS };

// Objects under construction are named by slots, as for every other user of the loader.
static int name_object(struct object *o, l4_cap_idx_t *cap)
{
    if (!o)
        return -L4_ENOMEM;
    int err = object_export(o, false);
    *cap = o->gate;
    if (err < 0)
        object_put(o);
    return err;
}

static int op_rm_create(void *ctx, l4_cap_idx_t *rm)
{
    (void)ctx;
    return name_object(rm_create(root_factory), rm);
}

static int op_rm_attach(void *ctx, l4_cap_idx_t rm, struct loader_region const *r)
{
    uint64_t at = r->start;
    struct rm_attach a = {
        .size = r->size, .flags = r->flags, .ds = dataspace_of_object(slot_object(r->ds)),
        .offset = r->offset, .align = L4_PAGESHIFT,
    };

    (void)ctx;
    return rm_attach(rm_of_object(slot_object(rm)), &at, &a);
}

static int op_ds_create(void *ctx, l4_size_t size, l4_cap_idx_t *cap)
{
    struct dataspace *ds;
    int err = dataspace_create(root_factory, (long)size, 0, 0, &ds);

    (void)ctx;
    return err < 0 ? err : name_object(dataspace_object(ds), cap);
}

static int op_ds_copy_in(void *ctx, l4_cap_idx_t dst, l4_addr_t dst_offset, l4_cap_idx_t src,
                         l4_addr_t src_offset, l4_size_t size)
{
    (void)ctx;
    return dataspace_copy(dataspace_of_object(slot_object(dst)), dst_offset,
                          dataspace_of_object(slot_object(src)), src_offset, size);
}

static int op_ds_write(void *ctx, l4_cap_idx_t ds, l4_addr_t offset, void const *data,
                       l4_size_t size)
{
    (void)ctx;
    return dataspace_write(dataspace_of_object(slot_object(ds)), offset, data, size);
}

// The region map keeps a dataspace, the new task's capability keeps the region map.
static void op_release(void *ctx, l4_cap_idx_t cap)
{
    struct object *o = slot_object(cap);

    (void)ctx;
    if (!o)
        return;
    if (dataspace_of_object(o))
        object_revoke(o);
    object_put(o);
}

static l4_cap_idx_t op_slot_alloc(void *ctx)
{
    (void)ctx;
    return slot_alloc();
}

static void op_slot_free(void *ctx, l4_cap_idx_t cap)
{
    (void)ctx;
    slot_free(cap, true);
}

static struct loader_ops const moe_loader_ops = {
    .rm_create = op_rm_create, .rm_attach = op_rm_attach, .ds_create = op_ds_create,
    .ds_copy_in = op_ds_copy_in, .ds_write = op_ds_write, .release = op_release,
    .slot_alloc = op_slot_alloc, .slot_free = op_slot_free,
};

static struct loader_cap own(char const *name, struct object *o)
{
    if (!o || object_export(o, true) < 0)
        fatal("no memory for object '%s' of the first program", name);
    return (struct loader_cap){ name, o->gate, RWS };
}

// A capability of the kernel's that may be absent.
static struct loader_cap kernel(char const *name, l4_cap_idx_t cap)
{
    bool valid = l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, cap)) > 0;

    return (struct loader_cap){ name, valid ? cap : L4_INVALID_CAP, RWS };
}

// A client of sigma0 of its own, for device memory.
static struct loader_cap sigma0_client(void)
{
    l4_cap_idx_t slot = slot_alloc();
    long err = l4_error(l4_factory_create(L4_BASE_PAGER_CAP, L4_PROTO_SIGMA0, slot));

    if (err < 0)
        fatal("sigma0 accepts no further client (error %ld)", err);
    return (struct loader_cap){ "sigma0", slot, RWS };
}

static struct dataspace *need_file(char const *path, void const **data, size_t *size)
{
    struct dataspace *ds = rom_find(path, data, size);

    if (!ds)
        fatal("'%s' is not in the boot image: add a line 'module %s' to the module list", path,
              strncmp(path, "rom/", 4) == 0 ? path + 4 : path);
    return ds;
}

void start_init(struct options const *opt, struct dataspace *kip)
{
    void const *image, *program;
    size_t image_size, program_size;
    struct dataspace *l4re = need_file("rom/l4re", &image, &image_size);

    need_file(opt->init, &program, &program_size);
    struct loader_cap caps[] = {
        own("rom", rom_ns),
        own("rwfs", rwfs_ns),
        kernel("log", L4_BASE_LOG_CAP),
        kernel("icu", L4_BASE_ICU_CAP),
        own("dma_mgr", dma_manager_create()),
        sigma0_client(),
        own("mem", factory_object(root_factory)),
        own("kip", dataspace_object(kip)),
        kernel("iommu", L4_BASE_IOMMU_CAP),
        kernel("arm_smc", L4_BASE_ARM_SMCCC_CAP),
        kernel("jdb", L4_BASE_DEBUGGER_CAP),
    };
    struct loader_params p = {
        .l4re_image = image, .l4re_size = image_size,
        .l4re_ds = own("l4re", dataspace_object(l4re)).cap,
        .binary = opt->init, .argv = opt->argv, .argc = opt->argc,
        .caps = caps, .num_caps = sizeof(caps) / sizeof(caps[0]),
        .factory = kernel("factory", L4_BASE_FACTORY_CAP),
        .mem_alloc = own("mem_alloc", factory_object(root_factory)),
        .log = kernel("log", L4_BASE_LOG_CAP),
        .scheduler = kernel("scheduler", L4_BASE_SCHEDULER_CAP),
        .parent = own("parent", parent_create(opt->init)),
        .kip_ds = own("kip", dataspace_object(kip)),
        .utcb_order = INIT_UTCB_ORDER,
        .l4re_dbg = opt->l4re_dbg, .ldr_flags = opt->ldr_flags, .load_base = LOADER_BASE_AUTO,
        .random = { l4re_random(), l4re_random() },
    };
    struct loader_result res;
    int err = loader_start(&p, &moe_loader_ops, NULL, &res);
    if (err < 0)
        fatal("cannot start '%s': %s%s%s (%s, %d)", opt->init, res.what, *res.extra ? ": " : "",
              res.extra, l4sys_errtostr(err), err);
}
