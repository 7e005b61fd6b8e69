// SPDX-License-Identifier: MIT
#include <arch/vgic.h>
#include <arch/gic.h>

struct vgic_ops const *vgic;
uint64_t vgic_gicv_phys;
uint32_t vgic_vtr;
unsigned vgic_maintenance_irq;

void vgic_v3_init(void);
void vgic_v2_init(struct boot_info const *bi);

void vgic_cpu_init(struct cpu *cpu)
{
    static struct vgic_live live[MAX_CPUS];
    cpu->vgic = &live[cpu->id];
    vgic->cpu_init(cpu->vgic);
    gic->unmask(vgic_maintenance_irq);
}

void vgic_init(struct boot_info const *bi)
{
    vgic_maintenance_irq = bi->gic.maintenance_irq ? bi->gic.maintenance_irq : 25;
    if (gic->version >= 3) {
        vgic = &vgic_v3;
        vgic_v3_init();
    } else {
        vgic = &vgic_v2;
        vgic_gicv_phys = bi->gic.gicv.start;
        vgic_v2_init(bi);
    }
    vgic_cpu_init(this_cpu());
}
