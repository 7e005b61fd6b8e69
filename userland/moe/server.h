// SPDX-License-Identifier: MIT
// Moe's one thread: takes requests for all its objects.
#pragma once

#include <l4/sys/types.h>

void server_init(void);

// Never returns.
void server_loop(void) __attribute__((noreturn));

struct factory;

// Keep the capability that came in with the current request through receive buffer `buf`: the
// caller owns the slot from now on, charged to `f` (NULL = nobody). L4_INVALID_CAP when no slot is
// left to replace it.
l4_cap_idx_t server_keep_cap(struct factory *f, unsigned buf);
