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
    else if (!cpu->ticking)
        cpu->need_resched = true; // its turn comes later, and needs time slices then: no hurry
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
}

// Nothing to run: waits for an interrupt without holding any lock.
static void idle(struct cpu *cpu)
{
    kernel_unlock(cpu);
    __atomic_store_n(&cpu->lock, 0, __ATOMIC_RELEASE);
    wfi();
    cpu_lock(cpu, ENTRY_IRQ);
    irq_poll(cpu);
}

static bool others_wait(struct cpu const *cpu)
{
    return cpu->ready_map[0] | cpu->ready_map[1] | cpu->ready_map[2] | cpu->ready_map[3];
}

// Time slices end only while threads wait in the queue: a CPU with one thread, or none, is left in peace.
static void keep_ticking(struct cpu *cpu)
{
    if (cpu->ticking || !others_wait(cpu))
        return;
    cpu->ticking = true;
    cpu->slice_end = timer_now() + timer_us_to_ticks(SLICE_US);
    if (cpu->slice_end < cpu->timer_set)
        sched_arm_timer(cpu);
}

static void choose(struct cpu *cpu)
{
    bool yielded = cpu->yielded;
    cpu->yielded = false;
    for (;;) {
        cpu->need_resched = false;
        struct thread *cur = cpu->current, *best = sched_best(cpu);
        bool runnable = cur && cur->state == THREAD_READY;
        if (runnable && (!best || best->eff_prio < cur->eff_prio))
            return;
        if (best && !cpu->exclusive && context_needs_exclusive(best)) {
            if (cur && !runnable)
                sched_switch(cpu, 0); // others may end its wait meanwhile: its registers are to be saved
            kernel_lock_exclusive(cpu, ENTRY_IRQ);
            continue;
        }
        if (best) {
            sched_dequeue(best);
            if (runnable)
                sched_enqueue(cur, !yielded);
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

void sched_run(struct cpu *cpu)
{
    choose(cpu);
    keep_ticking(cpu);
}

void sched_yield(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    if (t && sched_best_prio(cpu) >= t->eff_prio)
        cpu->yielded = cpu->need_resched = true;
}

void sched_arm_timer(struct cpu *cpu)
{
    if (cpu != this_cpu()) {
        cpu_kick(cpu); // it programs its own timer on the way
        cpu->timer_set = 0;
        return;
    }
    uint64_t when = cpu->ticking ? cpu->slice_end : ~0ull;
    if (cpu->timeouts && cpu->timeouts->when < when)
        when = cpu->timeouts->when;
    cpu->timer_set = when;
    timer_set(when);
}

static void expire_timeouts(struct cpu *cpu, uint64_t now)
{
    struct timeout *first;
    while ((first = cpu->timeouts) && first->when <= now) {
        struct thread *t = (struct thread *)((char *)first - offsetof(struct thread, timeout));
        if (!kernel_holds(cpu, ipc_timeout_reach(t))) {
            kernel_lock_exclusive(cpu, ENTRY_IRQ);
            continue; // it may have ended meanwhile
        }
        ipc_timeout(t);
    }
}

void sched_tick(struct cpu *cpu)
{
    uint64_t now = timer_now();
    expire_timeouts(cpu, now);
    if (cpu->ticking && cpu->slice_end <= now) {
        cpu->ticking = others_wait(cpu);
        cpu->slice_end = now + timer_us_to_ticks(SLICE_US);
        struct thread *cur = cpu->current;
        if (cur && cur->state == THREAD_READY)
            sched_yield(cpu);
    }
    sched_arm_timer(cpu);
}
