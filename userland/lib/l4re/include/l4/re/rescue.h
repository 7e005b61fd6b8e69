// SPDX-License-Identifier: MIT
// Rescue jumps of the region map (l4re-protocols 4): exceptions that end no program. Functions return 0 or a negative error
// code.
#pragma once

#include <l4/sys/types.h>

// From now on a thread of this program that has an exception at an instruction in [begin, end) goes on at `target`, with all
// its other registers as they are; nothing is reported. -L4_EINVAL: empty range; -L4_ENOMEM: too many.
int l4re_rm_add_rescue_jump(l4_addr_t begin, l4_addr_t end, l4_addr_t target);

// Takes back the one that covers `pc`. -L4_ENOENT: none does.
int l4re_rm_remove_rescue_jump(l4_addr_t pc);

// Makes the functions of l4/mem/guard.h return when the memory is gone. Further calls do nothing. Not for threads that may
// call it at the same time.
int l4re_guard_init(void);
