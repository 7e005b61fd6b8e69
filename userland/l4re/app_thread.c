// SPDX-License-Identifier: MIT
#include "runtime.h"

#include <l4/re/cap_alloc.h>
#include <l4/sys/factory.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/thread.h>

#define APP_PRIO 2 // relative to the scheduler capability

int app_thread_create(struct runtime *rt)
{
    rt->app_thread = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(rt->app_thread))
        return -L4_ENOMEM;
    long e = l4_error(l4_factory_create_thread(l4re_env()->factory, rt->app_thread));
    if (e < 0)
        return (int)e;
    l4_thread_control_start();
    l4_thread_control_pager(rt->rm.cap);
    l4_thread_control_exc_handler(rt->rm.cap);
    l4_thread_control_bind((l4_utcb_t *)l4re_env()->first_free_utcb, L4RE_THIS_TASK_CAP);
    e = l4_error(l4_thread_control_commit(rt->app_thread));
    return e < 0 ? (int)e : 0;
}

int app_thread_run(struct runtime *rt, l4_addr_t sp)
{
    l4_sched_param_t param = l4_sched_param(APP_PRIO, 0);
    long e = l4_error(l4_scheduler_run_thread(l4re_env()->scheduler, rt->app_thread, &param));
    if (e >= 0)
        e = l4_error(l4_thread_ex_regs(rt->app_thread, rt->entry, sp, 0));
    return e < 0 ? (int)e : 0;
}
