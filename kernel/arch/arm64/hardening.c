// SPDX-License-Identifier: MIT
// Three attacks, each with the core's own immunity, the remedy, and the firmware function that offers it:
//   branch targets  (CVE-2017-5715)  ID_AA64PFR0.CSV2        SMCCC_ARCH_WORKAROUND_1
//   branch history  (CVE-2022-23960) CSV2_3, ECBHB           CLRBHB, a loop of branches, SMCCC_ARCH_WORKAROUND_3
//   store bypass    (CVE-2018-3639)  cores in order          nothing here; guests have PSTATE.SSBS or nothing either
// (Arm DEN 0028; "Cache Speculation Side-channels" and "Spectre-BHB", Arm)
#include <arch/hardening.h>
#include "arch/arm64/errata.h"
#include <arch/psci.h>
#include <arch/sysreg.h>
#include "debug/print.h"

enum { ROUNDS_UNKNOWN = 132 }; // the most that any core is known to need

static bool off;
static enum hardening targets = HARDEN_UNAFFECTED, history = HARDEN_UNAFFECTED, bypass = HARDEN_UNAFFECTED;

extern char vectors[], vectors_clear_history[], vectors_harden[];

static unsigned field(uint64_t reg, unsigned lsb)
{
    return reg >> lsb & 0xf;
}

// They speculate too little for any of the three.
static bool in_order(unsigned core)
{
    return core == CORE_ARM(0xd03) || core == CORE_ARM(0xd04) || core == CORE_ARM(0xd05) || core == CORE_ARM(0xd46) ||
           core == CORE_ARM(0xd80); // Cortex-A53, A35, A55, A510, A520
}

// How many taken branches fill the history; 0 = only firmware can clear it.
static unsigned rounds_of(unsigned core)
{
    switch (core) {
    case CORE_ARM(0xd07): // Cortex-A57
    case CORE_ARM(0xd08): // A72
        return 8;
    case CORE_ARM(0xd09): // A73
    case CORE_ARM(0xd0a): // A75
        return 0;
    case CORE_ARM(0xd0b): // A76
    case CORE_ARM(0xd0c): // Neoverse N1
    case CORE_ARM(0xd0d): // A77
    case CORE_ARM(0xd0e): // A76AE
        return 24;
    case CORE_ARM(0xd40): // Neoverse V1
    case CORE_ARM(0xd41): // A78
    case CORE_ARM(0xd42): // A78AE
    case CORE_ARM(0xd44): // X1
    case CORE_ARM(0xd47): // A710
    case CORE_ARM(0xd48): // X2
    case CORE_ARM(0xd49): // Neoverse N2
    case CORE_ARM(0xd4b): // A78C
    case CORE_ARM(0xd4c): // X1C
        return 32;
    default:
        return ROUNDS_UNKNOWN;
    }
}

static enum hardening harden_targets(struct cpu *cpu, unsigned core)
{
    if (in_order(core) || field(sysreg_read(id_aa64pfr0_el1), 56))
        return HARDEN_UNAFFECTED;
    int offered = smccc_arch_feature(SMCCC_ARCH_WORKAROUND_1);
    if (offered < 0 || off)
        return offered > 0 ? HARDEN_UNAFFECTED : HARDEN_VULNERABLE;
    if (offered)
        return HARDEN_UNAFFECTED;
    cpu->harden_call = SMCCC_ARCH_WORKAROUND_1;
    return HARDEN_MITIGATED;
}

static enum hardening harden_history(struct cpu *cpu, unsigned core, bool *clear)
{
    bool immune = in_order(core) || field(sysreg_read(id_aa64pfr0_el1), 56) >= 3 || field(sysreg_read(id_aa64mmfr1_el1), 60);
    int offered = immune ? 1 : smccc_arch_feature(SMCCC_ARCH_WORKAROUND_3);
    if (offered > 0)
        return HARDEN_UNAFFECTED;
    if (off)
        return HARDEN_VULNERABLE;
    unsigned rounds = rounds_of(core);
    if (!offered && (cpu->harden_call || !rounds)) {
        cpu->harden_call = SMCCC_ARCH_WORKAROUND_3; // does what the first one does as well
        return HARDEN_MITIGATED;
    }
    *clear = field(sysreg_read(s3_0_c0_c6_2), 28); // ID_AA64ISAR2.CLRBHB
    if (!*clear)
        cpu->harden_loops = rounds;
    return *clear || rounds ? HARDEN_MITIGATED : HARDEN_VULNERABLE;
}

static void fold(enum hardening *all, enum hardening one)
{
    if (one < *all)
        *all = one;
}

void hardening_init(struct boot_info const *bi)
{
    off = bi->flags & BOOT_FLAG_NO_HARDENING;
}

void hardening_cpu_init(struct cpu *cpu)
{
    unsigned core = CORE_OF(sysreg_read(midr_el1));
    bool clear = false;
    cpu->harden_call = cpu->harden_loops = 0;
    fold(&targets, harden_targets(cpu, core));
    fold(&history, harden_history(cpu, core, &clear));
    fold(&bypass, in_order(core) || smccc_arch_feature(SMCCC_ARCH_WORKAROUND_2) > 0 ? HARDEN_UNAFFECTED : HARDEN_VULNERABLE);
    if (cpu->harden_call | cpu->harden_loops)
        sysreg_write(vbar_el2, vectors_harden);
    else
        sysreg_write(vbar_el2, clear ? vectors_clear_history : vectors);
    isb();
}

void hardening_report(void)
{
    if (off)
        debug_print("kernel: no measures against speculation across domains (-nohardening)\n");
    else if (targets == HARDEN_VULNERABLE || history == HARDEN_VULNERABLE)
        debug_print("kernel: open to Spectre (%s): a core needs firmware that offers SMCCC_ARCH_WORKAROUND_%u\n",
                    targets == HARDEN_VULNERABLE ? "branch targets" : "branch history", targets == HARDEN_VULNERABLE ? 1 : 3);
}

uint32_t hardening_features(void)
{
    return (uint32_t)targets << L4_VCPU_BRANCH_TARGETS_SHIFT | (uint32_t)history << L4_VCPU_BRANCH_HISTORY_SHIFT |
           (uint32_t)bypass << L4_VCPU_STORE_BYPASS_SHIFT;
}
