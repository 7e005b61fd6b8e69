// SPDX-License-Identifier: MIT
// Threads of the kernel alone, without thread-local storage, that use the C library's streams: their thread pointer is what
// the kernel gives them, the UTCB.
#include "parts.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/thread.h>
#include <stdio.h>

enum { STACK = 16384, THREADS = 2, WAIT_STEPS = 10000, STEP_US = 1000 };
#define FILLING 0x7fff00000000ul

static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static unsigned damaged, steps; // shared: they take turns

static void wait_for_step(unsigned step)
{
    for (unsigned i = 0; i < WAIT_STEPS && __atomic_load_n(&steps, __ATOMIC_ACQUIRE) != step; i++)
        l4_usleep(STEP_US);
}

// What is in all message registers, as if a message was being written; a line's length would be the highest of them.
static void fill(l4_utcb_t *u)
{
    for (unsigned i = 0; i < L4_UTCB_GENERIC_DATA_SIZE; i++)
        u->msg.mr[i] = FILLING + i;
}

static unsigned count_damaged(l4_utcb_t const *u)
{
    unsigned n = 0;
    for (unsigned i = 0; i < L4_UTCB_GENERIC_DATA_SIZE; i++)
        n += u->msg.mr[i] != FILLING + i;
    return n;
}

static void first(void)
{
    fill(l4_utcb());
    printf("raw thread prints a line, %d\n", 42);
    printf("half a line, ");
    damaged += count_damaged(l4_utcb());
    __atomic_store_n(&steps, 1, __ATOMIC_RELEASE);
    l4_sleep_forever();
}

static void second(void)
{
    wait_for_step(1);
    fill(l4_utcb());
    printf("raw thread ends without a new line");
    damaged += count_damaged(l4_utcb());
    __atomic_store_n(&steps, 2, __ATOMIC_RELEASE);
    l4_sleep_forever();
}

static bool start(unsigned i, void (*entry)(void))
{
    l4re_env_t const *env = l4re_env();
    l4_cap_idx_t thread = l4re_util_cap_alloc();
    l4_addr_t utcb = env->first_free_utcb + i * L4_UTCB_OFFSET;
    l4_sched_param_t param = l4_sched_param(2, 0);
    if (l4_error(l4_factory_create_thread(env->factory, thread)) < 0)
        return false;
    l4_thread_control_start();
    l4_thread_control_pager(env->rm);
    l4_thread_control_exc_handler(env->rm);
    l4_thread_control_bind((l4_utcb_t *)utcb, L4RE_THIS_TASK_CAP);
    return l4_error(l4_thread_control_commit(thread)) >= 0 &&
           l4_error(l4_thread_ex_regs(thread, (l4_addr_t)entry, (l4_addr_t)(stacks[i] + STACK), 0)) >= 0 &&
           l4_error(l4_scheduler_run_thread(env->scheduler, thread, &param)) >= 0;
}

void part_raw_thread(void)
{
    check(start(0, first) && start(1, second), "two threads start");
    wait_for_step(2);
    check(steps == 2, "both have printed");
    check(damaged == 0, "and their message registers are as they were");
}
