// SPDX-License-Identifier: MIT
// Signals to the creator of the task (l4re-protocols 8).
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Signal 0 = exit with code `val`. Does not return for signal 0 where the parent takes the task
// down.
long l4re_parent_signal(unsigned long sig, unsigned long val);
long l4re_parent_signal_srv(l4_cap_idx_t parent, unsigned long sig, unsigned long val);

// Exit with a code: signals the parent, then sleeps until it removes the task.
L4_NORETURN void l4re_task_exit(unsigned long code);

L4_END_DECLS
