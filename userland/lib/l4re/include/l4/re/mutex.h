// SPDX-License-Identifier: MIT
// Mutual exclusion between threads of a task. The uncontended path does not enter the kernel; the
// semaphore is created at the first contention. Not recursive.
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

typedef struct l4re_mutex_t {
    int users;        // holder and waiters
    l4_cap_idx_t sem; // 0 until needed
} l4re_mutex_t;

#define L4RE_MUTEX_INIT                                                                            \
    {                                                                                              \
        0, 0                                                                                       \
    }

void l4re_mutex_init(l4re_mutex_t *m);
void l4re_mutex_destroy(l4re_mutex_t *m);
void l4re_mutex_lock(l4re_mutex_t *m);
int l4re_mutex_trylock(l4re_mutex_t *m); // 1 = got it
void l4re_mutex_unlock(l4re_mutex_t *m);

L4_END_DECLS
