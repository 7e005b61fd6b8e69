// SPDX-License-Identifier: MIT
#include "arch/arm64/guest_debug.h"
#include <arch/sysreg.h>
#include "debug/assert.h"
#include "object/thread.h"

// Arm ARM D19.3: MDSCR_EL1, DBGBCR<n>_EL1, DBGWCR<n>_EL1. What a guest may not choose: HMC and SSC, by which a match means
// EL2 or another security state, and breakpoints by VMID, which are not the guest's to know.
enum { ID_BREAKPOINTS = 12, ID_WATCHPOINTS = 20 }; // ID_AA64DFR0_EL1
enum { MDSCR_SS = 1 << 0, MDSCR_KDE = 1 << 13, MDSCR_MDE = 1 << 15 };
enum {
    PAIR_E = 1 << 0,
    PAIR_LBN_SHIFT = 16,
    PAIR_LBN = 0xf << PAIR_LBN_SHIFT,
    BCR_PMC = 3 << 1,
    BCR_BAS = 0xf << 5,
    BCR_BT_SHIFT = 20,
    BCR_BT = 0xf << BCR_BT_SHIFT,
    BCR_GUESTS = PAIR_E | BCR_PMC | BCR_BAS | PAIR_LBN | BCR_BT,
    BT_CONTEXT_LINKED = 3, // those above need EL2 or AArch32 at EL1
    WCR_PAC = 3 << 1,
    WCR_LSC = 3 << 3,
    WCR_BAS = 0xff << 5,
    WCR_WT = 1 << 20,
    WCR_MASK = 0x1f << 24,
    WCR_GUESTS = PAIR_E | WCR_PAC | WCR_LSC | WCR_BAS | PAIR_LBN | WCR_WT | WCR_MASK,
};

// All CPUs' debug state is as firmware has left it, the OS lock taken by a cold reset: it would hide what guests ask for.
void guest_debug_cpu_init(void)
{
    sysreg_write(mdscr_el1, 0);
    sysreg_write(osdlr_el1, 0);
    sysreg_write(oslar_el1, 0);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

#define PAIR(kind, n)                                                                                                  \
    case n:                                                                                                            \
        sysreg_write(dbg##kind##vr##n##_el1, p->value);                                                                \
        sysreg_write(dbg##kind##cr##n##_el1, control);                                                                 \
        break;
#define PAIRS(kind)                                                                                                    \
    PAIR(kind, 0) PAIR(kind, 1) PAIR(kind, 2) PAIR(kind, 3) PAIR(kind, 4) PAIR(kind, 5) PAIR(kind, 6) PAIR(kind, 7)   \
    PAIR(kind, 8) PAIR(kind, 9) PAIR(kind, 10) PAIR(kind, 11) PAIR(kind, 12) PAIR(kind, 13) PAIR(kind, 14) PAIR(kind, 15)

static void load_breakpoint(unsigned n, l4_vcpu_debug_pair_t const *p, uint64_t control)
{
    switch (n) {
        PAIRS(b)
    default:
        assert(false);
    }
}

static void load_watchpoint(unsigned n, l4_vcpu_debug_pair_t const *p, uint64_t control)
{
    switch (n) {
        PAIRS(w)
    default:
        assert(false);
    }
}

// The number of the breakpoint that it is linked to, as the CPU counts.
static uint64_t linked(uint64_t control, unsigned first)
{
    uint64_t number = control + ((uint64_t)first << PAIR_LBN_SHIFT);
    return (control & ~(uint64_t)PAIR_LBN) | (number & PAIR_LBN);
}

// Those that compare a context are a CPU's last ones: of more than a guest may have, it gets the last.
void guest_debug_load_pairs(struct el1_state const *s)
{
    uint64_t id = sysreg_read(id_aa64dfr0_el1);
    unsigned breakpoints = (unsigned)(id >> ID_BREAKPOINTS & 0xf) + 1, watchpoints = (unsigned)(id >> ID_WATCHPOINTS & 0xf) + 1;
    unsigned shown = least(breakpoints, L4_VCPU_BREAKPOINTS), first = breakpoints - shown;
    for (unsigned i = 0; i < first; i++)
        load_breakpoint(i, &(l4_vcpu_debug_pair_t){0}, 0);
    for (unsigned i = 0; i < shown; i++) {
        l4_vcpu_debug_pair_t const *p = &s->debug.breakpoint[i];
        load_breakpoint(first + i, p, linked(p->control, first));
    }
    shown = least(watchpoints, L4_VCPU_WATCHPOINTS);
    for (unsigned i = 0; i < shown; i++) {
        l4_vcpu_debug_pair_t const *p = &s->debug.watchpoint[i];
        load_watchpoint(i, p, linked(p->control, first));
    }
    for (unsigned i = shown; i < watchpoints; i++)
        load_watchpoint(i, &(l4_vcpu_debug_pair_t){0}, 0);
}

void guest_debug_write(struct cpu *cpu, struct thread *t, uint64_t const *words)
{
    struct el1_state *s = t->vcpu.el1;
    l4_vcpu_debug_regs_t const *asked = (l4_vcpu_debug_regs_t const *)words;
    if (cpu->el1_owner == t)
        guest_el1_release(cpu); // so that the next entry loads them
    s->debug.mdscr = asked->mdscr & (MDSCR_SS | MDSCR_KDE | MDSCR_MDE);
    s->debugging = s->debug.mdscr & (MDSCR_SS | MDSCR_MDE);
    for (unsigned i = 0; i < L4_VCPU_BREAKPOINTS; i++) {
        uint64_t control = READ_ONCE(asked->breakpoint[i].control) & BCR_GUESTS;
        bool permitted = control >> BCR_BT_SHIFT <= BT_CONTEXT_LINKED;
        s->debug.breakpoint[i] = (l4_vcpu_debug_pair_t){asked->breakpoint[i].value, permitted ? control : 0};
    }
    for (unsigned i = 0; i < L4_VCPU_WATCHPOINTS; i++)
        s->debug.watchpoint[i] =
            (l4_vcpu_debug_pair_t){asked->watchpoint[i].value, asked->watchpoint[i].control & WCR_GUESTS};
}
