// SPDX-License-Identifier: MIT
#include "vcpu/sysreg.h"

#include "log.h"
#include "vcpu/debug.h"
#include "vcpu/ptimer_line.h"
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
    case REG(3, 0, 12, 11, 6): // ICC_ASGI1R_EL1: of the other security state, which there is not
        return !a->read;
    case REG(3, 0, 12, 11, 7): // ICC_SGI0R_EL1
        if (!a->read)
            vgic_write_sgir(&vm.gic, v->id, a->value, VGIC_GROUP0);
        return !a->read;
    case REG(3, 0, 12, 11, 1): // ICC_DIR_EL1
        if (!a->read)
            vgic_write_dir(&vm.gic, v->id, a->value & 0xffffff);
        return !a->read;
    case REG(3, 0, 12, 12, 5): // ICC_SRE_EL1
        a->value = 7;
        return true;
    default:
        return false;
    }
}

// Of EL0 only what CNTKCTL_EL1 permits comes here: its EL0PCTEN and EL0PTEN are looked at before CNTHCTL_EL2, and what they
// deny is the guest's exception without us (Arm ARM D19.12, accesses of CNTPCT_EL0 and CNTP_CTL_EL0).
static bool timer_register(struct vcpu *v, struct access *a)
{
    switch (a->reg) {
    case REG(3, 3, 14, 0, 1): // CNTPCT_EL0
        a->value = timer_counter();
        return a->read;
    case REG(3, 3, 14, 2, 0): // CNTP_TVAL_EL0
    case REG(3, 3, 14, 2, 1): // CNTP_CTL_EL0
    case REG(3, 3, 14, 2, 2): // CNTP_CVAL_EL0
        if (a->read)
            a->value = ptimer_get(v, a->reg & 7);
        else
            ptimer_set(v, a->reg & 7, a->value);
        return true;
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
    if (a->reg >> 14 == 2)
        return vcpu_debug_access(v, a->reg, a->read, &a->value);
    if (a->reg == REG(3, 0, 1, 0, 1)) { // ACTLR_EL1
        a->value = 0;
        return true;
    }
    if (vm.gic.version == 3 && (a->reg & ~(unsigned)REG(0, 0, 0, 15, 7)) == REG(3, 0, 12, 0, 0))
        return gic_register(v, a);
    return timer_register(v, a) || pmu_register(a);
}

// Reads of the ID registers of AArch64, of which the kernel answers most (Arm ARM, ISS encoding of class 0x18).
static inline bool is_id_read(uint32_t iss)
{
    enum { OP0 = 3 << 20, OP1 = 7 << 14, CRN = 15 << 10, CRM_HIGH = 8 << 1 };
    return (iss & 1) && (iss & (OP0 | OP1 | CRN | CRM_HIGH)) == OP0; // bit 0: a read
}

void sysreg_trap(struct vcpu *v, uint32_t esr)
{
    unsigned rt = esr >> 5 & 31;
    if (is_id_read(esr)) {
        unsigned crm = esr >> 1 & 7;
        vcpu_set_reg(v, rt, crm ? v->id_regs[(crm - 1) * 8 + (esr >> 17 & 7)] : 0);
        vcpu_skip(v);
        return;
    }
    struct access a = {.reg = reg_of(esr), .read = esr & 1};
    if (!a.read)
        a.value = vcpu_reg(v, rt);
    if (!emulate(v, &a)) {
        log_guest(LOG_WARN, "guest %s S%u_%u_C%u_C%u_%u, which it does not have, at pc 0x%lx",
                  a.read ? "reads" : "writes", a.reg >> 14, a.reg >> 11 & 7, a.reg >> 7 & 15,
                  a.reg >> 3 & 15, a.reg & 7, v->area->r.pc);
        vcpu_inject_undef(v);
        return;
    }
    if (a.read)
        vcpu_set_reg(v, rt, a.value);
    vcpu_skip(v);
}

// The registers of coprocessor 15 that AArch32 has at EL0, as those of AArch64 (Arm ARM, ISS encodings of classes 0x03 and
// 0x04; CNTPCT, CNTP_CTL, CNTP_CVAL, CNTP_TVAL). 0: none that traps.
static unsigned reg_of_word(uint32_t iss)
{
    enum { OPC2 = 7 << 17, OPC1 = 7 << 14, CRN = 15 << 10, CRM = 15 << 1 };
    switch (iss & (OPC2 | OPC1 | CRN | CRM)) {
    case 0 << 17 | 14 << 10 | 2 << 1:
        return REG(3, 3, 14, 2, 0); // CNTP_TVAL
    case 1 << 17 | 14 << 10 | 2 << 1:
        return REG(3, 3, 14, 2, 1); // CNTP_CTL
    default:
        return 0;
    }
}

static unsigned reg_of_pair(uint32_t iss)
{
    enum { OPC1 = 15 << 16, CRM = 15 << 1 };
    switch (iss & (OPC1 | CRM)) {
    case 0 << 16 | 14 << 1:
        return REG(3, 3, 14, 0, 1); // CNTPCT
    case 2 << 16 | 14 << 1:
        return REG(3, 3, 14, 2, 2); // CNTP_CVAL
    default:
        return 0;
    }
}

bool sysreg_trap_word(struct vcpu *v, uint32_t esr)
{
    unsigned rt = esr >> 5 & 31;
    struct access a = {.reg = reg_of_word(esr), .read = esr & 1, .value = (uint32_t)vcpu_reg(v, rt)};
    if (!timer_register(v, &a))
        return false;
    if (a.read)
        vcpu_set_reg(v, rt, (uint32_t)a.value);
    return true;
}

bool sysreg_trap_pair(struct vcpu *v, uint32_t esr)
{
    unsigned rt = esr >> 5 & 31, rt2 = esr >> 10 & 31;
    uint64_t value = (uint32_t)vcpu_reg(v, rt) | vcpu_reg(v, rt2) << 32;
    struct access a = {.reg = reg_of_pair(esr), .read = esr & 1, .value = value};
    if (!timer_register(v, &a))
        return false;
    if (a.read) {
        vcpu_set_reg(v, rt, (uint32_t)a.value);
        vcpu_set_reg(v, rt2, a.value >> 32);
    }
    return true;
}
