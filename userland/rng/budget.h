// SPDX-License-Identifier: MIT
// How many bytes a client may have: so many in a second, and what it has not used of the last second.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_RATE_MIN = 256, BUDGET_RATE = 64 << 10, BUDGET_RATE_MAX = 16 << 20 }; // bytes a second

struct budget {
    uint32_t rate;
    uint64_t at;     // microseconds, when
    uint64_t credit; // was this, in bytes times microseconds of a second
};

// Begins with a second's bytes. rate: BUDGET_RATE_MIN to BUDGET_RATE_MAX.
void budget_init(struct budget *b, uint32_t rate, uint64_t now);

// Takes `bytes`, at most BUDGET_RATE_MIN; all or none. 0: taken, else how many microseconds later they may be had.
uint64_t budget_take(struct budget *b, uint32_t bytes, uint64_t now);
