// SPDX-License-Identifier: MIT
// The application's stack: argc, argv, environment and auxiliary vector like the runtime got them;
// strings and the list of named capabilities stay where the creator put them, on the runtime's own
// stack.
#include "runtime.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/random.h>
#include <string.h>

#define STACK_GAP_MAX 1024 // bytes above the first frame, with randomness

// Size of argc .. auxv in words, including its terminating pair.
static unsigned vectors_words(l4_umword_t const *sp)
{
    l4_umword_t const *p = sp + 1 + sp[0] + 1; // argc, argv, NULL
    while (*p)
        p++;
    for (p++; p[0] != L4RE_AT_NULL; p += 2)
        ;
    return (unsigned)(p + 2 - sp);
}

static l4_umword_t *find_auxv(l4_umword_t *sp)
{
    l4_umword_t *p = sp + 1 + sp[0] + 1;
    while (*p)
        p++;
    return p + 1;
}

static void env_fill(struct runtime const *rt, l4re_env_t *env)
{
    *env = *l4re_env();
    env->rm = rt->rm.cap;
    env->itas = rt->rm.cap;
    env->main_thread = rt->app_thread;
    env->first_free_cap += RUNTIME_CAP_SLOTS;
    env->first_free_utcb += L4_UTCB_OFFSET; // the application thread's own
}

static void auxv_fill(struct runtime const *rt, l4_umword_t *auxv, l4re_env_t const *env, l4_uint64_t const *random)
{
    for (; auxv[0] != L4RE_AT_NULL; auxv += 2) {
        switch (auxv[0]) {
        case L4RE_AT_PHDR:
            auxv[1] = rt->phdr;
            break;
        case L4RE_AT_PHNUM:
            auxv[1] = rt->phdr ? rt->phnum : 0;
            break;
        case L4RE_AT_ENV:
            auxv[1] = (l4_umword_t)env;
            break;
        case L4RE_AT_RANDOM:
            auxv[1] = (l4_umword_t)random;
            break;
        default:
            break;
        }
    }
}

static int stack_attach(struct runtime *rt, l4re_ds_t ds)
{
    int e = (int)l4re_ma_alloc(rt->stack_size, ds, 0);
    if (e < 0)
        return e;
    l4_addr_t area = l4_trunc_page(rt->stack_addr);
    if (area)
        area -= L4_PAGESIZE; // one page below, where nothing ever lies
    l4_size_t size = rt->stack_size + L4_PAGESIZE;
    e = region_map_reserve(&rt->map, &area, size, 0, 0);
    if (e == -L4_EADDRNOTAVAIL)
        e = region_map_reserve(&rt->map, &area, size, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT);
    if (e < 0)
        return e;
    struct region_attach a = {
        .start = area + L4_PAGESIZE, .size = rt->stack_size, .flags = L4RE_RM_F_RW | L4RE_RM_F_IN_AREA,
    };
    return rm_attach_own(rt, &a, ds, &rt->stack_addr);
}

l4_addr_t app_stack_make(struct runtime *rt, l4_umword_t const *sp)
{
    unsigned words = vectors_words(sp);
    l4_uint64_t random[L4RE_RANDOM_WORDS] = {l4re_random(), l4re_random()}; // the program's own
    l4_size_t gap = l4re_random() % STACK_GAP_MAX & ~15ul;
    l4_size_t used = gap + sizeof(random) + sizeof(l4re_env_t) + words * sizeof(l4_umword_t) + 32;
    if (rt->stack_size < used + L4_PAGESIZE)
        rt->stack_size = l4_round_page(used + L4_PAGESIZE);

    l4re_ds_t ds = l4re_util_cap_alloc();
    int e = l4_is_invalid_cap(ds) ? -L4_ENOMEM : stack_attach(rt, ds);
    l4_addr_t top = rt->stack_addr + rt->stack_size;
    l4_addr_t low = l4_trunc_page(top - used);
    if (e >= 0)
        e = (int)l4re_ds_map_region(ds, L4RE_DS_F_RW, low - rt->stack_addr, low, top);
    if (e < 0) {
        runtime_message("cannot make its stack: %s", l4sys_errtostr(e));
        return 0;
    }
    void *own_random = (void *)(top - gap - sizeof(random));
    l4re_env_t *env = (l4re_env_t *)(((l4_addr_t)own_random - sizeof(*env)) & ~15ul);
    l4_umword_t *app_sp = (l4_umword_t *)(((l4_addr_t)env - words * sizeof(l4_umword_t)) & ~15ul);
    env_fill(rt, env);
    memcpy(app_sp, sp, words * sizeof(l4_umword_t));
    memcpy(own_random, random, sizeof(random));
    auxv_fill(rt, find_auxv(app_sp), env, own_random);
    return (l4_addr_t)app_sp;
}
