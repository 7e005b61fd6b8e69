// SPDX-License-Identifier: MIT
// Access to system registers, barriers, and the bits that the kernel sets in them (Arm ARM D19).
#pragma once
#include <stdint.h>

#define sysreg_read(name)                                                                                    \
    ({                                                                                                       \
        uint64_t v_;                                                                                         \
        asm volatile("mrs %0, " #name : "=r"(v_));                                                           \
        v_;                                                                                                  \
    })
#define sysreg_write(name, value) asm volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)))
#define sysreg_write_mem(name, value) asm volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

static inline void isb(void) { asm volatile("isb" ::: "memory"); }
static inline void dsb_sy(void) { asm volatile("dsb sy" ::: "memory"); }
static inline void dsb_ish(void) { asm volatile("dsb ish" ::: "memory"); }
static inline void dmb_ish(void) { asm volatile("dmb ish" ::: "memory"); }
static inline void wfi(void) { asm volatile("dsb sy; wfi" ::: "memory"); }

#define BIT(n) (1ull << (n))

// HCR_EL2
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VF BIT(6)
#define HCR_VI BIT(7)
#define HCR_VSE BIT(8) // a SError for the guest; goes when it is taken
#define HCR_FB BIT(9)
#define HCR_BSU (BIT(10) | BIT(11))
#define HCR_DC BIT(12)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID0 BIT(15)
#define HCR_TID1 BIT(16)
#define HCR_TID2 BIT(17)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_TPC BIT(23)
#define HCR_TPU BIT(24)
#define HCR_TTLB BIT(25)
#define HCR_TVM BIT(26)
#define HCR_TGE BIT(27)
#define HCR_TDZ BIT(28)
#define HCR_TRVM BIT(30)
#define HCR_RW BIT(31)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_TEA BIT(37)
// What the kernel needs whatever runs (kernel-abi 6.4; traps.c says what each is for).
#define HCR_MUST_SET                                                                                          \
    (HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TIDCP | HCR_TSC | HCR_TACR | HCR_TLOR | \
     HCR_TERR | HCR_TEA)
#define HCR_HOST (HCR_MUST_SET | HCR_RW | HCR_DC | HCR_TSW | HCR_TTLB | HCR_TVM | HCR_TRVM | HCR_TGE)

// ISR_EL1
#define ISR_F BIT(6)
#define ISR_I BIT(7)
#define ISR_A BIT(8)

// CPTR_EL2 (E2H = 0)
#define CPTR_RES1 0x32ffull // among them bit 12, which is SME's trap where that exists
#define CPTR_TZ BIT(8)      // SVE, whose registers are not switched; RES1 without it
#define CPTR_TFP BIT(10)
#define CPTR_TTA BIT(20) // trace registers
#define CPTR_TAM BIT(30) // activity monitors
#define CPTR_ALWAYS (CPTR_RES1 | CPTR_TZ | CPTR_TTA | CPTR_TAM)

// MDCR_EL2
#define MDCR_HPMN 0x1full // event counters that EL1 would have: kept as it is
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14) // statistical profiling
#define MDCR_TTRF BIT(19) // trace filter
#define MDCR_ALWAYS (MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF)

// SCTLR_EL1 while a thread runs at EL0: DZE, UCT, UCI for user cache maintenance; RES1 bits; nTWI, nTWE
#define SCTLR_EL1_HOST (0x30d00800ull | BIT(14) | BIT(15) | BIT(16) | BIT(18) | BIT(26))
// SCTLR_EL1 of a guest at reset: RES1 bits, MMU and caches off
#define SCTLR_EL1_GUEST 0x30d00800ull

#define SPSR_EL0T 0ull
#define SPSR_EL1T 4ull
#define SPSR_EL1H 5ull
#define SPSR_MODE_MASK 0x1full
#define SPSR_IL BIT(20)
#define SPSR_BTYPE (BIT(10) | BIT(11))
#define SPSR_A BIT(8)

// CNTV_CTL_EL0
enum { CNTV_ENABLE = 1, CNTV_IMASK = 2, CNTV_ISTATUS = 4 };

// ESR_EL2: exception class from L4_ESR_EC_SHIFT (abi/proto.h) on, instruction of 32 bits
#define ESR_IL BIT(25)

enum esr_class {
    EC_UNKNOWN = 0x00, EC_WFX = 0x01, EC_FP = 0x07, EC_ILLEGAL = 0x0e, EC_SVC32 = 0x11, EC_HVC32 = 0x12,
    EC_SMC32 = 0x13, EC_SVC64 = 0x15, EC_HVC64 = 0x16, EC_SMC64 = 0x17, EC_SYSREG = 0x18, EC_IABT_LOW = 0x20,
    EC_IABT = 0x21, EC_PC_ALIGN = 0x22, EC_DABT_LOW = 0x24, EC_DABT = 0x25, EC_SP_ALIGN = 0x26, EC_SERROR = 0x2f,
    // L4_EC_...: made by the kernel (abi/proto.h)
};
