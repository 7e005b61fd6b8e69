// SPDX-License-Identifier: MIT
#include "sched/reaper.h"
#include "arch/arm64/exception.h"
#include "lock/lock_set.h"
#include "sched/sched.h"

void reaper_init(struct cpu *cpu)
{
    cpu->reaper.cpu = cpu;
    cpu->reaper.state = THREAD_READY;
    cpu->reaper.raise_exception = true; // nobody switches to it on a short path
}

struct reap_list *reap_list(void)
{
    return &this_cpu()->reap;
}

// The destruction has the caller's priority, also when the caller is the first to go. Nobody is current while the reaper
// works.
struct reap_list *reap_list_of_caller(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *t = cpu->current;
    if (t && t->eff_prio > cpu->reaper.prio)
        cpu->reaper.prio = t->eff_prio;
    cpu->reap_due = true;
    return &cpu->reap;
}

// Its place is before everybody of its priority, so that who destroys something goes on when that is gone.
static void enqueue(struct cpu *cpu)
{
    struct thread *r = &cpu->reaper;
    sched_dequeue(r);
    r->eff_prio = r->prio;
    sched_enqueue(r, true);
    cpu->need_resched = true;
}

void reaper_work(struct cpu *cpu)
{
    bool done = locks_held(cpu, LOCKS_ALL) && object_reap();
    cpu->reap_due = false;
    if (!done) {
        enqueue(cpu);
        return;
    }
    sched_dequeue(&cpu->reaper);
    cpu->reaper.prio = 0;
}

void reaper_run(struct cpu *cpu)
{
    if (cpu->current) { // can run, and is not more urgent
        sched_enqueue(cpu->current, !cpu->yielded);
        sched_switch(cpu, 0);
    }
    cpu->yielded = false;
    cpu->reaping = true;
    global_lock_anew(cpu);
    reaper_work(cpu);
    locks_yield(cpu);
    irq_take(cpu);
}
