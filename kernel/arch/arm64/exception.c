// SPDX-License-Identifier: MIT
#include "arch/arm64/exception.h"
#include "arch/arm64/context.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/guest.h"
#include "arch/arm64/stage2.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/timer.h"
#include "arch/arm64/vcpu.h"
#include "arch/arm64/vcpu_area.h"
#include "arch/arm64/vgic.h"
#include "debug/print.h"
#include "ipc/ipc.h"
#include "object/icu.h"
#include "object/task.h"
#include "sched/sched.h"

static bool goes_on(struct cpu const *cpu)
{
    struct thread const *t = cpu->current;
    return !cpu->need_resched && t && t->state == THREAD_READY && !t->raise_exception;
}

// The own lock suffices for the choice. An exception to be sent may make it another one.
static void finish_slow(struct cpu *cpu)
{
    while (!goes_on(cpu)) {
        struct thread *t = cpu->current;
        if (cpu->need_resched || !t || t->state != THREAD_READY) {
            kernel_unlock(cpu);
            sched_run(cpu);
        } else if (kernel_holds(cpu, CPUS_ALL)) {
            thread_raised(t);
            if (t->vcpu.area && (vcpu_area(t)->state & VCPU_F_EXCEPTIONS))
                vcpu_upcall(cpu, t, t->raise_esr, t->regs.pfa);
            else
                ipc_exception(t, t->raise_esr, t->regs.pfa);
        } else {
            kernel_lock_exclusive(cpu, ENTRY_IRQ);
        }
    }
}

void exception_finish(struct cpu *cpu)
{
    if (cpu->exclusive && object_reap_pending())
        object_reap();
    if (__builtin_expect(!goes_on(cpu), 0))
        finish_slow(cpu);
    kernel_unlock(cpu);
}

// Takes the locks that the system call needs. What it needs is known for sure only when they are held.
static bool syscall_lock(struct cpu *cpu)
{
    uint32_t which;
    if (num_cpus == 1) { // the own lock is all there is
        cpu->exclusive = true;
        return true;
    }
    while (which = ipc_reach(cpu->current), !kernel_holds(cpu, which))
        if (!kernel_lock(cpu, cpu->also ? CPUS_ALL : which, ENTRY_SYSCALL))
            return false;
    return true;
}

static void syscall_slow(struct cpu *cpu)
{
    if (syscall_lock(cpu)) {
        struct thread *t = cpu->current;
        t->in_call = true;
        ipc_syscall(t);
        t->in_call = false;
    }
    exception_finish(cpu);
}

bool preempt_pending(void)
{
    return sysreg_read(isr_el1) & 0xc0;
}

void syscall_restart(struct invocation *in)
{
    in->caller->regs.pc -= 4;
    in->blocked = true;
}

static bool is_abort(unsigned ec)
{
    return ec == EC_IABT_LOW || ec == EC_DABT_LOW;
}

// Address word of a page fault message: bit 0 translation fault, 1 write, 2 instruction fetch.
static uint64_t fault_word(uint64_t esr, uint64_t address)
{
    bool fetch = esr >> 26 == EC_IABT_LOW;
    uint64_t w = address & ~7ull;
    if ((esr & 0x3c) == 4)
        w |= 1;
    if (!fetch && (esr & BIT(6)))
        w |= 2;
    if (fetch)
        w |= 4;
    return w;
}

static void sigma0_fault(struct thread *t, uint64_t far)
{
    uint64_t base = far & ~0x1fffffull;
    mem_map(t->task, base, t->task, base, 21, MEM_RWX, MEM_NORMAL, false);
    if (mem_lookup(t->task, far, 0) == ~0ull) { // what there is around it does not help
        debug_print("sigma0: page fault at %lx, pc %lx: no memory there\n", far, t->regs.pc);
        thread_kill(t);
    }
}

static void user_fault(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    unsigned ec = (unsigned)(esr >> 26);
    t->regs.err = esr;
    t->regs.pfa = far;
    bool alignment = (esr & 0x3f) == 0x21;
    bool page_fault = is_abort(ec) && !alignment;
    if (t->vcpu.area && (vcpu_area(t)->state & (page_fault ? VCPU_F_PAGE_FAULTS : VCPU_F_EXCEPTIONS))) {
        vcpu_upcall(cpu, t, esr, far);
        return;
    }
    if (page_fault && t->task->is_sigma0)
        sigma0_fault(t, far);
    else if (page_fault && !t->alien)
        ipc_page_fault(t, fault_word(esr, far), t->regs.pc);
    else
        ipc_exception(t, esr, far);
}

// Guest (or user task) of a vCPU leaves for its handler.
static void vcpu_exit(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    unsigned ec = (unsigned)(esr >> 26);
    uint64_t pfa = 0;
    if (is_abort(ec))
        pfa = cpu->guest_loaded ? guest_fault_ipa(esr) : sysreg_read(far_el2);
    if (ec == EC_HVC64 || ec == EC_SVC64 || ec == EC_HVC32 || ec == EC_SVC32)
        vcpu_area(t)->regs.pc -= esr & BIT(25) ? 4 : 2;
    vcpu_upcall(cpu, t, esr, pfa);
}

static void vcpu_exit_locked(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    if (__builtin_expect(t->task->space.vmid_generation == vmid_generation, 1)) {
        vcpu_exit(cpu, t, esr);
        return;
    }
    unsigned ec = (unsigned)(esr >> 26);
    bool call = ec == EC_SVC64 || ec == EC_HVC64 || ec == EC_SVC32 || ec == EC_HVC32;
    if (kernel_lock_exclusive(cpu, call ? ENTRY_SYSCALL : ENTRY_FAULT))
        vcpu_exit(cpu, t, esr);
    exception_finish(cpu);
}

// A guest that continues without leaving does so with the PSTATE that the hardware saved, not with that of its last
// resume.
static void take_pstate(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    if (t && t->vcpu.user_mode)
        t->regs.pstate = sysreg_read(spsr_el2);
}

static bool fpu_trapped(struct cpu *cpu, struct thread *t)
{
    if (t->vcpu.user_mode && !(vcpu_area(t)->state & VCPU_F_FPU))
        return false;
    if (t->fpu)
        return fpu_switch(cpu, t);
    kernel_lock_exclusive(cpu, ENTRY_FAULT);
    bool ok = cpu->current != t || fpu_switch(cpu, t);
    kernel_unlock(cpu);
    return ok;
}

void exception_sync(struct cpu *cpu, uint64_t esr)
{
    unsigned ec = (unsigned)(esr >> 26);
    bool call = ec == EC_SVC64 || ec == EC_HVC64 || ec == EC_SVC32 || ec == EC_HVC32;
    if (!cpu_lock(cpu, call ? ENTRY_SYSCALL : ENTRY_FAULT)) {
        exception_finish(cpu);
        return;
    }
    struct thread *t = cpu->current;
    if (__builtin_expect(call && !t->vcpu.user_mode, 1)) {
        if (t->slow ? vcpu_resume_fast(cpu, t) : ipc_fast(cpu, t))
            return;
        syscall_slow(cpu);
        return;
    }
    if (ec == EC_FP && fpu_trapped(cpu, t)) {
        take_pstate(cpu);
        if (cpu->current != t || cpu->need_resched)
            exception_finish(cpu);
        return;
    }
    if (t->vcpu.user_mode) {
        vcpu_exit_locked(cpu, t, esr);
        return;
    }
    if (kernel_lock_exclusive(cpu, ENTRY_FAULT))
        user_fault(cpu, t, esr);
    exception_finish(cpu);
}

enum { PPI_MAINTENANCE, PPI_VTIMER }; // immediate of an upcall with EC_PPI

// The guest leaves for its handler because of an interrupt of its virtual devices. When it is taken from this CPU
// while that waits for the lock, the line comes up again with the guest.
static void irq_upcall(struct cpu *cpu, struct thread *t, unsigned ppi)
{
    if (__builtin_expect(t->task->space.vmid_generation == vmid_generation, 1) || kernel_lock_exclusive(cpu, ENTRY_IRQ)) {
        if (ppi == PPI_VTIMER) // the VMM takes the mask away
            sysreg_write_mem(cntv_ctl_el0, sysreg_read(cntv_ctl_el0) | 2);
        vcpu_upcall(cpu, t, (uint64_t)EC_PPI << 26 | ppi, 0);
        isb(); // the line is down before the end of the interrupt
    }
    kernel_unlock(cpu);
}

static void handle_irq(struct cpu *cpu, uint32_t ack)
{
    unsigned intid = ack & 0xffffff;
    struct thread *t = cpu->current;
    if (intid < 16) {
        gic->eoi(ack);
        cpu->need_resched = true;
        if (!cpu->timer_set)
            sched_arm_timer(cpu);
    } else if (intid == vtimer_irq) {
        if (cpu->guest_loaded && guest_vtimer_hit(cpu, t)) {
            gic->drop(ack);
            return;
        }
        if (cpu->guest_loaded)
            irq_upcall(cpu, t, PPI_VTIMER);
        gic->eoi(ack);
    } else if (intid == vgic_maintenance_irq) {
        if (cpu->guest_loaded)
            irq_upcall(cpu, t, PPI_MAINTENANCE);
        gic->eoi(ack);
    } else if (intid == timer_irq) {
        sched_tick(cpu);
        gic->eoi(ack);
        kernel_unlock(cpu);
    } else {
        if (!kernel_holds(cpu, icu_reach(intid)))
            kernel_lock_exclusive(cpu, ENTRY_IRQ);
        icu_hit(intid, ack);
        kernel_unlock(cpu);
    }
}

void irq_poll(struct cpu *cpu)
{
    for (;;) {
        uint32_t ack = gic->ack();
        if ((ack & 0xffffff) >= 1020)
            return;
        handle_irq(cpu, ack);
    }
}

void exception_irq(struct cpu *cpu)
{
    if (cpu_lock(cpu, ENTRY_IRQ))
        take_pstate(cpu);
    irq_poll(cpu);
    if (object_reap_pending())
        kernel_lock_exclusive(cpu, ENTRY_IRQ);
    if (cpu->exclusive || cpu->need_resched || !cpu->current || cpu->current->state != THREAD_READY)
        exception_finish(cpu);
}

void exception_serror(struct cpu *cpu, uint64_t esr)
{
    debug_print("CPU%u: SError, syndrome %lx, pc %lx\n", cpu->id, esr, cpu->frame->pc);
    if (!cpu_lock(cpu, ENTRY_FAULT)) {
        exception_finish(cpu);
        return;
    }
    struct thread *t = cpu->current;
    if (t->vcpu.user_mode) {
        vcpu_exit_locked(cpu, t, esr);
        return;
    }
    if (kernel_lock_exclusive(cpu, ENTRY_FAULT))
        ipc_exception(t, esr, 0);
    exception_finish(cpu);
}

void kernel_panic_fault(struct cpu *cpu, uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp, uint64_t lr)
{
    debug_print("\nKERNEL FAULT on CPU%u: syndrome %lx, pc %lx, address %lx, sp %lx, lr %lx\n", cpu->id, esr, elr,
                far, sp, lr);
    debug_print("current thread %p\n", (void *)cpu->current);
    for (;;)
        asm volatile("wfe");
}
