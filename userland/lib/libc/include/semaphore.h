// SPDX-License-Identifier: MIT
// POSIX semaphores without names. Functions return 0, or -1 with errno set.
#pragma once

#include <pthread.h>

#define SEM_VALUE_MAX 0x7fffffff

typedef struct sem_t {
    pthread_queue_t queue;
    unsigned value;
} sem_t;

L4_BEGIN_DECLS

int sem_init(sem_t *sem, int pshared, unsigned value);
int sem_destroy(sem_t *sem);
int sem_post(sem_t *sem);
int sem_wait(sem_t *sem);
int sem_trywait(sem_t *sem);
int sem_timedwait(sem_t *sem, struct timespec const *until);
int sem_getvalue(sem_t *sem, int *value);

L4_END_DECLS
