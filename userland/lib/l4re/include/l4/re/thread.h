// SPDX-License-Identifier: MIT
// Threads of the own task, with stack, thread-local storage and pager. Implemented in
// userland/lib/libc.
#pragma once

#include <l4/sys/thread.h>
#include <l4/sys/scheduler.h>
#include <l4/re/mutex.h>

L4_BEGIN_DECLS

#define L4RE_THREAD_STACK_DEFAULT (64ul * 1024)
#define L4RE_THREAD_PRIO_DEFAULT  2

struct l4re_thread_attr {
    size_t stack_size;   // bytes, 0 = default
    unsigned prio;       // relative to the scheduler capability, 0 = default
    int cpu;             // -1 = any
    char const *name;    // for the kernel debugger, may be NULL
    int start_suspended; // 1: runs only after l4re_thread_start()
};

#define L4RE_THREAD_ATTR_INIT                                                                      \
    {                                                                                              \
        .cpu = -1                                                                                  \
    }

struct l4re_thread {
    l4_cap_idx_t cap;
    l4_utcb_t *utcb;
    // private
    void *(*fn)(void *);
    void *arg;
    void *result;
    l4_addr_t stack; // lowest address of the attached stack (behind the guard page)
    size_t stack_size;
    l4_addr_t sp;
    void *tls;
    l4_cap_idx_t done; // semaphore
    int started;
};

// Create a thread that runs fn(arg). `attr` may be NULL. 0 or a negative error code. *t must live
// as long as the thread. A thread on a given CPU already sits there when fn starts.
int l4re_thread_create(struct l4re_thread *t, void *(*fn)(void *), void *arg,
                       struct l4re_thread_attr const *attr);

// Let a thread that was created suspended run.
int l4re_thread_start(struct l4re_thread *t);

// Wait for the thread's end and free all it had. Returns fn's result through *result (may be NULL).
int l4re_thread_join(struct l4re_thread *t, void **result);

// End the calling thread as if its function had returned `result`. One not made by l4re_thread_create() only stops.
void l4re_thread_exit(void *result) L4_NORETURN;

// Capability of the calling thread; for a thread not made by l4re_thread_create() the main
// thread's.
l4_cap_idx_t l4re_thread_self(void);

L4_END_DECLS
