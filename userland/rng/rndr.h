// SPDX-License-Identifier: MIT
// The CPU's random numbers (FEAT_RNG): RNDRRS, from a generator that has taken new entropy before each.
#pragma once

#include <stdint.h>

// Before the first rndr_read(). 0 or a negative error code.
int rndr_init(void);

// 1: *to is one; 0: the CPU has none in time; -1: this CPU has no such register.
int rndr_read(uint64_t *to);
