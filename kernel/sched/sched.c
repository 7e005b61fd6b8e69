// SPDX-License-Identifier: MIT
#include "sched/sched.h"
#include "arch/arm64/context.h"
#include "arch/arm64/exception.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/timer.h"
#include "ipc/ipc.h"

void sched_enqueue(struct thread *t, bool head)
{
    struct cpu *cpu = t->cpu;
    unsigned p = t->eff_prio;
    struct thread *first = cpu->ready[p];
    if (t->queued)
        return;
    t->queued = true;
    if (!first) {
        t->ready_next = t->ready_prev = t;
        cpu->ready[p] = t;
        cpu->ready_map[p >> 6] |= 1ull << (p & 63);
        return;
    }
    t->ready_next = first;
    t->ready_prev = first->ready_prev;
    first->ready_prev->ready_next = t;
    first->ready_prev = t;
    if (head)
        cpu->ready[p] = t;
}

void sched_dequeue(struct thread *t)
{
    struct cpu *cpu = t->cpu;
    unsigned p = t->eff_prio;
    if (!t->queued)
        return;
    t->queued = false;
    if (t->ready_next == t) {
        cpu->ready[p] = 0;
        cpu->ready_map[p >> 6] &= ~(1ull << (p & 63));
    } else {
        t->ready_prev->ready_next = t->ready_next;
        t->ready_next->ready_prev = t->ready_prev;
        if (cpu->ready[p] == t)
            cpu->ready[p] = t->ready_next;
    }
    t->ready_next = t->ready_prev = 0;
}

int sched_best_prio(struct cpu const *cpu)
{
    for (int w = 3; w >= 0; w--)
        if (cpu->ready_map[w])
            return w * 64 + 63 - __builtin_clzll(cpu->ready_map[w]);
    return -1;
}

struct thread *sched_best(struct cpu *cpu)
{
    int p = sched_best_prio(cpu);
    return p < 0 ? 0 : cpu->ready[p];
}

void sched_undonate(struct thread *t)
{
    if (!t->donated)
        return;
    bool queued = t->queued;
    if (queued)
        sched_dequeue(t);
    t->donated = false;
    t->eff_prio = t->prio;
    if (queued)
        sched_enqueue(t, true);
}

void sched_wake(struct thread *t)
{
    struct cpu *cpu = t->cpu;
    if (t == cpu->current)
        return;
    sched_enqueue(t, true);
    struct thread *cur = cpu->current;
    if (!cur || cur->state != THREAD_READY || cur->eff_prio <= t->eff_prio)
        cpu_kick(cpu);
}

static void account(struct cpu *cpu)
{
    uint64_t now = timer_now();
    if (cpu->current)
        cpu->current->consumed += now - cpu->switched_at;
    else
        cpu->idle_ticks += now - cpu->switched_at;
    cpu->switched_at = now;
}

void sched_switch(struct cpu *cpu, struct thread *t)
{
    account(cpu);
    if (cpu->current)
        context_leave(cpu, cpu->current);
    cpu->current = t;
    if (!t) {
        context_idle(cpu);
        return;
    }
    context_enter(cpu, t);
    if (t->raise_exception)
        cpu->need_resched = true; // it must not reach user mode before that is sent
}

// Nothing to run: waits for an interrupt without holding any lock.
static void idle(struct cpu *cpu)
{
    if (cpu->exclusive) {
        cpu->exclusive = 1;
        kernel_unlock_exclusive(cpu);
    }
    __atomic_store_n(&cpu->lock, 0, __ATOMIC_RELEASE);
    wfi();
    cpu_lock(cpu, ENTRY_IRQ);
    irq_poll(cpu);
}

void sched_run(struct cpu *cpu)
{
    for (;;) {
        cpu->need_resched = false;
        struct thread *cur = cpu->current, *best = sched_best(cpu);
        bool runnable = cur && cur->state == THREAD_READY;
        if (runnable && (!best || best->eff_prio < cur->eff_prio))
            return;
        if (best && !cpu->exclusive && context_needs_exclusive(best)) {
            kernel_lock_exclusive(cpu, ENTRY_IRQ);
            continue;
        }
        if (best) {
            sched_dequeue(best);
            if (runnable)
                sched_enqueue(cur, true);
            sched_switch(cpu, best);
            return;
        }
        if (cur)
            sched_switch(cpu, 0);
        if (object_reap_pending()) { // what was stopped at a preemption point goes on
            if (!cpu->exclusive)
                kernel_lock_exclusive(cpu, ENTRY_IRQ);
            if (object_reap())
                continue;
        }
        idle(cpu);
    }
}

void sched_yield(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    struct thread *best = sched_best(cpu);
    if (!t || !best || best->eff_prio < t->eff_prio)
        return;
    sched_dequeue(best);
    sched_enqueue(t, false);
    sched_switch(cpu, best);
}

void sched_arm_timer(struct cpu *cpu)
{
    if (cpu != this_cpu()) {
        cpu_kick(cpu); // it programs its own timer on the way
        cpu->timer_set = 0;
        return;
    }
    uint64_t when = cpu->slice_end;
    if (cpu->timeouts && cpu->timeouts->when < when)
        when = cpu->timeouts->when;
    cpu->timer_set = when;
    timer_set(when);
}

void sched_tick(struct cpu *cpu)
{
    uint64_t now = timer_now();
    while (cpu->timeouts && cpu->timeouts->when <= now) {
        struct timeout *t = cpu->timeouts;
        ipc_timeout((struct thread *)((char *)t - offsetof(struct thread, timeout)));
    }
    if (cpu->slice_end <= now) {
        struct thread *cur = cpu->current;
        cpu->slice_end = now + timer_us_to_ticks(SLICE_US);
        if (cur && cur->state == THREAD_READY)
            sched_yield(cpu);
    }
    sched_arm_timer(cpu);
}
