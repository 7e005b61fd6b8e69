// SPDX-License-Identifier: MIT
// l4vmm,rom: a dataspace that the guest can read and execute.
#include "device/device.h"
#include "boot/dt.h"

#include <l4/re/c/rm.h>
#include <l4/sys/cache.h>

static int rom_create(struct vm *m, int node)
{
    struct dt_range r;
    void *at;
    l4_cap_idx_t ds = device_cap(m, node, "l4vmm,dscap", L4_INVALID_CAP);
    if (l4_is_invalid_cap(ds) || device_reg(m, node, 1, &r))
        return -1;
    if ((r.start | r.size) & ~L4_PAGEMASK)
        return device_error(m->fdt, node, "reg is not page aligned");
    if (l4re_ds_size(ds) < r.size)
        return device_error(m->fdt, node, "dataspace has 0x%llx bytes, reg 0x%llx",
                            (unsigned long long)l4re_ds_size(ds), (unsigned long long)r.size);
    int err = vm_attach(&at, r.size, L4RE_RM_F_RX, ds, 0);
    if (err)
        return device_error(m->fdt, node, "cannot attach the dataspace: error %d", err);
    vm_claim_region(&(struct mmio_region){.start = r.start, .end = r.start + r.size, .name = "ROM", .memory = at,
                                          .memory_size = r.size});
    l4_cache_clean_code((l4_addr_t)at, (l4_addr_t)at + r.size); // the guest may begin there with its caches off
    err = vm_map(r.start, at, r.size, L4_FPAGE_RX, L4_FPAGE_CACHEABLE);
    return err ? device_error(m->fdt, node, "cannot map the dataspace: error %d", err) : 0;
}

DEVICE_TYPE(rom, .compatible = "l4vmm,rom", .create = rom_create);
