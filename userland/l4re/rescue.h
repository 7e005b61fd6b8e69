// SPDX-License-Identifier: MIT
// Places of the application at which an exception is no end. Pure logic, also used on the host.
#pragma once

#include <l4/sys/types.h>

#define RESCUE_MAX 16

struct rescue_jump {
    l4_addr_t begin, end; // of program counters, end exclusive
    l4_addr_t target;     // where it goes on
};

struct rescue_table {
    struct rescue_jump jump[RESCUE_MAX];
    unsigned count;
};

// 0, -L4_EINVAL (nothing in the range), -L4_ENOMEM (full).
int rescue_add(struct rescue_table *t, struct rescue_jump j);

// Removes the newest that covers pc. 0 or -L4_ENOENT.
int rescue_remove(struct rescue_table *t, l4_addr_t pc);

// The newest that covers pc, or NULL.
struct rescue_jump const *rescue_find(struct rescue_table const *t, l4_addr_t pc);
