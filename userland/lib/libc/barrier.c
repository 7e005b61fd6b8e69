// SPDX-License-Identifier: MIT
// Barriers, spin locks, semaphores.
#include "wait_queue.h"

#include <errno.h>
#include <l4/sys/ipc.h>
#include <semaphore.h>

int pthread_barrier_init(pthread_barrier_t *b, pthread_barrierattr_t const *attr, unsigned count)
{
    (void)attr;
    if (count == 0)
        return EINVAL;
    *b = (pthread_barrier_t){.count = count};
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *b)
{
    if (b->waiting)
        return EBUSY;
    queue_destroy(&b->queue);
    return 0;
}

int pthread_barrier_wait(pthread_barrier_t *b)
{
    queue_lock(&b->queue);
    if (++b->waiting < b->count)
        return queue_sleep(&b->queue, 0, NULL);
    b->waiting = 0;
    struct pthread_waiter *w;
    while ((w = queue_pop(&b->queue)))
        queue_wake(w);
    queue_unlock(&b->queue);
    return PTHREAD_BARRIER_SERIAL_THREAD;
}

int pthread_spin_init(pthread_spinlock_t *lock, int pshared)
{
    (void)pshared; // it works in shared memory too
    *lock = 0;
    return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    (void)lock;
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) ? EBUSY : 0;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    while (pthread_spin_trylock(lock))
        l4_usleep(10);
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    return 0;
}

// ---- semaphores ----
static int result(int e)
{
    if (e)
        errno = e;
    return e ? -1 : 0;
}

int sem_init(sem_t *sem, int pshared, unsigned value)
{
    if (pshared)
        return result(ENOSYS);
    if (value > SEM_VALUE_MAX)
        return result(EINVAL);
    *sem = (sem_t){.value = value};
    return 0;
}

int sem_destroy(sem_t *sem)
{
    if (sem->queue.first)
        return result(EBUSY);
    queue_destroy(&sem->queue);
    return 0;
}

int sem_post(sem_t *sem)
{
    int e = 0;
    queue_lock(&sem->queue);
    struct pthread_waiter *w = queue_pop(&sem->queue);
    if (!w && sem->value == SEM_VALUE_MAX)
        e = EOVERFLOW;
    else if (!w)
        sem->value++;
    queue_unlock(&sem->queue);
    if (w)
        queue_wake(w);
    return result(e);
}

int sem_trywait(sem_t *sem)
{
    int e = EAGAIN;
    queue_lock(&sem->queue);
    if (sem->value) {
        sem->value--;
        e = 0;
    }
    queue_unlock(&sem->queue);
    return result(e);
}

static int wait_until(sem_t *sem, struct timespec const *until)
{
    queue_lock(&sem->queue);
    if (!sem->value)
        return result(queue_sleep(&sem->queue, 0, until));
    sem->value--;
    queue_unlock(&sem->queue);
    return 0;
}

int sem_wait(sem_t *sem)
{
    return wait_until(sem, NULL);
}

int sem_timedwait(sem_t *sem, struct timespec const *until)
{
    int e = queue_check_time(CLOCK_REALTIME, until);
    return e ? result(e) : wait_until(sem, until);
}

int sem_getvalue(sem_t *sem, int *value)
{
    queue_lock(&sem->queue);
    *value = (int)sem->value;
    queue_unlock(&sem->queue);
    return 0;
}
