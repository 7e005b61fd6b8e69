// SPDX-License-Identifier: MIT
// Time since the kernel started; there is no calendar here.
#include <errno.h>
#include <l4/sys/ipc.h>
#include <l4/sys/kip.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

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

int nanosleep(struct timespec const *t, struct timespec *rest); // picolibc declares it for systems with POSIX timers only
int nanosleep(struct timespec const *t, struct timespec *rest)
{
    if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec > 999999999) {
        errno = EINVAL;
        return -1;
    }
    l4_usleep((l4_uint64_t)t->tv_sec * 1000000 + (l4_uint64_t)(t->tv_nsec + 999) / 1000);
    if (rest)
        *rest = (struct timespec){0};
    return 0;
}
