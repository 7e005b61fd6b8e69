// SPDX-License-Identifier: MIT
// List registers of a GICv2: GICH registers in memory (GIC architecture specification v2, section 5.3).
#include "arch/arm64/kernel_map.h"
#include "arch/arm64/vgic.h"

enum { GICH_HCR = 0x00, GICH_VTR = 0x04, GICH_VMCR = 0x08, GICH_MISR = 0x10, GICH_EISR0 = 0x20,
       GICH_ELRSR0 = 0x30, GICH_APR = 0xf0, GICH_LR0 = 0x100 };
enum { HCR_VMM = 0xff };
#define LR_HW (1u << 31)

static volatile char *gich;

static uint32_t read32(unsigned off)
{
    return *(volatile uint32_t *)(gich + off);
}

static void write32(unsigned off, uint32_t v)
{
    *(volatile uint32_t *)(gich + off) = v;
}

static void cpu_init(void)
{
    write32(GICH_HCR, 0);
}

static void guest_changed(void)
{
}

static void load(struct vcpu_ext *e)
{
    for (unsigned i = 0; i < VCPU_LRS; i++)
        write32(GICH_LR0 + 4 * i, e->lr.v2[i] & ~LR_HW);
    write32(GICH_VMCR, e->gic_vmcr);
    write32(GICH_APR, e->gic_apr[0]);
    write32(GICH_HCR, e->gic_hcr & (HCR_VMM | 0x1fu << 27));
}

static void save(struct vcpu_ext *e)
{
    e->gic_hcr = read32(GICH_HCR);
    e->gic_vmcr = read32(GICH_VMCR);
    e->gic_misr = read32(GICH_MISR);
    e->gic_eisr = read32(GICH_EISR0);
    e->gic_elsr = read32(GICH_ELRSR0) & 0xf;
    for (unsigned i = 0; i < VCPU_LRS; i++)
        e->lr.v2[i] = read32(GICH_LR0 + 4 * i);
    e->gic_apr[0] = read32(GICH_APR);
    write32(GICH_HCR, 0);
}

static bool lr_used(struct vcpu_ext *e, unsigned i)
{
    return e->lr.v2[i] >> 28 & 3;
}

static unsigned lr_state(struct vcpu_ext *e, unsigned i)
{
    return e->lr.v2[i] >> 28 & 3;
}

static void lr_clear(struct vcpu_ext *e, unsigned i)
{
    e->lr.v2[i] = 0;
    e->gic_elsr |= 1u << i;
    e->gic_eisr &= ~(1u << i);
}

static int free_lr(void)
{
    uint32_t empty = read32(GICH_ELRSR0) & ((1u << VCPU_LRS) - 1);
    return empty ? __builtin_ctz(empty) : -1;
}

static void lr_write_timer(unsigned i, uint32_t cfg, unsigned intid)
{
    uint32_t state = (cfg & VTMR_PENDING ? 1u : 0) | (cfg & VTMR_ACTIVE ? 2u : 0);
    write32(GICH_LR0 + 4 * i, LR_HW | (cfg & VTMR_GROUP1 ? 1u << 30 : 0) | state << 28 |
                                  (cfg >> (VTMR_PRIO_SHIFT + 3) & 0x1f) << 23 | intid << 10 | (cfg & VTMR_VID));
}

struct vgic_ops const vgic_v2 = {
    cpu_init, guest_changed, load, save, lr_used, lr_state, lr_clear, free_lr, lr_write_timer,
};

void vgic_v2_init(struct boot_info const *bi);
void vgic_v2_init(struct boot_info const *bi)
{
    gich = kernel_map_device(bi->gic.gich.start, bi->gic.gich.size ? bi->gic.gich.size : 0x1000);
    uint32_t vtr = read32(GICH_VTR);
    unsigned lrs = (vtr & 0x3f) + 1;
    vgic_vtr = (vtr & ~0x3fu) | ((lrs > VCPU_LRS ? VCPU_LRS : lrs) - 1);
}
