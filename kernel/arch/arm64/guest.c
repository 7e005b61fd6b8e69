// SPDX-License-Identifier: MIT
#include <arch/guest.h>
#include <arch/context.h>
#include <arch/gic.h>
#include "arch/arm64/guest_debug.h"
#include "arch/arm64/guest_switch.h"
#include "arch/arm64/regime.h"
#include "arch/arm64/serror.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include "arch/arm64/traps.h"
#include <arch/vcpu.h>
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "object/task.h"

static void el1_save(struct el1_state *s)
{
    l4_vcpu_el1_regs_t *r = &s->regs;
    r->tcr = sysreg_read(tcr_el1);
    r->ttbr0 = sysreg_read(ttbr0_el1);
    r->ttbr1 = sysreg_read(ttbr1_el1);
    r->mair = sysreg_read(mair_el1);
    r->amair = sysreg_read(amair_el1);
    r->vbar = sysreg_read(vbar_el1);
    r->elr = sysreg_read(elr_el1);
    r->spsr = sysreg_read(spsr_el1);
    r->sp_el1 = sysreg_read(sp_el1);
    r->esr = sysreg_read(esr_el1);
    r->far = sysreg_read(far_el1);
    r->afsr0 = sysreg_read(afsr0_el1);
    r->afsr1 = sysreg_read(afsr1_el1);
    r->contextidr = sysreg_read(contextidr_el1);
    r->tpidr_el1 = sysreg_read(tpidr_el1);
    r->par = sysreg_read(par_el1);
    r->csselr = sysreg_read(csselr_el1);
    r->cntv_cval = sysreg_read(cntv_cval_el0);
    if (traps_ras) // VDISR_EL2
        s->disr = sysreg_read(s3_4_c12_c1_1);
}

static void el1_load(struct el1_state const *s)
{
    l4_vcpu_el1_regs_t const *r = &s->regs;
    sysreg_write(tcr_el1, r->tcr);
    sysreg_write(ttbr0_el1, r->ttbr0);
    sysreg_write(ttbr1_el1, r->ttbr1);
    sysreg_write(mair_el1, r->mair);
    sysreg_write(amair_el1, r->amair);
    sysreg_write(vbar_el1, r->vbar);
    sysreg_write(elr_el1, r->elr);
    sysreg_write(spsr_el1, r->spsr);
    sysreg_write(sp_el1, r->sp_el1);
    sysreg_write(esr_el1, r->esr);
    sysreg_write(far_el1, r->far);
    sysreg_write(afsr0_el1, r->afsr0);
    sysreg_write(afsr1_el1, r->afsr1);
    sysreg_write(contextidr_el1, r->contextidr);
    sysreg_write(tpidr_el1, r->tpidr_el1);
    sysreg_write(par_el1, r->par);
    sysreg_write(csselr_el1, r->csselr);
    sysreg_write(cntv_cval_el0, r->cntv_cval);
    if (traps_ras)
        sysreg_write(s3_4_c12_c1_1, s->disr);
}

void guest_el1_release(struct cpu *cpu)
{
    struct thread *t = cpu->el1_owner;
    if (!t)
        return;
    el1_save(t->vcpu.el1);
    gic->set_active(vtimer_irq, false);
    cpu->el1_owner = 0;
}

uint32_t guest_new_id(void)
{
    static uint32_t last;
    return ++last;
}

// Which vCPU ran last on a CPU under a VM's VMID: what the TLB holds of stage 1 is its. RAN_HOST: EL0 of the host.
enum { RAN_HOST = 0, RAN_UNKNOWN = ~0 };
static struct {
    uint32_t generation; // of VMIDs: in a new one they are other VMs'
    uint32_t by_vmid[VMIDS];
} ran[MAX_CPUS];

static uint32_t *last_ran(struct cpu *cpu, struct space *vm)
{
    uint32_t *by_vmid = ran[cpu->id].by_vmid;
    if (ran[cpu->id].generation != vmid_generation)
        for (unsigned i = 0; i < VMIDS; i++)
            by_vmid[i] = (uint32_t)RAN_UNKNOWN;
    ran[cpu->id].generation = vmid_generation;
    return &by_vmid[vmid_of(vm->vttbr)];
}

// Two vCPUs of a VM share its VMID, but not their tables, nor that their MMU is on; and one that was elsewhere may have
// invalidated something there alone. Then the TLB of this CPU holds nothing that is right for it.
static bool takes_over(struct cpu *cpu, struct el1_state *s, struct space *vm)
{
    uint32_t *last = last_ran(cpu, vm);
    if (*last == s->id && s->ran_on == cpu->id + 1)
        return false;
    *last = s->id;
    s->ran_on = cpu->id + 1;
    return true;
}

// Stage 1 of the VM in VTTBR_EL2, on this CPU.
static void flush_local(void)
{
    isb();
    asm volatile("tlbi vmalle1; ic iallu; dsb nsh" ::: "memory");
}

// Plain user code of another task. In a VM's memory it runs without stage 1, which its guest may have.
static void load_host_mode(struct cpu *cpu, struct task *task)
{
    space_load(cpu, task);
    if (!task->is_vm)
        return;
    uint32_t *last = last_ran(cpu, &task->space);
    if (*last != RAN_HOST) {
        flush_local();
        *last = RAN_HOST;
        guest_el1_release(cpu); // the guest that comes next takes over
    }
    vgic->shut(cpu->vgic); // GICV may be mapped there
}

static void el1_acquire(struct cpu *cpu, struct thread *t)
{
    guest_el1_release(cpu);
    el1_load(t->vcpu.el1);
    guest_debug_load(t->vcpu.el1);
    vgic->guest_changed(cpu->vgic);
    if (t->vcpu.el1->vtimer_active)
        gic->set_active(vtimer_irq, true);
    cpu->el1_owner = t;
}

// The interrupt is neither pending nor active any more, though no guest has ended it: it can come again.
static void vtimer_drop(struct el1_state *s)
{
    if (s->vtimer_active)
        gic->set_active(vtimer_irq, false);
    s->vtimer_active = false;
}

// As the guest has left it: switched on, expired and not masked?
static bool vtimer_line(l4_vcpu_ext_state_t const *e)
{
    return (READ_ONCE(e->cntvctl) & (CNTV_ENABLE | CNTV_IMASK | CNTV_ISTATUS)) == (CNTV_ENABLE | CNTV_ISTATUS);
}

// Puts a pending or active virtual timer interrupt into a free list register; it is tied to the physical one,
// which the guest's EOI deactivates.
static void vtimer_to_lr(struct vgic_live *l, struct el1_state *s, l4_vcpu_ext_state_t *e, uint32_t cfg)
{
    if ((cfg & L4_VTMR_CFG_PENDING) && !(cfg & L4_VTMR_CFG_ACTIVE) && !vtimer_line(e)) {
        cfg &= ~(uint32_t)L4_VTMR_CFG_PENDING;
        e->vtmr_cfg = cfg;
    }
    if (!(cfg & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE))) { // or the VMM has dropped it
        vtimer_drop(s);
        return;
    }
    if (!(cfg & (L4_VTMR_CFG_ACTIVE | L4_VTMR_CFG_ENABLED)))
        return;
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++) {
        if (vgic->lr_state(l, i))
            continue;
        vgic->lr_write_timer(l, i, cfg, vtimer_irq);
        s->timer_lr = (uint8_t)i;
        s->timer_lr_used = true;
        return;
    }
}

void guest_vgic_load_timer(struct cpu *cpu, l4_vcpu_ext_state_t *e, struct el1_state *s, uint32_t gic_hcr, uint32_t vtmr_cfg)
{
    vgic->load(cpu, e, gic_hcr);
    vtimer_to_lr(cpu->vgic, s, e, vtmr_cfg);
    if (s->timer_lr_used)
        cpu->guest_exit = GUEST_EXIT_GENERAL;
}

static void vtimer_from_lr(struct vgic_live const *l, struct el1_state *s, l4_vcpu_ext_state_t *e)
{
    unsigned state = vgic->lr_state(l, s->timer_lr);
    if (state == 1 && !vtimer_line(e)) { // it follows its line
        vtimer_drop(s);
        state = 0;
    }
    uint32_t cfg = READ_ONCE(e->vtmr_cfg) & ~(uint32_t)(L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE);
    if (state & 1)
        cfg |= L4_VTMR_CFG_PENDING;
    if (state & 2)
        cfg |= L4_VTMR_CFG_ACTIVE;
    e->vtmr_cfg = cfg;
    s->vtimer_active = state != 0;
    s->timer_lr_used = false;
    vgic->lr_clear(e, s->timer_lr);
}

void guest_load(struct cpu *cpu, struct thread *t)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    l4_vcpu_ext_state_t *e = vcpu_ext(t);
    assert(t == cpu->current && t->vcpu.user_mode && t->vcpu.user_task && !cpu->guest_loaded);
    cpu->frame = &a->r;
    sysreg_write(tpidrro_el0, a->r.tpidruro);
    struct el1_state *s = t->vcpu.el1; // without it the area has no extended part
    // Each word of the area is read once: others may write it meanwhile.
    uint64_t pstate = READ_ONCE(a->r.pstate);
    uint64_t hcr = HCR_TGE;
    if (__builtin_expect(s && t->vcpu.user_task->is_vm, 1)) // a guest's stage 1 would be cached for the threads of a plain task
        hcr = hcr_of_guest(READ_ONCE(e->hcr));
    if (hcr & HCR_TGE) {
        load_host_mode(cpu, t->vcpu.user_task);
        t->regs.pstate = pstate_user(pstate);
        return;
    }
    t->regs.pstate = pstate_guest(pstate);
    struct space *vm = space_current(t->vcpu.user_task);
    bool flush = false;
    regime_leave();
    regime_park(cpu);
    if (cpu->el1_owner != t) {
        el1_acquire(cpu, t);
        flush = takes_over(cpu, s, vm);
    }
    guest_regime_enter(cpu, vm, e, hcr);
    if (L4_UNLIKELY(flush))
        flush_local();
    guest_controls_load(e, s);
    guest_vgic_load(cpu, e, s);
    guest_debug_enter(s);
    if ((hcr & HCR_VSE) || s->debugging)
        cpu->guest_exit = GUEST_EXIT_GENERAL;
}

void guest_quiet(struct cpu *cpu)
{
    if (cpu->vgic && cpu->vgic->used) // a pending virtual interrupt may keep the CPU from sleeping
        vgic->off(cpu->vgic);
}

void guest_unload(struct cpu *cpu, struct thread *t)
{
    l4_vcpu_ext_state_t *e = vcpu_ext(t);
    struct el1_state *s = t->vcpu.el1;
    assert(t == cpu->current && cpu->guest_loaded && cpu->el1_owner == t);
    cpu->guest_loaded = false;
    cpu->guest_exit = GUEST_EXIT_GENERAL;
    guest_debug_leave(s);
    regime_leave();
    regime_park(cpu);
    vcpu_late_error(t, serror_collect(cpu));
    guest_controls_save(vcpu_area(t), e, s);
    if (s->vgic_loaded)
        vgic->save(cpu->vgic, e);
    s->vgic_loaded = false;
    if (s->timer_lr_used)
        vtimer_from_lr(cpu->vgic, s, e);
    uint64_t asked = READ_ONCE(e->hcr);
    if (L4_UNLIKELY(asked & HCR_VSE)) // unless the guest has taken it (kernel-abi 6.10)
        e->hcr = (asked & ~HCR_VSE) | (sysreg_read(hcr_el2) & HCR_VSE);
    guest_regime_leave(cpu);
    if (L4_UNLIKELY(s->debugging))
        guest_el1_release(cpu); // all others have a fast way back, which need not think of debugging
}

bool guest_vtimer_hit(struct cpu *cpu, struct thread *t)
{
    assert(t == cpu->current && cpu->guest_loaded);
    l4_vcpu_ext_state_t *e = vcpu_ext(t);
    struct el1_state *s = t->vcpu.el1;
    uint32_t cfg = READ_ONCE(e->vtmr_cfg);
    if (!(cfg & L4_VTMR_CFG_DIRECT))
        return false;
    s->vtimer_active = true;
    // A list register used before is idle again: the physical interrupt cannot be pending while it is active.
    bool deliver = s->vgic_loaded && (cfg & L4_VTMR_CFG_ENABLED);
    int lr = !deliver ? -1 : s->timer_lr_used ? s->timer_lr : vgic->free_lr();
    if (lr < 0) {
        e->vtmr_cfg = cfg | L4_VTMR_CFG_PENDING; // with the next entry that finds room and is allowed to
        return true;
    }
    cfg = (cfg & ~(uint32_t)L4_VTMR_CFG_ACTIVE) | L4_VTMR_CFG_PENDING;
    vgic->lr_write_timer(cpu->vgic, (unsigned)lr, cfg, vtimer_irq);
    s->timer_lr = (uint8_t)lr;
    s->timer_lr_used = true;
    cpu->guest_exit = GUEST_EXIT_GENERAL;
    return true;
}

void guest_el1_read(struct cpu *cpu, struct thread *t, uint64_t *regs)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    struct el1_state *s = t->vcpu.el1;
    if (cpu->el1_owner == t)
        el1_save(s);
    uint64_t const *from = (uint64_t const *)&s->regs;
    for (unsigned i = 0; i < L4_VCPU_EL1_REGS; i++)
        regs[i] = from[i];
    regs[L4_VCPU_EL1_INDEX(sctlr)] = vcpu_sctlr(vcpu_ext(t));
    regs[L4_VCPU_EL1_INDEX(cpacr)] = vcpu_ext(t)->cpacr;
    regs[L4_VCPU_EL1_INDEX(tpidrro_el0)] = a->r.tpidruro;
}

void guest_el1_write(struct cpu *cpu, struct thread *t, uint64_t mask, uint64_t const *regs)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    struct el1_state *s = t->vcpu.el1;
    bool live = cpu->el1_owner == t;
    if (live)
        el1_save(s);
    uint64_t *to = (uint64_t *)&s->regs;
    for (unsigned i = 0; i < L4_VCPU_EL1_REGS; i++)
        if (mask & BIT(i))
            to[i] = regs[i];
    if (live) {
        regime_leave();
        el1_load(s);
    }
    if (mask & L4_VCPU_EL1_BIT(sctlr))
        vcpu_set_sctlr(vcpu_ext(t), regs[L4_VCPU_EL1_INDEX(sctlr)]);
    if (mask & L4_VCPU_EL1_BIT(cpacr))
        vcpu_ext(t)->cpacr = (uint32_t)regs[L4_VCPU_EL1_INDEX(cpacr)];
    if (mask & L4_VCPU_EL1_BIT(tpidrro_el0))
        a->r.tpidruro = regs[L4_VCPU_EL1_INDEX(tpidrro_el0)];
}

uint64_t guest_fault_ipa(uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    if (esr & BIT(10)) // FnV
        return ~0ull;
    if (!(sysreg_read(sctlr_el1) & 1))
        return far;
    // HPFAR is valid for translation, access flag and size faults and for faults of the stage-1 walk
    if ((esr & 0x3f) < 0x0c || (esr & BIT(7)))
        return (sysreg_read(hpfar_el2) << 8) | (far & 0xfff);
    uint64_t guest_par = sysreg_read(par_el1);
    asm volatile("at s1e1r, %0; isb" ::"r"(far));
    uint64_t par = sysreg_read(par_el1);
    sysreg_write(par_el1, guest_par);
    return par & 1 ? ~0ull : (par & 0xfffffffff000ull) | (far & 0xfff);
}
