// SPDX-License-Identifier: MIT
// POSIX threads: a bounded buffer, locks, values of threads, time.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

enum { WORKERS = 4, ITEMS = 200, SLOTS = 3 };

// ---- a buffer between producers and consumers ----
static struct {
    pthread_mutex_t lock;
    pthread_cond_t not_full, not_empty;
    int slot[SLOTS], used;
} buffer = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, 0};

static void put(int item)
{
    CHECK(pthread_mutex_lock(&buffer.lock) == 0);
    while (buffer.used == SLOTS)
        CHECK(pthread_cond_wait(&buffer.not_full, &buffer.lock) == 0);
    buffer.slot[buffer.used++] = item;
    CHECK(pthread_cond_signal(&buffer.not_empty) == 0);
    CHECK(pthread_mutex_unlock(&buffer.lock) == 0);
}

static int get(void)
{
    CHECK(pthread_mutex_lock(&buffer.lock) == 0);
    while (buffer.used == 0)
        CHECK(pthread_cond_wait(&buffer.not_empty, &buffer.lock) == 0);
    int item = buffer.slot[--buffer.used];
    CHECK(pthread_cond_broadcast(&buffer.not_full) == 0);
    CHECK(pthread_mutex_unlock(&buffer.lock) == 0);
    return item;
}

static void *produce(void *arg)
{
    (void)arg;
    for (int i = 1; i <= ITEMS; i++)
        put(i);
    return NULL;
}

static void *consume(void *arg)
{
    long sum = 0;
    (void)arg;
    for (int i = 0; i < ITEMS; i++)
        sum += get();
    return (void *)sum;
}

static void bounded_buffer(void)
{
    pthread_t producers[WORKERS], consumers[WORKERS];
    long sum = 0;
    for (int i = 0; i < WORKERS; i++) {
        CHECK(pthread_create(&producers[i], NULL, produce, NULL) == 0);
        CHECK(pthread_create(&consumers[i], NULL, consume, NULL) == 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        void *part;
        CHECK(pthread_join(producers[i], NULL) == 0);
        CHECK(pthread_join(consumers[i], &part) == 0);
        sum += (long)part;
    }
    CHECK(sum == (long)WORKERS * ITEMS * (ITEMS + 1) / 2);
}

// ---- kinds of mutexes ----
static void mutexes(void)
{
    pthread_mutex_t m;
    pthread_mutexattr_t attr;
    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0);
    CHECK(pthread_mutex_init(&m, &attr) == 0);
    CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == 0);
    CHECK(pthread_mutex_destroy(&m) == EBUSY);
    CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == EPERM);
    CHECK(pthread_mutex_destroy(&m) == 0);

    CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CHECK(pthread_mutex_init(&m, &attr) == 0);
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(pthread_mutex_lock(&m) == EDEADLK);
    CHECK(pthread_mutex_trylock(&m) == EBUSY);
    CHECK(pthread_mutex_unlock(&m) == 0);
}

// ---- readers and writers: a writer finds its two counters equal ----
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static long volatile first, second;

static void *read_and_write(void *arg)
{
    int serial = pthread_barrier_wait(&barrier);
    for (int i = 0; i < ITEMS; i++) {
        if (i % 4) {
            CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
            CHECK(first == second);
        } else {
            CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
            first++;
            sched_yield();
            second++;
        }
        CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    }
    *(int *)arg = serial;
    return NULL;
}

static void readers_and_writers(void)
{
    pthread_t threads[WORKERS];
    int serial[WORKERS], serials = 0;
    CHECK(pthread_barrier_init(&barrier, NULL, WORKERS) == 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, read_and_write, &serial[i]) == 0);
    for (int i = 0; i < WORKERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        serials += serial[i] == PTHREAD_BARRIER_SERIAL_THREAD;
    }
    CHECK(serials == 1 && first == WORKERS * ITEMS / 4 && second == first);
    CHECK(pthread_rwlock_trywrlock(&rwlock) == 0 && pthread_rwlock_tryrdlock(&rwlock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK(pthread_rwlock_unlock(&rwlock) == EPERM);
}

// ---- times ----
static struct timespec in_ms(long ms)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_REALTIME, &t) == 0);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void times(void)
{
    sem_t sem;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec until = in_ms(20), now;
    CHECK(sem_init(&sem, 0, 1) == 0 && sem_wait(&sem) == 0);
    CHECK(sem_trywait(&sem) == -1 && errno == EAGAIN);
    CHECK(sem_timedwait(&sem, &until) == -1 && errno == ETIMEDOUT);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    CHECK(now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec / 1000 >= until.tv_nsec / 1000));

    until = in_ms(20);
    CHECK(pthread_mutex_lock(&buffer.lock) == 0);
    CHECK(pthread_cond_timedwait(&never, &buffer.lock, &until) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(&buffer.lock) == 0);
    until = (struct timespec){0, -1};
    CHECK(sem_timedwait(&sem, &until) == -1 && errno == EINVAL);
    CHECK(sem_post(&sem) == 0 && sem_wait(&sem) == 0 && sem_destroy(&sem) == 0);
}

// ---- values of threads, once, detached threads ----
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int keys_made, destroyed;
static sem_t ended;

static void destroy(void *value)
{
    __atomic_fetch_add(&destroyed, *(int *)value, __ATOMIC_SEQ_CST);
}

static void make_key(void)
{
    keys_made++;
    CHECK(pthread_key_create(&key, destroy) == 0);
}

static void *with_value(void *arg)
{
    static int one = 1;
    CHECK(pthread_once(&once, make_key) == 0);
    CHECK(!pthread_getspecific(key));
    CHECK(pthread_setspecific(key, &one) == 0 && pthread_getspecific(key) == &one);
    if (arg)
        sem_post(&ended);
    pthread_exit(&one);
}

static void values(void)
{
    pthread_t threads[WORKERS];
    pthread_attr_t attr;
    void *result = NULL;
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, with_value, NULL) == 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(threads[i], &result) == 0 && *(int *)result == 1);
    CHECK(keys_made == 1 && destroyed == WORKERS);

    CHECK(sem_init(&ended, 0, 0) == 0);
    CHECK(pthread_attr_init(&attr) == 0 && pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
    CHECK(pthread_attr_setstacksize(&attr, 16384) == 0);
    for (int i = 0; i < 50; i++) { // their memory is used again
        CHECK(pthread_create(&threads[0], &attr, with_value, &ended) == 0);
        CHECK(sem_wait(&ended) == 0);
    }
    CHECK(pthread_equal(pthread_self(), pthread_self()));
    CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
    CHECK(pthread_cancel(pthread_self()) == ENOSYS);
}

int main(void)
{
    bounded_buffer();
    mutexes();
    readers_and_writers();
    times();
    values();
    CHECK(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(-1) == -1);
    puts("threads: ok");
}
