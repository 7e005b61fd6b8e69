// SPDX-License-Identifier: MIT
// Semaphores (kernel-abi 4.8).
#include "harness.h"

struct downer {
    l4_cap_idx_t sem;
    l4_timeout_t timeout;
    unsigned volatile stage;
    int64_t result;
    unsigned order;
};
static unsigned order_next;

static void downs(void *arg)
{
    struct downer *d = arg;
    d->stage = 1;
    d->result = l4_error(l4_semaphore_down(d->sem, d->timeout));
    d->order = ++order_next;
    d->stage = 2;
    l4_sleep_forever();
}

static void ping(void *arg)
{
    l4_cap_idx_t *sems = arg;
    for (unsigned i = 0; i < 500; i++) {
        l4_semaphore_down(sems[0], L4_IPC_NEVER);
        l4_semaphore_up(sems[1]);
    }
    l4_sleep_forever();
}

static void basics(unsigned cpu)
{
    l4_cap_idx_t s = slot_alloc(), weak = slot_alloc();
    check_eq(l4_error(l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, s)), 0, "semaphore created");
    check_eq(l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)),
             -(L4_EIPC_LO + L4_IPC_RETIMEOUT), "down at zero, timeout zero");
    l4_semaphore_up(s);
    l4_semaphore_up(s);
    check_eq(l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)), 0, "down");
    check_eq(l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)), 0, "down again");
    uint64_t begin = now_us();
    check_eq(l4_error(l4_semaphore_down(s, recv_us(3000))), -(L4_EIPC_LO + L4_IPC_RETIMEOUT),
             "down with a timeout");
    check(now_us() - begin >= 3000, "takes its time");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(s, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(weak, 0));
    check_eq(l4_error(l4_semaphore_down(weak, L4_IPC_BOTH_TIMEOUT_0)), -L4_EPERM, "down needs S");
    l4_semaphore_up(weak);
    check_eq(l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)), 0, "up needs nothing");
    slot_free(weak, false);

    static uint8_t const prio[] = {21, 23, 22};
    static uint8_t const want[] = {3, 1, 2};
    struct downer d[3];
    l4_cap_idx_t t[3];
    order_next = 0;
    for (unsigned i = 0; i < 3; i++) {
        d[i] = (struct downer){.sem = s, .timeout = L4_IPC_NEVER};
        t[i] = thread_run(downs, &d[i], prio[i], cpu);
        wait_value(&d[i].stage, 1, 500);
        settle();
    }
    for (unsigned i = 0; i < 3; i++) {
        l4_semaphore_up(s);
        settle();
    }
    bool good = true;
    for (unsigned i = 0; i < 3; i++)
        good &= wait_value(&d[i].stage, 2, 500) && d[i].order == want[i] && d[i].result == 0;
    check(good, "threads get it by priority");
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);

    struct downer c = {.sem = s, .timeout = L4_IPC_NEVER};
    t[0] = thread_run(downs, &c, HIGH, cpu);
    wait_value(&c.stage, 1, 500);
    settle();
    l4_thread_ex_regs(t[0], ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    check(wait_value(&c.stage, 2, 500) && c.result == -(L4_EIPC_LO + L4_IPC_RECANCELED),
          "down is cancelled");
    thread_delete(t[0]);
    c = (struct downer){.sem = s, .timeout = L4_IPC_NEVER};
    t[0] = thread_run(downs, &c, HIGH, cpu);
    wait_value(&c.stage, 1, 500);
    thread_delete(t[0]);
    l4_semaphore_up(s);
    check_eq(l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)), 0,
             "a deleted thread waits no more");
    c = (struct downer){.sem = s, .timeout = L4_IPC_NEVER};
    t[0] = thread_run(downs, &c, HIGH, cpu);
    wait_value(&c.stage, 1, 500);
    settle();
    slot_free(s, true);
    check(wait_value(&c.stage, 2, 500) && c.result == -(L4_EIPC_LO + L4_IPC_ENOT_EXISTENT),
          "deleting the semaphore wakes who waits");
    thread_delete(t[0]);

    l4_cap_idx_t sems[2] = {slot_alloc(), slot_alloc()};
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, sems[0]);
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, sems[1]);
    t[0] = thread_run(ping, sems, HIGH, cpu);
    good = true;
    for (unsigned i = 0; i < 500; i++) {
        l4_semaphore_up(sems[0]);
        good &= l4_error(l4_semaphore_down(sems[1], recv_us(LIMIT_US))) == 0;
    }
    check(good, "two threads wake each other 500 times");
    thread_delete(t[0]);
    slot_free(sems[0], true);
    slot_free(sems[1], true);
}

// ---- ups and downs on several CPUs at once ----

enum { ROUNDS = 20000 };

struct counting {
    l4_cap_idx_t sem;
    unsigned volatile stage;
    bool failed;
};

static void ups_and_downs(void *arg)
{
    struct counting *c = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        l4_semaphore_up(c->sem);
        c->failed |= l4_error(l4_semaphore_down(c->sem, L4_IPC_NEVER)) != 0;
    }
    c->stage = 1;
    l4_sleep_forever();
}

static void counting(void)
{
    enum { THREADS = 4, UPS = 3 };
    l4_cap_idx_t s = slot_alloc(), t[THREADS];
    struct counting c[THREADS];
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, s);
    for (unsigned i = 0; i < UPS; i++)
        l4_semaphore_up(s);
    for (unsigned i = 0; i < THREADS; i++) {
        c[i] = (struct counting){.sem = s};
        t[i] = thread_run(ups_and_downs, &c[i], LOW, i % cpus_online());
    }
    bool good = true;
    for (unsigned i = 0; i < THREADS; i++)
        good &= wait_value(&c[i].stage, 1, 20000) && !c[i].failed;
    check(good, "threads on all CPUs do ups and downs of one semaphore");
    unsigned left = 0;
    while (left <= UPS && !l4_error(l4_semaphore_down(s, L4_IPC_BOTH_TIMEOUT_0)))
        left++;
    check_eq(left, UPS, "and none is lost");
    for (unsigned i = 0; i < THREADS; i++)
        thread_delete(t[i]);
    slot_free(s, true);
}

void test_semaphore(void)
{
    counting();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++)
        basics(cpu);
}
