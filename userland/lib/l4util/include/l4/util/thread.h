// SPDX-License-Identifier: MIT
// A thread from its parts: without stack, TLS or C library, which l4re/thread.h and pthread.h bring.
#pragma once

#include <l4/sys/scheduler.h>
#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Create a thread in the free slot `id`, bind it to `task` with the UTCB `thread_utcb` (kernel-user memory of that task), let
// `pager` (a slot of that task) have its faults and exceptions, and start it at `pc` with stack pointer `sp`. Without memory of
// the C library: the function at `pc` must not use its streams, nor errno. 0 or a negative error code; `id` is empty then.
long l4util_create_thread(l4_cap_idx_t id, l4_utcb_t *thread_utcb, l4_cap_idx_t factory, l4_umword_t pc, l4_umword_t sp,
                          l4_cap_idx_t pager, l4_cap_idx_t task, l4_cap_idx_t scheduler, l4_sched_param_t scp);

L4_END_DECLS

// A function that such a thread begins in; it does not return.
#define L4UTIL_THREAD_FUNC(name)        L4_NORETURN void name(void)
#define L4UTIL_THREAD_STATIC_FUNC(name) static L4_NORETURN void name(void)
