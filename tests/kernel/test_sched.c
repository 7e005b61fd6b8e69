// SPDX-License-Identifier: MIT
// Scheduling: priorities, round robin, yield, switch, donation (kernel-abi 8).
#include "harness.h"

static unsigned volatile counts[4], turn[16], turns;

static void counter(void *arg)
{
    for (unsigned i = (unsigned)(uintptr_t)arg;;)
        counts[i]++;
}

static void priorities(unsigned cpu)
{
    counts[0] = counts[1] = 0;
    l4_cap_idx_t low = thread_run(counter, (void *)0, 3, cpu),
                 high = thread_run(counter, (void *)1, 4, cpu);
    wait_change(&counts[1], 0, 1000);
    unsigned before = counts[0];
    l4_usleep(30000);
    check(counts[1] > 0 && counts[0] == before, "only the higher priority runs");
    thread_place(high, 2, cpu);
    before = counts[0];
    wait_change(&counts[0], before, 1000);
    unsigned other = counts[1];
    l4_usleep(30000);
    check(counts[0] != before && counts[1] == other, "lowered, it gives way");
    thread_place(high, 3, cpu);
    before = counts[0];
    other = counts[1];
    wait_change(&counts[0], before, 2000);
    wait_change(&counts[1], other, 2000);
    check(counts[0] != before && counts[1] != other, "the same priority: round robin");
    thread_delete(high);
    thread_delete(low);
}

static void takes_turns(void *arg)
{
    for (unsigned i = 0; i < 3; i++) {
        turn[turns++] = (unsigned)(uintptr_t)arg;
        l4_thread_yield();
    }
    l4_sleep_forever();
}

// Each of three threads has its turn before the first has its second. A time slice that ends
// between a note and the yield, as on a busy machine, changes the order.
static bool yields_in_turn(void)
{
    l4_cap_idx_t t[3];
    turns = 0;
    for (unsigned i = 0; i < 3; i++)
        t[i] = thread_run(takes_turns, (void *)(uintptr_t)i, 5, 0);
    wait_value(&turns, 9, 1000);
    bool good = turns == 9;
    for (unsigned i = 3; i < 9 && good; i++)
        good = turn[i] == turn[i - 3] && turn[i] != turn[i - 1];
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);
    return good;
}

static void yields(void)
{
    bool good = false;
    for (unsigned attempt = 0; attempt < 5 && !good; attempt++)
        good = yields_in_turn();
    check(good, "yield lets all others of the priority run");
}

static void switched_to(void *arg)
{
    turn[turns++] = (unsigned)(uintptr_t)arg;
    l4_sleep_forever();
}

static void switcher(void *arg)
{
    l4_cap_idx_t *t = arg;
    l4_thread_switch(t[1]);
    turn[turns++] = 9;
    l4_sleep_forever();
}

static void switching(void)
{
    l4_cap_idx_t t[3];
    turns = 0;
    t[2] = thread_make(switcher, t, 5, 0);
    t[0] = thread_make(switched_to, (void *)0, 5, 0);
    t[1] = thread_make(switched_to, (void *)1, 5, 0);
    thread_start(t[2]);
    thread_start(t[0]);
    thread_start(t[1]);
    check(wait_value(&turns, 3, 1000), "switch to another thread, and back");
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);
}

// A caller lends its priority to a server below a thread of middle priority.
static void low_server(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;) {
        turn[turns++ & 15] = 1;
        l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(0, 0, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    }
}

static void donation(void)
{
    turns = 0;
    counts[0] = 0;
    l4_cap_idx_t server = thread_run(low_server, 0, 3, 0), gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, server, 0x10);
    settle();
    l4_cap_idx_t middle = thread_run(counter, 0, 6, 0);
    check_eq(ipc_err(l4_ipc_call(gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), both_us(LIMIT_US))), 0,
             "a call lends the caller's priority to the server (slow path)");
    check_eq(ipc_err(l4_ipc_call(gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER)), 0,
             "and on the fast path");
    l4_ipc_send(gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER);
    unsigned before = turns;
    l4_usleep(5000);
    check_eq(turns, before, "a send lends nothing");
    thread_delete(middle);
    l4_usleep(2000);
    thread_delete(server);
    slot_free(gate, true);
}

// Takes a call and keeps it.
static void owes_answer(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;)
        turns++;
}

static void calls_for_ever(void *gate)
{
    l4_ipc_call((l4_cap_idx_t)gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER);
}

// The server whose caller has gone is not more urgent than it was.
static void borrowed(bool deleted)
{
    turns = 0;
    l4_cap_idx_t server = thread_run(owes_answer, 0, 3, 0), gate = slot_alloc(), caller = 0;
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, server, 0x10);
    settle();
    if (deleted) {
        caller = thread_run(calls_for_ever, (void *)gate, MAIN_PRIO - 1, 0);
        wait_change(&turns, 0, 500);
        thread_delete(caller);
    } else {
        l4_msgtag_t tag = {0};
        for (unsigned us = 5000; !turns && us < 2000000; us *= 4) // on a busy host the server may not come to run
            tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), both_us(us));
        check_eq(ipc_err(tag), L4_IPC_RETIMEOUT, "a call that is not answered in time");
    }
    check(turns, "lent its priority");
    l4_cap_idx_t middle = thread_run(counter, 0, 6, 0);
    unsigned before = turns;
    l4_usleep(50000);
    check_eq(turns, before, deleted ? "who goes takes its priority along" : "until then");
    thread_delete(middle);
    thread_delete(server);
    slot_free(gate, true);
}

// Takes its time for each answer: nearly a slice.
static void slow_server(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;) {
        for (uint64_t end = now_us() + 9500; now_us() < end;)
            ;
        l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(0, 0, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    }
}

static void calls_always(void *gate)
{
    for (;;)
        l4_ipc_call((l4_cap_idx_t)gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER);
}

// Who has a more urgent server work all the time has no more than others of its priority.
static bool server_and_other_share(unsigned cpu)
{
    l4_kernel_clock_t its = 0, others = 0;
    l4_cap_idx_t gate = slot_alloc(), server = thread_run(slow_server, 0, 7, cpu);
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, server, 0x10);
    l4_cap_idx_t caller = thread_run(calls_always, (void *)gate, 5, cpu), other = thread_run(counter, 0, 5, cpu);
    l4_usleep(400000);
    l4_thread_stats_time(server, &its);
    l4_thread_stats_time(other, &others);
    thread_delete(other);
    thread_delete(caller);
    thread_delete(server);
    slot_free(gate, true);
    return its > 0 && others >= its / 2 && its >= others / 4;
}

static void server_shares(unsigned cpu)
{
    bool good = false;
    for (unsigned attempt = 0; attempt < 5 && !good; attempt++)
        good = server_and_other_share(cpu);
    check(good, "the caller of a busy server and another thread of its priority share the time");
}

static void idle_time(void)
{
    l4_sched_cpu_set_t set = l4_sched_cpu_set(second_cpu(), 0, 1);
    l4_kernel_clock_t before = 0, after = 0;
    l4_scheduler_idle_time(L4_BASE_SCHEDULER_CAP, &set, &before);
    int64_t error = 0;
    for (unsigned i = 0; i < 50 && after <= before && !error; i++) {
        l4_usleep(20000);
        error = l4_error(l4_scheduler_idle_time(L4_BASE_SCHEDULER_CAP, &set, &after));
    }
    check_eq(error, 0, "idle time");
    check(after > before, "grows while nothing runs");
    set = l4_sched_cpu_set(0, 0, 0);
    check_eq(l4_error(l4_scheduler_idle_time(L4_BASE_SCHEDULER_CAP, &set, &after)), -L4_EINVAL,
             "of no CPU");
}

static uint64_t volatile timer_hz;
static unsigned volatile timer_read;

static uint64_t read_timer_hz(void)
{
    uint64_t hz;
    asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}

static void timer_reader(void *arg)
{
    (void)arg;
    timer_hz = read_timer_hz();
    timer_read = 1;
    l4_sleep_forever();
}

static void timers(void)
{
    bool same = true;
    for (unsigned cpu = 0; cpu < cpus_online(); cpu++) {
        timer_read = 0;
        l4_cap_idx_t t = thread_run(timer_reader, 0, 5, cpu);
        same &= wait_value(&timer_read, 1, 1000) && timer_hz == read_timer_hz();
        thread_delete(t);
    }
    check(same, "the timers of all CPUs tell the same frequency");
}

void test_sched(void)
{
    timers();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++)
        priorities(cpu);
    yields();
    switching();
    donation();
    borrowed(false);
    borrowed(true);
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++)
        server_shares(cpu);
    idle_time();
}
