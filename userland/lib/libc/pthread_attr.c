// SPDX-License-Identifier: MIT
#include <errno.h>
#include <l4/re/thread.h>
#include <pthread.h>

int pthread_attr_init(pthread_attr_t *attr)
{
    *attr = (pthread_attr_t){.policy = SCHED_RR, .param = {.sched_priority = L4RE_THREAD_PRIO_DEFAULT}};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attr->detachstate = state;
    return 0;
}

int pthread_attr_getdetachstate(pthread_attr_t const *attr, int *state)
{
    *state = attr->detachstate;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    if (size < PTHREAD_STACK_MIN)
        return EINVAL;
    attr->stacksize = size;
    return 0;
}

int pthread_attr_getstacksize(pthread_attr_t const *attr, size_t *size)
{
    *size = attr->stacksize ? attr->stacksize : L4RE_THREAD_STACK_DEFAULT;
    return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
    if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED)
        return EINVAL;
    attr->inheritsched = inherit;
    return 0;
}

int pthread_attr_getinheritsched(pthread_attr_t const *attr, int *inherit)
{
    *inherit = attr->inheritsched;
    return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
    if (policy != SCHED_RR) // fixed priorities, turns among equals
        return ENOTSUP;
    attr->policy = policy;
    return 0;
}

int pthread_attr_getschedpolicy(pthread_attr_t const *attr, int *policy)
{
    *policy = attr->policy;
    return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *attr, struct sched_param const *param)
{
    if (param->sched_priority < L4_SCHED_MIN_PRIO || param->sched_priority > L4_SCHED_MAX_PRIO)
        return EINVAL;
    attr->param = *param;
    return 0;
}

int pthread_attr_getschedparam(pthread_attr_t const *attr, struct sched_param *param)
{
    *param = attr->param;
    return 0;
}
