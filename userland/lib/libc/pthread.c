// SPDX-License-Identifier: MIT
// POSIX threads on l4re threads. A pthread_t is its record, which lives until somebody joins it, or, when it is detached, until
// the next thread is made after its end. The main thread, and threads not made here, have theirs in their thread-local storage.
#include "pthread_keys.h"
#include "wait_queue.h"

#include <errno.h>
#include <l4/re/env.h>
#include <l4/re/thread.h>
#include <pthread-l4.h>
#include <stdlib.h>

struct pthread_thread {
    struct l4re_thread t;
    struct pthread_thread *next; // of those that have ended and are detached
    void *(*fn)(void *);
    void *arg;
    struct sched_param param;
    int policy;
    int detached, joining, ended;
};

static __thread struct pthread_thread own;
static __thread struct pthread_thread *self;

// What belongs to all: threads that have not ended, ended ones that nobody joins, the main thread that waits for them.
static pthread_queue_t all;
static unsigned alive;
static struct pthread_thread *ended;

static int error_number(int e)
{
    switch (-e) {
    case 0:
        return 0;
    case L4_EPERM:
        return EPERM;
    case L4_EINVAL:
        return EINVAL;
    default:
        return EAGAIN; // POSIX' number for all that is short
    }
}

pthread_t pthread_self(void)
{
    if (!self) {
        own.t.cap = l4re_thread_self();
        self = &own;
    }
    return self;
}

int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

l4_cap_idx_t pthread_l4_cap(pthread_t thread)
{
    return thread->t.cap;
}

// The last steps of a thread of ours: from here on it may be freed once l4re_thread_join() returns.
static void end(struct pthread_thread *p)
{
    struct pthread_waiter *main_thread = NULL;
    pthread_keys_end();
    queue_lock(&all);
    p->ended = 1;
    if (p->detached) {
        p->next = ended;
        ended = p;
    }
    if (--alive == 0)
        main_thread = queue_pop(&all);
    queue_unlock(&all);
    if (main_thread)
        queue_wake(main_thread);
}

static void *begin(void *arg)
{
    struct pthread_thread *p = arg;
    self = p;
    void *result = p->fn(p->arg);
    end(p);
    return result;
}

// Frees the detached threads that have ended.
static void reap(void)
{
    queue_lock(&all);
    struct pthread_thread *p = ended;
    ended = NULL;
    queue_unlock(&all);
    while (p) {
        struct pthread_thread *next = p->next;
        l4re_thread_join(&p->t, NULL);
        free(p);
        p = next;
    }
}

static int start(struct pthread_thread *p, size_t stack_size)
{
    struct l4re_thread_attr a = L4RE_THREAD_ATTR_INIT;
    a.stack_size = stack_size;
    a.prio = p->param.sched_priority > 0 ? (unsigned)p->param.sched_priority : 0;
    queue_lock(&all);
    alive++;
    queue_unlock(&all);
    int e = l4re_thread_create(&p->t, begin, p, &a);
    if (e < 0) {
        queue_lock(&all);
        alive--;
        queue_unlock(&all);
    }
    return error_number(e);
}

int pthread_create(pthread_t *thread, pthread_attr_t const *attr, void *(*fn)(void *), void *arg)
{
    reap();
    struct pthread_thread *p = calloc(1, sizeof(*p));
    if (!p)
        return EAGAIN;
    p->fn = fn;
    p->arg = arg;
    p->policy = SCHED_RR;
    if (attr) {
        p->detached = attr->detachstate == PTHREAD_CREATE_DETACHED;
        if (attr->inheritsched == PTHREAD_EXPLICIT_SCHED)
            p->param = attr->param;
    }
    *thread = p; // before the thread can look for it; when it is detached and ended it is nobody's
    int e = start(p, attr ? attr->stacksize : 0);
    if (e)
        free(p);
    return e;
}

int pthread_join(pthread_t thread, void **result)
{
    if (thread == pthread_self())
        return EDEADLK;
    queue_lock(&all);
    int e = thread->detached || thread->joining || !thread->fn ? EINVAL : 0;
    if (!e)
        thread->joining = 1;
    queue_unlock(&all);
    if (e)
        return e;
    e = error_number(l4re_thread_join(&thread->t, result));
    if (!e)
        free(thread);
    return e;
}

int pthread_detach(pthread_t thread)
{
    queue_lock(&all);
    int e = thread->detached || thread->joining || !thread->fn ? EINVAL : 0;
    if (!e) {
        thread->detached = 1;
        if (thread->ended) {
            thread->next = ended;
            ended = thread;
        }
    }
    queue_unlock(&all);
    return e;
}

void pthread_exit(void *result)
{
    struct pthread_thread *p = pthread_self();
    if (p != &own)
        end(p);
    else
        pthread_keys_end();
    if (p != &own || !l4_capability_equal(p->t.cap, l4re_env()->main_thread))
        l4re_thread_exit(result);
    queue_lock(&all);
    if (alive)
        queue_sleep(&all, 0, NULL);
    else
        queue_unlock(&all);
    exit(0);
}

int pthread_cancel(pthread_t thread)
{
    (void)thread;
    return ENOSYS;
}

int pthread_setschedparam(pthread_t thread, int policy, struct sched_param const *param)
{
    if (policy != SCHED_RR || param->sched_priority < L4_SCHED_MIN_PRIO || param->sched_priority > L4_SCHED_MAX_PRIO)
        return EINVAL;
    l4_sched_param_t sp = l4_sched_param((unsigned)param->sched_priority, 0);
    long e = l4_error(l4_scheduler_run_thread(l4re_env()->scheduler, thread->t.cap, &sp));
    if (e >= 0)
        thread->param = *param;
    return e < 0 ? error_number((int)e) : 0;
}

int pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *param)
{
    *policy = SCHED_RR;
    *param = thread->param;
    if (!param->sched_priority)
        param->sched_priority = L4RE_THREAD_PRIO_DEFAULT;
    return 0;
}
