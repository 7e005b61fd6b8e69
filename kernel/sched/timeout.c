// SPDX-License-Identifier: MIT
#include "sched/timeout.h"
#include "sched/sched.h"

void timeout_add(struct cpu *cpu, struct timeout *t, uint64_t when)
{
    struct timeout **at = &cpu->timeouts, *prev = 0;
    while (*at && (*at)->when <= when) {
        prev = *at;
        at = &(*at)->next;
    }
    t->when = when;
    t->prev = prev;
    t->next = *at;
    if (t->next)
        t->next->prev = t;
    *at = t;
    t->queued = true;
    if (cpu->timeouts == t && when < cpu->timer_set) // else the timer comes early, and is set again then
        sched_arm_timer(cpu);
}

void timeout_remove(struct cpu *cpu, struct timeout *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        cpu->timeouts = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->queued = false;
}
