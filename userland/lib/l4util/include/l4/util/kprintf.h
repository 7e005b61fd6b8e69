// SPDX-License-Identifier: MIT
// printf for debugging: straight to the log, 256 bytes at most, no memory and no streams of the C library needed.
#pragma once

#include <l4/sys/compiler.h>

L4_BEGIN_DECLS

// Returns as snprintf.
int l4_kprintf(char const *fmt, ...) __attribute__((format(printf, 1, 2)));

L4_END_DECLS
