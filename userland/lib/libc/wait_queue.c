// SPDX-License-Identifier: MIT
#include "wait_queue.h"

#include <errno.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/kip.h>
#include <l4/sys/semaphore.h>

// ---- kernel semaphores: as many as threads have ever slept at a time, used again ----
enum { POOL_MAX = 64 };
static l4_cap_idx_t pool[POOL_MAX];
static unsigned pooled;
static l4re_mutex_t pool_lock = L4RE_MUTEX_INIT;

static l4_cap_idx_t sem_get(void)
{
    l4_cap_idx_t sem = L4_INVALID_CAP;
    l4re_mutex_lock(&pool_lock);
    if (pooled)
        sem = pool[--pooled];
    l4re_mutex_unlock(&pool_lock);
    if (l4_is_valid_cap(sem))
        return sem;
    sem = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(sem))
        return sem;
    // The caller may be in the middle of writing a message: it finds its registers as they were.
    l4_utcb_t *u = l4_utcb();
    l4_msg_regs_t msg = u->msg;
    l4_buf_regs_t buf = u->buf;
    if (l4_error_u(l4_factory_create_semaphore_u(l4re_env()->factory, sem, u), u) < 0) {
        l4re_util_cap_free(sem);
        sem = L4_INVALID_CAP;
    }
    u->msg = msg;
    u->buf = buf;
    return sem;
}

static void sem_put(l4_cap_idx_t sem)
{
    if (l4_is_invalid_cap(sem))
        return;
    l4re_mutex_lock(&pool_lock);
    if (pooled < POOL_MAX) {
        pool[pooled++] = sem;
        sem = L4_INVALID_CAP;
    }
    l4re_mutex_unlock(&pool_lock);
    l4re_util_cap_free_um(sem);
}

// ---- queue ----
void queue_lock(pthread_queue_t *q)
{
    l4re_mutex_lock(&q->guard);
}

void queue_unlock(pthread_queue_t *q)
{
    l4re_mutex_unlock(&q->guard);
}

void queue_destroy(pthread_queue_t *q)
{
    l4re_mutex_destroy(&q->guard);
}

static void append(pthread_queue_t *q, struct pthread_waiter *w)
{
    if (q->last)
        q->last->next = w;
    else
        q->first = w;
    q->last = w;
}

struct pthread_waiter *queue_pop(pthread_queue_t *q)
{
    struct pthread_waiter *w = q->first;
    if (w) {
        q->first = w->next;
        if (!q->first)
            q->last = NULL;
    }
    return w;
}

// 1 if it was in the queue still.
static int withdraw(pthread_queue_t *q, struct pthread_waiter const *w)
{
    struct pthread_waiter **link = &q->first, *before = NULL;
    while (*link && *link != w) {
        before = *link;
        link = &before->next;
    }
    if (!*link)
        return 0;
    *link = w->next;
    if (q->last == w)
        q->last = before;
    return 1;
}

void queue_wake(struct pthread_waiter *w)
{
    l4_cap_idx_t sem = w->sem; // when it has seen `woken` it is gone
    __atomic_store_n(&w->woken, 1, __ATOMIC_RELEASE);
    if (l4_is_valid_cap(sem))
        l4_semaphore_up(sem);
}

int queue_check_time(clockid_t clock, struct timespec const *until)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    return until->tv_nsec < 0 || until->tv_nsec > 999999999 ? EINVAL : 0;
}

// Both clocks count from the kernel's start.
static l4_kernel_clock_t deadline_us(struct timespec const *until)
{
    if (!until)
        return L4_TIMEOUT_US_NEVER;
    if (until->tv_sec < 0)
        return 0;
    return (l4_kernel_clock_t)until->tv_sec * 1000000 + (l4_kernel_clock_t)(until->tv_nsec + 999) / 1000;
}

// Waits until the semaphore is up, or `us`. 1: it was.
static int sem_wait_until(l4_cap_idx_t sem, l4_kernel_clock_t us)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t mr = u->msg.mr[0], br = u->buf.br[0];
    l4_timeout_s rcv = L4_IPC_TIMEOUT_NEVER;
    if (us != L4_TIMEOUT_US_NEVER)
        rcv = l4_timeout_abs_u(us, 0, u);
    l4_msgtag_t t = l4_semaphore_down_u(sem, l4_timeout(L4_IPC_TIMEOUT_NEVER, rcv), u);
    u->msg.mr[0] = mr;
    u->buf.br[0] = br;
    return !l4_msgtag_has_error(t);
}

// One step of waiting. 1: woken.
static int sleep_step(struct pthread_waiter *w, l4_kernel_clock_t us)
{
    if (l4_is_valid_cap(w->sem))
        return sem_wait_until(w->sem, us);
    if (__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE))
        return 1;
    l4_usleep(1000);
    return 0;
}

int queue_sleep(pthread_queue_t *q, int kind, struct timespec const *until)
{
    struct pthread_waiter w = {.kind = kind, .thread = pthread_self()};
    l4_kernel_clock_t us = deadline_us(until);
    int result = 0;
    w.sem = sem_get();
    append(q, &w);
    queue_unlock(q);
    while (!sleep_step(&w, us)) {
        if (us == L4_TIMEOUT_US_NEVER || l4_kip_clock(l4_kip()) < us)
            continue;
        queue_lock(q);
        int late = withdraw(q, &w);
        queue_unlock(q);
        if (late) {
            result = ETIMEDOUT;
            break;
        }
        us = L4_TIMEOUT_US_NEVER; // somebody is about to wake it
    }
    sem_put(w.sem);
    return result;
}
