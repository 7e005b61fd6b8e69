// SPDX-License-Identifier: MIT
// SMMUs: what translates the addresses of devices (kernel binding iommu/arm,smmu-v3.yaml).
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>

enum { REGISTERS = 0x20000, EVENT = 0, ERROR = 3 }; // two pages of 64 KiB; places of interrupts without names

static uint32_t interrupt(void const *fdt, int node, struct machine const *m, char const *name, int otherwise)
{
    int i = fdt_getprop(fdt, node, "interrupt-names", NULL) ? fdt_stringlist_search(fdt, node, "interrupt-names", name)
                                                            : otherwise;
    int irq = i < 0 ? -1 : dt_interrupt(fdt, node, (unsigned)i, m->gic_node);
    return irq < 0 ? 0 : (uint32_t)irq;
}

void machine_read_smmus(void const *fdt, struct machine *m)
{
    static char const *const compatible[] = {"arm,smmu-v3", 0};
    for (int node = dt_find(fdt, -1, compatible); node >= 0; node = dt_find(fdt, node, compatible)) {
        char const *name = fdt_get_name(fdt, node, NULL);
        struct machine_smmu *s = &m->smmu[m->num_smmu];
        if (m->num_smmu == BOOT_MAX_SMMU) {
            report_note("%s: more than %u SMMUs, left out: its devices stay as firmware left them", name, BOOT_MAX_SMMU);
            continue;
        }
        if (!dt_reg(fdt, node, 0, &s->regs) || range_size(s->regs) < REGISTERS) {
            report_note("%s: reg has no registers of an SMMU, left out: its devices stay as firmware left them", name);
            continue;
        }
        s->event_irq = interrupt(fdt, node, m, "eventq", EVENT);
        s->error_irq = interrupt(fdt, node, m, "gerror", ERROR);
        m->num_smmu++;
    }
}
