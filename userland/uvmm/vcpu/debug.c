// SPDX-License-Identifier: MIT
#include "vcpu/debug.h"

#include "vcpu/vcpu.h"

// The kernel hears of nothing as long as nothing takes effect: boot code clears all registers.
static void take_effect(struct vcpu *v)
{
    uint64_t now = debug_effective(&v->debug);
    if (!now && !v->debugging)
        return;
    l4_vcpu_debug_regs_t regs = v->debug.regs;
    regs.mdscr = now;
    fp_protect();
    long err = l4_thread_vcpu_debug_write(&regs);
    if (err < 0)
        vcpu_fatal(v, "cannot set the guest's debug registers: error %ld", err);
    v->debugging = now;
    v->area->entry_ip = (l4_umword_t)(now & DEBUG_STEP ? vcpu_entry_stepping : vcpu_entry);
}

void vcpu_debug_reset(struct vcpu *v)
{
    enum { DFR0 = (5 - 1) * 8 };
    debug_reset(&v->debug, v->id_regs[DFR0]);
    take_effect(v);
}

bool vcpu_debug_access(struct vcpu *v, unsigned reg, bool read, uint64_t *value)
{
    struct debug_name name = {reg >> 11 & 7, reg >> 7 & 15, reg >> 3 & 15, reg & 7};
    if (read)
        return debug_read(&v->debug, name, value);
    if (!debug_write(&v->debug, name, *value))
        return false;
    take_effect(v);
    return true;
}

void vcpu_exit_stepping(struct vcpu *v)
{
    enum { EC_STEP = 0x32, ISV = 1 << 24, DFSC = 0x22 };
    l4_vcpu_regs_t *r = &v->area->r;
    l4_umword_t pc = r->pc;
    vcpu_exit(v);
    if (r->pc == pc || !(r->pstate & PSTATE_SS)) // of an exception's handler SS is 0
        return;
    r->pstate &= ~(l4_umword_t)PSTATE_SS;
    vcpu_inject(v, exception_class(EC_STEP, r->pstate) << L4_ESR_EC_SHIFT | ESR_IL | ISV | DFSC, 0);
}
