// SPDX-License-Identifier: MIT
// Kernel calls that do not leave the thread.
#include "measure.h"
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/mutex.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/irq.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <stdio.h>

static l4_cap_idx_t irq, semaphore;
static l4re_mutex_t mutex;

static void empty(void *arg)
{
    (void)arg;
    l4_ipc_call((l4_cap_idx_t)0xffff << L4_CAP_SHIFT, l4_utcb(), l4_msgtag(0, 0, 0, 0),
                L4_IPC_NEVER);
}

static void cap_valid(void *arg)
{
    (void)arg;
    l4_task_cap_valid(L4RE_THIS_TASK_CAP, L4RE_THIS_TASK_CAP);
}

static void yield(void *arg)
{
    (void)arg;
    l4_ipc_receive(L4_INVALID_CAP, l4_utcb(), L4_IPC_BOTH_TIMEOUT_0);
}

static void trigger_unbound(void *arg)
{
    (void)arg;
    l4_irq_trigger(irq);
}

static void up_down(void *arg)
{
    (void)arg;
    l4_semaphore_up(semaphore);
    l4_semaphore_down(semaphore, L4_IPC_NEVER);
}

static void lock_unlock(void *arg)
{
    (void)arg;
    l4re_mutex_lock(&mutex);
    l4re_mutex_unlock(&mutex);
}

void bench_calls(void)
{
    measure("empty-capability", empty, 0);
    measure("cap-valid", cap_valid, 0);
    measure("yield", yield, 0);
    irq = l4re_util_cap_alloc();
    semaphore = l4re_util_cap_alloc();
    if (l4_error(l4_factory_create_irq(l4re_env()->factory, irq)) ||
        l4_error(l4_factory_create_semaphore(l4re_env()->factory, semaphore))) {
        puts("bench: cannot make an IRQ object and a semaphore");
        return;
    }
    measure("irq-unbound", trigger_unbound, 0);
    measure("semaphore", up_down, 0);
    measure("mutex", lock_unlock, 0);
}
