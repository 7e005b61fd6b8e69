// SPDX-License-Identifier: MIT
#include "boot/ram.h"

#include "boot/dt.h"
#include "boot/guest_memory.h"
#include "device/vbus.h"
#include "log.h"

#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/sys/cache.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

static struct vq_region regions[RAM_MAX_REGIONS];
static struct vq_mem memory = {regions, 0, RAM_MAX_REGIONS};

struct vq_mem *guest_memory(void)
{
    return &memory;
}

// Devices that do DMA use the machine's addresses, and are told those of the guest: its RAM has to lie where it lies there.
static uint64_t place(l4_cap_idx_t ds, uint64_t offset, uint64_t size, uint64_t gpa)
{
    uint64_t address;
    if (!vbus_dma_address(ds, offset, size, &address))
        return gpa;
    log_warn("guest RAM is at 0x%llx, as in the machine: devices of the vbus do DMA", (unsigned long long)address);
    return address;
}

// Attaches the region's part of its dataspace and makes it RAM.
static void add_region(struct vm *m, struct ram_region r, char const *name)
{
    void *at;
    uint64_t gpa = r.gpa, size = r.size;
    int err = vm_attach(&at, size, L4RE_RM_F_RWX, r.ds, r.ds_offset);
    if (err)
        fatal("cannot attach dataspace '%s' (0x%llx bytes at 0x%llx): error %d", name,
              (unsigned long long)size, (unsigned long long)r.ds_offset, err);
    if (m->opt.reused_ram) // what is written back later would overwrite what the guest does with its caches off
        l4_cache_clean_data((l4_addr_t)at, (l4_addr_t)at + size);
    r.host = at;
    err = ram_map_add(&m->ram, &r);
    if (err)
        fatal("guest RAM at 0x%llx: %s", (unsigned long long)gpa,
              err == -1 ? "too many regions" : "overlaps other RAM");
    if (vq_mem_add(&memory, gpa, size, at, true))
        fatal("guest RAM at 0x%llx: too many regions", (unsigned long long)gpa);
    log_info("RAM [0x%llx-0x%llx] from '%s'", (unsigned long long)gpa,
             (unsigned long long)(gpa + size - 1), name);
}

static void put_cells(uint32_t **p, uint64_t v, int cells)
{
    if (cells == 2)
        *(*p)++ = cpu_to_fdt32((uint32_t)(v >> 32));
    *(*p)++ = cpu_to_fdt32((uint32_t)v);
}

// Spreads the dataspace over the node's reg entries; a size of 0 means all that remains. reg is
// rewritten to what was used.
static bool place_node(struct vm *m, int node, l4_cap_idx_t ds, char const *name, bool boot)
{
    uint32_t reg[RAM_MAX_REGIONS * 4], *p = reg;
    int bus = fdt_parent_offset(m->fdt, node);
    int ca = dt_address_cells(m->fdt, bus), cs = dt_size_cells(m->fdt, bus);
    uint64_t left = l4re_ds_size(ds) & L4_PAGEMASK, offset = 0;
    struct dt_range r;
    char path[96];
    dt_path(m->fdt, node, path, sizeof(path));
    for (unsigned i = 0; left && i < RAM_MAX_REGIONS && dt_reg(m->fdt, node, i, &r) == 0; i++) {
        if ((r.start | r.size) & ~L4_PAGEMASK)
            fatal("%s: reg is not page aligned", path);
        uint64_t size = !r.size || r.size > left ? left : r.size;
        uint64_t gpa = place(ds, offset, size, r.start);
        struct ram_region region = {.gpa = gpa, .size = size, .ds = ds, .ds_offset = offset, .boot = boot};
        add_region(m, region, name);
        put_cells(&p, gpa, ca);
        put_cells(&p, size, cs);
        offset += size;
        left -= size;
    }
    if (left && p > reg)
        log_warn("%s is smaller than dataspace '%s', 0x%llx bytes stay unused", path, name,
                 (unsigned long long)left);
    if (p > reg)
        fdt_setprop(m->fdt, node, "reg", reg, (int)((char *)p - (char *)reg));
    return p > reg;
}

// One memory node. Returns false when it gives no RAM and is to be removed.
static bool use_node(struct vm *m, int node, bool *first)
{
    char path[96];
    char const *name = dt_string(m->fdt, node, "l4vmm,dscap");
    if (!name || !dt_enabled(m->fdt, node))
        return false;
    dt_path(m->fdt, node, path, sizeof(path));
    if (fdt_getprop(m->fdt, node, "l4vmm,physmap", NULL))
        fatal("%s: l4vmm,physmap is no longer supported", path);
    l4_cap_idx_t ds = l4re_env_get_cap(name);
    if (l4_is_invalid_cap(ds)) {
        log_warn("%s: the script passed no dataspace '%s'", path, name);
        return false;
    }
    if (!l4re_ds_size(ds)) {
        log_warn("%s: '%s' is no dataspace, or empty", path, name);
        return false;
    }
    if (!place_node(m, node, ds, name, *first))
        return false;
    *first = false;
    return true;
}

static int find_memory_node(void const *fdt, int after)
{
    for (int n = fdt_next_node(fdt, after, NULL); n >= 0; n = fdt_next_node(fdt, n, NULL))
        if (dt_is_type(fdt, n, "memory"))
            return n;
    return -1;
}

static void default_region(struct vm *m)
{
    char name[32];
    l4_cap_idx_t ds = l4re_env_get_cap("ram");
    log_warn("device tree has no memory node for a dataspace: RAM at 0x%llx",
             (unsigned long long)m->opt.ram_base);
    if (l4_is_invalid_cap(ds) || !l4re_ds_size(ds))
        fatal("no RAM for the guest: the script passed no dataspace 'ram'");
    if (m->opt.ram_base & ~L4_PAGEMASK)
        fatal("--rambase 0x%llx is not page aligned", (unsigned long long)m->opt.ram_base);
    uint64_t size = l4re_ds_size(ds) & L4_PAGEMASK;
    uint64_t gpa = place(ds, 0, size, m->opt.ram_base);
    add_region(m, (struct ram_region){.gpa = gpa, .size = size, .ds = ds, .boot = true}, "ram");

    uint32_t reg[4], *p = reg;
    snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)gpa);
    int node = fdt_add_subnode(m->fdt, 0, name);
    put_cells(&p, gpa, dt_address_cells(m->fdt, 0));
    put_cells(&p, size, dt_size_cells(m->fdt, 0));
    if (node < 0 || fdt_setprop_string(m->fdt, node, "device_type", "memory") ||
        fdt_setprop(m->fdt, node, "reg", reg, (int)((char *)p - (char *)reg)))
        fatal("device tree has no room for a memory node");
}

void ram_init(struct vm *m)
{
    bool first = true, wanted = false;
    int after = -1;
    for (int n = find_memory_node(m->fdt, after); n >= 0; n = find_memory_node(m->fdt, after)) {
        wanted |= fdt_getprop(m->fdt, n, "l4vmm,dscap", NULL) && dt_enabled(m->fdt, n);
        if (use_node(m, n, &first))
            after = n;
        else
            fdt_del_node(m->fdt, n); // a guest must not take it for RAM; offsets before it stay
    }
    if (!m->ram.count && wanted)
        fatal("no RAM for the guest: no memory node of the device tree names a dataspace that the "
              "script passed (l4vmm,dscap)");
    if (!m->ram.count)
        default_region(m);
    if (ram_map_start(&m->ram) & ~L4_SUPERPAGEMASK)
        log_warn("guest RAM does not start at a multiple of 2 MiB; a Linux kernel will not boot");
}

void ram_map_all(struct vm *m)
{
    for (unsigned i = 0; i < m->ram.count; i++) {
        struct ram_region const *r = &m->ram.region[i];
        int err = vm_map(r->gpa, r->host, r->size, L4_FPAGE_RWX, L4_FPAGE_CACHEABLE);
        if (!err)
            err = vbus_dma_map(r->gpa, r->host, r->size);
        if (err)
            fatal("cannot map guest RAM at 0x%llx: error %d", (unsigned long long)r->gpa, err);
    }
}
