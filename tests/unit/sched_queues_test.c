// SPDX-License-Identifier: MIT
// The queues of the scheduler and of IPC against lists that are searched from end to end.
#include "ipc/sender_queue.h"
#include "lock/held.h"
#include "sched/sched.h"
#include "unit_run.h"
#include <stdlib.h>

enum { COUNT = 300, STEPS = 8000 };

static unsigned armed;

void sched_arm_timer(struct cpu *cpu)
{
    (void)cpu;
    armed++;
}

bool local_lock_held(struct cpu const *cpu)
{
    (void)cpu;
    return true;
}

// ---- run queue ----

START_TEST(the_kernels_work_comes_before_threads)
{
    struct run_queue q = {0};
    struct run_entry a = {.prio = 7}, b = {.prio = 7}, low = {.prio = 3};
    struct run_entry w = {.prio = 7, .work = (void (*)(struct cpu *))abort};
    run_enqueue(&q, &low, false);
    run_enqueue(&q, &a, false);
    run_enqueue(&q, &w, true);
    run_enqueue(&q, &b, true);
    ck_assert_int_eq(run_best_prio(&q), 7);
    struct run_entry *order[] = {&w, &b, &a, &low};
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_ptr_eq(run_best(&q), order[i]);
        run_dequeue(&q, order[i]);
    }
    ck_assert_ptr_null(run_best(&q));
    ck_assert_int_eq(run_best_prio(&q), -1);
}
END_TEST

START_TEST(a_run_queue_keeps_the_order_of_arrival)
{
    static struct run_queue q;
    static struct run_entry e[COUNT];
    static unsigned arrived[COUNT];
    unsigned now = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        struct run_entry *x = &e[rand() % COUNT];
        if (x->queued) {
            run_dequeue(&q, x);
        } else {
            x->prio = (uint8_t)(rand() % 8 * 36);
            arrived[x - e] = ++now;
            run_enqueue(&q, x, false);
        }
        struct run_entry *best = NULL;
        for (unsigned i = 0; i < COUNT; i++)
            if (e[i].queued && (!best || e[i].prio > best->prio ||
                                (e[i].prio == best->prio && arrived[i] < arrived[best - e])))
                best = &e[i];
        ck_assert_ptr_eq(run_best(&q), best);
    }
}
END_TEST

// ---- timeouts ----

static unsigned check_tree(struct timeout const *x, struct timeout const *parent)
{
    if (!x)
        return 0;
    ck_assert_ptr_eq(x->parent, parent);
    unsigned a = check_tree(x->child[0], x), b = check_tree(x->child[1], x);
    ck_assert(a <= b + 1 && b <= a + 1);
    ck_assert_uint_eq(x->height, (a > b ? a : b) + 1);
    return x->height;
}

static struct thread threads[COUNT];

static struct thread *search(uint64_t now)
{
    struct thread *best = NULL;
    for (unsigned i = 0; i < COUNT; i++) {
        struct thread *t = &threads[i];
        if (!t->timed || t->timeout.when > now)
            continue;
        if (!best || t->timeout.prio > best->timeout.prio ||
            (t->timeout.prio == best->timeout.prio && t->timeout.when < best->timeout.when))
            best = t;
    }
    return best;
}

static uint64_t search_earliest(int prio)
{
    uint64_t first = ~0ull;
    for (unsigned i = 0; i < COUNT; i++)
        if (threads[i].timed && (int)threads[i].timeout.prio > prio && threads[i].timeout.when < first)
            first = threads[i].timeout.when;
    return first;
}

static void timeouts_random(unsigned times, unsigned prios)
{
    struct cpu *cpu = &cpus[0];
    cpu->timer_set = ~0ull;
    for (unsigned step = 0; step < STEPS; step++) {
        struct thread *t = &threads[rand() % COUNT];
        t->cpu = cpu;
        if (t->timed) {
            timeout_stop(t);
        } else {
            t->run.prio = (uint8_t)((unsigned)rand() % prios);
            timeout_start(t, (unsigned)rand() % times);
        }
        if (step % 16)
            continue;
        check_tree(cpu->timeouts.root, NULL);
        uint64_t now = (unsigned)rand() % times;
        struct thread *found = timeout_expired(&cpu->timeouts, now), *want = search(now);
        ck_assert(!found == !want);
        if (found) { // of two alike either may be first
            ck_assert_uint_eq(found->timeout.prio, want->timeout.prio);
            ck_assert_uint_eq(found->timeout.when, want->timeout.when);
        }
        int prio = rand() % (int)(prios + 1) - 1;
        ck_assert_uint_eq(timeout_earliest(&cpu->timeouts, prio), search_earliest(prio));
    }
}

START_TEST(timeouts_of_many_times_and_priorities)
{
    timeouts_random(1000, 256);
}
END_TEST

START_TEST(timeouts_of_few_times_and_priorities)
{
    timeouts_random(3, 2);
}
END_TEST

START_TEST(timeouts_of_one_instant_expire_in_order)
{
    struct cpu *cpu = &cpus[0];
    for (unsigned i = 0; i < COUNT; i++) {
        threads[i].cpu = cpu;
        threads[i].run.prio = 9;
        timeout_start(&threads[i], 100);
    }
    ck_assert_uint_le(cpu->timeouts.root->height, 13); // 1.44 log2(400)
    ck_assert_ptr_null(timeout_expired(&cpu->timeouts, 99));
    for (unsigned i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(timeout_expired(&cpu->timeouts, 100), &threads[i]);
        timeout_stop(&threads[i]);
    }
    ck_assert_ptr_null(cpu->timeouts.root);
}
END_TEST

START_TEST(the_timer_is_not_set_for_what_has_to_wait)
{
    struct cpu *cpu = &cpus[0];
    struct thread *t = &threads[0];
    t->cpu = cpu;
    t->run.prio = 5;
    cpu->timer_set = 1000;
    timeout_start(t, 10);
    ck_assert_uint_eq(armed, 1);
    timeout_stop(t);
    cpu->timeouts.entry.queued = true;
    cpu->timeouts.entry.prio = 5;
    timeout_start(t, 10);
    ck_assert_uint_eq(armed, 1);
    timeout_stop(t);
    t->run.prio = 6;
    timeout_start(t, 10);
    ck_assert_uint_eq(armed, 2);
}
END_TEST

// ---- senders ----

START_TEST(senders_go_by_priority_then_order)
{
    static struct sender_queue q;
    static struct sender s[COUNT];
    static unsigned arrived[COUNT];
    unsigned now = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        struct sender *x = &s[rand() % COUNT];
        if (x->queue) {
            sender_dequeue(x);
        } else {
            x->prio = (uint8_t)(rand() % 12);
            arrived[x - s] = ++now;
            sender_enqueue(&q, x);
        }
        if (step % 16)
            continue;
        unsigned queued = 0, seen = 0;
        for (unsigned i = 0; i < COUNT; i++)
            queued += s[i].queue != NULL;
        struct sender *before = NULL;
        for (struct sender *i = q.first; i; before = i, i = sender_after(i), seen++)
            if (before)
                ck_assert(before->prio > i->prio || (before->prio == i->prio && arrived[before - s] < arrived[i - s]));
        ck_assert_uint_eq(seen, queued);
    }
}
END_TEST

START_TEST(a_walk_over_senders_survives_those_who_leave)
{
    struct sender_queue q = {0};
    struct sender s[4] = {{.prio = 9}, {.prio = 9}, {.prio = 4}, {.prio = 2}};
    for (unsigned i = 0; i < 4; i++)
        sender_enqueue(&q, &s[i]);
    q.cursor = &s[1];
    sender_dequeue(&s[1]);
    ck_assert_ptr_eq(q.cursor, &s[2]);
    sender_dequeue(&s[2]);
    ck_assert_ptr_eq(q.cursor, &s[3]);
    sender_dequeue(&s[0]);
    sender_dequeue(&s[3]);
    ck_assert_ptr_null(q.cursor);
    ck_assert_ptr_null(q.first);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sched_queues");
    TCase *t = tcase_create("queues");
    tcase_add_test(t, the_kernels_work_comes_before_threads);
    tcase_add_test(t, a_run_queue_keeps_the_order_of_arrival);
    tcase_add_test(t, timeouts_of_many_times_and_priorities);
    tcase_add_test(t, timeouts_of_few_times_and_priorities);
    tcase_add_test(t, timeouts_of_one_instant_expire_in_order);
    tcase_add_test(t, the_timer_is_not_set_for_what_has_to_wait);
    tcase_add_test(t, senders_go_by_priority_then_order);
    tcase_add_test(t, a_walk_over_senders_survives_those_who_leave);
    suite_add_tcase(s, t);
    return unit_run(s);
}
