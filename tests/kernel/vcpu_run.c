// SPDX-License-Identifier: MIT
#include "vcpu_run.h"

void vcpu_mem_init(void)
{
    static bool done;
    l4_fpage_t f = l4_fpage(VCPU_MEM, 13, L4_FPAGE_RW);
    if (!done)
        check_eq(l4_error(l4_task_add_ku_mem(L4_BASE_TASK_CAP, &f)), 0,
                 "kernel-user memory for vCPU areas");
    done = true;
}

l4_vcpu_state_t *vcpu_become(unsigned n)
{
    l4_vcpu_state_t *v = vcpu_area(n);
    v->state = 0;
    l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)v);
    return v;
}

struct run {
    l4_cap_idx_t thread; // first: what fn gets to see
    void (*fn)(void *);
    unsigned volatile done;
};

static void run_start(void *arg)
{
    struct run *r = arg;
    r->fn(&r->thread);
    r->done = 1;
    l4_sleep_forever();
}

void run_to_end(void (*fn)(void *), unsigned prio, unsigned cpu)
{
    struct run r = {.fn = fn};
    r.thread = thread_make(run_start, &r, prio, cpu);
    thread_start(r.thread);
    if (!wait_value(&r.done, 1, 5000))
        check(false, "a test thread came to its end");
    thread_delete(r.thread);
}
