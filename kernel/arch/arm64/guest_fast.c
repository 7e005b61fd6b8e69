// SPDX-License-Identifier: MIT
// What ipc/fast.c is to IPC: a hypercall or an abort of a guest, and its resume, without a call but as the last step, and so
// without a stack. It changes nothing before it knows that it can finish; anything unusual goes to the general path (guest.c,
// vcpu.c), with the same result.
#include "arch/arm64/guest_fast.h"
#include "arch/arm64/guest_switch.h"
#include "arch/arm64/serror.h"
#include "arch/arm64/syndrome.h"
#include <arch/index.h>
#include <arch/stage2.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "ipc/utcb.h"
#include "lock/held.h"
#include <l4/sys/consts.h>
#include <l4/sys/thread.h>

bool guest_exit_fast(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    bool plain = cpu->guest_exit == GUEST_EXIT_PLAIN;
    if (L4_UNLIKELY(syndrome_class(esr) == EC_FP) || L4_UNLIKELY(!vmid_valid(&t->task->space)))
        return false;
    l4_vcpu_state_t *a = vcpu_area(t);
    l4_vcpu_ext_state_t *e = vcpu_ext(t);
    struct el1_state *s = t->vcpu.el1;
    assert(local_lock_held(cpu) && t == cpu->current && cpu->guest_loaded && cpu->el1_owner == t);
    assert(t->vcpu.user_mode && s->vgic_loaded && !s->timer_lr_used);
    uint64_t pfa = is_abort(esr) ? guest_fault_ipa(esr) : 0;
    regime_leave();
    isb();
    if (L4_UNLIKELY(serror_pending()))
        return false;
    regime_park(cpu); // not before: the general path translates the guest's address once more
    cpu->guest_loaded = false;
    cpu->guest_exit = GUEST_EXIT_GENERAL;
    s->vgic_loaded = false;
    if (is_call(esr))
        a->r.pc -= instruction_bytes(esr);
    guest_controls_save(a, e, s);
    guest_regime_leave(cpu);
    space_enter(cpu, &t->task->space);
    t->vcpu.user_mode = false;
    vcpu_handler_registers(cpu, t);
    vcpu_handler_start(t, a, a->entry_sp, esr, pfa);
    if (L4_LIKELY(plain))
        vgic_save_plain(cpu->vgic, e);
    else
        vgic->save(cpu->vgic, e); // is still as the guest left it
    return true;
}

static inline bool is_resume(struct thread const *t)
{
    uint64_t dest = t->regs.r[2];
    return (dest & (L4_INVALID_CAP_BIT | L4_SYSF_MASK)) == (L4_INVALID_CAP_BIT | L4_SYSF_CALL) &&
           (t->regs.r[0] & ~(uint64_t)L4_MSGTAG_FLAGS) == tag_make(L4_PROTO_THREAD, 1, 0, 0) &&
           READ_ONCE(t->utcb->msg.mr[0]) == L4_THREAD_VCPU_RESUME_OP;
}

// Its EL1 registers are still there from last time, and so is what the TLB holds of its stage 1.
static inline void enter_again(struct cpu *cpu, struct thread *t, l4_vcpu_state_t *a)
{
    l4_vcpu_ext_state_t *e = vcpu_ext(t);
    struct el1_state *s = t->vcpu.el1;
    assert(t->vcpu.user_task->is_vm); // another user task ends that (set_user_task)
    uint64_t asked = READ_ONCE(e->hcr), pstate = READ_ONCE(a->r.pstate);
    if (L4_UNLIKELY(asked & (HCR_TGE | HCR_VSE)) || L4_UNLIKELY(!pstate_is_aarch64(pstate))) {
        guest_load(cpu, t);
        return;
    }
    cpu->frame = &a->r;
    sysreg_write(tpidrro_el0, a->r.tpidruro);
    t->regs.pstate = pstate & 0xffffffff;
    regime_leave();
    regime_park(cpu);
    guest_regime_enter(cpu, &t->vcpu.user_task->space, e, hcr_of_guest(asked));
    guest_controls_load(e, s);
    guest_vgic_load(cpu, e, s);
}

// Arm ARM, ISS encoding of class 0x18: op0 3, op1 0, CRn 0, CRm below 8, read.
static inline bool is_id_read(uint64_t esr)
{
    enum { WHICH = 3 << 20 | 7 << 14 | 15 << 10 | 8 << 1 | 1, ID_READ = 3 << 20 | 1 };
    return (esr & WHICH) == ID_READ;
}

bool guest_answer_read(struct thread *t, uint64_t esr)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    l4_vcpu_ext_id_t const *id = vcpu_ext_id(t);
    uint64_t number = (esr >> 1 & 7) * 8 + (esr >> 17 & 7) - 8;
    unsigned reg = esr >> 5 & 31;
    if (!is_id_read(esr) || !index_below(&number, L4_VCPU_ID_REGS) || !(READ_ONCE(id->answered) >> number & 1))
        return false;
    assert(t == this_cpu()->current && t->vcpu.user_mode && local_lock_held(t->cpu));
    if (reg < 31)
        a->r.r[reg] = READ_ONCE(id->value[number]);
    a->r.pc += 4;
    t->regs.pstate = sysreg_read(spsr_el2) & ~(uint64_t)SPSR_BTYPE;
    return true;
}

bool guest_resume_fast(struct cpu *cpu, struct thread *t)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    if (!a || !is_resume(t))
        return false;
    uint16_t saved = READ_ONCE(a->saved_state);
    if (!(saved & L4_VCPU_F_USER_MODE) || !(a->user_task & L4_VCPU_USER_TASK_KEEP) || !t->vcpu.user_task ||
        ((uintptr_t)t->senders.first | t->vcpu.serror) || !vmid_valid(&t->vcpu.user_task->space))
        return false;
    assert(local_lock_held(cpu) && t == cpu->current && !t->vcpu.user_mode && !cpu->guest_loaded);
    vcpu_user_mode(cpu, t, a, saved);
    if (L4_LIKELY(cpu->el1_owner == t))
        enter_again(cpu, t, a);
    else
        guest_load(cpu, t);
    return true;
}
