// SPDX-License-Identifier: MIT
// Rules for registers that define the EL1&0 translation regime, as written at EL2.
//
// dsb: a table walk for EL1 or EL0 may go on after the exception that entered EL2, and sees what the registers hold then. A
// DSB waits for its end. (Arm ARM D8.2, translation table walks and exceptions to a higher level)
//
// at-mode, at-regime, at-vttbr (with errata=on): a core may speculate an AT instruction anywhere, and cache what it finds with
// the registers of that moment (Cortex-A53 1530924, A57 1319537, A72 1319367 ...). So while they belong to different contexts
// VTTBR_EL2 names VMID 0, under which nothing runs, and an empty table, with an ISB after it was written and before it is left.
#include "silicon.h"

extern bool check_errata;

static char const *const names[REGIME_REGS] = {
    "VTTBR_EL2", "HCR_EL2", "VTCR_EL2", "SCTLR_EL1", "TCR_EL1", "TTBR0_EL1", "TTBR1_EL1", "MAIR_EL1",
    "AMAIR_EL1", "CONTEXTIDR_EL1",
};

static unsigned long written[REGIME_REGS], no_dsb[REGIME_REGS], erets, dsbs;
static bool user_ran;     // there was an ERET, the rules hold from then on
static bool waited;       // for walks, since the last exception
static uint64_t vttbr, hcr;
static bool vttbr_new;    // written, and no ISB since
static bool regime_new;   // another register, the same

uint64_t context_vttbr(void)
{
    return vttbr;
}

bool context_tge(void)
{
    return hcr & HCR_TGE;
}

// No address translates, and what is cached nevertheless is never used.
static bool parked(void)
{
    return !VTTBR_VMID(vttbr) && !vttbr_new;
}

static void check_at_order(enum regime_reg reg, uint64_t value)
{
    if (reg == REG_VTTBR) {
        if (VTTBR_VMID(value) && regime_new && VTTBR_VMID(value) != VTTBR_VMID(vttbr))
            violation("at-vttbr", "VTTBR_EL2 := %lx, and what was written before has had no ISB", (long)value);
        return;
    }
    bool changes_mode = reg == REG_HCR && ((value ^ hcr) & HCR_TGE);
    if (changes_mode && !parked())
        violation("at-mode", "HCR_EL2 := %lx beside VTTBR_EL2 %lx", (long)value, (long)vttbr);
    else if (reg != REG_HCR && !(hcr & HCR_TGE) && !parked())
        violation("at-regime", "%s := %lx of a guest beside VTTBR_EL2 %lx", names[reg], (long)value, (long)vttbr);
}

void context_write(enum regime_reg reg, uint64_t value)
{
    written[reg]++;
    if (user_ran && !waited) {
        no_dsb[reg]++;
        violation("dsb", "%s is written and there was no DSB since the exception", names[reg]);
    }
    if (user_ran && check_errata)
        check_at_order(reg, value);
    if (reg == REG_VTTBR) {
        vttbr = value;
        vttbr_new = true;
        tables_vttbr(value);
    } else {
        regime_new = true;
        if (reg == REG_HCR)
            hcr = value;
    }
}

void context_barrier(unsigned crm)
{
    dsbs++;
    if ((crm & 3) == 3) // loads and stores, in any domain: the walks are this CPU's
        waited = true;
}

void context_isb(void)
{
    vttbr_new = regime_new = false;
}

void context_at(void)
{
    if (user_ran && (vttbr_new || regime_new))
        violation("at-isb", "AT behind a register that has had no ISB");
}

void context_eret(void)
{
    erets++;
    user_ran = true;
    waited = false;
    context_isb();
}

void context_report(void)
{
    for (unsigned i = 0; i < REGIME_REGS; i++)
        note("count %s %lu, %lu without DSB", names[i], written[i], no_dsb[i]);
    note("count exits-of-the-kernel %lu", erets);
    note("count DSB %lu", dsbs);
}
