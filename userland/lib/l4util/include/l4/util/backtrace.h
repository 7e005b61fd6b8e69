// SPDX-License-Identifier: MIT
// The callers, by frame pointers.
#pragma once

#include <l4/sys/compiler.h>

L4_BEGIN_DECLS

// Return addresses of the caller of this function, of its caller and so on, at most `max_len`. Returns their number: as many as
// have frame records (-fno-omit-frame-pointer), whose chain must grow towards higher addresses.
int l4util_backtrace(void **pc_array, int max_len);

L4_END_DECLS
