// SPDX-License-Identifier: MIT
// What the C library's header lacks.
#pragma once

#include_next <time.h>

#define TIME_UTC 1

#ifdef __cplusplus
extern "C"
#endif
    // The time since the kernel's start. `base`, or 0 for any other than TIME_UTC.
    int
    timespec_get(struct timespec *t, int base);
