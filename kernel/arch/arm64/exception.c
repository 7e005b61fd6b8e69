// SPDX-License-Identifier: MIT
#include <arch/exception.h>
#include <arch/context.h>
#include <arch/gic.h>
#include <arch/guest.h>
#include "arch/arm64/guest_fast.h"
#include "arch/arm64/syndrome.h"
#include <arch/kernel_map.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <arch/vcpu.h>
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "debug/console.h"
#include "debug/print.h"
#include "ipc/ipc.h"
#include "lock/lock_set.h"
#include "preempt/progress.h"
#include "object/icu.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"

// So marked are paths that keep registers for themselves: the usual one before them needs no stack then.
#define NOINLINE __attribute__((noinline))

static __attribute__((noinline)) void sigma0_fault(struct thread *t, uint64_t far)
{
    uint64_t base = far & L4_SUPERPAGEMASK;
    struct mem_mapping m = {.src = t->task, .dst = t->task, .src_addr = base, .dst_addr = base,
                            .order = L4_SUPERPAGESHIFT, .rights = MEM_RWX, .type = MEM_NORMAL};
    mem_map(&m, 0);
    if (mem_lookup(t->task, far, 0) == ~0ull) { // what there is around it does not help
        log_print("sigma0: page fault at %lx, pc %lx: no memory there\n", far, t->regs.pc);
        thread_kill(t);
    }
}

static inline bool fast_fault(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    t->regs.err = esr;
    t->regs.pfa = far;
    return ipc_fast_fault(cpu, t, fault_word(esr, far));
}

static void user_fault(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    t->regs.err = esr;
    t->regs.pfa = far;
    bool page_fault = is_page_fault(esr);
    if (t->vcpu.area && (vcpu_area(t)->state & (page_fault ? L4_VCPU_F_PAGE_FAULTS : L4_VCPU_F_EXCEPTIONS))) {
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

static enum cpu_entry entry_of(uint64_t esr)
{
    return is_call(esr) ? ENTRY_SYSCALL : syndrome_class(esr) == EC_SERROR ? ENTRY_SERROR : ENTRY_FAULT;
}

// Guest (or user task) of a vCPU leaves for its handler.
static void vcpu_exit(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    uint64_t pfa = 0;
    if (is_abort(esr))
        pfa = cpu->guest_loaded ? guest_fault_ipa(esr) : sysreg_read(far_el2);
    if (is_call(esr))
        vcpu_area(t)->r.pc -= instruction_bytes(esr);
    vcpu_upcall(cpu, t, esr, pfa);
}

// Whether the vCPU can go to its handler without a new VMID, which takes the global lock.
static inline bool handler_current(struct thread const *t)
{
    return vmid_valid(&t->task->space);
}

static void vcpu_exit_locked(struct cpu *cpu, struct thread *t, uint64_t esr)
{
    if (L4_LIKELY(handler_current(t))) {
        vcpu_exit(cpu, t, esr);
        return;
    }
    if (global_lock(cpu, entry_of(esr)))
        vcpu_exit(cpu, t, esr);
    exception_finish(cpu);
}

static NOINLINE void alien_exception(struct cpu *cpu, struct thread *t)
{
    if (global_lock(cpu, ENTRY_SYSCALL)) {
        t->regs.pc -= 4;
        ipc_exception(t, (uint64_t)EC_SVC64 << L4_ESR_EC_SHIFT | ESR_IL, 0);
    }
    exception_finish(cpu);
}

// System call of a thread that the fast path does not know: a vCPU, an alien, ...
static NOINLINE void syscall_special(struct cpu *cpu, struct thread *t)
{
    if (t->vcpu.user_mode) { // not its own: its user task's
        vcpu_exit_locked(cpu, t, sysreg_read(esr_el2));
    } else if (L4_UNLIKELY(t->alien || t->raise_exception)) {
        if (t->alien && !t->alien_pass)
            alien_exception(cpu, t);
        else
            syscall_general(cpu, t);
    } else if (!guest_resume_fast(cpu, t)) {
        ipc_fast(cpu, t);
    }
}

static inline void syscall_locked(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    if (L4_UNLIKELY(t->slow))
        syscall_special(cpu, t);
    else
        ipc_fast(cpu, t);
}

static NOINLINE void syscall_contended(struct cpu *cpu)
{
    if (local_lock_contended(cpu, ENTRY_SYSCALL))
        syscall_locked(cpu);
    else
        exception_finish(cpu);
}

__attribute__((flatten)) void exception_syscall(struct cpu *cpu)
{
    if (local_lock_try(cpu))
        syscall_locked(cpu);
    else
        syscall_contended(cpu);
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
    if (t->vcpu.user_mode && !(vcpu_area(t)->state & L4_VCPU_F_FPU_ENABLED))
        return false;
    if (t->fpu)
        return fpu_switch(cpu, t);
    global_lock_anew(cpu);
    bool ok = cpu->current != t || fpu_switch(cpu, t);
    locks_drop(cpu);
    return ok;
}

static NOINLINE void sync_locked(struct cpu *cpu, uint64_t esr)
{
    struct thread *t = cpu->current;
    if (syndrome_class(esr) == EC_FP && fpu_trapped(cpu, t)) {
        take_pstate(cpu);
        if (cpu->current != t || cpu->need_resched)
            exception_finish(cpu);
        return;
    }
    if (L4_LIKELY(t->vcpu.user_mode)) {
        vcpu_exit_locked(cpu, t, esr);
        return;
    }
    if (is_page_fault(esr) && fast_fault(cpu, t, esr))
        return;
    if (global_lock(cpu, ENTRY_FAULT))
        user_fault(cpu, t, esr);
    exception_finish(cpu);
}

static NOINLINE void sync_contended(struct cpu *cpu, uint64_t esr)
{
    if (local_lock_contended(cpu, entry_of(esr)))
        sync_locked(cpu, esr);
    else
        exception_finish(cpu);
}

static NOINLINE void sysreg_read_exit(struct cpu *cpu, uint64_t esr)
{
    if (!guest_exit_fast(cpu, cpu->current, esr))
        sync_locked(cpu, esr);
}

// A guest reads a system register.
static NOINLINE void sysreg_read_trapped(struct cpu *cpu, uint64_t esr)
{
    if (!guest_answer_read(cpu->current, esr))
        sysreg_read_exit(cpu, esr);
}

__attribute__((flatten)) void exception_sync(struct cpu *cpu, uint64_t esr)
{
    if (L4_UNLIKELY(!local_lock_try(cpu)))
        sync_contended(cpu, esr);
    else if (is_sysreg_read(esr) && cpu->guest_exit)
        sysreg_read_trapped(cpu, esr);
    else if (!cpu->guest_exit || !guest_exit_fast(cpu, cpu->current, esr))
        sync_locked(cpu, esr);
}

enum { PPI_MAINTENANCE, PPI_VTIMER }; // immediate of an upcall with L4_EC_VIRTUAL_PPI

// The guest leaves for its handler because of an interrupt of its virtual devices. When it is taken from this CPU
// while that waits for the lock, the line comes up again with the guest.
static void irq_upcall(struct cpu *cpu, struct thread *t, unsigned ppi)
{
    if (L4_LIKELY(handler_current(t)) || global_lock(cpu, ENTRY_IRQ)) {
        if (ppi == PPI_VTIMER) // the VMM takes the mask away
            sysreg_write_mem(cntv_ctl_el0, sysreg_read(cntv_ctl_el0) | 2);
        vcpu_upcall(cpu, t, (uint64_t)L4_EC_VIRTUAL_PPI << L4_ESR_EC_SHIFT | ppi, 0);
        isb(); // the line is down before the end of the interrupt
    }
    locks_drop(cpu);
}

static NOINLINE void handle_irq(struct cpu *cpu, uint32_t ack)
{
    unsigned intid = ack & 0xffffff;
    struct thread *t = cpu->current;
    if (intid < 16) {
        gic->eoi(ack);
        cpu->need_resched = true;
        if (!cpu->timer_set)
            sched_arm_timer(cpu);
    } else if (intid == vtimer_irq) {
        if (cpu->guest_loaded)
            irq_upcall(cpu, t, PPI_VTIMER);
        gic->eoi(ack);
    } else if (intid == vgic_maintenance_irq) {
        if (cpu->guest_loaded && t->vcpu.el1->vgic_loaded) {
            irq_upcall(cpu, t, PPI_MAINTENANCE);
        } else { // nobody else would ever take the line down
            vgic->quench(cpu->vgic);
            isb();
        }
        gic->eoi(ack);
    } else if (intid == timer_irq) {
        sched_tick(cpu);
        gic->eoi(ack);
        locks_drop(cpu);
        console_tick();
    } else {
        bool upcall = t && t->vcpu.user_mode; // perhaps: the message may be for it
        if ((upcall && !handler_current(t)) || !locks_held(cpu, icu_locks(intid)))
            global_lock_anew(cpu);
        icu_handle(intid, ack);
        locks_drop(cpu);
    }
}

void irq_take(struct cpu *cpu)
{
    uint32_t ack = gic->ack();
    unsigned intid = ack & 0xffffff;
    if (intid >= 1020)
        return;
    if (intid == vtimer_irq && cpu->guest_loaded && guest_vtimer_hit(cpu, cpu->current))
        gic->drop(ack); // the guest's end of interrupt ends it
    else
        handle_irq(cpu, ack);
}

void exception_irq(struct cpu *cpu)
{
    if (local_lock(cpu, ENTRY_IRQ))
        take_pstate(cpu);
    irq_take(cpu);
    exception_finish(cpu);
}

// It is the current thread's or its guest's: those who ran before left none behind (kernel-abi 4.19). Nothing repeats it: a
// thread that is taken away meanwhile takes it along (cross_call.c).
void exception_serror(struct cpu *cpu, uint64_t esr)
{
    cpu->serror = esr;
    if (!local_lock(cpu, ENTRY_SERROR)) {
        exception_finish(cpu);
        return;
    }
    struct thread *t = cpu->current;
    if (t->vcpu.user_mode) {
        vcpu_exit_locked(cpu, t, esr);
        return;
    }
    if (global_lock(cpu, ENTRY_SERROR))
        exception_raise(cpu, t, esr, 0);
    exception_finish(cpu);
}

void kernel_panic_fault(struct cpu *cpu, uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp, uint64_t lr)
{
    static bool reported[MAX_CPUS];
    if (reported[cpu->id]) // the report itself failed
        for (;;)
            asm volatile("wfe");
    reported[cpu->id] = true;
    console_flush();
    if (kernel_map_below_stack(cpu->id, far))
        debug_print("\nKERNEL STACK OVERFLOW on CPU%u", cpu->id);
    debug_print("\nKERNEL FAULT on CPU%u: syndrome %lx, pc %lx, address %lx, sp %lx, lr %lx\n", cpu->id, esr, elr,
                far, sp, lr);
    debug_print("current thread %p\n", (void *)cpu->current);
    for (;;)
        asm volatile("wfe");
}
