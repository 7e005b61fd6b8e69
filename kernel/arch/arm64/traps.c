// SPDX-License-Identifier: MIT
// State that is not switched between programs and guests must be out of their reach, or one could read what another left,
// or change what another relies on. One row for each control of EL2 over EL1 and EL0 (Arm ARM D19.2; those that -cpu max
// of QEMU 10 and the cores of our boards have, and what comes with later features). "0" is the trapping or disabling value
// of a control whose name begins with En, n, or that grants something.
//
//   control                       set to     whose state, why
//   HCR  VM SWIO PTW              1          stage 2 is the wall; set/way by invalidate is clean too; no device walks
//        FMO IMO                  1          interrupts are the kernel's; a guest gets virtual ones
//        AMO TEA                  1          SErrors and external aborts are reported by the kernel
//        TERR                     1          RAS error records
//        TSC                      1          SMC: firmware is the kernel's
//        TIDCP TACR               1          implementation defined registers, ACTLR_EL1
//        TLOR                     1          LORegions
//        CD ID MIOCNCE            0          a guest with other cacheability than the kernel reads stale memory
//        HCD                      0          HVC is the way to the VMM
//        APK API                  0          pointer authentication keys
//        ATA DCT TID5             0          memory tags: GCR, RGSR, TFSR
//        EnSCXT                   0          SCXTNUM_EL0, SCXTNUM_EL1
//        FIEN AMVOFFEN            0          RAS fault injection, offsets of activity monitors
//        E2H NV NV1 NV2 AT TME    0          no VHE, nested virtualization, transactions
//        FWB TICAB TOCU TTLBIS/OS TID4 TWED* 0   memory types are combined the classic way; no further traps needed
//        TSW TTLB TVM TRVM        host: 1    a program at EL0 has no use for them; a guest's VMM decides
//        TWI TWE TID0-3 TPC TPU TDZ FB BSU DC VF VI VSE TGE   the VMM's choice
//   HCRX (FEAT_HCX)               0          EnAS0 EnALS EnASR (ACCDATA), TCR2En SCTLR2En (TCR2_EL1, SCTLR2_EL1), MSCEn,
//                                            SMPME, GCSEn, EnIDCP128, EnFPM (FPMR), D128En, SRMASKEn: not switched
//   MDCR TPMCR TPM                1          performance monitors, MDCR_EL2.HPMN is left
//        TDA TDOSA TDRA           1          debug registers, OS lock, debug ROM (guest_debug.c)
//        TPMS, E2PB               1, 0       statistical profiling (FEAT_SPE): registers, buffer
//        TTRF, E2TB               1, 0       trace filter (FEAT_TRF), trace buffer (FEAT_TRBE)
//        EnSPM TDE HPME HPMD HCCD HLP MTPME   0   system PMU; debug exceptions are EL1's; no counting at EL2
//   CPTR TFP                      switched   FP registers belong to one thread at a time
//        TZ, TSM                  1          SVE; SME with SVCR, SMCR (bit 12, RES1 without SME)
//        TTA                      1          trace registers
//        TAM                      1          activity monitors (FEAT_AMU)
//        TCPAC                    0          CPACR_EL1 is switched
//   HFGRTR HFGWTR (FEAT_FGT)      0          n... bits: TPIDR2_EL0, SMPRI_EL1, ACCDATA_EL1, PIR, POR, MAIR2, AMAIR2, GCS,
//                                            RCWMASK, S2POR. The others would trap what is switched or trapped above
//   HDFGRTR HDFGWTR               0          n... bits: branch records (FEAT_BRBE), PMSNEVFR; the others as above
//   HFGITR                        0          n... bits: branch record instructions, GCS; maintenance by address is free
//   HAFGRTR (FEAT_AMU too)        -          TAM traps all of it
//   CNTHCTL (timer.c)             0          physical counter and timer; ECV's further traps are not needed
//   VSESR (FEAT_RAS)              0          syndrome of a virtual SError; VDISR_EL2 is the guest's DISR_EL1, and switched
//   MPAM2 (FEAT_MPAM)             -          firmware may keep it to itself, and a CPU stops that asks: left. On a CPU with
//                                            FEAT_MPAM two guests share MPAM0_EL1 and MPAM1_EL1: labels of their traffic
//   HFGxTR2 (FEAT_FGT2)           -          reset and firmware leave them at the trapping value; none of our CPUs has them
#include "arch/arm64/traps.h"
#include <stdbool.h>

#define HCRX_EL2 s3_4_c1_c2_2
#define VSESR_EL2 s3_4_c5_c2_3
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define HFGITR_EL2 s3_4_c1_c1_6
#define HDFGRTR_EL2 s3_4_c3_c1_4
#define HDFGWTR_EL2 s3_4_c3_c1_5

// Indirection so that the names above expand before they are pasted into the instruction.
#define clear_(name) sysreg_write(name, 0)
#define clear(name) clear_(name)

enum { MMFR0_FGT = 56, MMFR1_HCX = 40, PFR0_RAS = 28 };

bool traps_ras;

static bool has(uint64_t id, unsigned field)
{
    return id >> field & 0xf;
}

void traps_cpu_init(void)
{
    sysreg_write(hcr_el2, HCR_HOST);
    sysreg_write(cptr_el2, CPTR_ALWAYS | CPTR_TFP);
    sysreg_write(mdcr_el2, (sysreg_read(mdcr_el2) & MDCR_HPMN) | MDCR_ALWAYS);
    sysreg_write(hstr_el2, 0);
    if (has(sysreg_read(id_aa64mmfr1_el1), MMFR1_HCX))
        clear(HCRX_EL2);
    traps_ras = has(sysreg_read(id_aa64pfr0_el1), PFR0_RAS);
    if (traps_ras)
        clear(VSESR_EL2);
    if (!has(sysreg_read(id_aa64mmfr0_el1), MMFR0_FGT))
        return;
    clear(HFGRTR_EL2);
    clear(HFGWTR_EL2);
    clear(HFGITR_EL2);
    clear(HDFGRTR_EL2);
    clear(HDFGWTR_EL2);
}
