// SPDX-License-Identifier: MIT
// What a CPU does next.
//
//   kernel entry (SVC, fault, interrupt)
//        |  local lock; more locks if what is done needs them
//        v
//   exception_finish(): current is READY, nothing more urgent is there, no work was deferred? --yes--> kernel_leave
//        | no
//        v
//   choose(): the first of the highest priority in the run queue
//        |-- the current thread ------------------------------------------------> goes on
//        |-- another thread: sched_switch() ------------------------------------> kernel_leave
//        |-- the kernel's own work (preempt/work.h), or expired timeouts: a step of it, then choose() again
//        `-- nothing: idle(), no lock held, until an interrupt comes; then choose() again
//
// A thread's time slice is an amount of time that it has run. Who has something left of it when woken comes before others of
// its priority; whose is used up goes behind them and gets a new one: nobody gets more by waiting at the right moments, and
// who sleeps a lot is quick.
//
// Others may have put a thread into the queue (sched_wake) and set need_resched (cpu_kick) before they give up the CPU's lock.
#include "sched/sched.h"
#include <arch/context.h>
#include <arch/exception.h>
#include <arch/gic.h>
#include <arch/smp.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <arch/vcpu.h>
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "lock/cross_call.h"
#include "lock/held.h"
#include "lock/lock_set.h"

enum { MAX_CHARGED = 8 }; // callers that wait for each other, and so for the current thread

static void run_expired(struct cpu *cpu);

void sched_cpu_init(struct cpu *cpu)
{
    cpu->timeouts.entry.work = run_expired;
    work_init(cpu);
}

// What was used beyond the last slice is of this one, unless nobody waited for very long.
static void slice_begin(struct thread *t)
{
    uint64_t length = timer_us_to_ticks(SLICE_US);
    t->slice += length;
    if (slice_spent(t))
        t->slice = t->consumed + length;
    assert(!slice_spent(t));
}

bool sched_enqueue(struct thread *t, bool head)
{
    assert(local_lock_held(t->cpu) && t->state == THREAD_READY && t->task && t != t->cpu->current);
    if (slice_spent(t)) {
        slice_begin(t);
        head = false;
    }
    run_enqueue(&t->cpu->ready, &t->run, head);
    return head;
}

void sched_dequeue(struct thread *t)
{
    assert(local_lock_held(t->cpu));
    run_dequeue(&t->cpu->ready, &t->run);
}

void sched_set_prio(struct thread *t, unsigned prio, bool head)
{
    assert(local_lock_held(t->cpu) && prio <= PRIO_MAX);
    bool queued = t->run.queued, timed = t->timed;
    if (queued)
        sched_dequeue(t);
    if (timed)
        timeout_stop(t);
    t->run.prio = (uint8_t)prio;
    if (timed)
        timeout_start(t, t->timeout.when);
    if (queued)
        sched_enqueue(t, head);
}

void sched_undonate(struct thread *t)
{
    if (!t->donated)
        return;
    t->donated = false;
    sched_set_prio(t, t->prio, true);
    if (t->state == THREAD_READY)
        cpu_kick(t->cpu); // others may come first now
}

void sched_preempt(struct cpu *cpu, unsigned prio, bool head)
{
    assert(local_lock_held(cpu));
    struct thread const *cur = cpu->current;
    bool runnable = cur && cur->state == THREAD_READY;
    if (runnable && head && cur->run.prio == prio)
        cpu->passed = true;
    if (!runnable || cur->run.prio < prio || cpu->passed || (cur->run.prio == prio && !cpu->ticking))
        cpu_kick(cpu);
    else if (!cpu->ticking)
        cpu->need_resched = true; // its turn comes when `cur` waits, and may need time slices then: no hurry
}

void sched_wake(struct thread *t)
{
    struct cpu *cpu = t->cpu;
    assert(local_lock_held(cpu) && t->state == THREAD_READY);
    if (t == cpu->current)
        return;
    bool head = sched_enqueue(t, true);
    sched_preempt(cpu, t->run.prio, head);
}

static void account(struct cpu *cpu)
{
    uint64_t now = timer_stamp();
    if (cpu->current)
        cpu->current->consumed += now - cpu->switched_at;
    else if (!cpu->working)
        cpu->idle_ticks += now - cpu->switched_at;
    cpu->working = false;
    cpu->switched_at = now;
}

void sched_switch(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && local_lock_held(cpu));
    assert(!t || (t != cpu->current && t->cpu == cpu && t->state == THREAD_READY && !t->run.queued));
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

// The current thread could go on, but `next` comes first, or the kernel's own work.
static inline void preempt(struct cpu *cpu, struct thread *next, bool yielded)
{
    struct thread *t = cpu->current;
    sched_switch(cpu, next);
    sched_enqueue(t, !yielded);
    if (L4_UNLIKELY(t->vcpu.user_mode))
        vcpu_preempted(t);
}

void sched_leave(struct cpu *cpu)
{
    assert(cpu == this_cpu() && local_lock_held(cpu));
    assert(!cpu->current || cpu->current->state == THREAD_READY);
    if (cpu->current) // and it is not more urgent
        preempt(cpu, 0, cpu->yielded);
    if (!cpu->working)
        account(cpu);
    cpu->yielded = cpu->passed = false;
    cpu->working = true;
}

// Nothing to run: waits for an interrupt without holding any lock.
static void idle(struct cpu *cpu)
{
    assert(!cpu->current && !cpu->ready.words && !run_best(&cpu->work.queue) && !cpu->work_due);
    if (cpu->working)
        account(cpu);
    locks_drop(cpu);
    local_unlock(cpu);
    wfi();
    local_lock_anew(cpu);
    irq_take(cpu);
}

// When the slice of the current thread will be used up, if it goes on.
static uint64_t slice_end(struct cpu *cpu, uint64_t now)
{
    struct thread const *t = cpu->current;
    if (!t)
        return now + timer_us_to_ticks(SLICE_US);
    uint64_t used = t->consumed + now - cpu->switched_at;
    return now + (t->slice > used ? t->slice - used : 0);
}

// Time slices are looked at only while threads wait in the queue: a CPU with one thread, or none, is left in peace.
static void keep_ticking(struct cpu *cpu)
{
    if (cpu->ticking || !cpu->ready.words)
        return;
    cpu->ticking = true;
    cpu->slice_end = slice_end(cpu, timer_now());
    if (cpu->slice_end < cpu->timer_set)
        sched_arm_timer(cpu);
}

// The current thread stays. False: it cannot without the global lock.
static inline bool goes_on(struct cpu *cpu, struct thread *t)
{
    cpu->yielded = cpu->passed = false;
    if (!t->vcpu.user_mode || !t->senders.first)
        return true;
    if (!locks_held(cpu, LOCKS_ALL) && context_needs_global_lock(t)) {
        preempt(cpu, NULL, false);
        return false;
    }
    ipc_vcpu_interrupt(t);
    return true;
}

// Does the current thread, which can run, go before what is in the queue?
static inline bool stays_first(struct cpu const *cpu, struct thread const *cur, struct run_entry const *best)
{
    if (!best || best->prio != cur->run.prio)
        return !best || best->prio < cur->run.prio;
    return !best->work && !cpu->yielded && !cpu->passed;
}

// One choice; false when it takes more than a switch: other CPUs' locks, the kernel's own work, or waiting.
static inline bool choose(struct cpu *cpu)
{
    bool yielded = cpu->yielded;
    cpu->need_resched = false;
    struct thread *cur = cpu->current;
    struct run_entry *best = run_best(&cpu->ready);
    bool runnable = cur && cur->state == THREAD_READY;
    if (runnable && stays_first(cpu, cur, best))
        return goes_on(cpu, cur);
    if (!best || best->work)
        return false;
    struct thread *next = thread_of_run(best);
    assert(next != cur && next->state == THREAD_READY && next->cpu == cpu);
    if (!locks_held(cpu, LOCKS_ALL) && context_needs_global_lock(next))
        return false;
    cpu->yielded = cpu->passed = false;
    sched_dequeue(next);
    if (L4_UNLIKELY(next->vcpu.user_mode))
        ipc_vcpu_interrupt(next);
    if (runnable)
        preempt(cpu, next, yielded);
    else
        sched_switch(cpu, next);
    return true;
}

static __attribute__((noinline)) void choose_or_wait(struct cpu *cpu)
{
    do {
        struct thread *cur = cpu->current;
        if (cur && cur->state != THREAD_READY)
            sched_switch(cpu, 0); // others may end its wait meanwhile: its registers are to be saved
        struct run_entry *best = run_best(&cpu->ready);
        if (!best) {
            idle(cpu);
        } else if (best->work) {
            best->work(cpu);
            irq_take(cpu);
        } else {
            global_lock_anew(cpu);
        }
    } while (!choose(cpu));
}

void sched_run(struct cpu *cpu)
{
    if (!choose(cpu))
        choose_or_wait(cpu);
    keep_ticking(cpu);
}

void sched_yield_current(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    if (t && run_best_prio(&cpu->ready) >= t->run.prio)
        cpu->yielded = cpu->need_resched = true;
}

void sched_arm_timer(struct cpu *cpu)
{
    if (cpu != this_cpu()) {
        cpu_kick(cpu); // it programs its own timer on the way
        cpu->timer_set = 0;
        return;
    }
    struct run_entry const *e = &cpu->timeouts.entry;
    uint64_t when = cpu->ticking ? cpu->slice_end : ~0ull;
    uint64_t first = timeout_earliest(&cpu->timeouts, e->queued ? e->prio : -1);
    if (first < when)
        when = first;
    cpu->timer_set = when;
    timer_set(when);
}

// Ends the wait of the thread whose timeout has expired and is the most urgent one of these.
static void expire(struct cpu *cpu, uint64_t now)
{
    struct thread *t = timeout_expired(&cpu->timeouts, now);
    if (t && !locks_held(cpu, ipc_timeout_locks(t))) {
        global_lock_anew(cpu);
        t = timeout_expired(&cpu->timeouts, now); // it may have ended meanwhile
    }
    if (!t)
        return;
    assert(t->cpu == cpu && t->timed && t->timeout.prio == t->run.prio);
    assert(t->state == THREAD_SENDING || t->state == THREAD_RECEIVING || t->state == THREAD_BLOCKED);
    ipc_timeout(t);
}

// What has expired and is still to be done waits for its turn.
static void leave_expired(struct cpu *cpu, uint64_t now)
{
    struct run_entry *e = &cpu->timeouts.entry;
    struct thread const *t = timeout_expired(&cpu->timeouts, now);
    run_dequeue(&cpu->ready, e);
    if (!t)
        return;
    e->prio = t->timeout.prio;
    run_enqueue(&cpu->ready, e, true);
    sched_preempt(cpu, e->prio, true);
}

static void run_expired(struct cpu *cpu)
{
    uint64_t now = timer_now();
    sched_leave(cpu);
    expire(cpu, now);
    leave_expired(cpu, now);
    sched_arm_timer(cpu);
    locks_yield(cpu);
}

// One at once, if it is more urgent than what runs.
static void expire_timeouts(struct cpu *cpu, uint64_t now)
{
    struct thread const *t = timeout_expired(&cpu->timeouts, now), *cur = cpu->current;
    if (!t)
        return;
    int best = run_best_prio(&cpu->ready);
    if (cur && cur->state == THREAD_READY && cur->run.prio > best)
        best = cur->run.prio;
    if (t->timeout.prio >= best)
        expire(cpu, now);
    leave_expired(cpu, now);
}

// Who waits for an answer pays as well: who calls a more urgent server all the time would be first again after each call, with
// the slice that it had, and others of its priority would have no turn. Those of other CPUs have not taken time of this one,
// and who waits for them in turn is known under the lock of theirs.
static void charge_callers(struct cpu const *cpu, struct thread const *t, uint64_t ticks)
{
    assert(local_lock_held(cpu));
    unsigned n = 0;
    for (struct thread *caller = t->reply_to; caller && caller->cpu == cpu && n < MAX_CHARGED; caller = caller->reply_to, n++)
        caller->slice -= ticks < caller->slice ? ticks : caller->slice;
}

static void look_at_slice(struct cpu *cpu)
{
    struct thread *cur = cpu->current;
    if (!cur || cur->state != THREAD_READY)
        return;
    account(cpu);
    charge_callers(cpu, cur, timer_us_to_ticks(SLICE_US));
    if (slice_spent(cur)) {
        slice_begin(cur);
        sched_yield_current(cpu);
    }
}

void sched_tick(struct cpu *cpu)
{
    uint64_t now = timer_now();
    expire_timeouts(cpu, now);
    if (cpu->ticking && cpu->slice_end <= now) {
        look_at_slice(cpu);
        cpu->ticking = cpu->ready.words != 0;
        cpu->slice_end = slice_end(cpu, now);
    }
    sched_arm_timer(cpu);
}
