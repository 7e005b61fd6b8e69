// SPDX-License-Identifier: MIT
// The end of a kernel entry.
#include <arch/exception.h>
#include <arch/vcpu.h>
#include <arch/vcpu_area.h>
#include "ipc/ipc.h"
#include "lock/lock_set.h"
#include "object/thread.h"
#include "preempt/work.h"
#include "sched/sched.h"

static inline bool goes_on(struct cpu const *cpu)
{
    struct thread const *t = cpu->current;
    if (L4_UNLIKELY(cpu->attention) || L4_UNLIKELY(!t))
        return false;
    if (L4_LIKELY(t->condition == THREAD_READY))
        return true;
    return t->state == THREAD_READY && !t->raise_exception;
}

void exception_raise(struct cpu *cpu, struct thread *t, uint64_t esr, uint64_t address)
{
    if (t->vcpu.area && (vcpu_area(t)->state & L4_VCPU_F_EXCEPTIONS))
        vcpu_upcall(cpu, t, esr, address);
    else
        ipc_exception(t, esr, address);
}

static __attribute__((noinline)) void send_raised(struct cpu *cpu, struct thread *t)
{
    if (!locks_held(cpu, LOCKS_ALL)) {
        global_lock_anew(cpu);
        return; // the thread may be elsewhere now
    }
    uint64_t esr = thread_take_raised(t);
    exception_raise(cpu, t, esr, t->regs.pfa);
}

// The local lock suffices for the choice. An exception to be sent may make it another one.
static __attribute__((noinline)) void finish_slow(struct cpu *cpu)
{
    while (!goes_on(cpu)) {
        struct thread *t = cpu->current;
        if (cpu->work_due) {
            work_now(cpu);
        } else if (t && t->state == THREAD_READY && !cpu->need_resched) {
            send_raised(cpu, t);
        } else {
            locks_drop(cpu);
            sched_run(cpu);
        }
    }
    locks_drop(cpu);
}

void exception_finish(struct cpu *cpu)
{
    if (L4_LIKELY(goes_on(cpu)))
        locks_drop(cpu);
    else
        finish_slow(cpu);
}
