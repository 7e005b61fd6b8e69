// SPDX-License-Identifier: MIT
// picolibc's retargetable locks. All of them, so that its own empty ones are never linked.
#include <l4/re/mutex.h>
#include <l4/sys/utcb.h>
#include <stdlib.h>
#include <sys/lock.h>

struct __lock {
    l4re_mutex_t mutex;
    l4_utcb_t *owner; // of a recursive lock
    unsigned depth;
};

struct __lock __lock___libc_recursive_mutex;

void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = calloc(1, sizeof(**lock));
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    if (!lock)
        return;
    l4re_mutex_destroy(&lock->mutex);
    free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    __retarget_lock_close(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    l4re_mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return l4re_mutex_trylock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
    l4re_mutex_unlock(&lock->mutex);
}

// A thread is known by its UTCB. Only the owner can find itself in `owner`.
static int lock_is_mine(_LOCK_T lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == l4_utcb();
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    if (!lock_is_mine(lock)) {
        l4re_mutex_lock(&lock->mutex);
        __atomic_store_n(&lock->owner, l4_utcb(), __ATOMIC_RELAXED);
    }
    lock->depth++;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    if (!lock_is_mine(lock)) {
        if (!l4re_mutex_trylock(&lock->mutex))
            return 0;
        __atomic_store_n(&lock->owner, l4_utcb(), __ATOMIC_RELAXED);
    }
    lock->depth++;
    return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (--lock->depth == 0) {
        __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
        l4re_mutex_unlock(&lock->mutex);
    }
}
