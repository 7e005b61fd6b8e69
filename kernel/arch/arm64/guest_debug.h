// SPDX-License-Identifier: MIT
// Self-hosted debug of guests (Arm ARM D2): breakpoints, watchpoints and single steps, which the guest takes at EL1 without an
// exit. Its accesses to the registers trap, so they change by guest_debug_write() alone and are never saved.
#pragma once
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <l4/sys/compiler.h>

// On each CPU, before it runs guests.
void guest_debug_cpu_init(void);
void guest_debug_load_pairs(struct el1_state const *s);

// With its EL1 registers.
static inline void guest_debug_load(struct el1_state const *s)
{
    if (L4_UNLIKELY(s->debugging))
        guest_debug_load_pairs(s);
}

// The last step before it runs.
static inline void guest_debug_enter(struct el1_state const *s)
{
    if (L4_UNLIKELY(s->debugging))
        sysreg_write(mdscr_el1, s->debug.mdscr);
}

// The first one after it: HCR_EL2.TGE would bring its debug exceptions to EL2.
static inline void guest_debug_leave(struct el1_state const *s)
{
    if (L4_UNLIKELY(s->debugging))
        sysreg_write(mdscr_el1, 0);
}
