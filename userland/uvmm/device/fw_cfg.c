// SPDX-License-Identifier: MIT
// qemu,fw-cfg-mmio: gives firmware the kernel, ramdisk and command line that it is to boot, and files of the script's choice.
#include "device/fw_cfg_regs.h"

#include "boot/dt.h"
#include "device/device.h"
#include "log.h"
#include "vcpu/fp.h"

#include <l4/re/file.h>
#include <l4/sys/cache.h>
#include <libfdt.h>
#include <string.h>

#define REGISTERS_END 0x18

struct device {
    struct fw_cfg cfg;
    struct lock lock;
};

static void *memory(void *ctx, uint64_t gpa, uint64_t size)
{
    (void)ctx;
    return ram_map_host(&vm.ram, gpa, size);
}

// The guest may read with its caches off.
static void written(void *ctx, void const *p, uint64_t size)
{
    (void)ctx;
    l4_cache_clean_data((l4_addr_t)p, (l4_addr_t)p + size);
}

static uint64_t config_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct device *d = ctx;
    (void)v;
    LOCK_SCOPE(&d->lock);
    return fw_cfg_read(&d->cfg, off, size);
}

static void config_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct device *d = ctx;
    (void)v;
    fp_protect();
    lock_acquire(&d->lock);
    bool done = fw_cfg_write(&d->cfg, off, size, value);
    lock_release(&d->lock);
    if (!done)
        log_guest(LOG_WARN, "fw-cfg: write of 0x%llx to register 0x%llx is not possible: another register, a write to an "
                  "item, or memory that is no RAM", (unsigned long long)value, (unsigned long long)off);
}

static struct mmio_ops const config_ops = {config_read, config_write};

static int map_file(struct vm *m, int node, char const *name, void const **data, uint32_t *size)
{
    l4_size_t bytes;
    int err = l4re_file_map(name, data, &bytes);
    if (err)
        return device_error(m->fdt, node, "'%s': %s", name, err == -L4_ENOENT ? "no such file" : "cannot be read");
    if (bytes > 0xffffffffu)
        return device_error(m->fdt, node, "'%s' has 4 GiB or more", name);
    *size = (uint32_t)bytes;
    return 0;
}

// The file that a property names, as items for its size and its bytes. No property or an empty one: no file.
static int add_file(struct vm *m, int node, struct fw_cfg *f, char const *prop, uint16_t size_key, uint16_t data_key)
{
    char const *name = dt_string(m->fdt, node, prop);
    void const *data;
    uint32_t size;
    if (!name || !*name)
        return 0;
    if (map_file(m, node, name, &data, &size))
        return -1;
    return fw_cfg_add_number(f, size_key, size, 4) || fw_cfg_add(f, data_key, data, size);
}

// uvmm goes on to change the tree: the text is copied.
static int add_cmdline(struct vm *m, int node, struct fw_cfg *f)
{
    char const *text = dt_string(m->fdt, node, "l4vmm,cmdline");
    if (!text || !*text)
        return 0;
    uint32_t size = (uint32_t)strlen(text) + 1;
    char *copy = device_alloc(size);
    memcpy(copy, text, size);
    return fw_cfg_add_number(f, FW_CFG_CMDLINE_SIZE, size, 4) || fw_cfg_add(f, FW_CFG_CMDLINE_DATA, copy, size);
}

// l4vmm,items: pairs of strings, the name for the firmware and the file.
static int add_items(struct vm *m, int node, struct fw_cfg *f)
{
    int count = fdt_stringlist_count(m->fdt, node, "l4vmm,items");
    void const *data;
    uint32_t size;
    if (count == -FDT_ERR_NOTFOUND)
        return 0;
    if (count < 0 || count % 2)
        return device_error(m->fdt, node, "l4vmm,items has no pairs of a name and a file");
    for (int i = 0; i < count; i += 2) {
        char const *name = fdt_stringlist_get(m->fdt, node, "l4vmm,items", i, NULL);
        char const *file = fdt_stringlist_get(m->fdt, node, "l4vmm,items", i + 1, NULL);
        if (map_file(m, node, file, &data, &size))
            return -1;
        if (fw_cfg_add_file(f, name, data, size))
            return device_error(m->fdt, node, "l4vmm,items: '%s' has more than %d bytes, or is one of more than %d items",
                                name, FW_CFG_NAME_SIZE - 1, FW_CFG_MAX_FILES);
    }
    return 0;
}

static int fw_cfg_create(struct vm *m, int node)
{
    struct dt_range r;
    if (device_reg(m, node, REGISTERS_END, &r))
        return -1;
    struct device *d = device_alloc(sizeof(*d));
    d->cfg.memory = memory;
    d->cfg.written = written;
    lock_init(&d->lock);
    fw_cfg_init(&d->cfg);
    fw_cfg_add_number(&d->cfg, FW_CFG_CPUS, m->num_cpus, 2);
    if (add_file(m, node, &d->cfg, "l4vmm,kernel", FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA) ||
        add_file(m, node, &d->cfg, "l4vmm,ramdisk", FW_CFG_RAMDISK_SIZE, FW_CFG_RAMDISK_DATA) ||
        add_cmdline(m, node, &d->cfg) || add_items(m, node, &d->cfg))
        return -1;
    vm_claim(r.start, r.size, "fw-cfg", &config_ops, d);
    return 0;
}

DEVICE_TYPE(fw_cfg, .compatible = "qemu,fw-cfg-mmio", .create = fw_cfg_create);
