// SPDX-License-Identifier: MIT
#include "preempt/work.h"
#include "debug/assert.h"
#include "lock/cross_call.h"
#include "lock/held.h"
#include "lock/lock_set.h"
#include "preempt/progress.h"
#include "sched/sched.h"
#include <stddef.h>

static void run(struct cpu *cpu);

void work_init(struct cpu *cpu)
{
    cpu->work.entry.work = run;
}

static struct work *work_of(struct run_entry *e)
{
    return (struct work *)((char *)e - offsetof(struct work, entry));
}

static void remove(struct work *w)
{
    assert(local_lock_held(w->cpu) && w->step && w->entry.queued);
    w->step = NULL;
    run_dequeue(&w->cpu->work.queue, &w->entry);
}

static void add(struct cpu *cpu, struct work *w, bool (*step)(struct work *w), unsigned prio, bool first)
{
    assert(local_lock_held(w->step ? w->cpu : cpu) && step && !w->entry.queued == !w->step);
    if (!w->step) {
        w->cpu = cpu;
        w->entry.prio = (uint8_t)prio;
        run_enqueue(&cpu->work.queue, &w->entry, first);
    } else if (prio > w->entry.prio) {
        run_dequeue(&w->cpu->work.queue, &w->entry);
        w->entry.prio = (uint8_t)prio;
        run_enqueue(&w->cpu->work.queue, &w->entry, first);
    }
    w->step = step;
}

// Has what there is to do wait in the run queue, at its priority.
static void wait_for_turn(struct cpu *cpu)
{
    struct run_entry *e = &cpu->work.entry;
    assert(local_lock_held(cpu));
    int best = run_best_prio(&cpu->work.queue);
    run_dequeue(&cpu->ready, e);
    if (best < 0)
        return;
    e->prio = (uint8_t)best;
    run_enqueue(&cpu->ready, e, true);
    sched_preempt(cpu, e->prio, true);
}

void work_defer(struct cpu *cpu, struct work *w, bool (*step)(struct work *w), unsigned prio)
{
    add(cpu, w, step, prio, false);
    wait_for_turn(w->cpu);
}

void work_defer_here(struct work *w, bool (*step)(struct work *w))
{
    struct cpu *cpu = this_cpu();
    struct thread const *t = cpu->current;
    add(cpu, w, step, t ? t->run.prio : cpu->work.entry.prio, false);
    cpu->work_due = true;
    if (w->cpu != cpu)
        wait_for_turn(w->cpu);
}

void work_cancel(struct work *w, bool (*step)(struct work *w))
{
    if (w->step == step)
        remove(w);
}

void work_move(struct work *w, struct cpu *cpu, unsigned prio)
{
    bool (*step)(struct work *) = w->step;
    if (!step || w->cpu == cpu)
        return;
    remove(w);
    work_defer(cpu, w, step, prio);
}

// What is as urgent as `prio`. False: stopped at a preemption point.
static bool do_all(struct cpu *cpu, int prio)
{
    struct run_queue *q = &cpu->work.queue;
    assert(cpu == this_cpu() && global_lock_held());
    while (run_best_prio(q) >= prio) {
        struct work *w = work_of(run_best(q));
        bool (*step)(struct work *) = w->step;
        remove(w); // afterwards it may be free memory
        if (!step(w)) {
            if (!w->step)
                add(cpu, w, step, w->entry.prio, true);
            return false;
        }
        if (run_best_prio(q) >= prio && preempt_pending())
            return false;
    }
    return true;
}

void work_now(struct cpu *cpu)
{
    struct thread const *t = cpu->current;
    if (locks_held(cpu, LOCKS_ALL) && run_best(&cpu->work.queue))
        do_all(cpu, t ? t->run.prio : run_best_prio(&cpu->work.queue));
    cpu->work_due = false;
    wait_for_turn(cpu);
}

// Its turn in the run queue.
static void run(struct cpu *cpu)
{
    sched_leave(cpu);
    global_lock_anew(cpu);
    work_now(cpu);
    locks_yield(cpu);
}
