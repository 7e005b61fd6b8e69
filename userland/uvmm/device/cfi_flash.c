// SPDX-License-Identifier: MIT
// cfi-flash: a dataspace as NOR flash. While it is an array for the guest, which it nearly always is, it is mapped into
// the guest for reading and executing; only writes come here, and reads in the other modes.
#include "device/flash_regs.h"

#include "boot/dt.h"
#include "device/device.h"
#include "log.h"
#include "vcpu/fp.h"

#include <l4/re/c/rm.h>
#include <l4/sys/cache.h>
#include <libfdt.h>

#define ERASE_SIZE 0x40000 // as firmware for QEMU's machine believes without looking

struct flash {
    struct flash_regs regs;
    struct lock lock;
    uint64_t gpa;
    bool is_mapped;
};

// The guest may read and execute with its caches off.
static void hand_over(void const *p, uint64_t size)
{
    l4_cache_clean_code((l4_addr_t)p, (l4_addr_t)p + size);
}

// If it cannot be mapped, reads are emulated: slow, but right.
static void map_array(struct flash *f)
{
    int err = vm_map(f->gpa, f->regs.data, f->regs.g.backed, L4_FPAGE_RX, L4_FPAGE_CACHEABLE);
    if (err)
        log_guest(LOG_WARN, "cannot map the flash at 0x%llx: error %d", (unsigned long long)f->gpa, err);
    f->is_mapped = true; // parts of it at least
}

static void unmap_array(struct flash *f)
{
    vm_unmap(f->gpa, f->regs.data, f->regs.g.backed);
    f->is_mapped = false;
}

static uint64_t cfi_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct flash *f = ctx;
    (void)v;
    LOCK_SCOPE(&f->lock);
    return flash_read(&f->regs, off, size);
}

static void cfi_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct flash *f = ctx;
    (void)v;
    fp_protect();
    LOCK_SCOPE(&f->lock);
    flash_write(&f->regs, off, size, value);
    if (f->regs.dirty_size)
        hand_over(f->regs.data + f->regs.dirty, f->regs.dirty_size);
    if (flash_is_array(&f->regs) && !f->is_mapped)
        map_array(f);
    else if (!flash_is_array(&f->regs) && f->is_mapped)
        unmap_array(f);
}

static struct mmio_ops const cfi_ops = {cfi_read, cfi_write};

static int find_geometry(struct vm *m, int node, l4re_ds_t ds, struct dt_range *r, struct flash_geometry *g)
{
    if (device_reg(m, node, L4_PAGESIZE, r))
        return -1;
    if ((r->start | r->size) & ~L4_PAGEMASK)
        return device_error(m->fdt, node, "reg is not page aligned");
    uint64_t size = l4_round_page(l4re_ds_size(ds));
    if (!size)
        return device_error(m->fdt, node, "l4vmm,dscap is no dataspace, or empty");
    *g = (struct flash_geometry){.size = r->size, .backed = size < r->size ? size : r->size};
    g->erase = dt_u32(m->fdt, node, "erase-size", r->size < ERASE_SIZE ? (uint32_t)r->size : ERASE_SIZE);
    g->bank = dt_u32(m->fdt, node, "bank-width", 4);
    g->chip = dt_u32(m->fdt, node, "device-width", g->bank > 2 ? 2 : g->bank);
    g->read_only = fdt_getprop(m->fdt, node, "read-only", NULL);
    char const *wrong = flash_check(g);
    if (wrong)
        return device_error(m->fdt, node, "%s", wrong);
    if (!g->read_only && !(l4re_ds_flags(ds) & L4RE_DS_F_W))
        return device_error(m->fdt, node, "its dataspace cannot be written, and the node does not say read-only");
    return 0;
}

static int flash_create(struct vm *m, int node)
{
    struct dt_range r;
    struct flash_geometry g;
    void *at;
    if (!fdt_getprop(m->fdt, node, "l4vmm,dscap", NULL))
        return device_error(m->fdt, node, "l4vmm,dscap, the name of a dataspace, is missing");
    l4_cap_idx_t ds = device_cap(m, node, "l4vmm,dscap", L4_INVALID_CAP);
    if (l4_is_invalid_cap(ds) || find_geometry(m, node, ds, &r, &g))
        return -1;
    int err = vm_attach(&at, g.backed, g.read_only ? L4RE_RM_F_RX : L4RE_RM_F_RWX, ds, 0);
    if (err)
        return device_error(m->fdt, node, "cannot attach the dataspace: error %d", err);
    struct flash *f = device_alloc(sizeof(*f));
    flash_init(&f->regs, &g, at, device_alloc(g.size / g.erase));
    lock_init(&f->lock);
    f->gpa = r.start;
    vm_claim_region(&(struct mmio_region){.start = r.start, .end = r.start + r.size, .ops = &cfi_ops, .ctx = f,
                                          .name = "flash", .memory = at, .memory_size = g.backed});
    hand_over(at, g.backed);
    map_array(f);
    return 0;
}

DEVICE_TYPE(cfi_flash, .compatible = "cfi-flash", .create = flash_create);
