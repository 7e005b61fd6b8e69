// SPDX-License-Identifier: MIT
// Read-write locks: in the order of the queue, except that readers at its head go together.
#include "wait_queue.h"

#include <errno.h>

enum { READER, WRITER };

int pthread_rwlock_init(pthread_rwlock_t *l, pthread_rwlockattr_t const *attr)
{
    (void)attr;
    *l = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
    if (l->readers || l->writer)
        return EBUSY;
    queue_destroy(&l->queue);
    return 0;
}

// With the guard taken.
static int take(pthread_rwlock_t *l, int kind)
{
    if (l->writer || l->queue.first || (kind == WRITER && l->readers))
        return EBUSY;
    if (kind == WRITER)
        l->writer = 1;
    else
        l->readers++;
    return 0;
}

static int lock(pthread_rwlock_t *l, int kind)
{
    queue_lock(&l->queue);
    if (take(l, kind))
        return queue_sleep(&l->queue, kind, NULL); // whoever unlocks takes it for the caller
    queue_unlock(&l->queue);
    return 0;
}

static int trylock(pthread_rwlock_t *l, int kind)
{
    queue_lock(&l->queue);
    int e = take(l, kind);
    queue_unlock(&l->queue);
    return e;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    return lock(l, READER);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    return lock(l, WRITER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    return trylock(l, READER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    return trylock(l, WRITER);
}

// With the guard taken and the lock free for it: the next thread that may go, NULL if none may.
static struct pthread_waiter *admit(pthread_rwlock_t *l)
{
    struct pthread_waiter const *first = l->queue.first;
    if (!first || l->writer || (first->kind == WRITER && l->readers))
        return NULL;
    if (first->kind == WRITER)
        l->writer = 1;
    else
        l->readers++;
    return queue_pop(&l->queue);
}

int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    queue_lock(&l->queue);
    if (!l->writer && !l->readers) {
        queue_unlock(&l->queue);
        return EPERM;
    }
    if (l->writer)
        l->writer = 0;
    else
        l->readers--;
    struct pthread_waiter *w;
    while ((w = admit(l)))
        queue_wake(w);
    queue_unlock(&l->queue);
    return 0;
}
