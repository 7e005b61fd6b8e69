// SPDX-License-Identifier: MIT
#include <arch/cpu_reset.h>

#define CPTR_EL2_OPEN   0x33ff      // RES1 bits and TZ: FP open, SVE and SME trapped
#define SCR_EL3_NS      0x431       // NS, RES1, RW
#define SCR_EL3_HCE     (1 << 8)
#define SCR_EL3_PAUTH   (3 << 16)   // APK, API
#define SCR_EL3_ATA     (1 << 26)
#define SCR_EL3_FGTEN   (1 << 27)
#define SCR_EL3_ECVEN   (1 << 28)
#define SCR_EL3_HXEN    (1 << 38)
#define CPTR_EL3_EZ     (1 << 8)
#define MDCR_EL3_NSPB   (3 << 12)   // statistical profiling
#define MDCR_EL3_NSTB   (3 << 24)   // trace buffer
#define SPSR_EL2H       0x3c9       // DAIF masked
#define SPSR_EL1H       0x3c5
#define ICC_SRE_EL3     S3_6_C12_C12_5
#define ICC_SRE_EL2     S3_4_C12_C9_5
#define ICH_HCR_EL2     S3_4_C12_C11_0
#define HCRX_EL2        S3_4_C1_C2_2
#define HFGRTR_EL2      S3_4_C1_C1_4
#define HFGWTR_EL2      S3_4_C1_C1_5
#define HFGITR_EL2      S3_4_C1_C1_6
#define HDFGRTR_EL2     S3_4_C3_C1_4
#define HDFGWTR_EL2     S3_4_C3_C1_5
#define CPUECTLR_EL1    S3_1_C15_C2_1 // Cortex-A53/A57/A72
#define CPUECTLR_SMPEN  (1 << 6)
#define GICD_IGROUPR    0x080
#define GICC_PMR        0x004

    .text
    .globl  cpu_leave_el3, cpu_open_gicv2, cpu_init_el2
    .hidden cpu_leave_el3, cpu_open_gicv2, cpu_init_el2

// EL3 keeps nothing for itself that the levels below may touch: what it traps nobody answers. Each
// bit only where the CPU has the feature; elsewhere it is reserved (Arm ARM D19.2.116).
    .macro  grant, idreg, field, set, bits
    mrs     x1, \idreg
    ubfx    x1, x1, #\field, #4
    mov     x2, #\bits
    cmp     x1, #0
    csel    x2, x2, xzr, ne
    orr     \set, \set, x2
    .endm

cpu_leave_el3:
    mov     x1, #SCR_EL3_NS
    orr     x0, x0, x1
    grant   id_aa64pfr0_el1, 8, x0, SCR_EL3_HCE
    grant   id_aa64isar1_el1, 4, x0, SCR_EL3_PAUTH      // APA
    grant   id_aa64isar1_el1, 8, x0, SCR_EL3_PAUTH      // API
    grant   S3_0_C0_C6_2, 12, x0, SCR_EL3_PAUTH         // ID_AA64ISAR2_EL1.APA3
    grant   id_aa64mmfr0_el1, 56, x0, SCR_EL3_FGTEN
    grant   id_aa64mmfr0_el1, 60, x0, SCR_EL3_ECVEN
    grant   id_aa64mmfr1_el1, 40, x0, SCR_EL3_HXEN
    mrs     x1, id_aa64pfr1_el1
    ubfx    x1, x1, #8, #4
    cmp     x1, #2                  // tags in memory
    mov     x2, #SCR_EL3_ATA
    csel    x2, x2, xzr, hs
    orr     x0, x0, x2
    msr     scr_el3, x0
    mov     x0, #0
    grant   id_aa64pfr0_el1, 32, x0, CPTR_EL3_EZ
    msr     cptr_el3, x0
    mov     x0, #0
    grant   id_aa64dfr0_el1, 32, x0, MDCR_EL3_NSPB
    grant   id_aa64dfr0_el1, 44, x0, MDCR_EL3_NSTB
    msr     mdcr_el3, x0

    mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #24, #4
    cbz     x0, 2f
    mov     x0, #0xf
    msr     ICC_SRE_EL3, x0
2:  // Cortex-A53, A57, A72: the CPU must join coherency before its caches go on.
    mrs     x0, midr_el1
    ubfx    x1, x0, #4, #12
    ubfx    x0, x0, #24, #8
    cmp     x0, #0x41
    b.ne    4f
    mov     x2, #0xd03
    cmp     x1, x2
    mov     x2, #0xd07
    ccmp    x1, x2, #4, ne
    mov     x2, #0xd08
    ccmp    x1, x2, #4, ne
    b.ne    4f
    mrs     x0, CPUECTLR_EL1
    orr     x0, x0, #CPUECTLR_SMPEN
    msr     CPUECTLR_EL1, x0
4:  mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #8, #4
    cbz     x0, 5f
    mov32   x0, SCTLR_EL2_OFF
    msr     sctlr_el2, x0
    msr     hcr_el2, xzr
    mov     x0, #2
    mov     x1, #SPSR_EL2H
    b       6f
5:  mov32   x0, SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    mov     x0, #1
    mov     x1, #SPSR_EL1H
6:  msr     spsr_el3, x1
    msr     elr_el3, x30
    isb
    eret
    dsb     nsh                     // never executed: speculation must not go on behind an ERET
    isb

cpu_open_gicv2:
    mov     w6, #-1
    str     w6, [x0, #GICD_IGROUPR] // each CPU has its own first word
    mov     w6, #0xff
    str     w6, [x1, #GICC_PMR]     // the non-secure side sees the lower half
    dsb     sy
    ret

// Everything at EL2 that reset or firmware may have left in any state (Arm ARM D19).
cpu_init_el2:
    mov     x0, #(1 << 31)          // HCR_EL2.RW, E2H off
    msr     hcr_el2, x0
    mov32   x0, SCTLR_EL2_OFF
    msr     sctlr_el2, x0
    isb
    mov32   x0, CPTR_EL2_OPEN
    msr     cptr_el2, x0
    mov     x0, #3                  // EL1 may read the physical counter and timer
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    msr     cnthp_ctl_el2, xzr
    msr     cntp_ctl_el0, xzr
    msr     cntv_ctl_el0, xzr
    msr     hstr_el2, xzr
    msr     hacr_el2, xzr
    msr     vttbr_el2, xzr
    msr     vtcr_el2, xzr
    msr     tpidr_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0

    // MDCR_EL2: no traps, all event counters for EL1 (HPMN out of range is unpredictable)
    mov     x1, #0
    mrs     x0, id_aa64dfr0_el1
    ubfx    x0, x0, #8, #4
    cbz     x0, 1f
    cmp     x0, #0xf
    b.eq    1f
    mrs     x0, pmcr_el0
    ubfx    x1, x0, #11, #5
1:  msr     mdcr_el2, x1

    // GIC system registers, when the CPU has them
    mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #24, #4
    cbz     x0, 2f
    mov     x0, #0xf                // SRE, no bypass, enabled for EL1
    msr     ICC_SRE_EL2, x0
    isb
    mrs     x0, ICC_SRE_EL2
    tbz     x0, #0, 2f              // EL3 does not let us
    msr     ICH_HCR_EL2, xzr

2:  // fine grained traps (FEAT_FGT), HCRX (FEAT_HCX)
    mrs     x0, id_aa64mmfr0_el1
    ubfx    x0, x0, #56, #4
    cbz     x0, 3f
    msr     HFGRTR_EL2, xzr
    msr     HFGWTR_EL2, xzr
    msr     HFGITR_EL2, xzr
    msr     HDFGRTR_EL2, xzr
    msr     HDFGWTR_EL2, xzr
3:  mrs     x0, id_aa64mmfr1_el1
    ubfx    x0, x0, #40, #4
    cbz     x0, 4f
    msr     HCRX_EL2, xzr
4:  isb
    ret
