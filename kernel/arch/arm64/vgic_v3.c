// SPDX-License-Identifier: MIT
// List registers of a GICv3 (GIC architecture specification, section 12.4).
#include "arch/arm64/sysreg.h"
#include "arch/arm64/vgic.h"

#define ICH_LR0 s3_4_c12_c12_0
#define ICH_LR1 s3_4_c12_c12_1
#define ICH_LR2 s3_4_c12_c12_2
#define ICH_LR3 s3_4_c12_c12_3
#define ICH_HCR s3_4_c12_c11_0
#define ICH_VTR s3_4_c12_c11_1
#define ICH_MISR s3_4_c12_c11_2
#define ICH_EISR s3_4_c12_c11_3
#define ICH_ELRSR s3_4_c12_c11_5
#define ICH_VMCR s3_4_c12_c11_7
#define ICH_AP0R0 s3_4_c12_c8_0
#define ICH_AP1R0 s3_4_c12_c9_0

// Indirection so that the names above expand before they are pasted into the instruction.
#define ich_read(name) sysreg_read_(name)
#define sysreg_read_(name) sysreg_read(name)
#define ich_write(name, v) sysreg_write_(name, v)
#define sysreg_write_(name, v) sysreg_write(name, v)

// Bits of ICH_HCR that a VMM may set: En, UIE, LRENPIE, NPIE, VGrp0EIE .. VGrp1DIE, EOIcount
enum { HCR_VMM = 0xff };
#define HCR_EOICOUNT (0x1full << 27)
#define LR_HW BIT(61)
// While no list registers are loaded, accesses of a guest to the interface trap: TC, TALL0, TALL1, TDIR.
#define HCR_OFF (BIT(10) | BIT(11) | BIT(12) | BIT(14))
#define ICC_SRE_EL1 s3_0_c12_c12_5
#define SRE_ON 7 // system registers, no bypass

static void cpu_init(void)
{
    ich_write(ICH_HCR, HCR_OFF);
}

static void guest_changed(void)
{
    ich_write(ICC_SRE_EL1, SRE_ON);
}

static void load(struct vcpu_ext *e)
{
    ich_write(ICH_LR0, e->lr.v3[0] & ~LR_HW);
    ich_write(ICH_LR1, e->lr.v3[1] & ~LR_HW);
    ich_write(ICH_LR2, e->lr.v3[2] & ~LR_HW);
    ich_write(ICH_LR3, e->lr.v3[3] & ~LR_HW);
    ich_write(ICH_VMCR, e->gic_vmcr);
    ich_write(ICH_AP0R0, e->gic_apr[0]);
    ich_write(ICH_AP1R0, e->gic_apr[4]);
    ich_write(ICH_HCR, e->gic_hcr & (HCR_VMM | HCR_EOICOUNT));
}

static void save(struct vcpu_ext *e)
{
    e->gic_hcr = (uint32_t)ich_read(ICH_HCR);
    e->gic_vmcr = (uint32_t)ich_read(ICH_VMCR);
    e->gic_misr = (uint32_t)ich_read(ICH_MISR);
    e->gic_eisr = (uint32_t)ich_read(ICH_EISR);
    e->gic_elsr = (uint32_t)ich_read(ICH_ELRSR) & 0xf;
    e->lr.v3[0] = ich_read(ICH_LR0);
    e->lr.v3[1] = ich_read(ICH_LR1);
    e->lr.v3[2] = ich_read(ICH_LR2);
    e->lr.v3[3] = ich_read(ICH_LR3);
    e->gic_apr[0] = (uint32_t)ich_read(ICH_AP0R0);
    e->gic_apr[4] = (uint32_t)ich_read(ICH_AP1R0);
    ich_write(ICH_HCR, HCR_OFF);
}

static bool lr_used(struct vcpu_ext *e, unsigned i)
{
    return e->lr.v3[i] >> 62;
}

static unsigned lr_state(struct vcpu_ext *e, unsigned i)
{
    return (unsigned)(e->lr.v3[i] >> 62);
}

static void lr_clear(struct vcpu_ext *e, unsigned i)
{
    e->lr.v3[i] = 0;
    e->gic_elsr |= 1u << i;
    e->gic_eisr &= ~(1u << i);
}

static int free_lr(void)
{
    uint32_t empty = (uint32_t)ich_read(ICH_ELRSR) & ((1u << VCPU_LRS) - 1);
    return empty ? __builtin_ctz(empty) : -1;
}

static void lr_write_timer(unsigned i, uint32_t cfg, unsigned intid)
{
    uint64_t state = (cfg & VTMR_PENDING ? 1 : 0) | (cfg & VTMR_ACTIVE ? 2 : 0);
    uint64_t lr = state << 62 | LR_HW | (cfg & VTMR_GROUP1 ? BIT(60) : 0) |
                  (uint64_t)(cfg >> VTMR_PRIO_SHIFT) << 48 | (uint64_t)intid << 32 | (cfg & VTMR_VID);
    switch (i) {
    case 0: ich_write(ICH_LR0, lr); break;
    case 1: ich_write(ICH_LR1, lr); break;
    case 2: ich_write(ICH_LR2, lr); break;
    default: ich_write(ICH_LR3, lr); break;
    }
}

struct vgic_ops const vgic_v3 = {
    cpu_init, guest_changed, load, save, lr_used, lr_state, lr_clear, free_lr, lr_write_timer,
};

void vgic_v3_init(void);
void vgic_v3_init(void)
{
    uint32_t vtr = (uint32_t)ich_read(ICH_VTR);
    unsigned lrs = (vtr & 0x1f) + 1;
    vgic_vtr = (vtr & ~0x1fu) | ((lrs > VCPU_LRS ? VCPU_LRS : lrs) - 1);
}
