// SPDX-License-Identifier: MIT
#include "sched/sched.h"
#include "arch/arm64/context.h"
#include "arch/arm64/exception.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/timer.h"
#include "ipc/ipc.h"
#include "lock/cross_call.h"
#include "lock/lock_set.h"
#include "sched/reaper.h"

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
        cpu->ready_words |= 1u << (p >> 6);
        return;
    }
    bool reaping = head && first == &cpu->reaper; // nobody passes it
    struct thread *next = reaping ? first->ready_next : first;
    t->ready_next = next;
    t->ready_prev = next->ready_prev;
    next->ready_prev->ready_next = t;
    next->ready_prev = t;
    if (head && !reaping)
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
        if (!cpu->ready_map[p >> 6])
            cpu->ready_words &= ~(1u << (p >> 6));
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
    if (!cpu->ready_words)
        return -1;
    int w = 31 - __builtin_clz(cpu->ready_words);
    return w * 64 + 63 - __builtin_clzll(cpu->ready_map[w]);
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
    uint64_t now = timer_stamp();
    if (cpu->current)
        cpu->current->consumed += now - cpu->switched_at;
    else if (!cpu->reaping)
        cpu->idle_ticks += now - cpu->switched_at;
    cpu->reaping = false;
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
    if (cpu->reaping)
        account(cpu);
    locks_drop(cpu);
    local_unlock(cpu);
    wfi();
    local_lock_anew(cpu);
    irq_take(cpu);
}

// Time slices end only while threads wait in the queue: a CPU with one thread, or none, is left in peace.
static void keep_ticking(struct cpu *cpu)
{
    if (cpu->ticking || !cpu->ready_words)
        return;
    cpu->ticking = true;
    cpu->slice_end = timer_now() + timer_us_to_ticks(SLICE_US);
    if (cpu->slice_end < cpu->timer_set)
        sched_arm_timer(cpu);
}

// One choice; false when it takes more than a switch: other CPUs' locks, the reaper's work, or waiting.
static inline bool choose(struct cpu *cpu)
{
    bool yielded = cpu->yielded;
    cpu->need_resched = false;
    struct thread *cur = cpu->current, *best = sched_best(cpu);
    bool runnable = cur && cur->state == THREAD_READY;
    if (runnable && (!best || best->eff_prio < cur->eff_prio)) {
        cpu->yielded = false;
        return true;
    }
    if (!best || (context_needs_global_lock(best) && (best == &cpu->reaper || !locks_held(cpu, LOCKS_ALL))))
        return false;
    cpu->yielded = false;
    sched_dequeue(best);
    if (runnable)
        sched_enqueue(cur, !yielded);
    sched_switch(cpu, best);
    return true;
}

static __attribute__((noinline)) void choose_or_wait(struct cpu *cpu)
{
    do {
        struct thread *cur = cpu->current;
        if (cur && cur->state != THREAD_READY)
            sched_switch(cpu, 0); // others may end its wait meanwhile: its registers are to be saved
        struct thread *best = sched_best(cpu);
        if (best == &cpu->reaper) {
            reaper_run(cpu);
        } else if (best) {
            global_lock_anew(cpu);
        } else {
            idle(cpu);
        }
    } while (!choose(cpu));
}

void sched_run(struct cpu *cpu)
{
    if (!choose(cpu))
        choose_or_wait(cpu);
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
    if (cpu->timeouts && cpu->timeouts->timeout.when < when)
        when = cpu->timeouts->timeout.when;
    cpu->timer_set = when;
    timer_set(when);
}

static void expire_timeouts(struct cpu *cpu, uint64_t now)
{
    struct thread *t;
    while ((t = cpu->timeouts) && t->timeout.when <= now) {
        if (!locks_held(cpu, ipc_timeout_locks(t))) {
            global_lock_anew(cpu);
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
        cpu->ticking = cpu->ready_words != 0;
        cpu->slice_end = now + timer_us_to_ticks(SLICE_US);
        struct thread *cur = cpu->current;
        if (cur && cur->state == THREAD_READY)
            sched_yield(cpu);
    }
    sched_arm_timer(cpu);
}
