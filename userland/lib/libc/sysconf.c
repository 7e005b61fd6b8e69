// SPDX-License-Identifier: MIT
// What programs ask the system for.
#include <errno.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/thread.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

// CPUs that the program's scheduler offers.
static long cpus(void)
{
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0, 0, 0);
    if (l4_error(l4_scheduler_info(l4re_env()->scheduler, NULL, &set)) < 0)
        return -1;
    return __builtin_popcountl(set.map);
}

long sysconf(int name)
{
    switch (name) {
    case _SC_PAGESIZE:
        return L4_PAGESIZE;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return cpus();
    case _SC_CLK_TCK:
        return CLOCKS_PER_SEC;
    case _SC_OPEN_MAX:
        return 32;
    case _SC_THREAD_KEYS_MAX:
        return PTHREAD_KEYS_MAX;
    case _SC_THREAD_STACK_MIN:
        return PTHREAD_STACK_MIN;
    case _SC_THREADS:
    case _SC_SEMAPHORES:
    case _SC_TIMERS:
    case _SC_MONOTONIC_CLOCK:
    case _SC_MAPPED_FILES:
        return 200112L;
    default:
        errno = EINVAL;
        return -1;
    }
}

int sched_yield(void)
{
    l4_thread_yield();
    return 0;
}
