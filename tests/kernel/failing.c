// SPDX-License-Identifier: MIT
// In the place of kernel/arch/arm64/preempt.c: an assertion that does not hold at the first preemption point.
#include "debug/assert.h"
#include "preempt/progress.h"

bool preempt_pending(void)
{
    assert(1 + 1 == 3);
    return false;
}
