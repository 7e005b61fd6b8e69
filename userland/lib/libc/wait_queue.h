// SPDX-License-Identifier: MIT
// What all that POSIX threads wait for is made of: a queue of threads, each of which sleeps at a kernel semaphore.
#pragma once

#include <pthread.h>

struct pthread_waiter {
    struct pthread_waiter *next;
    l4_cap_idx_t sem; // L4_INVALID_CAP: there was none to be had, the thread looks at `woken` now and then
    int woken;
    int kind; // for the queue's user
    pthread_t thread;
};

// The queue's guard, which also guards what the queue belongs to.
void queue_lock(pthread_queue_t *q);
void queue_unlock(pthread_queue_t *q);

// With the guard taken: sleeps until somebody takes the caller out of the queue and wakes it, or until `until` (NULL: for ever)
// of the clock. 0 or ETIMEDOUT; the guard is free then.
int queue_sleep(pthread_queue_t *q, int kind, struct timespec const *until);

// With the guard taken: takes the first thread out of the queue, NULL if there is none. It is woken behind the guard.
struct pthread_waiter *queue_pop(pthread_queue_t *q);
void queue_wake(struct pthread_waiter *w);

// Frees what the guard has in the kernel.
void queue_destroy(pthread_queue_t *q);

// 0 or EINVAL.
int queue_check_time(clockid_t clock, struct timespec const *until);
