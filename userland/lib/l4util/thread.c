// SPDX-License-Identifier: MIT
#include <l4/sys/factory.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <l4/util/thread.h>

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
long l4util_create_thread(l4_cap_idx_t id, l4_utcb_t *thread_utcb, l4_cap_idx_t factory, l4_umword_t pc, l4_umword_t sp,
                          l4_cap_idx_t pager, l4_cap_idx_t task, l4_cap_idx_t scheduler, l4_sched_param_t scp)
{
    long e = l4_error(l4_factory_create_thread(factory, id));
    if (e < 0)
        return e;
    l4_thread_control_start();
    l4_thread_control_pager(pager);
    l4_thread_control_exc_handler(pager);
    l4_thread_control_bind(thread_utcb, task);
    e = l4_error(l4_thread_control_commit(id));
    if (e >= 0)
        e = l4_error(l4_thread_ex_regs(id, pc, sp, 0));
    if (e >= 0)
        e = l4_error(l4_scheduler_run_thread(scheduler, id, &scp));
    if (e < 0)
        l4_task_delete_obj(L4_BASE_TASK_CAP, id);
    return e < 0 ? e : 0;
}
