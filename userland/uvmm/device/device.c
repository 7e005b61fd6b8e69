// SPDX-License-Identifier: MIT
#include "device/device.h"

#include "boot/dt.h"
#include "log.h"
#include "device/vbus.h"

#include <l4/re/env.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern struct device_type const *const __start_uvmm_devices[];
extern struct device_type const *const __stop_uvmm_devices[];

int device_error(void const *fdt, int node, char const *fmt, ...)
{
    char path[128], text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_warn("%s: %s", dt_path(fdt, node, path, sizeof(path)), text);
    return -1;
}

int device_reg(struct vm *m, int node, uint64_t min_size, struct dt_range *r)
{
    int err = dt_reg(m->fdt, node, 0, r);
    if (err)
        return device_error(m->fdt, node, "reg: %s", dt_strerror(err));
    if (r->size < min_size)
        return device_error(m->fdt, node, "reg has 0x%llx bytes, the device needs 0x%llx",
                            (unsigned long long)r->size, (unsigned long long)min_size);
    return 0;
}

int device_irq(struct vm *m, int node, unsigned index, struct irq_line *line)
{
    struct dt_irq irq;
    int err = dt_interrupt(m->fdt, node, index, &irq);
    if (err)
        return device_error(m->fdt, node, "interrupt %u: %s", index, dt_strerror(err));
    if (irq.intid < 32)
        return device_error(m->fdt, node, "interrupt %u: devices have no private interrupts",
                            index);
    if (m->irq_user[irq.intid] == IRQ_HARDWARE)
        return device_error(m->fdt, node, "interrupt %u is that of a passed-through device",
                            irq.intid);
    m->irq_user[irq.intid] = IRQ_EMULATED;
    vgic_require(&m->gic, irq.intid);
    *line = (struct irq_line){&m->gic, irq.intid};
    return 0;
}

l4_cap_idx_t device_cap(struct vm *m, int node, char const *prop, l4_cap_idx_t otherwise)
{
    int len;
    if (!fdt_getprop(m->fdt, node, prop, &len))
        return otherwise;
    char const *name = dt_string(m->fdt, node, prop);
    if (!name) {
        device_error(m->fdt, node, "%s is no string", prop);
        return L4_INVALID_CAP;
    }
    l4_cap_idx_t cap = l4re_env_get_cap(name);
    if (l4_is_invalid_cap(cap))
        device_error(m->fdt, node, "%s: the script passed no capability '%s'", prop, name);
    return cap;
}

void *device_alloc(unsigned long size)
{
    void *p = calloc(1, size);
    if (!p)
        fatal("out of memory (%lu bytes)", size);
    return p;
}

static bool has_l4vmm_property(void const *fdt, int node)
{
    for (int p = fdt_first_property_offset(fdt, node); p >= 0; p = fdt_next_property_offset(fdt,
                                                                                            p)) {
        char const *name;
        if (fdt_getprop_by_offset(fdt, p, &name, NULL) && !strncmp(name, "l4vmm,", 6))
            return true;
    }
    return false;
}

static struct device_type const *find_type(void const *fdt, int node)
{
    char const *vdev = dt_string(fdt, node, "l4vmm,vdev");
    for (int i = 0;; i++) { // in the order of the compatible strings
        char const *text = fdt_stringlist_get(fdt, node, "compatible", i, NULL);
        if (!text)
            return NULL;
        struct device_type const *const *t = __start_uvmm_devices;
        for (; t < __stop_uvmm_devices; t++)
            if (!strcmp((*t)->compatible, text) &&
                (!(*t)->vdev || (vdev && !strcmp(vdev, (*t)->vdev))))
                return *t;
    }
}

static bool has_resources(void const *fdt, int node)
{
    struct dt_range r;
    int err = dt_reg(fdt, node, 0, &r);
    return err == 0 || err == DT_MALFORMED || fdt_getprop(fdt, node, "interrupts", NULL) ||
           fdt_getprop(fdt, node, "interrupts-extended", NULL);
}

// Always false: what lies below a disabled node is not looked at, neither by us nor by the guest.
static bool disable(struct vm *m, int node, char const *kind)
{
    char path[128];
    log_warn("%s: %s; node disabled", dt_path(m->fdt, node, path, sizeof(path)), kind);
    dt_disable(m->fdt, node);
    return false;
}

static bool is_wanted(struct vm *m, struct device_type const *type, bool own)
{
    return own || !type->on_demand || (type->wish && dt_find_compatible(m->fdt, type->wish) >= 0);
}

// Returns false when the node's children are not to be looked at.
static bool scan_node(struct vm *m, int node)
{
    struct device_type const *type = find_type(m->fdt, node);
    bool own = has_l4vmm_property(m->fdt, node);

    if (fdt_getprop(m->fdt, node, "l4vmm,vbus-dev", NULL)) {
        if (vbus_assign_by_hid(m, node))
            return disable(m, node, "not available on the vbus");
        return true;
    }
    if (!own && vbus_owns(m, node)) { // real hardware wins over an emulation of it
        if (vbus_pass_through(m, node))
            return disable(m, node, "not passed through");
        return true;
    }
    if (type && is_wanted(m, type, own)) {
        if (type->create(m, node))
            return disable(m, node, "device could not be created");
        return true;
    }
    if (!has_resources(m->fdt, node))
        return true;
    if (vbus_pass_through(m, node)) {
        if (fdt_getprop(m->fdt, node, "l4vmm,force-enable", NULL))
            device_error(m->fdt, node, "enabled although its resources are not there");
        else
            return disable(m, node, "no such device for this guest");
    }
    return true;
}

static bool is_special(void const *fdt, int node)
{
    return dt_is_type(fdt, node, "memory") || dt_is_type(fdt, node, "cpu");
}

void device_scan(struct vm *m)
{
    int depth = -1; // the root is 0
    int skip_depth = 0; // > 0: inside a disabled subtree
    for (int node = fdt_next_node(m->fdt, -1, &depth); node >= 0 && depth >= 0;
         node = fdt_next_node(m->fdt, node, &depth)) {
        if (skip_depth && depth > skip_depth)
            continue;
        skip_depth = 0;
        if (depth <= 0)
            continue;
        char const *name = fdt_get_name(m->fdt, node, NULL);
        bool skip = !dt_enabled(m->fdt, node) || is_special(m->fdt, node) ||
                    (depth == 1 && name && !strcmp(name, "reserved-memory"));
        if (skip || !scan_node(m, node))
            skip_depth = depth;
    }
}
