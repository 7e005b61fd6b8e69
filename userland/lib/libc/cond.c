// SPDX-License-Identifier: MIT
// Condition variables. Times count alike on both clocks, so that the clock of the attributes is only checked.
#include "wait_queue.h"

#include <errno.h>

int pthread_cond_init(pthread_cond_t *c, pthread_condattr_t const *attr)
{
    (void)attr;
    *c = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *c)
{
    if (c->queue.first)
        return EBUSY;
    queue_destroy(&c->queue);
    return 0;
}

static int wait_until(pthread_cond_t *c, pthread_mutex_t *m, struct timespec const *until)
{
    queue_lock(&c->queue); // a signal behind the unlock finds the caller in the queue
    int e = pthread_mutex_unlock(m);
    if (e) {
        queue_unlock(&c->queue);
        return e;
    }
    int result = queue_sleep(&c->queue, 0, until);
    e = pthread_mutex_lock(m);
    return e ? e : result;
}

int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    return wait_until(c, m, NULL);
}

int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock, struct timespec const *until)
{
    int e = queue_check_time(clock, until);
    return e ? e : wait_until(c, m, until);
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, struct timespec const *until)
{
    return pthread_cond_clockwait(c, m, CLOCK_REALTIME, until);
}

int pthread_cond_signal(pthread_cond_t *c)
{
    queue_lock(&c->queue);
    struct pthread_waiter *w = queue_pop(&c->queue);
    queue_unlock(&c->queue);
    if (w)
        queue_wake(w);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
    queue_lock(&c->queue);
    struct pthread_waiter *w = c->queue.first;
    c->queue.first = c->queue.last = NULL;
    queue_unlock(&c->queue);
    while (w) {
        struct pthread_waiter *next = w->next;
        queue_wake(w);
        w = next;
    }
    return 0;
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
    attr->clock = CLOCK_REALTIME;
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attr->clock = clock;
    return 0;
}

int pthread_condattr_getclock(pthread_condattr_t const *attr, clockid_t *clock)
{
    *clock = attr->clock;
    return 0;
}
