// SPDX-License-Identifier: MIT
// List registers of a GICv3 (GIC architecture specification, section 12.4).
#include <arch/sysreg.h>
#include <arch/vgic.h>

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

// A VMM may set: En, UIE, LRENPIE, NPIE, VGrp0EIE .. VGrp1DIE; TC .. TDIR, by which accesses exit; EOIcount.
enum { HCR_EN = 1, HCR_EVENTS = 0xfe };
#define HCR_RESERVED (0xfffu << 15)
#define LR_EOI BIT(41)
#define LR_HW BIT(61)
#define LR_STATE (3ull << 62)
// While no list registers are loaded, accesses of a guest to the interface trap: TC, TALL0, TALL1, TDIR.
#define HCR_OFF ((uint32_t)(BIT(10) | BIT(11) | BIT(12) | BIT(14)))
#define ICC_SRE_EL1 s3_0_c12_c12_5
#define SRE_ON 7 // system registers, no bypass

static void lr_write(unsigned i, uint64_t lr)
{
    switch (i) {
    case 0: ich_write(ICH_LR0, lr); break;
    case 1: ich_write(ICH_LR1, lr); break;
    case 2: ich_write(ICH_LR2, lr); break;
    default: ich_write(ICH_LR3, lr); break;
    }
}

static uint64_t lr_read(unsigned i)
{
    switch (i) {
    case 0: return ich_read(ICH_LR0);
    case 1: return ich_read(ICH_LR1);
    case 2: return ich_read(ICH_LR2);
    default: return ich_read(ICH_LR3);
    }
}

// Nothing happens to it: not pending, not active, asks for no maintenance.
static bool lr_is_idle(uint64_t lr)
{
    return !(lr & (LR_STATE | LR_EOI));
}

static void off(struct vgic_live *l)
{
    if (l->hcr != HCR_OFF)
        ich_write(ICH_HCR, HCR_OFF);
    l->hcr = HCR_OFF;
}

static void quench(struct vgic_live *l)
{
    ich_write(ICH_HCR, HCR_OFF);
    l->hcr = HCR_OFF;
}

static void cpu_init(struct vgic_live *l)
{
    *l = (struct vgic_live){0};
    off(l);
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        lr_write(i, 0);
    ich_write(ICH_VMCR, 0);
    ich_write(ICH_AP0R0, 0);
    ich_write(ICH_AP1R0, 0);
}

// Active priorities that a guest has written itself are not looked at where it has no list register.
static void guest_changed(struct vgic_live *l)
{
    ich_write(ICC_SRE_EL1, SRE_ON);
    ich_write(ICH_AP0R0, 0);
    ich_write(ICH_AP1R0, 0);
    l->apr[0] = l->apr[1] = 0;
}

static void load_lrs(struct vgic_live *l, uint64_t const *lr)
{
    uint32_t used = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++) {
        if (lr[i] != l->lr[i]) {
            lr_write(i, lr[i]);
            l->lr[i] = lr[i];
        }
        used |= lr_is_idle(lr[i]) ? 0 : 1u << i;
    }
    l->used = used;
}

// Nothing but priority mask, binary points and group enables can change behind our back.
static bool is_plain(struct vgic_live const *l)
{
    return !(l->used | l->apr[0] | l->apr[1] | (l->hcr & HCR_EVENTS));
}

static void load(struct cpu *cpu, l4_vcpu_ext_state_t const *e, uint32_t hcr)
{
    struct vgic_live *l = cpu->vgic;
    uint64_t lr[L4_VCPU_NUM_LRS], any = l->used;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        any |= lr[i] = READ_ONCE(e->gic_v3_lr[i]) & ~LR_HW;
    if (any)
        load_lrs(l, lr);
    uint32_t vmcr = READ_ONCE(e->gic_vmcr), apr0 = READ_ONCE(e->gic_apr[0]), apr1 = READ_ONCE(e->gic_apr[4]);
    if (vmcr != l->vmcr)
        ich_write(ICH_VMCR, vmcr);
    if ((apr0 ^ l->apr[0]) | (apr1 ^ l->apr[1])) {
        ich_write(ICH_AP0R0, apr0);
        ich_write(ICH_AP1R0, apr1);
        l->apr[0] = apr0;
        l->apr[1] = apr1;
    }
    hcr &= ~HCR_RESERVED;
    if (hcr != l->hcr)
        ich_write(ICH_HCR, hcr);
    l->hcr = hcr;
    cpu->guest_exit = is_plain(l) ? GUEST_EXIT_PLAIN : GUEST_EXIT_LRS;
}

static void save(struct vgic_live *l, l4_vcpu_ext_state_t *e)
{
    if (is_plain(l)) {
        vgic_save_plain(l, e);
        return;
    }
    e->gic_vmcr = l->vmcr = (uint32_t)ich_read(ICH_VMCR);
    e->gic_hcr = l->hcr = (uint32_t)ich_read(ICH_HCR);
    uint32_t misr = (uint32_t)ich_read(ICH_MISR);
    e->gic_misr = misr;
    e->gic_eisr = (uint32_t)ich_read(ICH_EISR);
    e->gic_elsr = (uint32_t)ich_read(ICH_ELRSR) & 0xf;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        if (l->used >> i & 1)
            e->gic_v3_lr[i] = l->lr[i] = lr_read(i);
    e->gic_apr[0] = l->apr[0] = (uint32_t)ich_read(ICH_AP0R0);
    e->gic_apr[4] = l->apr[1] = (uint32_t)ich_read(ICH_AP1R0);
    if (misr)
        off(l);
}

static unsigned lr_state(struct vgic_live const *l, unsigned i)
{
    return (unsigned)(l->lr[i] >> 62);
}

static void lr_clear(l4_vcpu_ext_state_t *e, unsigned i)
{
    e->gic_v3_lr[i] = 0;
    e->gic_elsr |= 1u << i;
    e->gic_eisr &= ~(1u << i);
}

static int free_lr(void)
{
    uint32_t empty = (uint32_t)ich_read(ICH_ELRSR) & ((1u << L4_VCPU_NUM_LRS) - 1);
    return empty ? __builtin_ctz(empty) : -1;
}

static void lr_write_timer(struct vgic_live *l, unsigned i, uint32_t cfg, unsigned intid)
{
    uint64_t state = cfg & L4_VTMR_CFG_ACTIVE ? 2 : 1;
    uint64_t lr = state << 62 | LR_HW | (cfg & L4_VTMR_CFG_GRP1 ? BIT(60) : 0) |
                  (uint64_t)(cfg >> L4_VTMR_CFG_PRIO_SHIFT) << 48 | (uint64_t)intid << 32 | (cfg & L4_VTMR_CFG_VID_MASK);
    lr_write(i, lr);
    l->lr[i] = lr;
    l->used |= 1u << i;
}

struct vgic_ops const vgic_v3 = {
    cpu_init, guest_changed, load, save, off, off, quench, lr_state, lr_clear, free_lr, lr_write_timer,
};

void vgic_v3_init(void);
void vgic_v3_init(void)
{
    uint32_t vtr = (uint32_t)ich_read(ICH_VTR);
    unsigned lrs = (vtr & 0x1f) + 1;
    vgic_vtr = (vtr & ~0x1fu) | ((lrs > L4_VCPU_NUM_LRS ? L4_VCPU_NUM_LRS : lrs) - 1);
}
