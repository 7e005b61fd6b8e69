// SPDX-License-Identifier: MIT
#include <arch/exception.h>
#include <arch/guest.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "lock/lock_set.h"

#ifdef DEBUG
void kernel_leave_check(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    assert(cpu == this_cpu() && lock_taken(&cpu->lock) && locks_only_local(cpu) && !cpu->collector && !cpu->kicks);
    assert(!cpu->stopped && !cpu->restarted && !cpu->call && !cpu->work_due && !cpu->working);
    assert(t && t->cpu == cpu && t->state == THREAD_READY && !t->run.queued && !t->timed && !t->in_call);
    assert(!t->reply_holder && !t->sender.queue && t->task);
    assert(!t->donated || t->reply_to);
    bool user_task = t->vcpu.user_mode;
    assert(cpu->frame == (user_task ? &vcpu_area(t)->r : &t->regs));
    struct space *s = user_task ? &t->vcpu.user_task->space : &t->task->space;
    assert(cpu->space == s && vmid_valid(s) && sysreg_read(vttbr_el2) == s->vttbr);
    uint64_t hcr = sysreg_read(hcr_el2), always = HCR_VM | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TSC;
    assert((hcr & always) == always); // and more, where the CPU has it
    assert(cpu->guest_loaded ? !(hcr & HCR_TGE) && user_task && cpu->el1_owner == t : hcr & HCR_TGE);
    if (cpu->guest_exit) {
        struct el1_state const *e = t->vcpu.el1;
        assert(cpu->guest_loaded && e->vgic_loaded && !e->timer_lr_used && !(hcr & HCR_VSE));
        assert(cpu->guest_exit == GUEST_EXIT_LRS || !cpu->vgic->used);
    }
    assert(!(sysreg_read(cptr_el2) & CPTR_TFP) == cpu->fpu_on && (!cpu->fpu_on || cpu->fpu_owner == t));
    uint64_t mode = t->regs.pstate & SPSR_MODE_MASK;
    assert(mode == SPSR_EL0T || (cpu->guest_loaded && (mode == SPSR_EL1T || mode == SPSR_EL1H || mode == 0x10)) ||
           (t->regs.pstate & SPSR_IL));
    for (unsigned w = 0; w < 4; w++)
        assert(!(cpu->ready.words & 1u << w) == !cpu->ready.map[w]);
}
#endif
