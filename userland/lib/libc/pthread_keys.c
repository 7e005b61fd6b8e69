// SPDX-License-Identifier: MIT
// Values of threads, and functions that run once.
#include "pthread_keys.h"

#include <errno.h>
#include <pthread.h>

// A key that is made again has another generation: values of the deleted one are not its values.
static struct key {
    unsigned generation; // odd: the key exists
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];
static l4re_mutex_t lock = L4RE_MUTEX_INIT;

static __thread struct value {
    unsigned generation;
    void *value;
} values[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    int e = EAGAIN;
    l4re_mutex_lock(&lock);
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        if (!(keys[i].generation & 1)) {
            keys[i].destructor = destructor;
            keys[i].generation++;
            *key = i;
            e = 0;
            break;
        }
    }
    l4re_mutex_unlock(&lock);
    return e;
}

static int exists(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX && keys[key].generation & 1;
}

int pthread_key_delete(pthread_key_t key)
{
    l4re_mutex_lock(&lock);
    int e = exists(key) ? 0 : EINVAL;
    if (!e)
        keys[key].generation++;
    l4re_mutex_unlock(&lock);
    return e;
}

int pthread_setspecific(pthread_key_t key, void const *value)
{
    if (!exists(key))
        return EINVAL;
    values[key] = (struct value){keys[key].generation, (void *)value};
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    return exists(key) && values[key].generation == keys[key].generation ? values[key].value : NULL;
}

void pthread_keys_end(void)
{
    int again = 1;
    for (unsigned i = 0; again && i < PTHREAD_DESTRUCTOR_ITERATIONS; i++) {
        again = 0;
        for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
            void *value = pthread_getspecific(key);
            void (*destructor)(void *) = keys[key].destructor;
            values[key].value = NULL;
            if (value && destructor) {
                destructor(value);
                again = 1;
            }
        }
    }
}

int pthread_once(pthread_once_t *once, void (*fn)(void))
{
    if (__atomic_load_n(&once->done, __ATOMIC_ACQUIRE))
        return 0;
    l4re_mutex_lock(&once->running);
    if (!once->done) {
        fn();
        __atomic_store_n(&once->done, 1, __ATOMIC_RELEASE);
    }
    l4re_mutex_unlock(&once->running);
    return 0;
}
