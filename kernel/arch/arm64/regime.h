// SPDX-License-Identifier: MIT
// Changing the EL1&0 translation regime: VTTBR_EL2, HCR_EL2 and the EL1 registers that stage 1 hangs on (docs/silicon.md).
#pragma once
#include <arch/sysreg.h>
#include "object/task.h"
#include "sched/cpu.h"

// Before the first change in a kernel entry. A table walk that began at EL1 or EL0 may go on after the exception, and must not
// find the registers of another context: a DSB waits for its end. (Arm ARM D8.2)
// The DSB waits for all other accesses as well: an error of theirs is pending then (serror.h).
static inline void regime_leave(void)
{
    dsb_sy();
}

// The last step: the address space that runs next. Its next translation happens behind an ERET, which synchronises.
static inline void space_enter(struct cpu *cpu, struct space *s)
{
    cpu->space = s;
    sysreg_write_mem(vttbr_el2, s->vttbr);
}

// A change of more registers than VTTBR_EL2, between regime_leave() and space_enter(), begins with regime_park() and ends with
// regime_unpark(). On a core that may speculate an AT instruction with the registers half changed (errata.c), it then finds
// an empty table, and what it caches nevertheless has VMID 0, with which nothing runs.
static inline void regime_park(struct cpu *cpu)
{
    cpu->space = 0;
    if (cpu->parked_vttbr)
        sysreg_write_mem(vttbr_el2, cpu->parked_vttbr);
    isb();
}

static inline void regime_unpark(struct cpu *cpu)
{
    if (cpu->parked_vttbr)
        isb();
}
