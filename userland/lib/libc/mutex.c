// SPDX-License-Identifier: MIT
// Mutexes: unlock hands them to the first thread that waits.
#include "wait_queue.h"

#include <errno.h>

int pthread_mutex_init(pthread_mutex_t *m, pthread_mutexattr_t const *attr)
{
    *m = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (attr)
        m->type = attr->type;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
    if (m->owner)
        return EBUSY;
    queue_destroy(&m->queue);
    return 0;
}

// With the guard taken: 0 if the caller has it now, EBUSY, or what is an error by its type.
static int take(pthread_mutex_t *m, int trying)
{
    pthread_t self = pthread_self();
    if (!m->owner) {
        m->owner = self;
        m->depth = 1;
        return 0;
    }
    if (m->owner != self || m->type == PTHREAD_MUTEX_NORMAL)
        return EBUSY;
    if (m->type == PTHREAD_MUTEX_ERRORCHECK)
        return trying ? EBUSY : EDEADLK;
    if (m->depth == ~0u)
        return EAGAIN;
    m->depth++;
    return 0;
}

static int lock_until(pthread_mutex_t *m, struct timespec const *until)
{
    queue_lock(&m->queue);
    int e = take(m, 0);
    if (e == EBUSY)
        return queue_sleep(&m->queue, 0, until); // whoever unlocks makes the caller the owner
    queue_unlock(&m->queue);
    return e;
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
    return lock_until(m, NULL);
}

int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, struct timespec const *until)
{
    int e = queue_check_time(clock, until);
    return e ? e : lock_until(m, until);
}

int pthread_mutex_timedlock(pthread_mutex_t *m, struct timespec const *until)
{
    return pthread_mutex_clocklock(m, CLOCK_REALTIME, until);
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
    queue_lock(&m->queue);
    int e = take(m, 1);
    queue_unlock(&m->queue);
    return e;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    struct pthread_waiter *next = NULL;
    queue_lock(&m->queue);
    int e = m->owner == pthread_self() ? 0 : EPERM;
    if (!e && --m->depth == 0) {
        next = queue_pop(&m->queue);
        m->owner = next ? next->thread : NULL;
        m->depth = next ? 1 : 0;
    }
    queue_unlock(&m->queue);
    if (next)
        queue_wake(next);
    return e;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
    attr->type = PTHREAD_MUTEX_DEFAULT;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attr->type = type;
    return 0;
}

int pthread_mutexattr_gettype(pthread_mutexattr_t const *attr, int *type)
{
    *type = attr->type;
    return 0;
}
