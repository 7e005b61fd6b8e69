// SPDX-License-Identifier: MIT
// The interrupt controller (kernel bindings arm,gic.yaml and arm,gic-v3.yaml).
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>

#define MAINTENANCE_IRQ 25u // PPI 9 (Arm BSA)

static char const *const gicv3[] = {"arm,gic-v3", "arm,gic-v4", 0};
static char const *const gicv2[] = {
    "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "nvidia,tegra210-gic",
    "qcom,msm-qgic2", 0,
};

static bool read_gicv3(void const *fdt, int node, struct machine *m)
{
    char const *name = fdt_get_name(fdt, node, NULL);
    uint64_t regions = 1;
    dt_get_number(fdt, node, "#redistributor-regions", &regions);
    dt_get_number(fdt, node, "redistributor-stride", &m->gicr_stride);
    if (!regions || regions > BOOT_MAX_GICR) {
        report_problem("%s: %llu redistributor regions, 1 to %u are supported", name,
                       (unsigned long long)regions, BOOT_MAX_GICR);
        return false;
    }
    if (m->gicr_stride % 0x10000) {
        report_problem("%s: redistributor-stride is no multiple of 64 KiB", name);
        return false;
    }
    for (unsigned i = 0; i < regions; i++)
        if (!dt_reg(fdt, node, 1 + i, &m->gicr[i])) {
            report_problem("%s: reg has no redistributor region %u", name, i);
            return false;
        }
    m->num_gicr = (unsigned)regions;
    m->gic_version = 3;
    return true;
}

static bool read_gicv2(void const *fdt, int node, struct machine *m)
{
    char const *name = fdt_get_name(fdt, node, NULL);
    if (!dt_reg(fdt, node, 1, &m->gicc)) {
        report_problem("%s: reg has no CPU interface", name);
        return false;
    }
    if (!dt_reg(fdt, node, 2, &m->gich) || !dt_reg(fdt, node, 3, &m->gicv)) {
        report_note("%s: no virtualization part (third and fourth reg): no guests on this machine",
                    name);
        m->gich = m->gicv = (struct range){0, 0};
    }
    m->gic_version = 2;
    return true;
}

bool machine_read_gic(void const *fdt, struct machine *m)
{
    int node = dt_find(fdt, -1, gicv3);
    bool is_v3 = node >= 0;
    if (!is_v3)
        node = dt_find(fdt, -1, gicv2);
    m->gic_node = node;
    if (node < 0) {
        report_problem("the device tree names no interrupt controller that is known: "
                       "GICv3, GIC-400 or another GICv2");
        return false;
    }
    char const *name = fdt_get_name(fdt, node, NULL);
    if (!dt_reg(fdt, node, 0, &m->gicd)) {
        report_problem("%s: reg has no distributor, or it cannot be translated to an address",
                       name);
        return false;
    }
    if (!(is_v3 ? read_gicv3(fdt, node, m) : read_gicv2(fdt, node, m)))
        return false;

    int irq = dt_interrupt(fdt, node, 0, node);
    if (irq < 0)
        report_note("%s: no maintenance interrupt, taking PPI 9", name);
    m->maintenance_irq = irq < 0 ? MAINTENANCE_IRQ : (uint32_t)irq;
    return true;
}
