// SPDX-License-Identifier: MIT
// For assertions: the locks that a function needs. (lock_set.c)
#pragma once
#include <stdbool.h>

struct cpu;

// Does this CPU hold the local lock of `cpu`, or all?
bool local_lock_held(struct cpu const *cpu);
bool global_lock_held(void);
