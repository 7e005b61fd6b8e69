// SPDX-License-Identifier: MIT
// What traps to EL2.
#pragma once
#include <arch/sysreg.h>
#include <stdbool.h>

// Bits of HCR_EL2 that a VMM may set for its guest: virtual interrupts and SErrors, broadcast and barriers, cacheability
// without a stage 1, and traps of what the guest could have. All others are the kernel's (traps.c); among them CD and ID, with
// which a guest would read behind the caches what was zeroed for it there.
#define HCR_VMM_MAY_SET                                                                                       \
    (HCR_VF | HCR_VI | HCR_VSE | HCR_FB | HCR_BSU | HCR_DC | HCR_TWI | HCR_TWE | HCR_TID0 | HCR_TID1 | HCR_TID2 |       \
     HCR_TID3 | HCR_TSW | HCR_TPC | HCR_TPU | HCR_TTLB | HCR_TVM | HCR_TGE | HCR_TDZ | HCR_TRVM)

// HCR_EL2 of a guest whose VMM asks for `asked`.
static inline uint64_t hcr_of_guest(uint64_t asked)
{
    return (asked & HCR_VMM_MAY_SET) | HCR_MUST_SET | HCR_RW;
}

// Sets the traps of this CPU that stay as they are, whatever runs.
void traps_cpu_init(void);
// Whether the CPUs have FEAT_RAS, and with it a DISR_EL1 for each guest.
extern bool traps_ras;
