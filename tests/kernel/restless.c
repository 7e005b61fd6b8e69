// SPDX-License-Identifier: MIT
// In the place of kernel/arch/arm64/preempt.c: each third preemption point stops, for no reason. All that is repeated
// and resumed then happens all the time.
#include <arch/sysreg.h>
#include "lock/lock_set.h"
#include "preempt/progress.h"

bool preempt_pending(void)
{
    static uint32_t random[MAX_CPUS];
    uint32_t *r = &random[this_cpu()->id];
    *r = *r * 1664525 + 1013904223;
    return (*r >> 16) % 3 == 0 || sysreg_read(isr_el1) & (ISR_I | ISR_F) || this_cpu()->need_resched ||
           locks_wanted();
}
