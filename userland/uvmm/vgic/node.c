// SPDX-License-Identifier: MIT
// The guest's interrupt controller node: where the emulated distributor (and the redistributors, or
// the hardware's CPU interface) appear. The version is the host's; the tree may name either.
#include "device/device.h"
#include "boot/dt.h"
#include "log.h"
#include "vcpu/vcpu.h"

#include <l4/sys/task.h>
#include <libfdt.h>

static uint64_t dist_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    return gicd_read(ctx, v->id, off, size);
}

static void dist_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    gicd_write(ctx, v->id, off, size, value);
}

static uint64_t redist_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    return gicr_read(ctx, v->id, off, size);
}

static void redist_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    gicr_write(ctx, v->id, off, size, value);
}

static uint64_t dir_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    (void)ctx;
    (void)v;
    (void)off;
    (void)size;
    return 0; // write-only
}

static void dir_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    if (off == 0 && size == 2)
        vgic_write_dir(ctx, v->id, value & 0x3ff);
}

static struct mmio_ops const dir_ops = {dir_read, dir_write};
static struct mmio_ops const dist_ops = {dist_read, dist_write};
static struct mmio_ops const redist_ops = {redist_read, redist_write};

static int create_v3(struct vm *m, int node, struct dt_range const *dist)
{
    struct dt_range redist;
    uint64_t need = 0x20000ull * m->num_cpus;
    int err = dt_reg(m->fdt, node, 1, &redist);
    if (err || dist->size < 0x10000)
        fatal("interrupt controller: reg must hold a distributor of 0x10000 bytes and "
              "redistributors");
    if (redist.start & 0xffff || redist.size < need)
        fatal("interrupt controller: redistributors at 0x%llx have 0x%llx bytes, %u CPUs need "
              "0x%llx",
              (unsigned long long)redist.start, (unsigned long long)redist.size, m->num_cpus,
              (unsigned long long)need);
    vm_claim(dist->start, 0x10000, "GIC distributor", &dist_ops, &m->gic);
    vm_claim(redist.start, need, "GIC redistributors", &redist_ops, &m->gic);
    fdt_setprop_string(m->fdt, node, "compatible", "arm,gic-v3");
    int child; // an ITS is a device of its own (its_node.c); there is nothing else
    fdt_for_each_subnode(child, m->fdt, node)
        if (!dt_is_compatible(m->fdt, child, "arm,gic-v3-its"))
            dt_disable(m->fdt, child);
    return 0;
}

// The CPU interface is the hardware's: one page, mapped by the kernel (IHI 0048, GICV_CTLR on). The second holds GICC_DIR,
// which names interrupts that may be in no list register of this CPU: it is emulated.
static int create_v2(struct vm *m, int node, struct dt_range const *dist)
{
    struct dt_range cpu;
    int len;
    int err = dt_reg(m->fdt, node, 1, &cpu);
    if (err || dist->size < 0x1000 || cpu.start & 0xfff)
        fatal("interrupt controller: reg must hold a distributor and a page-aligned CPU interface");
    vm_claim(dist->start, 0x1000, "GIC distributor", &dist_ops, &m->gic);
    vm_claim(cpu.start, 0x1000, "GIC CPU interface", NULL, NULL);
    if (cpu.size >= 0x2000) {
        vm_claim(cpu.start + 0x1000, 0x1000, "GIC CPU interface, GICC_DIR", &dir_ops, &m->gic);
        vgic_set_dir_trap(&m->gic);
    }
    long e = l4_error(l4_task_vgicc_map(m->task, l4_fpage(cpu.start, 12, L4_FPAGE_RW)));
    if (e < 0)
        fatal("cannot map the virtual CPU interface of the GIC: error %ld", e);

    int bus = fdt_parent_offset(m->fdt, node);
    int ca = dt_address_cells(m->fdt, bus), cs = dt_size_cells(m->fdt, bus);
    uint32_t reg[8];
    uint32_t const *old = fdt_getprop(m->fdt, node, "reg", &len);
    if (!old || len < 8 * (ca + cs) || ca + cs > 4)
        return device_error(m->fdt, node, "reg: malformed");
    for (int i = 0; i < 2 * (ca + cs); i++)
        reg[i] = old[i];
    for (int i = 0; i < cs; i++) {
        reg[ca + i] = cpu_to_fdt32(i == cs - 1 ? 0x1000 : 0);
        reg[2 * ca + cs + i] = cpu_to_fdt32(i == cs - 1 ? (cpu.size >= 0x2000 ? 0x2000 : 0x1000) : 0);
    }
    fdt_setprop(m->fdt, node, "reg", reg, 8 * (ca + cs));
    // Older guests know but one of the names that a GICv2 has.
    err = dt_set_compatible(m->fdt, node, "arm,gic-400", "arm,gic-v3");
    return err ? device_error(m->fdt, node, "compatible: %s", fdt_strerror(err)) : 0;
}

static int gic_create(struct vm *m, int node)
{
    struct dt_range dist;
    if (m->has_gic)
        return device_error(m->fdt, node, "a second interrupt controller");
    if (device_reg(m, node, 0x1000, &dist))
        fatal("interrupt controller: reg is missing or malformed");
    m->has_gic = true;
    return m->gic.version == 2 ? create_v2(m, node, &dist) : create_v3(m, node, &dist);
}

DEVICE_TYPE(gic_v3, .compatible = "arm,gic-v3", .create = gic_create);
DEVICE_TYPE(gic_400, .compatible = "arm,gic-400", .create = gic_create);
DEVICE_TYPE(gic_a15, .compatible = "arm,cortex-a15-gic", .create = gic_create);
DEVICE_TYPE(gic_a9, .compatible = "arm,cortex-a9-gic", .create = gic_create);
DEVICE_TYPE(gic_a7, .compatible = "arm,cortex-a7-gic", .create = gic_create);
