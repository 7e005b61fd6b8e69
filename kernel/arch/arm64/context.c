// SPDX-License-Identifier: MIT
#include <arch/context.h>
#include <arch/guest.h>
#include "arch/arm64/regime.h"
#include "arch/arm64/serror.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/vcpu_area.h>
#include "debug/assert.h"
#include "lock/held.h"
#include "mem/kmem.h"
#include "object/task.h"

struct fpu_state {
    uint8_t v[32][16];
    uint64_t fpcr, fpsr;
};

void fpu_save(struct fpu_state *s);
void fpu_load(struct fpu_state *s);

void space_load(struct cpu *cpu, struct task *task)
{
    struct space *s = &task->space;
    assert(cpu == this_cpu() && local_lock_held(cpu) && s->root);
    if (__builtin_expect(!vmid_valid(s), 0))
        vmid_assign(s);
    else if (cpu->space == s)
        return;
    regime_leave();
    space_enter(cpu, s);
}

struct space *space_current(struct task *task)
{
    if (__builtin_expect(!vmid_valid(&task->space), 0))
        vmid_assign(&task->space);
    return &task->space;
}

bool context_needs_global_lock(struct thread const *t)
{
    return t->raise_exception || !vmid_valid(&t->task->space) ||
           (t->vcpu.user_mode && !vmid_valid(&t->vcpu.user_task->space));
}

void context_idle(struct cpu *cpu)
{
    cpu->space = 0;
    guest_quiet(cpu);
    regime_leave();
    sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());
    isb();
}

void context_save_tpidr(struct thread *t)
{
    if (t == this_cpu()->current)
        t->regs.tpidrurw = sysreg_read(tpidr_el0);
}

void context_reload_tpidrro(struct thread *t)
{
    sysreg_write(tpidrro_el0, t->regs.tpidruro);
}

void fpu_trap(struct cpu *cpu, bool on)
{
    if (cpu->fpu_on == !on)
        return;
    cpu->fpu_on = !on;
    sysreg_write_mem(cptr_el2, CPTR_ALWAYS | (on ? CPTR_TFP : 0));
}

bool fpu_switch(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && t == cpu->current);
    if (!t->fpu) {
        t->fpu = kmem_alloc(t->obj.quota, sizeof(struct fpu_state));
        if (!t->fpu)
            return false;
    }
    fpu_trap(cpu, false);
    isb();
    if (cpu->fpu_owner == t)
        return true;
    if (cpu->fpu_owner)
        fpu_save(cpu->fpu_owner->fpu);
    cpu->fpu_owner = t;
    fpu_load(t->fpu);
    return true;
}

static bool runs_guest(struct thread *t)
{
    return t->vcpu.user_mode;
}

// Behind regime_leave(): an error of the thread's own accesses is its, and becomes an exception when it runs again. No call:
// the fast path needs no stack.
static inline void collect_serror(struct cpu *cpu, struct thread *t)
{
    isb();
    uint64_t esr = serror_collect(cpu);
    if (__builtin_expect(esr != 0, 0)) {
        t->raise_exception = true;
        t->raise_esr = esr;
        t->slow = true;
    }
}

void context_leave(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && local_lock_held(cpu) && t == cpu->current && t->cpu == cpu);
    t->regs.tpidrurw = sysreg_read(tpidr_el0);
    if (cpu->guest_loaded) {
        guest_unload(cpu, t);
    } else {
        regime_leave();
        collect_serror(cpu, t);
    }
}

void context_enter(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && local_lock_held(cpu) && t == cpu->current && t->cpu == cpu);
    assert(t->state == THREAD_READY && !t->run.queued && !cpu->guest_loaded);
    sysreg_write(tpidr_el0, t->regs.tpidrurw);
    fpu_trap(cpu, cpu->fpu_owner != t || (runs_guest(t) && !(vcpu_area(t)->state & L4_VCPU_F_FPU_ENABLED)));
    if (runs_guest(t)) {
        guest_load(cpu, t);
    } else {
        sysreg_write(tpidrro_el0, t->regs.tpidruro);
        space_load(cpu, t->task);
        cpu->frame = &t->regs;
    }
}

void context_switch_plain(struct cpu *cpu, struct thread *t, struct thread *to)
{
    assert(cpu == this_cpu() && local_lock_held(cpu) && t == cpu->current && to->cpu == cpu);
    assert(to->state == THREAD_READY && !to->run.queued && !to->vcpu.user_mode && !cpu->guest_loaded);
    assert(vmid_valid(&to->task->space));
    t->regs.tpidrurw = sysreg_read(tpidr_el0);
    sysreg_write(tpidr_el0, to->regs.tpidrurw);
    sysreg_write(tpidrro_el0, to->regs.tpidruro);
    if (L4_UNLIKELY(cpu->fpu_owner == to) || L4_UNLIKELY(cpu->fpu_on))
        fpu_trap(cpu, cpu->fpu_owner != to);
    struct space *s = &to->task->space;
    if (L4_LIKELY(cpu->space != s)) {
        regime_leave();
        collect_serror(cpu, t);
        space_enter(cpu, s);
    }
    cpu->current = to;
    cpu->frame = &to->regs;
}

void context_release(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && t != cpu->current);
    if (cpu->fpu_owner == t) {
        fpu_trap(cpu, false);
        isb();
        fpu_save(t->fpu);
        cpu->fpu_owner = 0;
        fpu_trap(cpu, true);
    }
    if (cpu->el1_owner == t)
        guest_el1_release(cpu);
}

static uint64_t illegal(uint64_t pstate)
{
    return (pstate & 0xf0000000) | SPSR_IL | SPSR_EL0T;
}

uint64_t pstate_user(uint64_t pstate)
{
    uint64_t flags = pstate & (0xf0000000 | SPSR_IL | 0x3c0);
    return (pstate & SPSR_MODE_MASK) == SPSR_EL0T ? flags : illegal(pstate);
}

uint64_t pstate_guest(uint64_t pstate)
{
    static uint8_t aarch32_el0; // 0 unknown, 1 no, 2 yes
    if (pstate_is_aarch64(pstate))
        return pstate & 0xffffffff;
    if ((pstate & SPSR_MODE_MASK) == 0x10) {
        if (!aarch32_el0)
            aarch32_el0 = (sysreg_read(id_aa64pfr0_el1) & 0xf) == 2 ? 2 : 1;
        if (aarch32_el0 == 2)
            return pstate & 0xffffffff;
    }
    return illegal(pstate) | SPSR_EL1H | 0x3c0;
}
