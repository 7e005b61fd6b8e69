// SPDX-License-Identifier: MIT
// Numbers for people.
#pragma once

#include <l4/sys/compiler.h>
#include <stddef.h>

L4_BEGIN_DECLS

// Writes "17B", "1.5KiB", "3.2GiB" and the like to `outstr` of `outsize` bytes. Returns as snprintf.
int l4util_human_readable_size(char *outstr, size_t outsize, unsigned long long bytes);

L4_END_DECLS
