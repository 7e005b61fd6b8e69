// SPDX-License-Identifier: MIT
// Exceptions that a test expects: recorded, and the test goes on behind the instruction.
#pragma once

#include "frame.h"

#include <stdbool.h>

enum { // exception classes (Arm ARM, ESR_EL1)
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP = 0x07,
    EC_ILLEGAL_STATE = 0x0e,
    EC_SVC32 = 0x11,
    EC_SVC = 0x15,
    EC_SYSREG = 0x18,
    EC_INSN_ABORT_LOWER = 0x20,
    EC_INSN_ABORT = 0x21,
    EC_PC_ALIGNMENT = 0x22,
    EC_DATA_ABORT_LOWER = 0x24,
    EC_DATA_ABORT = 0x25,
    EC_BREAKPOINT_LOWER = 0x30,
    EC_BREAKPOINT = 0x31,
    EC_STEP_LOWER = 0x32,
    EC_STEP = 0x33,
    EC_WATCHPOINT_LOWER = 0x34,
    EC_WATCHPOINT = 0x35,
    EC_BRK32 = 0x38,
    EC_BRK = 0x3c,
};

enum {
    ESR_IL = 1 << 25,
    FSC_MASK = 0x3f,
    FSC_EXTERNAL = 0x10, // synchronous external abort, not on a table walk
    VECTOR_SYNC = 4,     // slots: current EL with SP_ELx, lower EL AArch64, lower EL AArch32
    VECTOR_SYNC_LOWER64 = 8,
    VECTOR_SYNC_LOWER32 = 12,
    SPSR_EL1T = 4,
    SPSR_EL1H = 5,
    SPSR_EL0 = 0,
    SPSR_USER32 = 0x10,
    SPSR_THUMB = 0x20,
    SPSR_DAIF = 0x3c0,
    SPSR_D = 0x200,
    SPSR_SS = 1 << 21,
};

// The last synchronous exception of this CPU, registers as they were. Valid after one was caught.
struct frame const *caught(void);
unsigned class_of(struct frame const *f);
// PSTATE.PAN as the handler found it; false on CPUs without it.
bool caught_pan(void);
bool has_pan(void);

// Around code that may raise one: expect(); code; if (happened()) ... A jump to nowhere returns to its caller.
void expect(void);
bool happened(void);

// Runs code at EL0 until its first synchronous exception, which caught() tells. `argument` is its x0.
void el0_run(void const *entry, uint64_t spsr, uint64_t stack, uint64_t argument);
