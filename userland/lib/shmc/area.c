// SPDX-License-Identifier: MIT
#include "layout.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <string.h>

enum { STEP_MS = 10 };

long shmc_check_name(char const *name)
{
    size_t len = strlen(name);
    return len == 0 ? -L4_EINVAL : len >= L4SHMC_NAME_MAX ? -L4_ENAMETOOLONG : 0;
}

long shmc_wait_for(long (*step)(void *), void *arg, l4_umword_t timeout_ms)
{
    for (l4_umword_t waited = 0;; waited += STEP_MS) {
        long e = step(arg);
        if ((e != -L4_ENOENT && e != -L4_EAGAIN) || (timeout_ms != SHMC_FOREVER && waited >= timeout_ms))
            return e;
        l4_sleep(STEP_MS);
    }
}

// A dataspace attached to the region map. 0 or a negative error code.
static long map(l4re_ds_t ds, l4_umword_t size, struct l4shmc_area_head **head)
{
    void *at = NULL;
    int e = l4re_rm_attach(&at, size, L4RE_RM_F_RW | L4RE_RM_F_SEARCH_ADDR, ds, 0, L4_PAGESHIFT);
    *head = at;
    return e;
}

// The head is ready before others find the memory.
static long publish(l4re_namespace_t ns, l4re_ds_t ds, l4_umword_t size)
{
    struct l4shmc_area_head *head;
    long e = l4re_ma_alloc(size, ds, 0);
    if (e >= 0)
        e = map(ds, size, &head);
    if (e < 0)
        return e;
    *head = (struct l4shmc_area_head){.magic = AREA_MAGIC, .used = AREA_FIRST};
    l4re_rm_detach(head);
    return l4re_ns_register_obj_srv(ns, AREA_ENTRY, ds, L4RE_NS_REGISTER_RWS);
}

long l4shmc_create(char const *shmc_name, l4_umword_t shm_size)
{
    l4re_namespace_t ns = l4re_env_get_cap(shmc_name);
    if (l4_is_invalid_cap(ns))
        return -L4_ENOENT;
    if (shm_size < AREA_FIRST || shm_size > ~0ul / 2)
        return -L4_EINVAL;
    l4re_ds_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    long e = publish(ns, ds, l4_round_page(shm_size));
    if (e < 0)
        l4re_util_cap_free_um(ds);
    return e < 0 ? e : 0; // the capability stays: whether a namespace alone keeps a dataspace is up to its server
}

struct attach {
    l4re_namespace_t ns;
    l4re_ds_t ds;
};

static long query_area(void *arg)
{
    struct attach *a = arg;
    return l4re_ns_query_to_srv(a->ns, AREA_ENTRY, a->ds, 0);
}

long l4shmc_attach_to(char const *shmc_name, l4_umword_t timeout_ms, l4shmc_area_t *shmarea)
{
    struct attach a = {l4re_env_get_cap(shmc_name), L4_INVALID_CAP};
    if (l4_is_invalid_cap(a.ns))
        return -L4_ENOENT;
    a.ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(a.ds))
        return -L4_ENOMEM;
    *shmarea = (l4shmc_area_t){.ds = a.ds, .ns = a.ns};
    long e = shmc_wait_for(query_area, &a, timeout_ms);
    if (e >= 0) {
        shmarea->size = l4re_ds_size(a.ds);
        e = shmarea->size < AREA_FIRST ? -L4_EINVAL : map(a.ds, shmarea->size, &shmarea->head);
    }
    if (e >= 0 && shmarea->head->magic != AREA_MAGIC) {
        l4re_rm_detach(shmarea->head);
        e = -L4_EINVAL;
    }
    if (e < 0)
        l4re_util_cap_free_um(a.ds);
    return e < 0 ? e : 0;
}

long l4shmc_attach(char const *shmc_name, l4shmc_area_t *shmarea)
{
    return l4shmc_attach_to(shmc_name, SHMC_FOREVER, shmarea);
}

long l4shmc_area_size(l4shmc_area_t const *shmarea)
{
    return (long)shmarea->size;
}

long l4shmc_area_size_free(l4shmc_area_t const *shmarea)
{
    l4_umword_t used = __atomic_load_n(&shmarea->head->used, __ATOMIC_ACQUIRE);
    return used < shmarea->size ? (long)(shmarea->size - used) : 0;
}

long l4shmc_area_overhead(void)
{
    return (long)AREA_FIRST;
}

long l4shmc_chunk_overhead(void)
{
    return (long)sizeof(struct l4shmc_chunk_head);
}
