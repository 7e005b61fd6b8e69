// SPDX-License-Identifier: MIT
// List registers of a GICv2: GICH registers in memory (GIC architecture specification v2, section 5.3).
#include <arch/kernel_map.h>
#include <arch/vgic.h>

enum { GICH_HCR = 0x00, GICH_VTR = 0x04, GICH_VMCR = 0x08, GICH_MISR = 0x10, GICH_EISR0 = 0x20,
       GICH_ELRSR0 = 0x30, GICH_APR = 0xf0, GICH_LR0 = 0x100 };
enum { HCR_EN = 1, HCR_VMM = 0xff };
#define HCR_EOICOUNT (0x1fu << 27)
#define LR_EOI (1u << 19)
#define LR_STATE (3u << 28)
#define LR_HW (1u << 31)

static volatile char *gich;
static unsigned lrs; // in the hardware; the kernel uses L4_VCPU_NUM_LRS of them

static uint32_t read32(unsigned off)
{
    return *(volatile uint32_t *)(gich + off);
}

static void write32(unsigned off, uint32_t v)
{
    *(volatile uint32_t *)(gich + off) = v;
}

// Nothing happens to it: not pending, not active, asks for no maintenance.
static bool lr_is_idle(uint32_t lr)
{
    return !(lr & (LR_STATE | LR_EOI));
}

static void off(struct vgic_live *l)
{
    if (l->hcr)
        write32(GICH_HCR, 0);
    l->hcr = 0;
}

static void quench(struct vgic_live *l)
{
    write32(GICH_HCR, 0);
    l->hcr = 0;
}

static void cpu_init(struct vgic_live *l)
{
    *l = (struct vgic_live){0};
    write32(GICH_HCR, 0);
    for (unsigned i = 0; i < lrs; i++)
        write32(GICH_LR0 + 4 * i, 0);
    write32(GICH_VMCR, 0);
    write32(GICH_APR, 0);
}

// A guest's list registers, priorities and mask in there could be taken or changed through GICV.
static void shut(struct vgic_live *l)
{
    if (!l->stale)
        cpu_init(l);
    l->stale = true;
}

// Active priorities that a guest has written itself are not looked at where it has no list register.
static void guest_changed(struct vgic_live *l)
{
    write32(GICH_APR, 0);
    l->apr[0] = 0;
}

static void load_lrs(struct vgic_live *l, uint32_t const *lr)
{
    uint32_t used = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++) {
        if (lr[i] != l->lr[i]) {
            write32(GICH_LR0 + 4 * i, lr[i]);
            l->lr[i] = lr[i];
        }
        used |= lr_is_idle(lr[i]) ? 0 : 1u << i;
    }
    l->used = used;
}

static void load(struct cpu *cpu, l4_vcpu_ext_state_t const *e, uint32_t hcr)
{
    struct vgic_live *l = cpu->vgic;
    if (__builtin_expect(l->stale, 0))
        cpu_init(l);
    uint32_t lr[L4_VCPU_NUM_LRS], any = l->used;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        any |= lr[i] = READ_ONCE(e->gic_v2_lr[i]) & ~LR_HW;
    if (any)
        load_lrs(l, lr);
    uint32_t vmcr = READ_ONCE(e->gic_vmcr), apr = READ_ONCE(e->gic_apr[0]);
    if (vmcr != l->vmcr)
        write32(GICH_VMCR, vmcr);
    if (apr != l->apr[0])
        write32(GICH_APR, apr);
    l->apr[0] = apr;
    hcr &= HCR_VMM | HCR_EOICOUNT;
    if (hcr != l->hcr)
        write32(GICH_HCR, hcr);
    l->hcr = hcr;
    cpu->guest_exit = GUEST_EXIT_LRS;
}

static void save(struct vgic_live *l, l4_vcpu_ext_state_t *e)
{
    e->gic_vmcr = l->vmcr = read32(GICH_VMCR);
    if (!(l->used | l->apr[0] | (l->hcr & ~(uint32_t)HCR_EN))) { // nothing else can have changed
        e->gic_misr = 0;
        e->gic_eisr = 0;
        e->gic_elsr = (1u << L4_VCPU_NUM_LRS) - 1;
        return;
    }
    e->gic_hcr = l->hcr = read32(GICH_HCR);
    uint32_t misr = read32(GICH_MISR);
    e->gic_misr = misr;
    e->gic_eisr = read32(GICH_EISR0);
    e->gic_elsr = read32(GICH_ELRSR0) & 0xf;
#pragma GCC unroll 4
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        if (l->used >> i & 1)
            l->lr[i] = e->gic_v2_lr[i] = read32(GICH_LR0 + 4 * i);
    e->gic_apr[0] = l->apr[0] = read32(GICH_APR);
    if (misr)
        off(l);
}

static unsigned lr_state(struct vgic_live const *l, unsigned i)
{
    return l->lr[i] >> 28 & 3;
}

static void lr_clear(l4_vcpu_ext_state_t *e, unsigned i)
{
    e->gic_v2_lr[i] = 0;
    e->gic_elsr |= 1u << i;
    e->gic_eisr &= ~(1u << i);
}

static int free_lr(void)
{
    uint32_t empty = read32(GICH_ELRSR0) & ((1u << L4_VCPU_NUM_LRS) - 1);
    return empty ? __builtin_ctz(empty) : -1;
}

static void lr_write_timer(struct vgic_live *l, unsigned i, uint32_t cfg, unsigned intid)
{
    uint32_t state = cfg & L4_VTMR_CFG_ACTIVE ? 2 : 1;
    uint32_t lr = LR_HW | (cfg & L4_VTMR_CFG_GRP1 ? 1u << 30 : 0) | state << 28 |
                  (cfg >> (L4_VTMR_CFG_PRIO_SHIFT + 3) & 0x1f) << 23 | intid << 10 | (cfg & L4_VTMR_CFG_VID_MASK);
    write32(GICH_LR0 + 4 * i, lr);
    l->lr[i] = lr;
    l->used |= 1u << i;
}

struct vgic_ops const vgic_v2 = {
    cpu_init, guest_changed, load, save, off, shut, quench, lr_state, lr_clear, free_lr, lr_write_timer,
};

void vgic_v2_init(struct boot_info const *bi);
void vgic_v2_init(struct boot_info const *bi)
{
    gich = kernel_map_device(bi->gic.gich.start, bi->gic.gich.size ? bi->gic.gich.size : 0x1000);
    uint32_t vtr = read32(GICH_VTR);
    lrs = (vtr & 0x3f) + 1;
    vgic_vtr = (vtr & ~0x3fu) | ((lrs > L4_VCPU_NUM_LRS ? L4_VCPU_NUM_LRS : lrs) - 1);
}
