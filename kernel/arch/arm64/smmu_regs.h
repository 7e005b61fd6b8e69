// SPDX-License-Identifier: MIT
// Registers and structures of an SMMUv3 as far as they are used. (ARM IHI 0070, chapters 3 to 7)
#pragma once
#include <arch/sysreg.h>
#include <stdint.h>

enum smmu_register {
    SMMU_IDR0 = 0x0,
    SMMU_IDR1 = 0x4,
    SMMU_IDR5 = 0x14,
    SMMU_CR0 = 0x20,
    SMMU_CR0ACK = 0x24,
    SMMU_CR1 = 0x28,
    SMMU_CR2 = 0x2c,
    SMMU_GBPA = 0x44,
    SMMU_IRQ_CTRL = 0x50,
    SMMU_IRQ_CTRLACK = 0x54,
    SMMU_GERROR = 0x60,
    SMMU_GERRORN = 0x64,
    SMMU_GERROR_IRQ_CFG0 = 0x68,
    SMMU_STRTAB_BASE = 0x80,
    SMMU_STRTAB_BASE_CFG = 0x88,
    SMMU_CMDQ_BASE = 0x90,
    SMMU_CMDQ_PROD = 0x98,
    SMMU_CMDQ_CONS = 0x9c,
    SMMU_EVENTQ_BASE = 0xa0,
    SMMU_EVENTQ_IRQ_CFG0 = 0xb0,
    SMMU_EVENTQ_PROD = 0x100a8, // in the second page
    SMMU_EVENTQ_CONS = 0x100ac,
};

#define IDR0_S2P          BIT(0)
#define IDR0_TTF_AARCH64  BIT(3)
#define IDR0_COHACC       BIT(4)
#define IDR0_ST_LEVELS(v) ((v) >> 27 & 3) // 1: two-level stream tables
#define IDR1_SIDSIZE(v)   ((v) & 0x3f)
#define IDR1_EVENTQS(v)   ((v) >> 16 & 0x1f)
#define IDR1_CMDQS(v)     ((v) >> 21 & 0x1f)
#define IDR1_PRESET       (BIT(29) | BIT(30)) // tables or queues are where the SMMU has them
#define IDR5_OAS(v)       ((v) & 7)           // encoded as ID_AA64MMFR0_EL1.PARange
#define IDR5_GRAN4K       BIT(4)

enum { CR0_SMMUEN = 1 << 0, CR0_EVENTQEN = 1 << 2, CR0_CMDQEN = 1 << 3 };
// Tables and queues: inner shareable, write-back.
enum { CR1_CACHED = 3 << 10 | 1 << 8 | 1 << 6 | 3 << 4 | 1 << 2 | 1 << 0 };
enum {
    CR2_RECINVSID = 1 << 1, // streams beyond the table are events too
    CR2_PTM = 1 << 2,       // TLB instructions of CPUs do not concern it: VMIDs here are others
};
#define GBPA_ABORT  BIT(20)
#define GBPA_UPDATE BIT(31)
enum { LINE_GERROR = 1 << 0, LINE_EVENTQ = 1 << 2 };
enum { GERROR_EVENTS_LOST = 1 << 2 };
#define BASE_ALLOCATE (1ull << 62) // hints: read or write allocate
enum { STRTAB_SPLIT_SHIFT = 6, STRTAB_TWO_LEVELS = 1 << 16 };
enum { QUEUE_OVERFLOW_SHIFT = 31 };

// Stream table entry (chapter 5.2): eight words.
enum { STE_WORDS = 8 };
#define STE_VALID         1ull
#define STE_ABORT         (0ull << 1)
#define STE_STAGE2        (6ull << 1)
#define STE_SHCFG_KEEP    (1ull << 44)               // word 1: shareability as it comes
#define STE_S2VMID        0xffffull                  // word 2
#define STE_S2T0SZ_SHIFT  32
#define STE_S2SL0_LEVEL1  (1ull << 38)
#define STE_S2_CACHED     (1ull << 40 | 1ull << 42 | 3ull << 44) // walks: write-back, inner shareable
#define STE_S2PS_SHIFT    48
#define STE_S2AA64        (1ull << 51)
#define STE_S2R           (1ull << 58)               // faults become events

// Commands (chapter 4): two words.
enum smmu_command {
    CMD_CFGI_STE = 0x03,
    CMD_CFGI_ALL = 0x04,
    CMD_TLBI_S12_VMALL = 0x28,
    CMD_TLBI_S2_IPA = 0x2a,
    CMD_TLBI_NSNH_ALL = 0x30,
    CMD_SYNC = 0x46,
};
#define CMD_ALL_STREAMS 31ull // word 1 of CFGI_ALL

// Events (chapter 7.3): four words.
enum smmu_event {
    EVENT_BAD_STREAM = 0x02,
    EVENT_BAD_STE = 0x04,
    EVENT_TRANSLATION = 0x10,
    EVENT_ADDRESS_SIZE = 0x11,
    EVENT_ACCESS_FLAG = 0x12,
    EVENT_PERMISSION = 0x13,
};
#define EVENT_TYPE(w0)    ((w0) & 0xff)
#define EVENT_STREAM(w0)  ((uint32_t)((w0) >> 32))
#define EVENT_READ(w1)    ((w1) >> 35 & 1)
