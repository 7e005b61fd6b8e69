// SPDX-License-Identifier: MIT
// Registers that the distributor of both GIC versions and the redistributor's SGI frame share, and
// access to them. `base` is the distributor, or for INTIDs below 32 of a GICv3 the SGI frame.
// (GICv2 specification chapter 4, GICv3/v4 specification chapter 12)
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800, // v2
    GICD_ICFGR = 0xc00,
    GICD_IGRPMODR = 0xd00, // v3
    GICD_SGIR = 0xf00,     // v2
    GICD_IROUTER = 0x6000, // v3
};

enum { GIC_PRIO = 0xa0, GIC_FIRST_SPI = 32, GIC_MAX_INTID = 1020 };

static inline uint32_t gic_read(char *base, unsigned reg)
{
    return *(volatile uint32_t *)(base + reg);
}

static inline void gic_write(char *base, unsigned reg, uint32_t v)
{
    *(volatile uint32_t *)(base + reg) = v;
}

// Writes the bit of an interrupt in a register array with one bit for each.
static inline void gic_write_bit(char *base, unsigned reg, unsigned intid)
{
    gic_write(base, reg + intid / 32 * 4, 1u << (intid % 32));
}

// Sets the trigger type; the interrupt must be disabled. False when the line does not take it.
static inline bool gic_write_level(char *base, unsigned intid, bool level)
{
    unsigned reg = GICD_ICFGR + intid / 16 * 4;
    uint32_t edge = 2u << (intid % 16 * 2), v = gic_read(base, reg);
    v = level ? v & ~edge : v | edge;
    gic_write(base, reg, v);
    return !(gic_read(base, reg) & edge) == level;
}

// Number of INTIDs that the distributor says it has.
static inline unsigned gic_count(char *gicd)
{
    unsigned n = ((gic_read(gicd, GICD_TYPER) & 0x1f) + 1) * 32;
    return n > GIC_MAX_INTID ? GIC_MAX_INTID : n;
}

// All interrupts in [first, first + 32) off, inactive, level triggered (SGIs stay as they are), one
// priority.
static inline void gic_reset_32(char *base, unsigned first)
{
    unsigned word = first / 32 * 4;
    gic_write(base, GICD_ICENABLER + word, ~0u);
    gic_write(base, GICD_ICPENDR + word, ~0u);
    gic_write(base, GICD_ICACTIVER + word, ~0u);
    for (unsigned i = 0; i < 32; i += 4)
        gic_write(base, GICD_IPRIORITYR + first + i, GIC_PRIO * 0x01010101u);
    for (unsigned i = first ? 0 : 16; i < 32; i += 16)
        gic_write(base, GICD_ICFGR + (first + i) / 16 * 4, 0);
}
