// SPDX-License-Identifier: MIT
// A counter in front of a semaphore: only a thread that finds the counter taken enters the kernel.
#include <l4/re/mutex.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <stdbool.h>
#include <string.h>

void l4re_mutex_init(l4re_mutex_t *m)
{
    *m = (l4re_mutex_t)L4RE_MUTEX_INIT;
}

void l4re_mutex_destroy(l4re_mutex_t *m)
{
    if (m->sem) {
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, m->sem);
        l4re_util_cap_free(m->sem);
        m->sem = 0;
    }
}

// The semaphore, made by whichever side of a contention comes first. 0 if there is no memory for
// it.
static l4_cap_idx_t mutex_sem(l4re_mutex_t *m)
{
    l4_cap_idx_t s = __atomic_load_n(&m->sem, __ATOMIC_ACQUIRE);
    if (s)
        return s;

    l4_cap_idx_t mine = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(mine))
        return 0;
    // The caller may be in the middle of writing a message: keep its registers.
    l4_utcb_t *u = l4_utcb();
    l4_umword_t mr[5];
    l4_buf_regs_t br = u->buf;
    memcpy(mr, u->msg.mr, sizeof(mr));
    long e = l4_error_u(l4_factory_create_semaphore(l4re_env()->factory, mine), u);
    l4_cap_idx_t other = 0;
    if (e < 0) {
        l4re_util_cap_free(mine);
        mine = 0;
    } else if (!__atomic_compare_exchange_n(&m->sem, &other, mine, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE)) {
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, mine);
        l4re_util_cap_free(mine);
        mine = other;
    }
    memcpy(u->msg.mr, mr, sizeof(mr));
    u->buf = br;
    return mine;
}

void l4re_mutex_lock(l4re_mutex_t *m)
{
    if (L4_LIKELY(__atomic_fetch_add(&m->users, 1, __ATOMIC_ACQUIRE) == 0))
        return;
    for (;;) {
        l4_cap_idx_t s = mutex_sem(m);
        if (!s) {
            l4_usleep(1000); // out of kernel memory: somebody may give some back
            continue;
        }
        l4_utcb_t *u = l4_utcb();
        l4_umword_t mr0 = u->msg.mr[0];
        l4_msgtag_t t = l4_semaphore_down(s, L4_IPC_NEVER);
        u->msg.mr[0] = mr0;
        if (!l4_msgtag_has_error(t))
            return;
    }
}

int l4re_mutex_trylock(l4re_mutex_t *m)
{
    int free = 0;
    return __atomic_compare_exchange_n(&m->users, &free, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void l4re_mutex_unlock(l4re_mutex_t *m)
{
    if (L4_LIKELY(__atomic_fetch_sub(&m->users, 1, __ATOMIC_RELEASE) == 1))
        return;
    l4_cap_idx_t s;
    while (!(s = mutex_sem(m)))
        l4_usleep(1000);
    l4_semaphore_up(s); // writes no message register
}
