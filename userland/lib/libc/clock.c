// SPDX-License-Identifier: MIT
// Time since the kernel started; there is no calendar here.
#include <errno.h>
#include <l4/sys/ipc.h>
#include <l4/sys/kip.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

enum { NS = 1000000000 };

int gettimeofday(struct timeval *tv, void *tz)
{
    (void)tz;
    l4_kernel_clock_t us = l4_kip_clock(l4_kip());
    tv->tv_sec = (time_t)(us / 1000000);
    tv->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

clock_t times(struct tms *t)
{
    clock_t ticks = (clock_t)(l4_kip_clock(l4_kip()) / (1000000 / CLOCKS_PER_SEC));
    *t = (struct tms){.tms_utime = ticks};
    return ticks;
}

int usleep(useconds_t us)
{
    l4_usleep(us);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    l4_usleep((l4_uint64_t)seconds * 1000000);
    return 0;
}

// Both clocks count from the kernel's start; with nanoseconds, which the kernel's page knows.
static int is_clock(clockid_t clock)
{
    return clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    if (!is_clock(clock)) {
        errno = EINVAL;
        return -1;
    }
    l4_uint64_t ns = l4_kip_clock_ns(l4_kip());
    *t = (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *t)
{
    if (!is_clock(clock)) {
        errno = EINVAL;
        return -1;
    }
    if (t)
        *t = (struct timespec){.tv_nsec = 1000}; // what sleeping knows
    return 0;
}

int timespec_get(struct timespec *t, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, t) == 0 ? base : 0;
}

// Returns an error number.
int clock_nanosleep(clockid_t clock, int flags, struct timespec const *t, struct timespec *rest)
{
    if (!is_clock(clock) || t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= NS)
        return EINVAL;
    l4_uint64_t us = (l4_uint64_t)t->tv_sec * 1000000 + (l4_uint64_t)(t->tv_nsec + 999) / 1000;
    if (flags & TIMER_ABSTIME) {
        l4_uint64_t now;
        while ((now = l4_kip_clock(l4_kip())) < us)
            l4_usleep(us - now);
        return 0;
    }
    l4_usleep(us);
    if (rest)
        *rest = (struct timespec){0};
    return 0;
}

int nanosleep(struct timespec const *t, struct timespec *rest)
{
    int e = clock_nanosleep(CLOCK_MONOTONIC, 0, t, rest);
    if (e)
        errno = e;
    return e ? -1 : 0;
}
