// SPDX-License-Identifier: MIT
// vCPU state area, regular and extended (kernel-abi 6.1, 6.4, 6.8).
#pragma once

#include <l4/sys/abi/number.h>
#include <l4/sys/abi/utcb.h>

#define L4_VCPU_STATE_VERSION    0x38
#define L4_VCPU_STATE_SIZE       0x200
#define L4_VCPU_STATE_EXT_SIZE   0x800
#define L4_VCPU_OFFSET_EXT_INFOS 0x200
#define L4_VCPU_OFFSET_EXT_USER  0x240
#define L4_VCPU_OFFSET_EXT_STATE 0x280
#define L4_VCPU_OFFSET_EXT_ID    0x600 // Ashlar's
#define L4_VCPU_EXT_USER_WORDS   8
#define L4_VCPU_ID_REGS          56 // op0 3, op1 0, CRn 0, CRm 1 to 7, op2 0 to 7

// State and saved state.
#define L4_VCPU_F_IRQ         0x01
#define L4_VCPU_F_PAGE_FAULTS 0x02
#define L4_VCPU_F_EXCEPTIONS  0x04
#define L4_VCPU_F_USER_MODE   0x20
#define L4_VCPU_F_PREEMPTION  0x40 // Ashlar's
#define L4_VCPU_F_FPU_ENABLED 0x80

// Sticky flags.
#define L4_VCPU_SF_IRQ_PENDING 0x01

// user_task: selector, with this bit once the kernel has taken it
#define L4_VCPU_USER_TASK_KEEP L4_UL(1)

#define L4_VCPU_NUM_LRS 4

// Field ids: byte offset in the extended state, size class in bits 14..15 (0: 32 bits, 2: 64 bits).
#define L4_VCPU_E_OFFSET_MASK 0xfff
#define L4_VCPU_E_64          0x8000
#define L4_VCPU_E_NUM_LR      L4_VCPU_NUM_LRS
#define L4_VCPU_E_HCR         0x8008
#define L4_VCPU_E_SCTLR       0x0010
#define L4_VCPU_E_CPACR       0x0014
#define L4_VCPU_E_CNTVCTL     0x0018
#define L4_VCPU_E_CNTVOFF     0x8020
#define L4_VCPU_E_VMPIDR      0x8028
#define L4_VCPU_E_VPIDR       0x0030
#define L4_VCPU_E_VTMR_CFG    0x0034
#define L4_VCPU_E_VTCR        0x8038
#define L4_VCPU_E_GIC_HCR     0x0040
#define L4_VCPU_E_GIC_VTR     0x0044
#define L4_VCPU_E_GIC_VMCR    0x0048
#define L4_VCPU_E_GIC_MISR    0x004c
#define L4_VCPU_E_GIC_EISR    0x0050
#define L4_VCPU_E_GIC_ELSR    0x0054
#define L4_VCPU_E_GIC_V2_LR0  0x0058
#define L4_VCPU_E_GIC_V3_LR0  0x8058

// Virtual timer configuration, direct mode.
#define L4_VTMR_CFG_VID_MASK   L4_U(0x1f)
#define L4_VTMR_CFG_DIRECT     (L4_U(1) << 16)
#define L4_VTMR_CFG_ENABLED    (L4_U(1) << 17)
#define L4_VTMR_CFG_PENDING    (L4_U(1) << 18)
#define L4_VTMR_CFG_ACTIVE     (L4_U(1) << 19)
#define L4_VTMR_CFG_GRP1       (L4_U(1) << 23)
#define L4_VTMR_CFG_PRIO_SHIFT 24

// HCR_EL2 bits that the kernel always adds for a guest: VM SWIO PTW FMO IMO AMO TSC TIDCP TACR TLOR TERR TEA.
#define L4_VCPU_HCR_MUST_SET L4_UL(0x380038003f)

// Features: what guests may expect against speculation across domains, on all CPUs, two bits for each attack.
#define L4_VCPU_BRANCH_TARGETS_SHIFT 0 // CVE-2017-5715
#define L4_VCPU_BRANCH_HISTORY_SHIFT 2 // CVE-2022-23960
#define L4_VCPU_STORE_BYPASS_SHIFT   4 // CVE-2018-3639
#define L4_VCPU_VULNERABLE           0
#define L4_VCPU_MITIGATED            1 // each exit does what is needed
#define L4_VCPU_UNAFFECTED           2

#define L4_VCPU_EL1_REGS 22 // words of l4_vcpu_el1_regs_t

// Of a guest's debug registers, the most that there are; a CPU may have fewer.
#define L4_VCPU_BREAKPOINTS 6
#define L4_VCPU_WATCHPOINTS 4
#define L4_VCPU_DEBUG_REGS  21 // words of l4_vcpu_debug_regs_t

#ifndef __ASSEMBLER__
typedef l4_exc_regs_t l4_vcpu_regs_t;

typedef struct l4_vcpu_ipc_regs_t {
    l4_msgtag_t tag;
    l4_umword_t label;
    l4_umword_t spare[3];
} l4_vcpu_ipc_regs_t;

typedef struct l4_vcpu_state_t {
    l4_umword_t version;
    l4_umword_t user_data[7];
    l4_vcpu_regs_t r;
    l4_vcpu_ipc_regs_t i;
    l4_uint16_t state;
    l4_uint16_t saved_state;
    l4_uint16_t sticky_flags;
    l4_uint16_t reserved;
    l4_cap_idx_t user_task;
    l4_umword_t entry_sp;
    l4_umword_t entry_ip;
    l4_umword_t reserved_sp;
    l4_umword_t host_tpidruro;
} l4_vcpu_state_t;

// What lies at L4_VCPU_OFFSET_EXT_INFOS. At L4_VCPU_OFFSET_EXT_USER: words of the VMM's.
typedef struct l4_vcpu_ext_info_t {
    l4_uint8_t version;
    l4_uint8_t gic_version; // 2 or 3
    l4_uint16_t pad;
    l4_uint32_t features; // L4_VCPU_*_SHIFT
} l4_vcpu_ext_info_t;

// What lies at L4_VCPU_OFFSET_EXT_STATE.
typedef struct l4_vcpu_ext_state_t {
    l4_uint64_t host_hcr;
    l4_uint64_t hcr;
    l4_uint32_t sctlr;
    l4_uint32_t cpacr;
    l4_uint32_t cntvctl;
    l4_uint32_t sctlr_high; // bits 32 to 63: Ashlar's
    l4_uint64_t cntvoff;
    l4_uint64_t vmpidr;
    l4_uint32_t vpidr;
    l4_uint32_t vtmr_cfg;
    l4_uint64_t vtcr;
    l4_uint32_t gic_hcr;
    l4_uint32_t gic_vtr;
    l4_uint32_t gic_vmcr;
    l4_uint32_t gic_misr;
    l4_uint32_t gic_eisr;
    l4_uint32_t gic_elsr;
    union {
        l4_uint32_t gic_v2_lr[L4_VCPU_NUM_LRS];
        l4_uint64_t gic_v3_lr[L4_VCPU_NUM_LRS];
    };
    l4_uint32_t gic_apr[8];
    l4_uint32_t gic_direct_lrs;
    l4_uint32_t pad1;
    l4_uint64_t kernel_private[32];
} l4_vcpu_ext_state_t;

// What lies at L4_VCPU_OFFSET_EXT_ID: ID registers that the kernel answers for the VMM, if HCR has TID3. Their number is
// (CRm - 1) * 8 + op2.
typedef struct l4_vcpu_ext_id_t {
    l4_uint64_t value[L4_VCPU_ID_REGS];
    l4_uint64_t answered; // bit = number
} l4_vcpu_ext_id_t;

// Guest EL1 registers as L4_THREAD_VCPU_EL1_READ and _WRITE carry them.
typedef struct l4_vcpu_el1_regs_t {
    l4_uint64_t sctlr, cpacr, tcr, ttbr0, ttbr1, mair, amair, vbar, elr, spsr, sp_el1, esr, far, afsr0, afsr1,
        contextidr, tpidr_el1, par, csselr, cntkctl, cntv_cval, tpidrro_el0;
} l4_vcpu_el1_regs_t;

// Guest debug registers as L4_THREAD_VCPU_DEBUG_WRITE carries them: MDSCR_EL1; DBGBVR and DBGBCR, DBGWVR and DBGWCR.
typedef struct l4_vcpu_debug_pair_t {
    l4_uint64_t value, control;
} l4_vcpu_debug_pair_t;
typedef struct l4_vcpu_debug_regs_t {
    l4_uint64_t mdscr;
    l4_vcpu_debug_pair_t breakpoint[L4_VCPU_BREAKPOINTS], watchpoint[L4_VCPU_WATCHPOINTS];
} l4_vcpu_debug_regs_t;

// An EL1 register's place, and its bit in the mask of L4_THREAD_VCPU_EL1_WRITE.
#define L4_VCPU_EL1_INDEX(register) (offsetof(l4_vcpu_el1_regs_t, register) / sizeof(l4_uint64_t))
#define L4_VCPU_EL1_BIT(register)   (L4_UL(1) << L4_VCPU_EL1_INDEX(register))

L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, r) == 0x40, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, r.err) == 0x148, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, i) == 0x180, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, i.label) == 0x188, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, state) == 0x1a8, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, saved_state) == 0x1aa, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, sticky_flags) == 0x1ac, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, user_task) == 0x1b0, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, entry_sp) == 0x1b8, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, entry_ip) == 0x1c0, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_state_t, host_tpidruro) == 0x1d0, "vCPU area");
L4_ABI_ASSERT(sizeof(l4_vcpu_state_t) <= L4_VCPU_STATE_SIZE, "vCPU area");
L4_ABI_ASSERT(L4_VCPU_OFFSET_EXT_INFOS + sizeof(l4_vcpu_ext_info_t) <= L4_VCPU_OFFSET_EXT_USER, "vCPU area");
L4_ABI_ASSERT(L4_VCPU_OFFSET_EXT_USER + L4_VCPU_EXT_USER_WORDS * sizeof(l4_umword_t) == L4_VCPU_OFFSET_EXT_STATE,
              "vCPU area");
L4_ABI_ASSERT(L4_VCPU_OFFSET_EXT_STATE + sizeof(l4_vcpu_ext_state_t) <= L4_VCPU_OFFSET_EXT_ID, "vCPU area");
L4_ABI_ASSERT(L4_VCPU_OFFSET_EXT_ID + sizeof(l4_vcpu_ext_id_t) <= L4_VCPU_STATE_EXT_SIZE, "vCPU area");
L4_ABI_ASSERT(offsetof(l4_vcpu_ext_info_t, gic_version) == 1, "vCPU area");

#define L4_VCPU_E_CHECK_(id, member)                                                                                   \
    L4_ABI_ASSERT(((id) & L4_VCPU_E_OFFSET_MASK) == offsetof(l4_vcpu_ext_state_t, member) &&                           \
                      ((id) >> 14 ? 8 : 4) == sizeof(((l4_vcpu_ext_state_t *)0)->member),                              \
                  "field id")
L4_VCPU_E_CHECK_(L4_VCPU_E_HCR, hcr);
L4_VCPU_E_CHECK_(L4_VCPU_E_SCTLR, sctlr);
L4_VCPU_E_CHECK_(L4_VCPU_E_CPACR, cpacr);
L4_VCPU_E_CHECK_(L4_VCPU_E_CNTVCTL, cntvctl);
L4_VCPU_E_CHECK_(L4_VCPU_E_CNTVOFF, cntvoff);
L4_VCPU_E_CHECK_(L4_VCPU_E_VMPIDR, vmpidr);
L4_VCPU_E_CHECK_(L4_VCPU_E_VPIDR, vpidr);
L4_VCPU_E_CHECK_(L4_VCPU_E_VTMR_CFG, vtmr_cfg);
L4_VCPU_E_CHECK_(L4_VCPU_E_VTCR, vtcr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_HCR, gic_hcr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_VTR, gic_vtr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_VMCR, gic_vmcr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_MISR, gic_misr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_EISR, gic_eisr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_ELSR, gic_elsr);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_V2_LR0, gic_v2_lr[0]);
L4_VCPU_E_CHECK_(L4_VCPU_E_GIC_V3_LR0, gic_v3_lr[0]);
L4_ABI_ASSERT(offsetof(l4_vcpu_ext_state_t, gic_apr) == 0x78, "extended state");
L4_ABI_ASSERT(offsetof(l4_vcpu_ext_state_t, gic_direct_lrs) == 0x98, "extended state");
L4_ABI_ASSERT(offsetof(l4_vcpu_ext_state_t, kernel_private) == 0xa0, "extended state");
L4_ABI_ASSERT(sizeof(l4_vcpu_el1_regs_t) == L4_VCPU_EL1_REGS * sizeof(l4_uint64_t), "EL1 registers");
L4_ABI_ASSERT(sizeof(l4_vcpu_debug_regs_t) == L4_VCPU_DEBUG_REGS * sizeof(l4_uint64_t), "debug registers");
L4_ABI_ASSERT(L4_VCPU_EL1_INDEX(tpidrro_el0) == L4_VCPU_EL1_REGS - 1, "EL1 registers");
#endif
