// SPDX-License-Identifier: MIT
// What this system adds to the C library's POSIX: threads, clocks, mapped files.
#pragma once

#include_next <sys/features.h>

#ifndef _POSIX_THREADS
#define _POSIX_THREADS            200112L
#define _POSIX_TIMEOUTS           200112L
#define _POSIX_SEMAPHORES         200112L
#define _POSIX_BARRIERS           200112L
#define _POSIX_SPIN_LOCKS         200112L
#define _POSIX_READER_WRITER_LOCKS 200112L
#define _POSIX_TIMERS             200112L
#define _POSIX_MONOTONIC_CLOCK    200112L
#define _POSIX_CLOCK_SELECTION    200112L
#define _POSIX_MAPPED_FILES       200112L
#endif
