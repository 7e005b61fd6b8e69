// SPDX-License-Identifier: MIT
// One interface to GICv2 (IHI 0048) and GICv3 (IHI 0069). Interrupts below 32 are those of the CPU that asks. Tests use the
// group that this machine's kernels would: 0 with a GICv2, 1 with a GICv3.
#pragma once

#include "cpu.h"
#include "platform.h"

#include <stddef.h>

enum {
    GIC_FIRST_SPECIAL = 1020,
    GIC_SPURIOUS = 1023,
    GIC_PRIORITY = 0xa0, // what gic_reset gives all interrupts
    GIC_SPI = 208,       // first of 48 shared interrupts that no device has, on both machines
    GIC_PPI = 16,        // first of 6 private ones that nothing raises
};

// Registers with a bit an interrupt: offsets, of distributor and SGI frame alike.
enum gic_bits {
    GIC_IGROUPR = 0x080,
    GIC_ISENABLER = 0x100,
    GIC_ICENABLER = 0x180,
    GIC_ISPENDR = 0x200,
    GIC_ICPENDR = 0x280,
    GIC_ISACTIVER = 0x300,
    GIC_ICACTIVER = 0x380,
};
enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    GICD_IROUTER = 0x6000,
    GICR_CTLR = 0x0000,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SGI_FRAME = 0x10000,
    GICR_STRIDE = 0x20000,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GICC_RPR = 0x14,
    GICC_HPPIR = 0x18,
    GICC_APR = 0xd0,
    GICC_DIR = 0x1000,
};

// The distributor and this CPU's interface, all interrupts disabled, inactive, not pending, of priority GIC_PRIORITY,
// shared ones edge-triggered and on this CPU. A test begins with it, so that none inherits what another left.
void gic_init(void);
void gic_reset(void);
void gic_init_cpu(void);
// The CPU interface alone; private interrupts stay as they are.
void gic_init_interface(void);
// All that the CPU interface has: enables of groups, priority mask. As bits, all 0 when it is off.
uint32_t gic_interface(void);
// GICv3: GICR_WAKER of this CPU, whose ProcessorSleep asks that interrupts wake it (IHI 0069, 11.1).
enum { GIC_SLEEP = 1 << 1 };
uintptr_t gic_waker(void);
// Distributor's enable bits of the groups.
void gic_forward(unsigned groups);
// EOImode: with `split` the end lowers the priority alone, gic_dir deactivates.
void gic_split_eoi(bool split);
void gic_mask_priority(unsigned limit);
// Forgets the priorities of active interrupts, as a kernel does that begins anew.
void gic_clear_priorities(void);
// The CPU interface's enable of a group.
void gic_enable_group(unsigned group, bool on);
// GICv2: the acknowledge register serves both groups.
void gic_ack_both(bool on);

// SGI frame of the redistributor of CPU n (GICv3).
uintptr_t gic_sgi_frame(unsigned n);
// Where interrupt `irq` of CPU n has its bit, in a register of the kind `off`.
uintptr_t gic_word(unsigned n, unsigned off, unsigned irq);
bool gic_bit(unsigned off, unsigned irq);
void gic_write(unsigned off, unsigned irq);

static inline void gic_enable(unsigned irq) { gic_write(GIC_ISENABLER, irq); }
void gic_disable(unsigned irq); // waits until it has its effect
// An SGI of a GICv2 is pending from this CPU (IHI 0048, 4.3.17).
void gic_pend(unsigned irq);
void gic_unpend(unsigned irq);
static inline void gic_activate(unsigned irq) { gic_write(GIC_ISACTIVER, irq); }
static inline void gic_deactivate(unsigned irq) { gic_write(GIC_ICACTIVER, irq); }
static inline bool gic_is_pending(unsigned irq) { return gic_bit(GIC_ISPENDR, irq); }
static inline bool gic_is_active(unsigned irq) { return gic_bit(GIC_ISACTIVER, irq); }

void gic_group(unsigned irq, bool group1);
void gic_priority(unsigned irq, unsigned priority);
unsigned gic_priority_of(unsigned irq);
void gic_edge(unsigned irq, bool edge);
void gic_route(unsigned irq, unsigned cpu);

void gic_send(unsigned sgi, unsigned cpu);
void gic_send_others(unsigned sgi);

// What the acknowledge register gives; gic_id takes the number out of it.
uint32_t gic_ack(void);
uint32_t gic_ack_group(unsigned group); // GICv3
void gic_eoi(uint32_t iar);
void gic_eoi_group(uint32_t iar, unsigned group);
void gic_dir(uint32_t iar);
unsigned gic_highest_pending(void);
unsigned gic_running_priority(void);
// The highest pending interrupt, as soon as it is the one that is wanted.
unsigned gic_pending_soon(unsigned wanted);

static inline unsigned gic_id(uint32_t iar)
{
    return iar & (platform.gic_version == 3 ? 0xffffffu : 0x3ffu);
}

// Acknowledges the next interrupt of the group in use when it comes; GIC_SPURIOUS: it does not.
uint32_t gic_await(uint64_t ms);
