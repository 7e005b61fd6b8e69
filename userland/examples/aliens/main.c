// SPDX-License-Identifier: MIT
// An alien's system calls come to its exception handler, before and after: to be allowed, or to be done in another way. The
// alien is made from its parts, with kernel-user memory as UTCB; the handler is the main thread behind a gate.
#include <l4/re/c/util/kumem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>

#include "../check.h"

enum { CALLS = 3, SVC_BYTES = 4 };

static char stack[4096] __attribute__((aligned(L4_STACK_ALIGN)));
static int volatile calls_done;

// Three system calls, then a loop. It has no thread-local storage, so it uses nothing of the C library.
static L4_NORETURN void alien(void)
{
    for (int i = 0; i < CALLS; i++) {
        l4_thread_yield();
        calls_done = i + 1;
    }
    l4_infinite_loop();
}

static l4_cap_idx_t start_alien(l4_cap_idx_t handler)
{
    l4re_env_t const *env = l4re_env();
    l4_cap_idx_t thread = l4re_util_cap_alloc();
    l4_addr_t utcb;
    CHECK(l4re_util_kumem_alloc(&utcb, 0, L4RE_THIS_TASK_CAP, env->rm) == 0);
    CHECK(l4_error(l4_factory_create_thread(env->factory, thread)) == 0);
    l4_thread_control_start();
    l4_thread_control_pager(env->rm);
    l4_thread_control_exc_handler(handler);
    l4_thread_control_bind((l4_utcb_t *)utcb, L4RE_THIS_TASK_CAP);
    l4_thread_control_alien(1);
    CHECK(l4_error(l4_thread_control_commit(thread)) == 0);
    l4_addr_t sp = l4_align_stack_for_direct_fncall((l4_addr_t)stack + sizeof(stack));
    CHECK(l4_error(l4_thread_ex_regs(thread, (l4_addr_t)alien, sp, 0)) >= 0);
    l4_sched_param_t sched = l4_sched_param(1, 0);
    CHECK(l4_error(l4_scheduler_run_thread(env->scheduler, thread, &sched)) >= 0);
    return thread;
}

// The exceptions before and after call number `n`: lets it go on with both.
static void see_call(int n)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    for (int after = 0; after < 2; after++) {
        l4_msgtag_t t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
        CHECK(!l4_ipc_error(t, u) && l4_msgtag_is_exception(t) && !l4_msgtag_is_page_fault(t));
        l4_exc_regs_t const *e = l4_utcb_exc();
        CHECK(!l4_utcb_exc_is_pf(e) && !l4_utcb_exc_is_ex_regs_exception(e));
        CHECK(!!(e->err & L4_ESR_AFTER_CALL) == after);
        CHECK(calls_done == n);
        l4_ipc_reply(u, l4_msgtag(after ? 0 : L4_PROTO_ALLOW_SYSCALL, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0),
                     L4_IPC_SEND_TIMEOUT_0);
    }
}

int main(void)
{
    l4_cap_idx_t gate = l4re_util_cap_alloc();
    CHECK(l4_error(l4_factory_create_gate(l4re_env()->factory, gate, l4re_env()->main_thread, 0)) == 0);
    l4_cap_idx_t thread = start_alien(gate);
    for (int i = 0; i < CALLS; i++)
        see_call(i);
    while (calls_done < CALLS)
        l4_sleep(1);
    CHECK(l4_error(l4_task_delete_obj(L4RE_THIS_TASK_CAP, thread)) >= 0);
    puts("aliens: ok");
}
