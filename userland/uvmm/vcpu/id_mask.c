// SPDX-License-Identifier: MIT
// Which features of the CPU the guest may know of (Arm ARM, D19.2): those whose registers the
// kernel does not switch between guests, or traps, are hidden.
#include "vcpu/debug_regs.h"
#include "vcpu/id_regs.h"

static uint64_t clear(uint64_t v, unsigned lsb)
{
    return v & ~(0xfull << lsb);
}

// At most `limit`: what comes with more is not there.
static uint64_t limit(uint64_t v, unsigned lsb, uint64_t most)
{
    return (v >> lsb & 0xf) > most ? clear(v, lsb) | most << lsb : v;
}

static uint64_t pfr0(uint64_t v)
{
    v = limit(v, 4, 1); // EL1: AArch64 only
    v = clear(v, 8);  // EL2
    v = clear(v, 12); // EL3
    v = clear(v, 28); // RAS
    v = clear(v, 32); // SVE
    v = clear(v, 40); // MPAM
    v = clear(v, 44); // AMU
    v = clear(v, 52); // RME
    v = limit(v, 56, 1); // CSV2: without SCXTNUM
    return v;
}

static uint64_t pfr1(uint64_t v)
{
    v = clear(v, 8);  // MTE
    v = clear(v, 12); // RAS fraction
    v = clear(v, 16); // MPAM fraction
    v = clear(v, 24); // SME
    v = clear(v, 28); // trap of RNDR to EL3
    v = clear(v, 32); // CSV2 fraction
    v = clear(v, 36); // NMI
    return v & 0xffffffffff; // MTE extension, GCS, THE, double faults, PFAR
}

static uint64_t isar1(uint64_t v)
{
    v = clear(v, 4);  // APA
    v = clear(v, 8);  // API
    v = limit(v, 20, 3); // LRCPC: no state, no traps
    v = clear(v, 24); // GPA
    v = clear(v, 28); // GPI
    v = clear(v, 60); // LS64: needs HCRX_EL2
    return v;
}

static uint64_t isar2(uint64_t v)
{
    v = clear(v, 8);  // GPA3
    v = clear(v, 12); // APA3
    v = clear(v, 16); // MOPS: needs HCRX_EL2
    v = clear(v, 24); // PAC fraction
    v = clear(v, 32); // 128-bit system registers
    v = clear(v, 36); // and instructions
    return v;
}

static uint64_t mmfr1(uint64_t v)
{
    v = clear(v, 4);  // VMIDs of 16 bits: EL2's
    v = clear(v, 8);  // VHE
    v = clear(v, 16); // LORegions
    v = clear(v, 24); // SpecSEI
    v = clear(v, 28); // execution control of stage 2
    v = clear(v, 32); // TWED
    v = clear(v, 40); // HCRX
    v = clear(v, 52); // TIDCP1: those registers trap to the kernel
    v = clear(v, 56); // CMOW
    return v;
}

static uint64_t mmfr2(uint64_t v)
{
    v = clear(v, 12); // IESB
    v = clear(v, 24); // nested virtualization
    v = clear(v, 40); // stage 2 forces write-back
    v = clear(v, 56); // EVT
    return v;
}

uint64_t id_reg_masked(unsigned crm, unsigned op2, uint64_t v)
{
    switch (crm << 3 | op2) {
    case 1 << 3 | 2: // ID_DFR0: no PMU, no trace
        return v & 0xfff;
    case 4 << 3 | 0:
        return pfr0(v);
    case 4 << 3 | 1:
        return pfr1(v);
    case 4 << 3 | 4: // ID_AA64ZFR0
    case 4 << 3 | 5: // ID_AA64SMFR0
        return 0;
    case 5 << 3 | 0:
        return debug_id(v); // no PMU, trace or profiling
    case 6 << 3 | 0: // ID_AA64ISAR0
        return clear(v, 24); // TME
    case 6 << 3 | 1:
        return isar1(v);
    case 6 << 3 | 2:
        return isar2(v);
    case 7 << 3 | 0: // ID_AA64MMFR0: no fine grained traps, no enhanced counter virtualization
        return limit(clear(clear(v, 56), 60), 0, 2); // and addresses as wide as those of stage 2: 40 bits
    case 7 << 3 | 1:
        return mmfr1(v);
    case 7 << 3 | 2:
        return mmfr2(v);
    default:
        if (crm <= 3)
            return v; // AArch32
        return 0;     // unlisted: none of their features
    }
}
