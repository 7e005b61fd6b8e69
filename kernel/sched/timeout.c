// SPDX-License-Identifier: MIT
#include "sched/timeout.h"
#include "sched/sched.h"

void timeout_start(struct thread *t, uint64_t when)
{
    struct cpu *cpu = t->cpu;
    struct thread **at = &cpu->timeouts, *prev = 0;
    while (*at && (*at)->timeout.when <= when) {
        prev = *at;
        at = &prev->timeout.next;
    }
    t->timeout = (struct timeout){.next = *at, .prev = prev, .when = when};
    if (*at)
        (*at)->timeout.prev = t;
    *at = t;
    t->timed = true;
    if (cpu->timeouts == t && when < cpu->timer_set) // else the timer comes early, and is set again then
        sched_arm_timer(cpu);
}

void timeout_stop(struct thread *t)
{
    struct timeout *x = &t->timeout;
    if (!t->timed)
        return;
    t->timed = false;
    if (x->prev)
        x->prev->timeout.next = x->next;
    else
        t->cpu->timeouts = x->next;
    if (x->next)
        x->next->timeout.prev = x->prev;
}
