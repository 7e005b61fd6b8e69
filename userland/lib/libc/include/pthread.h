// SPDX-License-Identifier: MIT
// POSIX threads. Functions return 0 or an error number, and behave as POSIX says; what is left out: cancellation (refused with
// ENOSYS), fork handlers, sharing between processes, priority protocols of mutexes, barriers' and condition variables' other
// attributes than the clock.
#pragma once

#include <l4/re/mutex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#define PTHREAD_KEYS_MAX              32
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define PTHREAD_STACK_MIN             4096

#define PTHREAD_CREATE_JOINABLE  0
#define PTHREAD_CREATE_DETACHED  1
#define PTHREAD_MUTEX_NORMAL     0
#define PTHREAD_MUTEX_RECURSIVE  1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT    PTHREAD_MUTEX_NORMAL
#define PTHREAD_PROCESS_PRIVATE  0
#define PTHREAD_PROCESS_SHARED   1
#define PTHREAD_INHERIT_SCHED    0
#define PTHREAD_EXPLICIT_SCHED   1
#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

struct pthread_thread;
struct pthread_waiter;
typedef struct pthread_thread *pthread_t;
typedef unsigned pthread_key_t;

typedef struct pthread_attr_t {
    size_t stacksize; // 0: default
    int detachstate;
    int inheritsched;
    int policy;
    struct sched_param param;
} pthread_attr_t;

// Threads that wait, in their order.
typedef struct pthread_queue_t {
    l4re_mutex_t guard; // of what the queue belongs to
    struct pthread_waiter *first, *last;
} pthread_queue_t;

typedef struct pthread_mutexattr_t {
    int type;
} pthread_mutexattr_t;
typedef struct pthread_mutex_t {
    pthread_queue_t queue;
    pthread_t owner;
    unsigned depth;
    int type;
} pthread_mutex_t;

typedef struct pthread_condattr_t {
    clockid_t clock;
} pthread_condattr_t;
typedef struct pthread_cond_t {
    pthread_queue_t queue;
} pthread_cond_t;

typedef struct pthread_rwlockattr_t {
    int unused;
} pthread_rwlockattr_t;
typedef struct pthread_rwlock_t {
    pthread_queue_t queue;
    unsigned readers;
    int writer;
} pthread_rwlock_t;

typedef struct pthread_barrierattr_t {
    int unused;
} pthread_barrierattr_t;
typedef struct pthread_barrier_t {
    pthread_queue_t queue;
    unsigned count, waiting;
} pthread_barrier_t;

typedef struct pthread_once_t {
    l4re_mutex_t running;
    int done;
} pthread_once_t;
typedef int pthread_spinlock_t;

// All of them are zero at the start.
// clang-format off
#define PTHREAD_QUEUE_INITIALIZER_ {{0, 0}, 0, 0}
#define PTHREAD_MUTEX_INITIALIZER  {PTHREAD_QUEUE_INITIALIZER_, 0, 0, PTHREAD_MUTEX_DEFAULT}
#define PTHREAD_COND_INITIALIZER   {PTHREAD_QUEUE_INITIALIZER_}
#define PTHREAD_RWLOCK_INITIALIZER {PTHREAD_QUEUE_INITIALIZER_, 0, 0}
#define PTHREAD_ONCE_INIT          {{0, 0}, 0}
// clang-format on

L4_BEGIN_DECLS

// ---- threads ----
int pthread_create(pthread_t *thread, pthread_attr_t const *attr, void *(*fn)(void *), void *arg);
int pthread_join(pthread_t thread, void **result);
int pthread_detach(pthread_t thread);
void pthread_exit(void *result) __attribute__((noreturn)); // of the main thread: the program ends when all threads have
pthread_t pthread_self(void);
int pthread_equal(pthread_t a, pthread_t b);
int pthread_cancel(pthread_t thread);
int pthread_setschedparam(pthread_t thread, int policy, struct sched_param const *param);
int pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *param);

int pthread_attr_init(pthread_attr_t *attr);
int pthread_attr_destroy(pthread_attr_t *attr);
int pthread_attr_setdetachstate(pthread_attr_t *attr, int state);
int pthread_attr_getdetachstate(pthread_attr_t const *attr, int *state);
int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size);
int pthread_attr_getstacksize(pthread_attr_t const *attr, size_t *size);
int pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit);
int pthread_attr_getinheritsched(pthread_attr_t const *attr, int *inherit);
int pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy);
int pthread_attr_getschedpolicy(pthread_attr_t const *attr, int *policy);
int pthread_attr_setschedparam(pthread_attr_t *attr, struct sched_param const *param);
int pthread_attr_getschedparam(pthread_attr_t const *attr, struct sched_param *param);

// ---- data of threads, and once for all ----
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, void const *value);
void *pthread_getspecific(pthread_key_t key);
int pthread_once(pthread_once_t *once, void (*fn)(void));

// ---- mutexes ----
int pthread_mutex_init(pthread_mutex_t *m, pthread_mutexattr_t const *attr);
int pthread_mutex_destroy(pthread_mutex_t *m);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_trylock(pthread_mutex_t *m);
int pthread_mutex_timedlock(pthread_mutex_t *m, struct timespec const *until);
int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, struct timespec const *until);
int pthread_mutex_unlock(pthread_mutex_t *m);
int pthread_mutexattr_init(pthread_mutexattr_t *attr);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attr);
int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type);
int pthread_mutexattr_gettype(pthread_mutexattr_t const *attr, int *type);

// ---- condition variables ----
int pthread_cond_init(pthread_cond_t *c, pthread_condattr_t const *attr);
int pthread_cond_destroy(pthread_cond_t *c);
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, struct timespec const *until);
int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock, struct timespec const *until);
int pthread_cond_signal(pthread_cond_t *c);
int pthread_cond_broadcast(pthread_cond_t *c);
int pthread_condattr_init(pthread_condattr_t *attr);
int pthread_condattr_destroy(pthread_condattr_t *attr);
int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock);
int pthread_condattr_getclock(pthread_condattr_t const *attr, clockid_t *clock);

// ---- read-write locks: who asks for writing goes before new readers ----
int pthread_rwlock_init(pthread_rwlock_t *l, pthread_rwlockattr_t const *attr);
int pthread_rwlock_destroy(pthread_rwlock_t *l);
int pthread_rwlock_rdlock(pthread_rwlock_t *l);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *l);
int pthread_rwlock_wrlock(pthread_rwlock_t *l);
int pthread_rwlock_trywrlock(pthread_rwlock_t *l);
int pthread_rwlock_unlock(pthread_rwlock_t *l);

// ---- barriers, spin locks (which sleep: the holder may have a lower priority) ----
int pthread_barrier_init(pthread_barrier_t *b, pthread_barrierattr_t const *attr, unsigned count);
int pthread_barrier_destroy(pthread_barrier_t *b);
int pthread_barrier_wait(pthread_barrier_t *b);
int pthread_spin_init(pthread_spinlock_t *lock, int pshared);
int pthread_spin_destroy(pthread_spinlock_t *lock);
int pthread_spin_lock(pthread_spinlock_t *lock);
int pthread_spin_trylock(pthread_spinlock_t *lock);
int pthread_spin_unlock(pthread_spinlock_t *lock);

L4_END_DECLS
