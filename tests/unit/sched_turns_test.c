// SPDX-License-Identifier: MIT
// Threads of one priority share their CPU, whatever one of them does to have more: sleeps when time slices end, has a more
// urgent server work, lets new threads go on. And who sleeps a lot need not wait for the others. The kernel's own code, with a
// clock that the test moves.
#include <arch/exception.h>
#include <arch/stage2.h>
#include <arch/timer.h>
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "kernel_cpus.h"
#include "lock/lock_set.h"
#include "object/task.h"
#include "sched/sched.h"
#include "unit_run.h"
#include <l4/sys/consts.h>
#include <string.h>

enum { CPUS = 2, PRIO_IDLE = 1, PRIO = 10, PRIO_SERVER = 20, SECOND = 1000000, NEVER = SECOND, FRESH = 64 };

static struct task task;

struct program {
    struct thread t;
    l4_utcb_t utcb;
    uint64_t (*runs)(struct program *p); // us from when it has the CPU until it does something,
    void (*does)(struct program *p);     // what the thread that runs does then
    struct program *server;
    bool asked; // it has called `server` for its own caller
};

static struct program idler[CPUS], victim, rogue, server[2], fresh[FRESH];
static unsigned num_fresh;
static uint64_t begun; // when the thread that runs last did something

static uint64_t forever(struct program *p)
{
    (void)p;
    return NEVER;
}

static void program_init(struct program *p, struct cpu *cpu, uint8_t prio)
{
    memset(p, 0, sizeof(*p));
    object_init(&p->t.obj, OBJ_THREAD, NULL);
    p->t.sender.kind = SENDER_THREAD;
    p->t.utcb = &p->utcb;
    p->t.task = &task;
    p->t.cpu = cpu;
    p->t.has_regs = p->t.placed = true;
    p->t.prio = p->t.run.prio = prio;
    p->runs = forever;
}

static void enter(struct cpu *cpu)
{
    bool begun_entry = entry_begin(cpu);
    ck_assert(begun_entry);
}

static void leave(struct cpu *cpu)
{
    exception_finish(cpu);
    entry_end(cpu);
}

// From `cpu`, which may be another one.
static void start(struct program *p, struct cpu *cpu)
{
    enter(cpu);
    if (!locks_held(cpu, lock_of(p->t.cpu)))
        ck_assert(global_lock(cpu, ENTRY_SYSCALL));
    p->t.state = THREAD_NEW;
    thread_activate(&p->t);
    leave(cpu);
}

static void setup(void)
{
    static struct ptab table;
    task = (struct task){.space = {.root = &table, .vttbr = 1}};
    kernel_cpus_init(CPUS);
    begun = num_fresh = 0;
    for (unsigned i = 0; i < CPUS; i++) {
        program_init(&idler[i], &cpus[i], PRIO_IDLE);
        start(&idler[i], &cpus[i]);
    }
    program_init(&victim, &cpus[0], PRIO);
    program_init(&rogue, &cpus[0], PRIO);
    for (unsigned i = 0; i < 2; i++)
        program_init(&server[i], &cpus[0], (uint8_t)(PRIO_SERVER + i));
}

// ---- what threads do ----

static void sleeps(struct cpu *cpu, uint64_t us)
{
    struct thread *t = cpu->current;
    enter(cpu);
    t->timeouts = (uint32_t)us; // of its receive phase: a mantissa of 10 bits
    ck_assert(us && us < 1024);
    ipc_receive(t, t);
    leave(cpu);
}

static void calls(struct cpu *cpu, struct program *whom)
{
    struct thread *t = cpu->current;
    enter(cpu);
    t->send_flags = L4_SYSF_CALL;
    t->send_tag = t->timeouts = 0;
    ck_assert(global_lock(cpu, ENTRY_SYSCALL));
    ipc_send(t, &whom->t, 0, 0);
    leave(cpu);
}

// By the fast path, if it finds that it can.
static void answers_and_waits(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    enter(cpu);
    t->regs.r[0] = t->regs.r[3] = 0;
    t->regs.r[2] = L4_INVALID_CAP_BIT | L4_SYSF_REPLY_AND_WAIT;
    ipc_fast(cpu, t);
    entry_end(cpu);
}

static void answers(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    enter(cpu);
    t->regs.r[0] = t->regs.r[3] = 0;
    t->regs.r[2] = L4_INVALID_CAP_BIT | L4_SYSF_SEND | L4_SYSF_REPLY;
    syscall_general(cpu, t);
    entry_end(cpu);
}

static void waits(struct cpu *cpu)
{
    enter(cpu);
    cpu->current->timeouts = 0;
    ipc_receive(cpu->current, NULL);
    leave(cpu);
}

static struct program *running(struct cpu *cpu)
{
    return (struct program *)cpu->current; // its first member
}

// Time goes by, and the thread that runs does what it wants to do.
static void go_on(struct cpu *cpu, uint64_t us)
{
    for (uint64_t end = timer_now() + us; timer_now() < end;) {
        struct program *p = running(cpu);
        uint64_t now = timer_now(), its = begun + p->runs(p), next = cpu->timer_set < end ? cpu->timer_set : end;
        bool first = p->does && its < next;
        if (first && its > now)
            time_pass(its - now);
        else if (!first && next > now)
            time_pass(next - now);
        if (first)
            p->does(p);
        else if (next == cpu->timer_set)
            interrupt_take(cpu);
        if (running(cpu) != p || first)
            begun = timer_now();
    }
}

// Of 100, by who is to have half.
static unsigned share(struct program const *p)
{
    return (unsigned)(p->t.consumed * 100 / timer_now());
}

static void victim_has_its_share(void)
{
    start(&victim, &cpus[0]);
    start(&rogue, &cpus[0]);
    go_on(&cpus[0], SECOND);
    ck_assert_msg(share(&victim) >= 40 && share(&victim) <= 60, "it had %u of 100", share(&victim));
}

// ---- the tests ----

START_TEST(two_that_compute)
{
    victim_has_its_share();
}
END_TEST

// It knows when slices end.
static uint64_t until_slice_ends(struct program *p)
{
    uint64_t end = p->t.cpu->slice_end;
    return p->t.cpu->ticking && end > begun + 100 ? end - begun - 100 : 1;
}

static void sleeps_past_it(struct program *p)
{
    sleeps(p->t.cpu, 200);
}

START_TEST(sleeps_when_slices_end)
{
    rogue.runs = until_slice_ends;
    rogue.does = sleeps_past_it;
    victim_has_its_share();
}
END_TEST

static uint64_t a_little(struct program *p)
{
    (void)p;
    return 100;
}

static uint64_t most_of_a_slice(struct program *p)
{
    (void)p;
    return SLICE_US - 100;
}

static void calls_server(struct program *p)
{
    calls(p->t.cpu, p->server);
}

static void serves(struct program *p)
{
    answers_and_waits(p->t.cpu);
}

static void serve(struct program *p)
{
    p->runs = most_of_a_slice;
    p->does = serves;
    start(p, p->t.cpu);
    waits(p->t.cpu);
}

// More urgent than its caller, or as urgent; then both have a slice of their own, which is no wonder.
START_TEST(has_a_server_work)
{
    serve(&server[0]);
    rogue.runs = a_little;
    rogue.does = calls_server;
    rogue.server = &server[0];
    victim_has_its_share();
    ck_assert_uint_gt(server[0].t.consumed, SECOND / 3);
}
END_TEST

static void calls_then_answers(struct program *p)
{
    p->asked = !p->asked;
    if (p->asked)
        calls_server(p);
    else
        serves(p);
}

// A server that has another one work.
START_TEST(has_the_server_of_a_server_work)
{
    serve(&server[1]);
    serve(&server[0]);
    server[0].server = &server[1];
    server[0].runs = a_little;
    server[0].does = calls_then_answers;
    rogue.runs = a_little;
    rogue.does = calls_server;
    rogue.server = &server[0];
    victim_has_its_share();
    ck_assert_uint_gt(server[1].t.consumed, SECOND / 3);
}
END_TEST

// It has not used this CPU, and what it waits for may change under another lock.
START_TEST(a_caller_of_another_cpu)
{
    serve(&server[0]);
    program_init(&rogue, &cpus[1], PRIO);
    start(&rogue, &cpus[1]);
    calls(&cpus[1], &server[0]);
    uint64_t slice = rogue.t.slice;
    interrupt_take(&cpus[0]);
    ck_assert_ptr_eq(running(&cpus[0]), &server[0]);
    ck_assert_ptr_eq(server[0].t.reply_to, &rogue.t);
    for (unsigned i = 0; i < 3; i++) {
        time_pass(SLICE_US);
        interrupt_take(&cpus[0]);
    }
    ck_assert_uint_eq(rogue.t.slice, slice);
}
END_TEST

static void lets_another_go_on(struct program *p)
{
    struct program *next = &fresh[num_fresh++ % FRESH];
    struct cpu *cpu = p->t.cpu;
    program_init(next, cpu, PRIO);
    next->runs = p->runs;
    next->does = p->does;
    start(next, cpu);
    if (running(cpu) == p)
        waits(cpu);
}

// Each thread that is new starts another one before its slice ends.
START_TEST(new_threads_all_the_time)
{
    rogue.runs = most_of_a_slice;
    rogue.does = lets_another_go_on;
    victim_has_its_share();
    ck_assert_uint_gt(num_fresh, 20);
}
END_TEST

static void sleeps_again(struct program *p)
{
    sleeps(p->t.cpu, 1000);
}

// Who runs little has the CPU as soon as it wants it.
START_TEST(who_sleeps_a_lot_is_quick)
{
    start(&victim, &cpus[0]);
    rogue.runs = a_little;
    rogue.does = sleeps_again;
    start(&rogue, &cpus[0]);
    go_on(&cpus[0], 2 * SLICE_US);
    unsigned quick = 0;
    for (unsigned i = 0; i < 100; i++) {
        while (running(&cpus[0]) == &rogue)
            go_on(&cpus[0], 1);
        ck_assert_ptr_eq(running(&cpus[0]), &victim);
        time_pass(cpus[0].timer_set > timer_now() ? cpus[0].timer_set - timer_now() : 0);
        interrupt_take(&cpus[0]);
        begun = timer_now();
        quick += running(&cpus[0]) == &rogue;
    }
    ck_assert_uint_ge(quick, 80); // else it was the victim's timer
}
END_TEST

// Another thread's interrupt is no reason to go behind who waits.
START_TEST(an_interrupt_ends_no_slice)
{
    start(&victim, &cpus[0]);
    start(&rogue, &cpus[0]);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_ptr_eq(running(&cpus[0]), &victim);
        time_pass(SLICE_US / 10);
        enter(&cpus[0]);
        cpus[0].need_resched = true;
        leave(&cpus[0]);
    }
    go_on(&cpus[0], SLICE_US);
    ck_assert_ptr_eq(running(&cpus[0]), &rogue);
}
END_TEST

// A CPU with one thread has no ticks: who becomes the second has its turn all the same.
START_TEST(a_second_one_from_another_cpu)
{
    ck_assert(!cpus[0].ticking);
    time_pass(SLICE_US / 2);
    program_init(&rogue, &cpus[0], PRIO_IDLE);
    start(&rogue, &cpus[1]);
    ck_assert(interrupt_pending(&cpus[0]));
    interrupt_take(&cpus[0]);
    ck_assert_ptr_eq(running(&cpus[0]), &idler[0]);
    time_pass(SLICE_US / 2);
    interrupt_take(&cpus[0]);
    ck_assert_ptr_eq(running(&cpus[0]), &rogue);
}
END_TEST

// Who has computed alone for long owes the others nothing.
START_TEST(alone_for_long)
{
    start(&victim, &cpus[0]);
    time_pass(SECOND);
    start(&rogue, &cpus[0]);
    uint64_t before = victim.t.consumed;
    go_on(&cpus[0], SECOND);
    uint64_t had = (victim.t.consumed - before) * 100 / SECOND;
    ck_assert_msg(had >= 40 && had <= 160, "it had %lu of 100", (unsigned long)had);
    ck_assert_uint_ge(rogue.t.consumed * 100 / SECOND, 40);
}
END_TEST

// Who answers without waiting is not more urgent than it was, though its caller, made less urgent meanwhile, takes no CPU.
START_TEST(an_answer_takes_the_priority_along)
{
    struct cpu *cpu = &cpus[0];
    program_init(&rogue, cpu, PRIO_SERVER + 5);
    start(&server[0], cpu);
    waits(cpu);
    start(&rogue, cpu);
    calls(cpu, &server[0]);
    ck_assert_ptr_eq(running(cpu), &server[0]);
    program_init(&victim, cpu, PRIO_SERVER + 2);
    start(&victim, cpu);
    ck_assert_ptr_eq(running(cpu), &server[0]);
    enter(cpu);
    rogue.t.prio = PRIO_SERVER - 1;
    sched_set_prio(&rogue.t, PRIO_SERVER - 1, false);
    leave(cpu);
    answers(cpu);
    ck_assert_ptr_eq(running(cpu), &victim);
}
END_TEST

uint64_t ipc_transfer(struct thread *from, struct thread *to)
{
    (void)from, (void)to;
    return 0; // messages without words
}

int main(void)
{
    Suite *s = suite_create("sched_turns");
    TCase *c = tcase_create("sched_turns");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, two_that_compute);
    tcase_add_test(c, sleeps_when_slices_end);
    tcase_add_test(c, has_a_server_work);
    tcase_add_test(c, has_the_server_of_a_server_work);
    tcase_add_test(c, a_caller_of_another_cpu);
    tcase_add_test(c, new_threads_all_the_time);
    tcase_add_test(c, who_sleeps_a_lot_is_quick);
    tcase_add_test(c, an_interrupt_ends_no_slice);
    tcase_add_test(c, a_second_one_from_another_cpu);
    tcase_add_test(c, alone_for_long);
    tcase_add_test(c, an_answer_takes_the_priority_along);
    suite_add_tcase(s, c);
    return unit_run(s);
}
