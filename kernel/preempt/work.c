// SPDX-License-Identifier: MIT
#include "preempt/work.h"
#include "lock/cross_call.h"
#include "lock/lock_set.h"
#include "preempt/progress.h"
#include "sched/sched.h"

static void run(struct cpu *cpu);

void work_init(struct cpu *cpu)
{
    cpu->work.entry.work = run;
}

static void append(struct work_list *l, struct work *w)
{
    struct work *first = l->first;
    if (!first) {
        w->next = w->prev = w;
        l->first = w;
        return;
    }
    w->next = first;
    w->prev = first->prev;
    first->prev->next = w;
    first->prev = w;
}

static void remove(struct work_list *l, struct work *w)
{
    w->step = NULL;
    if (w->next == w) {
        l->first = NULL;
        return;
    }
    w->next->prev = w->prev;
    w->prev->next = w->next;
    if (l->first == w)
        l->first = w->next;
}

static void raise(struct cpu *cpu, unsigned prio)
{
    struct run_entry *e = &cpu->work.entry;
    bool queued = e->queued;
    if (prio <= e->prio)
        return;
    run_dequeue(&cpu->ready, e);
    e->prio = (uint8_t)prio;
    if (queued)
        run_enqueue(&cpu->ready, e, true);
}

static void add(struct cpu *cpu, struct work *w, bool (*step)(struct work *w))
{
    if (!w->step) {
        w->cpu = cpu;
        append(&cpu->work, w);
    }
    w->step = step;
}

void work_defer(struct cpu *cpu, struct work *w, bool (*step)(struct work *w), unsigned prio)
{
    add(cpu, w, step);
    cpu = w->cpu;
    raise(cpu, prio);
    run_enqueue(&cpu->ready, &cpu->work.entry, true);
    sched_preempt(cpu, cpu->work.entry.prio);
}

void work_defer_here(struct work *w, bool (*step)(struct work *w))
{
    struct cpu *cpu = this_cpu();
    struct thread const *t = cpu->current;
    add(cpu, w, step);
    raise(w->cpu, t ? t->run.prio : 0);
    cpu->work_due = true;
}

void work_cancel(struct work *w, bool (*step)(struct work *w))
{
    if (w->step != step)
        return;
    remove(&w->cpu->work, w);
}

void work_move(struct work *w, struct cpu *cpu, unsigned prio)
{
    bool (*step)(struct work *) = w->step;
    if (!step || w->cpu == cpu)
        return;
    remove(&w->cpu->work, w);
    work_defer(cpu, w, step, prio);
}

// False: stopped at a preemption point.
static bool do_all(struct cpu *cpu)
{
    struct work_list *l = &cpu->work;
    while (l->first) {
        struct work *w = l->first;
        bool (*step)(struct work *) = w->step;
        remove(l, w); // afterwards it may be free memory
        if (!step(w)) {
            add(cpu, w, w->step ? w->step : step);
            l->first = w; // still the first
            return false;
        }
        if (l->first && preempt_pending())
            return false;
    }
    return true;
}

void work_now(struct cpu *cpu)
{
    bool done = locks_held(cpu, LOCKS_ALL) && do_all(cpu);
    cpu->work_due = false;
    struct run_entry *e = &cpu->work.entry;
    run_dequeue(&cpu->ready, e);
    if (done) {
        e->prio = 0;
        return;
    }
    run_enqueue(&cpu->ready, e, true);
    cpu->need_resched = true;
}

// Its turn in the run queue.
static void run(struct cpu *cpu)
{
    sched_leave(cpu);
    global_lock_anew(cpu);
    work_now(cpu);
    locks_yield(cpu);
}
