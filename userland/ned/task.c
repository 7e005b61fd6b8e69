// SPDX-License-Identifier: MIT
#include "task.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/mutex.h>
#include <l4/re/protocols.h>
#include <l4/re/thread.h>
#include <l4/sys/irq.h>
#include <l4/sys/task.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_PRIO 0xf1

static struct l4re_thread server_thread;
static struct srv server;
static struct srv_object reaper; // IRQ object: look for gates of killed tasks
static l4_cap_idx_t main_event;
static l4re_mutex_t lock = L4RE_MUTEX_INIT;
static struct task *tasks;

static void *serve(void *arg)
{
    (void)arg;
    srv_loop(&server);
}

static void free_task(struct task *t)
{
    for (struct task **at = &tasks; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    free(t->name);
    free(t);
}

// The lock is held.
static void drop_ref(struct task *t)
{
    if (--t->refs == 0)
        free_task(t);
}

// The lock is held. Only the serving thread may do this: it may be inside the object's dispatch.
static void close_gate(struct task *t)
{
    if (!t->gate_open)
        return;
    t->gate_open = false;
    srv_unregister(&server, &t->parent);
    drop_ref(t);
}

// The lock is held. First the task: that empties its capability table and so destroys what it alone holds, its other threads,
// its region map and dataspaces. While the task ends its threads fall silently; the other way round, those that live longer
// than the first one, which handles their faults, would be reported.
static void destroy(struct task *t)
{
    if (l4_is_valid_cap(t->task)) {
        l4_task_delete_obj(L4_BASE_TASK_CAP, t->task);
        l4re_util_cap_free(t->task);
    }
    if (l4_is_valid_cap(t->thread)) {
        l4_task_delete_obj(L4_BASE_TASK_CAP, t->thread);
        l4re_util_cap_free(t->thread);
    }
    t->thread = t->task = L4_INVALID_CAP;
}

static void end_task(struct task *t, long code)
{
    l4re_mutex_lock(&lock);
    if (t->state == TASK_INITIALIZING || t->state == TASK_RUNNING) {
        t->state = TASK_ZOMBIE;
        t->exit_code = code;
        if (code)
            printf("Ned: '%s' ended with status %ld\n", t->name, code);
        destroy(t);
    }
    close_gate(t);
    l4re_mutex_unlock(&lock);
    l4_irq_trigger(main_event);
}

// Parent protocol (l4re-protocols 8): signal 0 = exit with the given code.
static l4_msgtag_t parent_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                   l4_utcb_t *u)
{
    (void)rights;
    struct task *t = (struct task *)o;
    struct msg_in in;
    if (l4_msgtag_label(tag) != L4RE_PROTO_PARENT)
        return msg_reply_err(-L4_EBADPROTO);
    msg_in_init(&in, u, tag);
    l4_uint32_t op = msg_get_u32(&in);
    l4_uint64_t sig = msg_get_u64(&in);
    l4_uint64_t value = msg_get_u64(&in);
    if (in.err)
        return msg_reply_err(in.err);
    if (op != L4RE_PARENT_OP_SIGNAL)
        return msg_reply_err(-L4_ENOSYS);
    if (sig != 0)
        return msg_reply_err(0);
    end_task(t, (long)(int)value);
    return SRV_NO_REPLY;
}

static struct srv_ops const parent_ops = {
    .dispatch = parent_dispatch, .name = "L4Re::Parent", .proto = L4RE_PROTO_PARENT};

static l4_msgtag_t reaper_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                   l4_utcb_t *u)
{
    (void)o, (void)rights, (void)tag, (void)u;
    struct task *next;
    l4re_mutex_lock(&lock);
    for (struct task *t = tasks; t; t = next) {
        next = t->next;
        if (t->state == TASK_KILLED)
            close_gate(t);
    }
    l4re_mutex_unlock(&lock);
    return SRV_NO_REPLY;
}

static struct srv_ops const reaper_ops = {.dispatch = reaper_dispatch, .name = "L4::Irq",
                                          .proto = L4_PROTO_IRQ};

int tasks_init(l4_cap_idx_t event)
{
    struct l4re_thread_attr attr = L4RE_THREAD_ATTR_INIT;
    attr.prio = SERVER_PRIO;
    attr.name = "ned-parent";
    attr.start_suspended = 1;
    main_event = event;
    int err = l4re_thread_create(&server_thread, serve, NULL, &attr);
    if (err < 0)
        return err;
    err = srv_init(&server, server_thread.cap);
    if (err < 0)
        return err;
    reaper.ops = &reaper_ops;
    err = srv_register_irq(&server, &reaper);
    return err < 0 ? err : l4re_thread_start(&server_thread);
}

struct task *task_create(char const *name)
{
    struct task *t = calloc(1, sizeof *t);
    if (!t || !(t->name = strdup(name))) {
        free(t);
        return NULL;
    }
    t->task = t->thread = L4_INVALID_CAP;
    t->parent.ops = &parent_ops;
    if (srv_register(&server, &t->parent) < 0) {
        free(t->name);
        free(t);
        return NULL;
    }
    t->gate_open = true;
    t->refs = 2;
    l4re_mutex_lock(&lock);
    t->next = tasks;
    tasks = t;
    l4re_mutex_unlock(&lock);
    return t;
}

void task_unref(struct task *t)
{
    l4re_mutex_lock(&lock);
    drop_ref(t);
    l4re_mutex_unlock(&lock);
}

void task_started(struct task *t, struct loader_result const *res)
{
    l4re_mutex_lock(&lock);
    t->task = res->task;
    t->thread = res->thread;
    if (t->state == TASK_INITIALIZING)
        t->state = TASK_RUNNING;
    else
        destroy(t); // it has ended already
    l4re_mutex_unlock(&lock);
}

enum task_state task_kill(struct task *t)
{
    l4re_mutex_lock(&lock);
    enum task_state before = t->state;
    if (before == TASK_INITIALIZING || before == TASK_RUNNING) {
        t->state = TASK_KILLED;
        destroy(t);
    }
    l4re_mutex_unlock(&lock);
    l4_irq_trigger(reaper.cap);
    l4_irq_trigger(main_event);
    return before;
}

enum task_state task_state(struct task *t, long *exit_code)
{
    l4re_mutex_lock(&lock);
    enum task_state state = t->state;
    *exit_code = t->exit_code;
    l4re_mutex_unlock(&lock);
    return state;
}

unsigned tasks_running(void)
{
    unsigned n = 0;
    l4re_mutex_lock(&lock);
    for (struct task *t = tasks; t; t = t->next)
        n += t->state == TASK_INITIALIZING || t->state == TASK_RUNNING;
    l4re_mutex_unlock(&lock);
    return n;
}

unsigned tasks_known(void)
{
    unsigned n = 0;
    l4re_mutex_lock(&lock);
    for (struct task *t = tasks; t; t = t->next)
        n++;
    l4re_mutex_unlock(&lock);
    return n;
}

bool task_set_handler(struct task *t, enum task_handler who, int handler)
{
    l4re_mutex_lock(&lock);
    bool alive = t->state == TASK_INITIALIZING || t->state == TASK_RUNNING;
    if (alive) {
        t->handler[who] = handler;
        t->refs++;
    }
    l4re_mutex_unlock(&lock);
    return alive;
}

static bool take_handler(struct task *t, int *handler)
{
    if (t->state != TASK_ZOMBIE && t->state != TASK_KILLED)
        return false;
    for (unsigned i = 0; i < TASK_HANDLERS; i++)
        if ((*handler = t->handler[i])) {
            t->handler[i] = 0;
            return true;
        }
    return false;
}

struct task *tasks_take_ended(int *handler)
{
    struct task *t;
    l4re_mutex_lock(&lock);
    for (t = tasks; t && !take_handler(t, handler); t = t->next)
        ;
    l4re_mutex_unlock(&lock);
    return t;
}
