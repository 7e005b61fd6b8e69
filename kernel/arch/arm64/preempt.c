// SPDX-License-Identifier: MIT
#include <arch/sysreg.h>
#include "lock/lock_set.h"
#include "preempt/progress.h"

// ISR_EL1 shows what is pending for this CPU, masked or not. (Arm ARM, ISR_EL1)
bool preempt_pending(void)
{
    return sysreg_read(isr_el1) & (ISR_I | ISR_F) || this_cpu()->need_resched || locks_wanted();
}
