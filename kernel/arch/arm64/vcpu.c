// SPDX-License-Identifier: MIT
#include <arch/vcpu.h>
#include <arch/context.h>
#include <arch/gic.h>
#include <arch/guest.h>
#include <arch/hardening.h>
#include "arch/arm64/guest_fast.h"
#include "arch/arm64/guest_switch.h"
#include "arch/arm64/regime.h"
#include "arch/arm64/serror.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "mem/kmem.h"
#include "object/task.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <l4/sys/thread.h>

_Static_assert(HCR_MUST_SET == L4_VCPU_HCR_MUST_SET, "what VMMs are told");

// Is it about to repeat a system call? An upcall now might use its message registers.
static bool stopped_here(struct thread const *t)
{
    return t->stopped.valid && t->stopped.pc == t->regs.pc;
}

void vcpu_late_error(struct thread *t, uint64_t esr)
{
    if (__builtin_expect(esr != 0, 0))
        t->vcpu.serror = esr;
}

// An error that waits to be the next exception of user mode is not the handler's.
static void keep_late_error(struct thread *t)
{
    if (t->raise_esr >> L4_ESR_EC_SHIFT != EC_SERROR)
        return;
    vcpu_late_error(t, t->raise_esr);
    t->raise_esr = 0;
    t->raise_exception = t->alien_after;
}

void vcpu_upcall(struct cpu *cpu, struct thread *t, uint64_t err, uint64_t pfa)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    bool running = cpu->current == t;
    assert(a && t->cpu == cpu && (!running || cpu == this_cpu()));
    uint64_t sp;
    if (t->vcpu.user_mode) {
        bool was_guest = running && cpu->guest_loaded;
        if (was_guest)
            guest_unload(cpu, t);
        t->vcpu.user_mode = false;
        sp = a->entry_sp;
        if (running) {
            if (was_guest) {
                space_enter(cpu, space_current(t->task));
            } else {
                regime_leave();
                isb();
                vcpu_late_error(t, serror_collect(cpu));
                space_load(cpu, t->task);
            }
            vcpu_handler_registers(cpu, t);
        }
        if (!was_guest && L4_UNLIKELY(t->raise_exception))
            keep_late_error(t);
    } else {
        uint64_t host_tpidrro = t->regs.tpidruro;
        a->r = t->regs;
        a->r.tpidruro = host_tpidrro;
        sp = t->regs.sp;
    }
    vcpu_handler_start(t, a, sp, err, pfa);
}

// An exception that waits to be raised takes the thread to its handler anyway.
void vcpu_preempted(struct thread *t)
{
    assert(t->vcpu.user_mode && t != t->cpu->current);
    if ((READ_ONCE(vcpu_area(t)->state) & L4_VCPU_F_PREEMPTION) && !t->raise_exception)
        vcpu_upcall(t->cpu, t, (uint64_t)L4_EC_PREEMPTION << L4_ESR_EC_SHIFT, 0);
}

// Enters the context that the area describes; everything is checked.
static void resume(struct cpu *cpu, struct thread *t, uint16_t saved)
{
    assert(t == cpu->current && !t->vcpu.user_mode);
    l4_vcpu_state_t *a = vcpu_area(t);
    if (saved & L4_VCPU_F_USER_MODE) {
        vcpu_user_mode(cpu, t, a, saved);
        guest_load(cpu, t);
        return;
    }
    a->state = saved;
    uint64_t tpidrro = t->regs.tpidruro, pstate = READ_ONCE(a->r.pstate);
    t->regs = a->r;
    t->regs.tpidruro = tpidrro;
    t->regs.pstate = pstate_user(pstate);
}

static int64_t set_user_task(struct thread *t, l4_vcpu_state_t *a)
{
    uint64_t sel = READ_ONCE(a->user_task);
    if (sel & L4_VCPU_USER_TASK_KEEP)
        return 0;
    if (t->vcpu.user_task) {
        task_thread_gone(t->vcpu.user_task);
        t->vcpu.user_task = 0;
    }
    a->user_task = sel | L4_VCPU_USER_TASK_KEEP;
    if (sel & ~L4_CAP_INDEX_MASK)
        return 0;
    struct cap_slot *s = cap_lookup(&t->task->caps, sel >> L4_CAP_SHIFT);
    if (!s || !s->obj || s->obj->type != OBJ_TASK)
        return 0;
    if (!(s->rights & CAP_S))
        return -L4_EPERM;
    t->vcpu.user_task = task_of(s->obj);
    t->vcpu.user_task->threads++;
    if (t->cpu->el1_owner == t)
        guest_el1_release(t->cpu); // so that what the TLB holds of that VM is looked at
    return 0;
}

// The handler gets something else at once, the area's state stays as it is.
static void handler_again(struct thread *t, uint64_t err)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    a->r.err = err;
    t->regs.sp = READ_ONCE(a->saved_state) & L4_VCPU_F_USER_MODE ? a->entry_sp : a->r.sp;
    t->regs.r[0] = t->vcpu.user_area;
    t->regs.pc = a->entry_ip;
    t->regs.pstate = PSTATE_HANDLER;
}

int64_t vcpu_resume(struct cpu *cpu, struct thread *t, uint64_t tag)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    if (!a || cpu->current != t)
        return -L4_EINVAL;
    int64_t err = set_user_task(t, a);
    if (err)
        return err;
    if (tag_items(tag)) {
        if (!t->vcpu.user_task)
            return -L4_ENOENT;
        uint64_t error = ipc_map_items(t, tag, 1, t->vcpu.user_task);
        if (error)
            return (int64_t)error;
    }
    uint16_t saved = READ_ONCE(a->saved_state);
    if ((saved & L4_VCPU_F_USER_MODE) && t->vcpu.serror) {
        handler_again(t, t->vcpu.serror);
        t->vcpu.serror = 0;
        return 0;
    }
    if ((saved & L4_VCPU_F_IRQ) && t->senders.first) {
        // A message is waiting: the handler gets it at once, the area's state stays as it is.
        t->vcpu.polling = true; // until the message is there, or its sender is gone
        ipc_vcpu_poll(t);
        return 0;
    }
    if ((saved & L4_VCPU_F_USER_MODE) && !t->vcpu.user_task)
        return -L4_ENOENT;
    resume(cpu, t, saved);
    return 0;
}

void vcpu_polled(struct thread *t)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    t->vcpu.polling = false;
    a->i.tag.raw = (l4_mword_t)t->regs.r[0];
    a->i.label = t->regs.r[1];
    handler_again(t, (uint64_t)L4_EC_IPC_UPCALL << L4_ESR_EC_SHIFT);
}

void vcpu_poll_failed(struct thread *t)
{
    t->vcpu.polling = false;
    t->utcb->msg.mr[0] = L4_THREAD_VCPU_RESUME_OP; // words of the message may have been there already
    t->regs.r[0] = tag_make(L4_PROTO_THREAD, 1, 0, 0); // the call's items have been mapped
    t->regs.pc -= 4;
}

int64_t vcpu_control(struct cpu *cpu, struct thread *t, uint64_t addr, bool extended)
{
    if (!addr || (addr & 7) || !t->task)
        return -L4_EINVAL;
    if (extended && cpu->current != t)
        return -L4_EINVAL;
    // Once extended, always extended: the kernel goes on using that part of the area.
    size_t size = extended || t->vcpu.el1 ? L4_VCPU_STATE_EXT_SIZE : sizeof(l4_vcpu_state_t);
    l4_vcpu_state_t *a = task_ku_mem_find(t->task, addr, size);
    if (!a)
        return -L4_EINVAL;
    if (extended && !t->vcpu.el1) {
        t->vcpu.el1 = kmem_alloc(t->obj.quota, sizeof(struct el1_state));
        if (!t->vcpu.el1)
            return -L4_ENOMEM;
        t->vcpu.el1->id = guest_new_id();
        t->vcpu.el1->regs.cntkctl = CNTKCTL_HOST;
    }
    a->version = L4_VCPU_STATE_VERSION;
    a->host_tpidruro = t->regs.tpidruro;
    t->vcpu.area = a;
    t->vcpu.user_area = addr;
    if (extended) {
        *vcpu_ext_info(t) = (l4_vcpu_ext_info_t){.gic_version = (uint8_t)gic->version, .features = hardening_features()};
        *vcpu_ext(t) = (l4_vcpu_ext_state_t){
            .host_hcr = HCR_HOST,
            .hcr = HCR_MUST_SET | HCR_DC | HCR_TGE,
            .sctlr = SCTLR_EL1_GUEST,
            .cpacr = 0,
            .vmpidr = BIT(31),
            .vpidr = (uint32_t)sysreg_read(midr_el1),
            .gic_vtr = vgic_vtr,
            .gic_elsr = (1u << L4_VCPU_NUM_LRS) - 1,
        };
    }
    t->slow = true;
    return 0;
}

bool vcpu_accepts_ipc(struct thread *t)
{
    return t->vcpu.area && t->state == THREAD_READY && (vcpu_area(t)->state & L4_VCPU_F_IRQ) &&
           t->msg_kind == MSG_UTCB && !t->in_call && (t->vcpu.user_mode || !stopped_here(t));
}

void vcpu_ipc_delivered(struct thread *t, uint64_t tag, uint64_t label)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    a->i.tag.raw = (l4_mword_t)tag;
    a->i.label = label;
    uint64_t err = (uint64_t)L4_EC_IPC_UPCALL << L4_ESR_EC_SHIFT;
    struct cpu *cpu = t->cpu;
    if (cpu != this_cpu() || cpu->current != t || !cpu->guest_exit || !guest_exit_fast(cpu, t, err))
        vcpu_upcall(cpu, t, err, 0);
}

void vcpu_set_sticky(struct thread *t, bool on)
{
    l4_vcpu_state_t *a = vcpu_area(t);
    a->sticky_flags = (uint16_t)(on ? a->sticky_flags | L4_VCPU_SF_IRQ_PENDING : a->sticky_flags & ~L4_VCPU_SF_IRQ_PENDING);
}
