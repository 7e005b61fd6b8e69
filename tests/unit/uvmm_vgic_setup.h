// SPDX-License-Identifier: MIT
// A guest's interrupt controller for the unit tests: the guest is played by changing list registers as hardware would.
#pragma once

#include "vgic/vgic.h"

#include <check.h>
#include <string.h>

#define LR3_EOI (1ull << 41)
#define LR3_GROUP1 (1ull << 60)
#define LR3_PENDING (1ull << 62)
#define LR3_ACTIVE (1ull << 63)

enum { GICD_CTLR = 0, GICD_ISENABLER = 0x100, GICD_ICENABLER = 0x180, GICD_ISPENDR = 0x200,
       GICD_ICPENDR = 0x280, GICD_ISACTIVER = 0x300, GICD_ICACTIVER = 0x380,
       GICD_IGROUPR = 0x80, GICD_IPRIORITYR = 0x400, GICD_ITARGETSR = 0x800,
       GICD_ICFGR = 0xc00, GICD_SGIR = 0xf00, GICD_IROUTER = 0x6000, GICR_SGI = 0x10000,
       GICR_STRIDE = 0x20000 };

// GICH_VMCR and ICH_VMCR_EL2
#define PRIORITY_MASK(version, prio) ((uint32_t)((version) == 2 ? (prio) >> 3 << 27 : (prio) << 24))
#define ALL_PRIORITIES(version) PRIORITY_MASK(version, 0xf8u)
#define BOTH_GROUPS 3u

struct machine {
    struct vgic g;
    uint64_t lr3[VGIC_MAX_CPUS][VGIC_MAX_LRS];
    uint32_t lr2[VGIC_MAX_CPUS][VGIC_MAX_LRS];
    uint32_t hcr[VGIC_MAX_CPUS];
    uint32_t reserved[VGIC_MAX_CPUS];
    uint32_t vmcr[VGIC_MAX_CPUS], apr[VGIC_MAX_CPUS], timer_cfg[VGIC_MAX_CPUS], timer_ctl[VGIC_MAX_CPUS];
    unsigned kicks[VGIC_MAX_CPUS];
    uint16_t done[VGIC_MAX_LRS];
    uint32_t in_guest; // CPUs that have to be waited for
    unsigned wakes;
};

extern struct machine m;

void boot_with(unsigned version, unsigned cpus, unsigned lrs);
void boot(unsigned version, unsigned cpus);
// With as many interrupts as a guest has that needs no more.
void boot_usual(unsigned version, unsigned cpus);
// The wishes in GICH_HCR, without the enable and the trap of ICC_DIR that are always there.
uint32_t wishes(unsigned cpu);
unsigned sync(unsigned cpu);
void set_prio(unsigned intid, unsigned prio);
void enable(unsigned intid);
int find(unsigned cpu, unsigned intid);
void acknowledge(unsigned cpu, unsigned intid);
// Returns whether the end raises a maintenance interrupt.
bool end(unsigned cpu, unsigned intid);
void raise_edge(unsigned intid, unsigned prio);

// The tests of registers (uvmm_vgic_registers_test.c).
void add_register_tests(TCase *t);
