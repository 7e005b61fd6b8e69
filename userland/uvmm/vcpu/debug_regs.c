// SPDX-License-Identifier: MIT
#include "vcpu/debug_regs.h"

#define MDSCR_GUESTS (DEBUG_STEP | DEBUG_DCC_TRAP | DEBUG_KERNEL | DEBUG_MONITOR)
#define MDCCINT_GUESTS 0x60000000u // RX, TX
#define BCR_RES0 (~0x00ffe1e7ull)
#define WCR_RES0 (~0x1f1fffffull)
#define WVR_RES0 3ull

enum { OSLSR_IMPLEMENTED = 1 << 3, OSLSR_LOCKED = 1 << 1 };
enum { ID_VERSION = 0xf, ID_BREAKPOINTS = 12, ID_WATCHPOINTS = 20, ID_CONTEXTS = 28 };

static uint64_t field_at_most(uint64_t id, unsigned shift, uint64_t most)
{
    uint64_t v = id >> shift & 0xf;
    return (v < most ? v : most) << shift;
}

uint64_t debug_id(uint64_t real)
{
    enum { V8_0 = 6 };
    return field_at_most(real, 0, V8_0) | field_at_most(real, ID_BREAKPOINTS, L4_VCPU_BREAKPOINTS - 1) |
           field_at_most(real, ID_WATCHPOINTS, L4_VCPU_WATCHPOINTS - 1) |
           field_at_most(real, ID_CONTEXTS, L4_VCPU_BREAKPOINTS - 1);
}

void debug_reset(struct debug_regs *d, uint64_t id)
{
    *d = (struct debug_regs){
        .breakpoints = (unsigned)(id >> ID_BREAKPOINTS & 0xf) + 1,
        .watchpoints = (unsigned)(id >> ID_WATCHPOINTS & 0xf) + 1,
        .os_lock = true,
    };
}

#define NAME(op1, crn, crm, op2) ((op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
enum {
    OSDTRRX_EL1 = NAME(0, 0, 0, 2),
    MDCCINT_EL1 = NAME(0, 0, 2, 0),
    MDSCR_EL1 = NAME(0, 0, 2, 2),
    OSDTRTX_EL1 = NAME(0, 0, 3, 2),
    OSECCR_EL1 = NAME(0, 0, 6, 2),
    MDRAR_EL1 = NAME(0, 1, 0, 0),
    OSLAR_EL1 = NAME(0, 1, 0, 4),
    OSLSR_EL1 = NAME(0, 1, 1, 4),
    OSDLR_EL1 = NAME(0, 1, 3, 4),
    DBGPRCR_EL1 = NAME(0, 1, 4, 4),
    DBGCLAIMSET_EL1 = NAME(0, 7, 8, 6),
    DBGCLAIMCLR_EL1 = NAME(0, 7, 9, 6),
    DBGAUTHSTATUS_EL1 = NAME(0, 7, 14, 6),
    MDCCSR_EL0 = NAME(3, 0, 1, 0),
    DBGDTR_EL0 = NAME(3, 0, 4, 0),
    DBGDTRRX_EL0 = NAME(3, 0, 5, 0), // DBGDTRTX_EL0 when written
};

static unsigned number(struct debug_name n)
{
    return (unsigned)NAME(n.op1, n.crn, n.crm, n.op2);
}

// DBGBVR, DBGBCR, DBGWVR and DBGWCR are op2 4 to 7 of CRn 0, and CRm counts them.
static bool is_pair(struct debug_name n)
{
    return n.op1 == 0 && n.crn == 0 && n.op2 >= 4;
}

static bool is_watch(struct debug_name n)
{
    return n.op2 >= 6;
}

static bool has_pair(struct debug_regs const *d, struct debug_name n)
{
    return n.crm < (is_watch(n) ? d->watchpoints : d->breakpoints);
}

static uint64_t pair_read(struct debug_regs const *d, struct debug_name n)
{
    l4_vcpu_debug_pair_t const *p = is_watch(n) ? &d->regs.watchpoint[n.crm] : &d->regs.breakpoint[n.crm];
    return n.op2 & 1 ? p->control : p->value;
}

static uint64_t pair_res0(struct debug_name n)
{
    static uint64_t const of[4] = {0, BCR_RES0, WVR_RES0, WCR_RES0}; // DBGBVR may hold a context
    return of[n.op2 - 4];
}

static void pair_write(struct debug_regs *d, struct debug_name n, uint64_t value)
{
    l4_vcpu_debug_pair_t *p = is_watch(n) ? &d->regs.watchpoint[n.crm] : &d->regs.breakpoint[n.crm];
    *(n.op2 & 1 ? &p->control : &p->value) = value & ~pair_res0(n);
}

bool debug_read(struct debug_regs const *d, struct debug_name name, uint64_t *value)
{
    if (is_pair(name)) {
        bool there = has_pair(d, name);
        *value = there ? pair_read(d, name) : 0;
        return there;
    }
    *value = 0;
    switch (number(name)) {
    case MDSCR_EL1:
        *value = d->regs.mdscr;
        return true;
    case MDCCINT_EL1:
        *value = d->mdccint;
        return true;
    case OSLSR_EL1:
        *value = OSLSR_IMPLEMENTED | (d->os_lock ? OSLSR_LOCKED : 0);
        return true;
    case OSDLR_EL1:
        *value = d->double_lock;
        return true;
    case DBGPRCR_EL1:
        *value = d->power_request;
        return true;
    case DBGCLAIMSET_EL1:
        *value = 0xff;
        return true;
    case DBGCLAIMCLR_EL1:
        *value = d->claim;
        return true;
    case OSDTRRX_EL1:
    case OSDTRTX_EL1:
    case OSECCR_EL1:
    case MDRAR_EL1: // no memory-mapped component
    case DBGAUTHSTATUS_EL1:
    case MDCCSR_EL0:
    case DBGDTR_EL0:
    case DBGDTRRX_EL0:
        return true;
    default:
        return false;
    }
}

bool debug_write(struct debug_regs *d, struct debug_name name, uint64_t value)
{
    if (is_pair(name)) {
        if (has_pair(d, name))
            pair_write(d, name, value);
        return has_pair(d, name);
    }
    switch (number(name)) {
    case MDSCR_EL1:
        d->regs.mdscr = value & MDSCR_GUESTS;
        return true;
    case MDCCINT_EL1:
        d->mdccint = value & MDCCINT_GUESTS;
        return true;
    case OSLAR_EL1:
        d->os_lock = value & 1;
        return true;
    case OSDLR_EL1:
        d->double_lock = value & 1;
        return true;
    case DBGPRCR_EL1:
        d->power_request = value & 1;
        return true;
    case DBGCLAIMSET_EL1:
        d->claim |= (uint8_t)value;
        return true;
    case DBGCLAIMCLR_EL1:
        d->claim &= (uint8_t)~value;
        return true;
    case OSDTRRX_EL1:
    case OSDTRTX_EL1:
    case OSECCR_EL1:
    case DBGDTR_EL0:
    case DBGDTRRX_EL0:
        return true;
    default:
        return false;
    }
}

uint64_t debug_effective(struct debug_regs const *d)
{
    bool locked = d->os_lock || (d->double_lock && !d->power_request);
    return locked ? 0 : d->regs.mdscr & (DEBUG_STEP | DEBUG_KERNEL | DEBUG_MONITOR);
}
