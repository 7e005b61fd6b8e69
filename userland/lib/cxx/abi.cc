// SPDX-License-Identifier: MIT
// What the compiler calls (the C++ ABI for AArch64); __cxa_atexit is the C library's.
#include "errors.h"

#include <cstdint>
#include <cstdlib>
#include <pthread.h>

extern "C" {

void __cxa_pure_virtual()
{
    cxx_end("a pure virtual function was called");
}

void __cxa_deleted_virtual()
{
    cxx_end("a deleted virtual function was called");
}

// ---- static objects in functions: bit 0 of the guard says that the object is there ----
static pthread_mutex_t guard_mutex;
static pthread_once_t guard_once;

static void guard_init()
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE); // the object may have such objects itself
    pthread_mutex_init(&guard_mutex, &attr);
}

// 1: the caller makes the object, and nobody else makes any meanwhile.
int __cxa_guard_acquire(std::uint64_t *guard)
{
    if (__atomic_load_n(guard, __ATOMIC_ACQUIRE) & 1)
        return 0;
    pthread_once(&guard_once, guard_init);
    pthread_mutex_lock(&guard_mutex);
    if (!(*guard & 1))
        return 1;
    pthread_mutex_unlock(&guard_mutex);
    return 0;
}

void __cxa_guard_release(std::uint64_t *guard)
{
    __atomic_store_n(guard, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&guard_mutex);
}

void __cxa_guard_abort(std::uint64_t *)
{
    pthread_mutex_unlock(&guard_mutex);
}

// ---- thread-local objects: their destructors run in the reverse order when the thread ends ----
struct thread_dtor {
    thread_dtor *next;
    void (*fn)(void *);
    void *object;
};

static pthread_key_t dtor_key;
static pthread_once_t dtor_once;

static void run_dtors(void *list)
{
    for (auto *d = static_cast<thread_dtor *>(list); d;) {
        thread_dtor *next = d->next;
        d->fn(d->object);
        std::free(d);
        d = next;
    }
}

static void dtor_init()
{
    if (pthread_key_create(&dtor_key, run_dtors))
        cxx_end("no thread key for destructors");
}

int __cxa_thread_atexit(void (*fn)(void *), void *object, void *)
{
    pthread_once(&dtor_once, dtor_init);
    auto *d = static_cast<thread_dtor *>(std::malloc(sizeof(thread_dtor)));
    if (!d)
        return -1;
    *d = {static_cast<thread_dtor *>(pthread_getspecific(dtor_key)), fn, object};
    pthread_setspecific(dtor_key, d);
    return 0;
}

} // extern "C"
