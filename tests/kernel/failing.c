// SPDX-License-Identifier: MIT
// In the place of kernel/arch/arm64/preempt.c: at the first preemption point an assertion that does not hold, or, on the kernel
// without assertions, a function that writes past its variables.
#include "debug/assert.h"
#include "debug/print.h"
#include "preempt/progress.h"

enum { WORDS = 4 };

extern uint64_t __stack_chk_guard;

static uint64_t volatile words = WORDS + 3; // up to the guard and what lies behind it

static __attribute__((noinline)) bool overrun(void)
{
    uint64_t volatile variable[WORDS];
    debug_print("stack guard %lx\n", __stack_chk_guard);
    for (uint64_t i = 0; i < words; i++)
        variable[i] = 0;
    return variable[0];
}

bool preempt_pending(void)
{
    assert(1 + 1 == 3);
    return overrun();
}
