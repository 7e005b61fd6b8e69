// SPDX-License-Identifier: MIT
#include <l4/re/thread.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/c/util/kumem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/sys/debugger.h>
#include <l4/sys/factory.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <picotls.h>
#include <string.h>

#include "log_stream.h"

extern void thread_entry(void);
void thread_main(struct l4re_thread *t) L4_NORETURN;

static __thread struct l4re_thread *self;

// ---- UTCBs: first what the loader left, then more kernel-user memory; freed ones are chained ----
static l4re_mutex_t utcb_lock = L4RE_MUTEX_INIT;
static l4_utcb_t *free_utcbs; // linked through user[0]
static l4_addr_t next_utcb, end_utcb;

static l4_utcb_t *utcb_alloc(void)
{
    l4_utcb_t *u = NULL;
    l4re_mutex_lock(&utcb_lock);
    if (!next_utcb) {
        l4re_env_t const *e = l4re_env();
        next_utcb = e->first_free_utcb;
        end_utcb = l4_fpage_memaddr(e->utcb_area) + (1ul << l4_fpage_size(e->utcb_area));
    }
    if (free_utcbs) {
        u = free_utcbs;
        free_utcbs = (l4_utcb_t *)u->tcr.user[0];
        memset(u, 0, sizeof(*u));
    } else {
        if (next_utcb + L4_UTCB_OFFSET > end_utcb) {
            l4_addr_t mem;
            if (l4re_util_kumem_alloc(&mem, 0, L4RE_THIS_TASK_CAP, l4re_env()->rm) >= 0) {
                next_utcb = mem;
                end_utcb = mem + L4_PAGESIZE;
            }
        }
        if (next_utcb + L4_UTCB_OFFSET <= end_utcb) {
            u = (l4_utcb_t *)next_utcb;
            next_utcb += L4_UTCB_OFFSET;
        }
    }
    l4re_mutex_unlock(&utcb_lock);
    return u;
}

static void utcb_free(l4_utcb_t *u)
{
    l4re_mutex_lock(&utcb_lock);
    u->tcr.user[0] = (l4_umword_t)free_utcbs;
    free_utcbs = u;
    l4re_mutex_unlock(&utcb_lock);
}

// ---- stack with a guard page below, TLS block on its top ----
static int stack_alloc(struct l4re_thread *t, size_t size)
{
    l4_addr_t area = 0;
    int e = l4re_rm_reserve_area(&area, size + L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT);
    if (e < 0)
        return e;
    l4re_ds_t ds = l4re_util_cap_alloc();
    e = l4_is_invalid_cap(ds) ? -L4_ENOMEM : (int)l4re_ma_alloc(size, ds, 0);
    void *at = (void *)(area + L4_PAGESIZE);
    if (e >= 0)
        e = l4re_rm_attach(&at, size, L4RE_RM_F_RW | L4RE_RM_F_IN_AREA, ds, 0, L4_PAGESHIFT);
    if (e < 0) {
        l4re_util_cap_free_um(ds);
        l4re_rm_free_area(area);
        return e;
    }
    t->stack = area + L4_PAGESIZE;
    t->stack_size = size;
    return 0;
}

static void stack_free(struct l4re_thread *t)
{
    l4re_ds_t ds = L4_INVALID_CAP;
    if (!t->stack)
        return;
    l4re_rm_detach_ds((void *)t->stack, &ds);
    l4re_util_cap_free_um(ds);
    l4re_rm_free_area(t->stack - L4_PAGESIZE);
    t->stack = 0;
}

static void thread_place_tls(struct l4re_thread *t)
{
    size_t align = _tls_align() < 16 ? 16 : _tls_align();
    l4_addr_t top = t->stack + t->stack_size - _tls_size();
    top &= -align;
    t->tls = (void *)top;
    _init_tls(t->tls);
    // the thread pointer stands one TCB (16 bytes, or more with a larger alignment) below the block
    top -= align + 16;
    t->sp = top & ~15ul;
    *(struct l4re_thread **)t->sp = t;
}

// What a thread that ends does last.
static L4_NORETURN void thread_end(struct l4re_thread *t)
{
    log_stream_flush();
    l4_semaphore_up(t->done);
    l4_sleep_forever(); // until l4re_thread_join() deletes it
}

void thread_main(struct l4re_thread *t)
{
    _set_tls(t->tls);
    self = t;
    t->result = t->fn(t->arg);
    thread_end(t);
}

void l4re_thread_exit(void *result)
{
    if (!self)
        l4_sleep_forever(); // nobody joins it
    self->result = result;
    thread_end(self);
}

static void thread_free(struct l4re_thread *t)
{
    if (l4_is_valid_cap(t->cap)) {
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, t->cap);
        l4re_util_cap_free(t->cap);
    }
    if (l4_is_valid_cap(t->done)) {
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, t->done);
        l4re_util_cap_free(t->done);
    }
    if (t->utcb)
        utcb_free(t->utcb);
    stack_free(t);
    t->cap = t->done = L4_INVALID_CAP;
    t->utcb = NULL;
}

// Kernel objects: thread with its UTCB, bound to this task, paged and supervised by the region map.
static int thread_make_objects(struct l4re_thread *t)
{
    l4re_env_t const *env = l4re_env();
    t->cap = l4re_util_cap_alloc();
    t->done = l4re_util_cap_alloc();
    t->utcb = utcb_alloc();
    if (l4_is_invalid_cap(t->cap) || l4_is_invalid_cap(t->done) || !t->utcb)
        return -L4_ENOMEM;
    long e = l4_error(l4_factory_create_semaphore(env->factory, t->done));
    if (e >= 0)
        e = l4_error(l4_factory_create_thread(env->factory, t->cap));
    if (e < 0)
        return (int)e;
    l4_thread_control_start();
    l4_thread_control_pager(env->rm);
    l4_thread_control_exc_handler(env->rm);
    l4_thread_control_bind(t->utcb, L4RE_THIS_TASK_CAP);
    return (int)l4_error(l4_thread_control_commit(t->cap));
}

static int thread_schedule(struct l4re_thread *t, struct l4re_thread_attr const *attr)
{
    l4_sched_param_t sp = l4_sched_param(attr->prio ? attr->prio : L4RE_THREAD_PRIO_DEFAULT, 0);
    if (attr->cpu >= 0)
        sp.affinity = l4_sched_cpu_set((l4_umword_t)attr->cpu, 0, 1);
    return (int)l4_error(l4_scheduler_run_thread(l4re_env()->scheduler, t->cap, &sp));
}

int l4re_thread_start(struct l4re_thread *t)
{
    if (t->started)
        return -L4_EBUSY;
    int e = (int)l4_error(l4_thread_ex_regs(t->cap, (l4_addr_t)thread_entry, t->sp, 0));
    if (e >= 0)
        t->started = 1;
    return e < 0 ? e : 0;
}

int l4re_thread_create(struct l4re_thread *t, void *(*fn)(void *), void *arg,
                       struct l4re_thread_attr const *attr)
{
    static struct l4re_thread_attr const defaults = L4RE_THREAD_ATTR_INIT;
    if (!attr)
        attr = &defaults;
    *t = (struct l4re_thread){.cap = L4_INVALID_CAP, .done = L4_INVALID_CAP, .fn = fn, .arg = arg};

    size_t size = attr->stack_size ? l4_round_page(attr->stack_size) : L4RE_THREAD_STACK_DEFAULT;
    int e = stack_alloc(t, l4_round_page(size + _tls_size()));
    if (e >= 0) {
        thread_place_tls(t);
        e = thread_make_objects(t);
    }
    if (e >= 0 && attr->name)
        l4_debugger_set_object_name(t->cap, attr->name);
    if (e >= 0)
        e = thread_schedule(t, attr);
    if (e >= 0 && !attr->start_suspended)
        e = l4re_thread_start(t);
    if (e < 0)
        thread_free(t);
    return e < 0 ? e : 0;
}

int l4re_thread_join(struct l4re_thread *t, void **result)
{
    if (!t->started)
        return -L4_EINVAL;
    long e = l4_error(l4_semaphore_down(t->done, L4_IPC_NEVER));
    if (e < 0)
        return (int)e;
    if (result)
        *result = t->result;
    thread_free(t);
    return 0;
}

l4_cap_idx_t l4re_thread_self(void)
{
    return self ? self->cap : l4re_env()->main_thread;
}
