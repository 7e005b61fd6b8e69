// SPDX-License-Identifier: MIT
#include "layout.h"

#include <string.h>

enum { LOCK_WAIT_MS = 1000 };

static l4_umword_t round_chunk(l4_umword_t bytes)
{
    return (bytes + CHUNK_ALIGN - 1) & ~(CHUNK_ALIGN - 1);
}

// The chunk at `offs`, and its capacity; NULL when there is none, or its head says more than there is.
static struct l4shmc_chunk_head *chunk_at(l4shmc_area_t const *area, l4_umword_t offs, l4_umword_t *capacity)
{
    l4_umword_t used = __atomic_load_n(&area->head->used, __ATOMIC_ACQUIRE);
    if (used > area->size)
        used = area->size;
    if (offs < AREA_FIRST || offs % CHUNK_ALIGN || offs >= used || used - offs < sizeof(struct l4shmc_chunk_head))
        return NULL;
    struct l4shmc_chunk_head *c = (struct l4shmc_chunk_head *)((l4_addr_t)area->head + offs);
    *capacity = __atomic_load_n(&c->capacity, __ATOMIC_RELAXED);
    if (c->magic != CHUNK_MAGIC || *capacity > used - offs - sizeof(*c))
        return NULL;
    return c;
}

static l4_umword_t next_offset(l4_umword_t offs, l4_umword_t capacity)
{
    return offs + round_chunk(sizeof(struct l4shmc_chunk_head) + capacity);
}

static struct l4shmc_chunk_head *find(l4shmc_area_t const *area, char const *name, l4_umword_t *capacity)
{
    l4_umword_t offs = AREA_FIRST;
    struct l4shmc_chunk_head *c;
    while ((c = chunk_at(area, offs, capacity)) && strncmp(c->name, name, sizeof(c->name)) != 0)
        offs = next_offset(offs, *capacity);
    return c;
}

// Nobody else adds a chunk meanwhile. A side that died with the lock taken costs a second, not the program.
static long area_lock(l4shmc_area_t *area)
{
    for (unsigned ms = 0; ms < LOCK_WAIT_MS; ms++) {
        if (__atomic_exchange_n(&area->head->lock, 1, __ATOMIC_ACQUIRE) == 0)
            return 0;
        l4_sleep(1);
    }
    return -L4_EBUSY;
}

static long add_locked(l4shmc_area_t *area, char const *name, l4_umword_t capacity, l4shmc_chunk_t *chunk)
{
    l4_umword_t found, offs = area->head->used;
    if (find(area, name, &found))
        return -L4_EEXIST;
    if (offs < AREA_FIRST || offs % CHUNK_ALIGN || offs > area->size)
        return -L4_EINVAL;
    if (capacity > area->size || next_offset(0, capacity) > area->size - offs)
        return -L4_ENOMEM;
    struct l4shmc_chunk_head *c = (struct l4shmc_chunk_head *)((l4_addr_t)area->head + offs);
    *c = (struct l4shmc_chunk_head){.magic = CHUNK_MAGIC, .capacity = capacity, .state = CHUNK_CLEAR};
    memcpy(c->name, name, strlen(name));
    *chunk = (l4shmc_chunk_t){.head = c, .capacity = capacity};
    __atomic_store_n(&area->head->used, next_offset(offs, capacity), __ATOMIC_RELEASE);
    return 0;
}

long l4shmc_add_chunk(l4shmc_area_t *shmarea, char const *chunk_name, l4_umword_t chunk_capacity, l4shmc_chunk_t *chunk)
{
    long e = shmc_check_name(chunk_name);
    if (e >= 0)
        e = area_lock(shmarea);
    if (e < 0)
        return e;
    e = add_locked(shmarea, chunk_name, chunk_capacity, chunk);
    __atomic_store_n(&shmarea->head->lock, 0, __ATOMIC_RELEASE);
    return e;
}

struct get_chunk {
    l4shmc_area_t *area;
    char const *name;
    l4shmc_chunk_t *chunk;
};

static long get_step(void *arg)
{
    struct get_chunk *g = arg;
    l4_umword_t capacity;
    struct l4shmc_chunk_head *c = find(g->area, g->name, &capacity);
    if (!c)
        return -L4_ENOENT;
    *g->chunk = (l4shmc_chunk_t){.head = c, .capacity = capacity};
    return 0;
}

long l4shmc_get_chunk_to(l4shmc_area_t *shmarea, char const *chunk_name, l4_umword_t timeout_ms, l4shmc_chunk_t *chunk)
{
    struct get_chunk g = {shmarea, chunk_name, chunk};
    long e = shmc_check_name(chunk_name);
    return e < 0 ? e : shmc_wait_for(get_step, &g, timeout_ms);
}

long l4shmc_get_chunk(l4shmc_area_t *shmarea, char const *chunk_name, l4shmc_chunk_t *chunk)
{
    return l4shmc_get_chunk_to(shmarea, chunk_name, SHMC_FOREVER, chunk);
}

long l4shmc_iterate_chunk(l4shmc_area_t const *shmarea, char const **chunk_name, long offs)
{
    l4_umword_t capacity, at = offs ? (l4_umword_t)offs : AREA_FIRST;
    struct l4shmc_chunk_head *c = chunk_at(shmarea, at, &capacity);
    if (!c)
        return 0;
    if (!memchr(c->name, 0, sizeof(c->name)))
        return -L4_EINVAL;
    *chunk_name = c->name;
    return (long)next_offset(at, capacity);
}

long l4shmc_connect_chunk_signal(l4shmc_chunk_t *chunk, l4shmc_signal_t *signal)
{
    chunk->signal = signal;
    return 0;
}

l4shmc_signal_t *l4shmc_chunk_signal(l4shmc_chunk_t const *chunk)
{
    return chunk->signal;
}

// ---- producer ----
long l4shmc_chunk_try_to_take(l4shmc_chunk_t *chunk)
{
    l4_umword_t clear = CHUNK_CLEAR;
    return __atomic_compare_exchange_n(&chunk->head->state, &clear, CHUNK_TAKEN, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
               ? 0
               : -L4_EAGAIN;
}

long l4shmc_chunk_ready(l4shmc_chunk_t *chunk, l4_umword_t size)
{
    if (size > chunk->capacity)
        return -L4_EINVAL;
    __atomic_store_n(&chunk->head->size, size, __ATOMIC_RELAXED);
    __atomic_store_n(&chunk->head->state, CHUNK_READY, __ATOMIC_RELEASE);
    return 0;
}

long l4shmc_chunk_ready_sig(l4shmc_chunk_t *chunk, l4_umword_t size)
{
    long e = l4shmc_chunk_ready(chunk, size);
    return e < 0 ? e : chunk->signal ? l4shmc_trigger(chunk->signal) : -L4_EINVAL;
}

static int in_state(l4shmc_chunk_t const *chunk, enum chunk_state state)
{
    return __atomic_load_n(&chunk->head->state, __ATOMIC_ACQUIRE) == state;
}

long l4shmc_is_chunk_clear(l4shmc_chunk_t const *chunk)
{
    return in_state(chunk, CHUNK_CLEAR);
}

// ---- consumer ----
long l4shmc_is_chunk_ready(l4shmc_chunk_t const *chunk)
{
    return in_state(chunk, CHUNK_READY);
}

// A signal may be an old one, of a chunk that was taken without waiting: wait on.
long l4shmc_wait_chunk_to(l4shmc_chunk_t *chunk, l4_timeout_t timeout)
{
    while (!l4shmc_is_chunk_ready(chunk)) {
        if (!chunk->signal)
            return -L4_EINVAL;
        long e = l4shmc_wait_signal_to(chunk->signal, timeout);
        if (e < 0)
            return e;
    }
    return 0;
}

long l4shmc_wait_chunk(l4shmc_chunk_t *chunk)
{
    return l4shmc_wait_chunk_to(chunk, L4_IPC_NEVER);
}

long l4shmc_wait_chunk_try(l4shmc_chunk_t *chunk)
{
    return l4shmc_wait_chunk_to(chunk, L4_IPC_BOTH_TIMEOUT_0);
}

long l4shmc_enable_chunk(l4shmc_chunk_t *chunk)
{
    return chunk->signal ? l4shmc_enable_signal(chunk->signal) : -L4_EINVAL;
}

long l4shmc_chunk_consumed(l4shmc_chunk_t *chunk)
{
    if (!l4shmc_is_chunk_ready(chunk))
        return -L4_EINVAL;
    __atomic_store_n(&chunk->head->state, CHUNK_CLEAR, __ATOMIC_RELEASE);
    return 0;
}

// ---- both ----
void *l4shmc_chunk_ptr(l4shmc_chunk_t const *chunk)
{
    return chunk->head + 1;
}

long l4shmc_chunk_size(l4shmc_chunk_t const *chunk)
{
    l4_umword_t size = __atomic_load_n(&chunk->head->size, __ATOMIC_RELAXED);
    return (long)(size < chunk->capacity ? size : chunk->capacity);
}

long l4shmc_chunk_capacity(l4shmc_chunk_t const *chunk)
{
    return (long)chunk->capacity;
}

long l4shmc_check_magic(l4shmc_chunk_t const *chunk)
{
    return chunk->head->magic == CHUNK_MAGIC;
}
