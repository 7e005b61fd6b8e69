// SPDX-License-Identifier: MIT
#include "lock.h"

#include "log.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/semaphore.h>

void lock_init(struct lock *l)
{
    atomic_init(&l->users, 0);
    l->sem = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(l->sem) ||
        l4_error(l4_factory_create_semaphore(l4re_env()->factory, l->sem)) < 0)
        fatal("cannot create a semaphore");
}

// The message registers belong to whoever takes the lock: both keep them.
void lock_wait(struct lock *l)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t mr0 = u->msg.mr[0];
    while (l4_error(l4_semaphore_down(l->sem, L4_IPC_NEVER)) < 0)
        ;
    u->msg.mr[0] = mr0;
}

void lock_wake(struct lock *l)
{
    l4_semaphore_up(l->sem);
}
