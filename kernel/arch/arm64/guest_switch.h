// SPDX-License-Identifier: MIT
// Steps on the way into a guest and out of it, which the usual way (guest_fast.c) and the general one (guest.c, vcpu.c) share.
#pragma once
#include <arch/context.h>
#include <arch/guest.h>
#include "arch/arm64/regime.h"
#include "arch/arm64/traps.h"
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "object/task.h"

// ---- guest: between regime_leave() with regime_park(), and space_enter() ----

static inline void guest_regime_enter(struct cpu *cpu, struct space *vm, l4_vcpu_ext_state_t const *e, uint64_t hcr)
{
    cpu->guest_loaded = true;
    sysreg_write(hcr_el2, hcr);
    sysreg_write(sctlr_el1, vcpu_sctlr(e));
    regime_unpark(cpu);
    space_enter(cpu, vm);
}

// What does not concern translation: behind space_enter().
static inline void guest_controls_load(l4_vcpu_ext_state_t const *e, struct el1_state const *s)
{
    sysreg_write(cpacr_el1, e->cpacr);
    sysreg_write(cntkctl_el1, s->regs.cntkctl);
    sysreg_write(cntvoff_el2, e->cntvoff);
    sysreg_write(vmpidr_el2, e->vmpidr);
    sysreg_write(vpidr_el2, e->vpidr);
    sysreg_write(cntv_ctl_el0, e->cntvctl);
}

static inline void guest_controls_save(l4_vcpu_state_t *a, l4_vcpu_ext_state_t *e, struct el1_state *s)
{
    a->r.tpidruro = sysreg_read(tpidrro_el0);
    e->cntvctl = (uint32_t)sysreg_read(cntv_ctl_el0);
    sysreg_write(cntv_ctl_el0, 0);
    vcpu_set_sctlr(e, sysreg_read(sctlr_el1));
    e->cpacr = (uint32_t)sysreg_read(cpacr_el1);
    s->regs.cntkctl = sysreg_read(cntkctl_el1);
}

// The host's values; the last step before space_enter().
static inline void guest_regime_leave(struct cpu *cpu)
{
    sysreg_write(hcr_el2, HCR_HOST);
    sysreg_write(sctlr_el1, SCTLR_EL1_HOST);
    sysreg_write(cpacr_el1, 3 << 20);
    sysreg_write(cntkctl_el1, CNTKCTL_HOST);
    sysreg_write(cntvoff_el2, 0);
    regime_unpark(cpu);
}

void guest_vgic_load_timer(struct cpu *cpu, l4_vcpu_ext_state_t *e, struct el1_state *s, uint32_t gic_hcr, uint32_t vtmr_cfg);

// The virtual interrupt controller; the last step.
static inline void guest_vgic_load(struct cpu *cpu, l4_vcpu_ext_state_t *e, struct el1_state *s)
{
    uint32_t gic_hcr = READ_ONCE(e->gic_hcr), vtmr_cfg = READ_ONCE(e->vtmr_cfg);
    s->vgic_loaded = gic_hcr & 1;
    if (L4_UNLIKELY(!s->vgic_loaded))
        vgic->shut(cpu->vgic);
    else if (L4_UNLIKELY((vtmr_cfg & L4_VTMR_CFG_DIRECT) &&
                         ((vtmr_cfg & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE)) || s->vtimer_active)))
        guest_vgic_load_timer(cpu, e, s, gic_hcr, vtmr_cfg);
    else
        vgic->load(cpu, e, gic_hcr);
}

// ---- vCPU: user mode and its handler ----

enum { PSTATE_HANDLER = 0x1c0 }; // EL0t, A, I and F masked

static inline void vcpu_user_mode(struct cpu *cpu, struct thread *t, l4_vcpu_state_t *a, uint16_t saved)
{
    a->state = saved | L4_VCPU_F_IRQ | L4_VCPU_F_PAGE_FAULTS | L4_VCPU_F_EXCEPTIONS;
    t->vcpu.user_mode = true;
    fpu_trap(cpu, cpu->fpu_owner != t || !(saved & L4_VCPU_F_FPU_ENABLED));
}

// The handler's registers, but for the address space.
static inline void vcpu_handler_registers(struct cpu *cpu, struct thread *t)
{
    sysreg_write(tpidrro_el0, t->regs.tpidruro);
    fpu_trap(cpu, cpu->fpu_owner != t);
    cpu->frame = &t->regs;
}

// The handler begins with what has happened.
static inline void vcpu_handler_start(struct thread *t, l4_vcpu_state_t *a, uint64_t sp, uint64_t err, uint64_t pfa)
{
    uint16_t state = READ_ONCE(a->state);
    a->saved_state = state;
    a->state = (uint16_t)(state & ~(L4_VCPU_F_IRQ | L4_VCPU_F_PAGE_FAULTS | L4_VCPU_F_EXCEPTIONS | L4_VCPU_F_USER_MODE));
    a->r.err = err;
    a->r.pfa = pfa;
    t->regs.r[0] = t->vcpu.user_area;
    t->regs.sp = sp;
    t->regs.pc = a->entry_ip;
    t->regs.pstate = PSTATE_HANDLER;
}
