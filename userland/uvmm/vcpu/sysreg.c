// SPDX-License-Identifier: MIT
#include "vcpu/sysreg.h"

#include "log.h"
#include "vcpu/timer.h"
#include "vcpu/vcpu.h"
#include "vm.h"

// A register's name as a number: op0, op1, CRn, CRm, op2.
#define REG(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

struct access {
    unsigned reg;
    bool read;
    uint64_t value; // written, or to be read
};

static unsigned reg_of(uint32_t esr)
{
    return REG(esr >> 20 & 3, esr >> 14 & 7, esr >> 10 & 15, esr >> 1 & 15, esr >> 17 & 7);
}

static bool gic_register(struct vcpu *v, struct access *a)
{
    switch (a->reg) {
    case REG(3, 0, 12, 11, 5): // ICC_SGI1R_EL1
    case REG(3, 0, 12, 11, 6): // ICC_ASGI1R_EL1
    case REG(3, 0, 12, 11, 7): // ICC_SGI0R_EL1
        if (!a->read && vm.gic.version == 3)
            vgic_write_sgi1r(&vm.gic, v->id, a->value);
        return vm.gic.version == 3;
    case REG(3, 0, 12, 12, 5): // ICC_SRE_EL1
        a->value = 7;
        return vm.gic.version == 3;
    default:
        return false;
    }
}

static bool timer_register(struct access *a)
{
    switch (a->reg) {
    case REG(3, 3, 14, 0, 1): // CNTPCT_EL0
        a->value = timer_counter();
        return a->read;
    case REG(3, 3, 14, 2, 0): // CNTP_TVAL_EL0
    case REG(3, 3, 14, 2, 1): // CNTP_CTL_EL0
    case REG(3, 3, 14, 2, 2): // CNTP_CVAL_EL0
        return true;          // the guest has no physical timer: it never fires
    default:
        return false;
    }
}

static bool pmu_register(struct access const *a)
{
    unsigned crn = a->reg >> 7 & 15, crm = a->reg >> 3 & 15, op1 = a->reg >> 11 & 7;
    if (a->reg >> 14 != 3)
        return false;
    return (crn == 9 && crm >= 12 && crm <= 14) ||            // PMCR .. PMUSERENR, PMINTEN*
           (crn == 14 && crm >= 8 && op1 == 3);               // event counters
}

static bool emulate(struct vcpu *v, struct access *a)
{
    if ((a->reg & ~(unsigned)REG(0, 0, 0, 7, 7)) == REG(3, 0, 0, 0, 0)) { // ID registers, CRm 0..7
        unsigned crm = a->reg >> 3 & 15;
        a->value = crm ? v->id_regs[(crm - 1) * 8 + (a->reg & 7)] : 0;
        return a->read;
    }
    if (a->reg >> 14 == 2 || a->reg == REG(3, 0, 1, 0, 1)) { // debug registers, ACTLR_EL1
        a->value = 0; // a guest that debugs itself gets nothing, but no exception either
        return true;
    }
    return gic_register(v, a) || timer_register(a) || pmu_register(a);
}

void sysreg_trap(struct vcpu *v, uint32_t esr)
{
    unsigned rt = esr >> 5 & 31;
    struct access a = {.reg = reg_of(esr), .read = esr & 1};
    if (!a.read)
        a.value = vcpu_reg(v, rt);
    if (!emulate(v, &a)) {
        log_warn("guest %s S%u_%u_C%u_C%u_%u, which it does not have, at pc 0x%lx",
                 a.read ? "reads" : "writes", a.reg >> 14, a.reg >> 11 & 7, a.reg >> 7 & 15,
                 a.reg >> 3 & 15, a.reg & 7, v->area->r.pc);
        vcpu_inject_undef(v);
        return;
    }
    if (a.read)
        vcpu_set_reg(v, rt, a.value);
    v->area->r.pc += 4;
}
