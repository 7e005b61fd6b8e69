// SPDX-License-Identifier: MIT
#include "object/scheduler.h"
#include <arch/index.h>
#include <arch/timer.h>
#include "ipc/invocation.h"
#include "lock/cross_call.h"
#include "object/icu.h"
#include "object/thread.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { MAX_GRANULARITY = 24 };

static struct object scheduler;
static struct irq *hotplug_irq;
static struct icu_pins const hotplug_pins = {.count = 1, .slots = &hotplug_irq};

struct object *scheduler_object(void)
{
    object_init(&scheduler, OBJ_SCHEDULER, 0);
    scheduler.immortal = true;
    return &scheduler;
}

struct cpu_set {
    unsigned offset, granularity;
    uint64_t map;
};

static struct cpu_set cpu_set_of(uint64_t gran_offset, uint64_t map)
{
    struct cpu_set s = {(unsigned)(gran_offset & L4_SCHED_CPU_OFFSET_MASK),
                        (unsigned)((gran_offset >> L4_SCHED_CPU_GRAN_SHIFT) & L4_SCHED_CPU_GRAN_MASK), map};
    if (s.granularity > MAX_GRANULARITY)
        s.granularity = MAX_GRANULARITY;
    s.offset &= ~((1u << s.granularity) - 1);
    return s;
}

static bool cpu_set_has(struct cpu_set const *s, unsigned cpu)
{
    if (cpu < s->offset || cpu >= num_cpus || !cpus[cpu].online)
        return false;
    unsigned bit = (cpu - s->offset) >> s->granularity;
    return bit < 64 && (s->map >> bit & 1);
}

static uint64_t op_info(struct invocation *in)
{
    struct cpu_set s = cpu_set_of(in->w[1], ~0ull);
    uint64_t map = 0, first = s.offset;
    if (!index_below(&first, MAX_CPUS))
        return result_tag(-L4_ERANGE, 0);
    for (uint64_t c = first; c < num_cpus; c++)
        if (cpus[c].online && (c - first) >> s.granularity < 64)
            map |= 1ull << ((c - first) >> s.granularity);
    out_word(in, 0, map);
    out_word(in, 1, MAX_CPUS);
    out_word(in, 2, L4_SCHEDULER_CLASS_FIXED_PRIO);
    return result_tag(0, 3);
}

static void set_prio(struct thread *t, unsigned prio)
{
    t->prio = (uint8_t)prio;
    if (!t->donated || t->run.prio < prio) {
        sched_set_prio(t, prio, false);
        t->donated = false;
    }
    if (t->cpu->current == t || t->run.queued)
        cpu_kick(t->cpu);
}

static uint64_t op_run_thread(struct invocation *in)
{
    struct cpu_set set = cpu_set_of(in->w[1], in->w[2]);
    int64_t prio = (int64_t)in->w[3];
    // The quantum is not looked at: all threads share the time slices of their CPU (SLICE_US).
    if (prio == -1) { // class form
        if (tag_words(in->tag) < 7)
            return result_tag(-L4_EINVAL, 0);
        if (in->w[4] < 48)
            return result_tag(-L4_ERANGE, 0);
        prio = (uint16_t)in->w[6];
    }
    if (prio <= 0)
        return result_tag(-L4_EINVAL, 0);
    struct thread *t = thread_of(in->arg);
    unsigned target = MAX_CPUS;
    if (cpu_set_has(&set, t->cpu->id) && (t->placed || t->cpu == this_cpu()))
        target = t->cpu->id;
    else if (cpu_set_has(&set, this_cpu()->id))
        target = this_cpu()->id;
    else
        for (unsigned c = 0; c < num_cpus && target == MAX_CPUS; c++)
            if (cpu_set_has(&set, c))
                target = c;
    if (t->state == THREAD_DEAD)
        return result_tag(-L4_EINVAL, 0);
    if (target == MAX_CPUS) // a set without CPUs: the thread stays where it is, unplaced threads do not run
        return result_tag(0, 0);
    t->placed = true;
    set_prio(t, prio > PRIO_MAX ? PRIO_MAX : (unsigned)prio);
    thread_migrate(t, &cpus[target]);
    thread_activate(t);
    return result_tag(0, 0);
}

static uint64_t op_idle_time(struct invocation *in)
{
    struct cpu_set set = cpu_set_of(in->w[1], in->w[2]);
    for (unsigned c = 0; c < num_cpus; c++)
        if (cpu_set_has(&set, c)) {
            uint64_t idle = cpus[c].idle_ticks;
            if (!cpus[c].current && !cpus[c].working) // it is idle since then
                idle += timer_now() - cpus[c].switched_at;
            out_word(in, 0, timer_ticks_to_us(idle));
            return result_tag(0, 1);
        }
    return result_tag(-L4_EINVAL, 0);
}

static struct operation const operations[] = {
    // The set of CPUs does not change after the start.
    [L4_SCHEDULER_INFO_OP] = {op_info, AT_LEAST(2), .errors = OP_SHORT_INVALID, .locks = OP_LOCKS_NONE, .name = "info"},
    [L4_SCHEDULER_RUN_THREAD_OP] = {op_run_thread, AT_LEAST(5), .errors = OP_SHORT_INVALID, .arg = ARG_THREAD,
                                    .name = "run_thread"},
    // Reads several counters of another CPU, which belong together.
    [L4_SCHEDULER_IDLE_TIME_OP] = {op_idle_time, AT_LEAST(3), .errors = OP_SHORT_INVALID, .name = "idle_time"},
};

static void scheduler_destroy(struct object *o)
{
    (void)o; // immortal
}

struct object_ops const scheduler_ops = {
    .protocols = {{L4_PROTO_SCHEDULER, ~(uint64_t)0, OPERATIONS(operations)}, ICU_PROTOCOL},
    .pins = &hotplug_pins,
    .destroy = scheduler_destroy,
};
