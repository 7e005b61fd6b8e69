// SPDX-License-Identifier: MIT
#include "arch/arm64/vcpu.h"
#include "arch/arm64/context.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/guest.h"
#include "arch/arm64/hardening.h"
#include "arch/arm64/regime.h"
#include "arch/arm64/serror.h"
#include "arch/arm64/stage2.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/vcpu_area.h"
#include "arch/arm64/vgic.h"
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "mem/kmem.h"
#include "object/task.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <l4/sys/thread.h>

// Is it about to repeat a system call? An upcall now might use its message registers.
static bool stopped_here(struct thread const *t)
{
    return t->stopped.valid && t->stopped.pc == t->regs.pc;
}

enum { PSTATE_HANDLER = 0x1c0 }; // EL0t, A, I and F masked

void vcpu_late_error(struct thread *t, uint64_t esr)
{
    if (__builtin_expect(!esr, 1))
        return;
    t->vcpu.serror = esr;
    vcpu_area(t)->user_task &= ~1ull; // the next resume takes the long way
}

void vcpu_upcall(struct cpu *cpu, struct thread *t, uint64_t err, uint64_t pfa)
{
    struct vcpu_area *a = vcpu_area(t);
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
            sysreg_write(tpidrro_el0, t->regs.tpidrro);
            if (was_guest) {
                space_enter(cpu, space_current(t->task));
            } else {
                regime_leave();
                isb();
                vcpu_late_error(t, serror_collect(cpu));
                space_load(cpu, t->task);
            }
            fpu_trap(cpu, cpu->fpu_owner != t);
            cpu->frame = &t->regs;
        }
    } else {
        uint64_t host_tpidrro = t->regs.tpidrro;
        a->regs = t->regs;
        a->regs.tpidrro = host_tpidrro;
        sp = t->regs.sp;
    }
    uint16_t state = READ_ONCE(a->state);
    a->saved_state = state;
    a->state = (uint16_t)(state & ~(VCPU_F_IRQ | VCPU_F_PAGE_FAULTS | VCPU_F_EXCEPTIONS | VCPU_F_USER_MODE));
    a->regs.err = err;
    a->regs.pfa = pfa;
    t->regs.x[0] = t->vcpu.user_area;
    t->regs.sp = sp;
    t->regs.pc = a->entry_ip;
    t->regs.pstate = PSTATE_HANDLER;
}

// Enters the context that the area describes; everything is checked.
static void resume(struct cpu *cpu, struct thread *t, uint16_t saved)
{
    assert(t == cpu->current && !t->vcpu.user_mode);
    struct vcpu_area *a = vcpu_area(t);
    if (saved & VCPU_F_USER_MODE) {
        a->state = saved | VCPU_F_IRQ | VCPU_F_PAGE_FAULTS | VCPU_F_EXCEPTIONS;
        t->vcpu.user_mode = true;
        fpu_trap(cpu, cpu->fpu_owner != t || !(saved & VCPU_F_FPU));
        guest_load(cpu, t);
        return;
    }
    a->state = saved;
    uint64_t tpidrro = t->regs.tpidrro, pstate = READ_ONCE(a->regs.pstate);
    t->regs = a->regs;
    t->regs.tpidrro = tpidrro;
    t->regs.pstate = pstate_user(pstate);
}

bool vcpu_resume_fast(struct cpu *cpu, struct thread *t)
{
    struct vcpu_area *a = vcpu_area(t);
    uint64_t dest = t->regs.x[2];
    if (!a || !(dest & 0x800) || (dest & 0xf) != (SYS_SEND | SYS_RECV) ||
        (t->regs.x[0] & ~0xf000ull) != tag_make(L4_PROTO_THREAD, 1, 0, 0) ||
        READ_ONCE(t->utcb->mr[0]) != L4_THREAD_VCPU_RESUME_OP)
        return false;
    uint16_t saved = READ_ONCE(a->saved_state);
    if (!(saved & VCPU_F_USER_MODE) || !(a->user_task & 1) || !t->vcpu.user_task || t->senders.first ||
        !vmid_valid(&t->vcpu.user_task->space))
        return false;
    resume(cpu, t, saved);
    return true;
}

static int64_t set_user_task(struct thread *t, struct vcpu_area *a)
{
    uint64_t sel = READ_ONCE(a->user_task);
    if (sel & 1)
        return 0;
    if (t->vcpu.user_task) {
        task_thread_gone(t->vcpu.user_task);
        t->vcpu.user_task = 0;
    }
    a->user_task = sel | 1;
    if (sel & 0xfff)
        return 0;
    struct cap_slot *s = cap_lookup(&t->task->caps, sel >> 12);
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
    struct vcpu_area *a = vcpu_area(t);
    a->regs.err = err;
    t->regs.sp = READ_ONCE(a->saved_state) & VCPU_F_USER_MODE ? a->entry_sp : a->regs.sp;
    t->regs.x[0] = t->vcpu.user_area;
    t->regs.pc = a->entry_ip;
    t->regs.pstate = PSTATE_HANDLER;
}

int64_t vcpu_resume(struct cpu *cpu, struct thread *t, uint64_t tag)
{
    struct vcpu_area *a = vcpu_area(t);
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
    if ((saved & VCPU_F_USER_MODE) && t->vcpu.serror) {
        handler_again(t, t->vcpu.serror);
        t->vcpu.serror = 0;
        return 0;
    }
    if ((saved & VCPU_F_IRQ) && t->senders.first) {
        // A message is waiting: the handler gets it at once, the area's state stays as it is.
        t->vcpu.polling = true; // until the message is there, or its sender is gone
        ipc_vcpu_poll(t);
        return 0;
    }
    if ((saved & VCPU_F_USER_MODE) && !t->vcpu.user_task)
        return -L4_ENOENT;
    resume(cpu, t, saved);
    return 0;
}

void vcpu_polled(struct thread *t)
{
    struct vcpu_area *a = vcpu_area(t);
    t->vcpu.polling = false;
    a->ipc_tag = t->regs.x[0];
    a->ipc_label = t->regs.x[1];
    handler_again(t, (uint64_t)EC_IPC << 26);
}

void vcpu_poll_failed(struct thread *t)
{
    t->vcpu.polling = false;
    t->utcb->mr[0] = L4_THREAD_VCPU_RESUME_OP; // words of the message may have been there already
    t->regs.x[0] = tag_make(L4_PROTO_THREAD, 1, 0, 0); // the call's items have been mapped
    t->regs.pc -= 4;
}

int64_t vcpu_control(struct cpu *cpu, struct thread *t, uint64_t addr, bool extended)
{
    if (!addr || (addr & 7) || !t->task)
        return -L4_EINVAL;
    if (extended && cpu->current != t)
        return -L4_EINVAL;
    // Once extended, always extended: the kernel goes on using that part of the area.
    struct vcpu_area *a = task_ku_mem_find(t->task, addr, extended || t->vcpu.el1 ? VCPU_EXT_SIZE : VCPU_SIZE);
    if (!a)
        return -L4_EINVAL;
    if (extended && !t->vcpu.el1) {
        t->vcpu.el1 = kmem_alloc(t->obj.quota, sizeof(struct el1_state));
        if (!t->vcpu.el1)
            return -L4_ENOMEM;
        t->vcpu.el1->id = guest_new_id();
        t->vcpu.el1->reg[EL1_CNTKCTL] = 3;
    }
    if (extended) {
        a->ext_version = 0;
        a->gic_version = (uint8_t)gic->version;
        a->features = hardening_features();
        a->ext = (struct vcpu_ext){
            .host_hcr = HCR_HOST,
            .hcr = HCR_MUST_SET | HCR_DC | HCR_TGE,
            .sctlr = SCTLR_EL1_GUEST,
            .cpacr = 0,
            .vmpidr = BIT(31),
            .vpidr = (uint32_t)sysreg_read(midr_el1),
            .gic_vtr = vgic_vtr,
            .gic_elsr = (1u << VCPU_LRS) - 1,
        };
    }
    a->version = VCPU_VERSION;
    a->host_tpidrro = t->regs.tpidrro;
    t->vcpu.area = a;
    t->vcpu.user_area = addr;
    t->slow = true;
    return 0;
}

bool vcpu_accepts_ipc(struct thread *t)
{
    return t->vcpu.area && t->state == THREAD_READY && (vcpu_area(t)->state & VCPU_F_IRQ) &&
           t->msg_kind == MSG_UTCB && !t->in_call && (t->vcpu.user_mode || !stopped_here(t));
}

void vcpu_ipc_delivered(struct thread *t, uint64_t tag, uint64_t label)
{
    struct vcpu_area *a = vcpu_area(t);
    a->ipc_tag = tag;
    a->ipc_label = label;
    vcpu_upcall(t->cpu, t, (uint64_t)EC_IPC << 26, 0);
}

void vcpu_set_sticky(struct thread *t, bool on)
{
    struct vcpu_area *a = vcpu_area(t);
    a->sticky = (uint16_t)(on ? a->sticky | VCPU_STICKY_IRQ : a->sticky & ~VCPU_STICKY_IRQ);
}
