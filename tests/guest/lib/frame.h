// SPDX-License-Identifier: MIT
// What the vectors save, for C and assembly.
#pragma once

#define FRAME_ELR 248
#define FRAME_ESR 264
#define FRAME_SP 280
#define FRAME_VECTOR 296
#define FRAME_SIZE 304

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct frame {
    uint64_t x[31];
    uint64_t elr, spsr;
    uint64_t esr, far;
    uint64_t sp_el0;
    uint64_t daif;   // as the exception left it
    uint64_t vector; // number of the slot, 0 to 15
};

_Static_assert(offsetof(struct frame, elr) == FRAME_ELR && offsetof(struct frame, esr) == FRAME_ESR &&
               offsetof(struct frame, sp_el0) == FRAME_SP && offsetof(struct frame, vector) == FRAME_VECTOR &&
               sizeof(struct frame) == FRAME_SIZE, "frame.h and start.S");
#endif
