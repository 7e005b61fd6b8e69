// SPDX-License-Identifier: MIT
// The guest's physical timer: its registers, and what follows from them at a value of the counter (Arm ARM D19.12).
// Logic alone; ptimer_line.c has the interrupt.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PTIMER_NEVER (~0ull)

enum { PTIMER_ENABLE = 1, PTIMER_IMASK = 2, PTIMER_ISTATUS = 4 };

// CRm 2 of op1 3, CRn 14, by op2.
enum ptimer_reg { PTIMER_TVAL, PTIMER_CTL, PTIMER_CVAL };

struct ptimer {
    uint64_t cval;
    uint32_t ctl; // ENABLE and IMASK
};

uint64_t ptimer_read(struct ptimer const *t, enum ptimer_reg reg, uint64_t count);
void ptimer_write(struct ptimer *t, enum ptimer_reg reg, uint64_t value, uint64_t count);

// Its interrupt, which is a level.
bool ptimer_level(struct ptimer const *t, uint64_t count);

// The counter's value at which the level goes up by itself, if it is not up; PTIMER_NEVER: it does not.
uint64_t ptimer_deadline(struct ptimer const *t, uint64_t count);
