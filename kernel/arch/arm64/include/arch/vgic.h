// SPDX-License-Identifier: MIT
// The virtualization part of the GIC: list registers and the state around them, per GIC version.
#pragma once
#include <arch/sysreg.h>
#include <arch/vcpu_area.h>
#include "sched/cpu.h"
#include <ashlar/boot_info.h>

// What a CPU's virtual interface holds now. What is there already is not written again, and what a guest cannot have
// changed is not read back: the registers are slow, in memory even (GICv2).
struct vgic_live {
    uint64_t lr[L4_VCPU_NUM_LRS];
    uint32_t hcr, vmcr, apr[2];
    uint32_t used; // list registers that the guest may change: bit n
    bool stale;    // GICv2: somebody may have written the interface who is not the guest it was loaded for
};

struct vgic_ops {
    void (*cpu_init)(struct vgic_live *l); // the calling CPU's interface off and empty
    void (*guest_changed)(struct vgic_live *l); // undoes what the last guest could set and load() leaves alone
    // area -> hardware, interface enabled. A VMM's list registers never name physical interrupts (HW bit cleared).
    // `hcr`: the area's gic_hcr. Sets cpu->guest_exit; GUEST_EXIT_PLAIN: vgic_save_plain() does what save() would.
    void (*load)(struct cpu *cpu, l4_vcpu_ext_state_t const *e, uint32_t hcr);
    // hardware -> area. The interface stays on as long as it wants no attention: while a host thread runs
    // (HCR_EL2.TGE) virtual interrupts are not taken.
    void (*save)(struct vgic_live *l, l4_vcpu_ext_state_t *e);
    void (*off)(struct vgic_live *l); // interface off, if it is not
    // Off, and nothing of any guest in it: who runs now can reach the interface, and has none of his own. A GICv3's
    // registers cannot be reached from EL0, and a guest's accesses to them do nothing while it is off.
    void (*shut)(struct vgic_live *l);
    void (*quench)(struct vgic_live *l); // a maintenance interrupt that is nobody's: ends it, whatever is thought to be there
    unsigned (*lr_state)(struct vgic_live const *l, unsigned i); // as loaded or saved last: bit 0 pending, bit 1 active
    void (*lr_clear)(l4_vcpu_ext_state_t *e, unsigned i);
    int (*free_lr)(void); // an empty hardware list register, -1 = none
    // Hardware list register for the virtual timer: state and priority from VTMR_CFG, tied to the physical INTID. Such
    // a register may not be pending and active (GIC architecture specification, ICH_LR<n>_EL2.State): then it is active.
    void (*lr_write_timer)(struct vgic_live *l, unsigned i, uint32_t vtmr_cfg, unsigned intid);
};
extern struct vgic_ops const *vgic;
extern struct vgic_ops const vgic_v3, vgic_v2;
extern uint64_t vgic_gicv_phys; // GICv2: the virtual CPU interface, 0 otherwise
extern uint32_t vgic_vtr;       // GICH_VTR / ICH_VTR_EL2 with the list registers clamped
extern unsigned vgic_maintenance_irq;
void vgic_init(struct boot_info const *bi);
void vgic_cpu_init(struct cpu *cpu); // of the calling CPU, after vgic_init()

// hardware -> area of a GICv3 where no list register, active priority or event is, and none can have come.
static inline void vgic_save_plain(struct vgic_live *l, l4_vcpu_ext_state_t *e)
{
    e->gic_vmcr = l->vmcr = (uint32_t)sysreg_read(s3_4_c12_c11_7); // ICH_VMCR_EL2
    e->gic_misr = 0;
    e->gic_eisr = 0;
    e->gic_elsr = (1u << L4_VCPU_NUM_LRS) - 1;
}
