// SPDX-License-Identifier: MIT
// LPIs of a guest with an ITS: edge triggered, of group 1, without an active state. Whether they are enabled, and their
// priority, is in a table in the guest's memory; while a redistributor has them switched off, so is what is pending (IHI 0069,
// 4.2 and 5.1). Their banks are like those of other interrupts, so they go the same way (dist.c) into list registers.
#pragma once

#include "vgic/vgic.h"

// The guest's memory. False: there is no RAM; nothing was read or written.
struct vgic_memory {
    void *ctx;
    bool (*read)(void *ctx, uint64_t gpa, void *to, unsigned size);
    bool (*write)(void *ctx, uint64_t gpa, void const *from, unsigned size);
};

struct vgic_lpis {
    struct vgic_memory memory;
    uint32_t on;                         // GICR_CTLR.EnableLPIs, a bit each CPU
    uint64_t propbaser[VGIC_MAX_CPUS];   // GICR_PROPBASER, GICR_PENDBASER: what of them can be written
    uint64_t pendbaser[VGIC_MAX_CPUS];
    struct vgic_bank bank[VGIC_LPI_BANKS];
};

// The guest has LPIs. `l`: zeroed memory that stays. Before the guest runs.
void vgic_lpi_init(struct vgic *g, struct vgic_lpis *l, struct vgic_memory memory);

static inline bool vgic_lpi_exists(uint32_t intid)
{
    return intid - VGIC_FIRST_LPI < VGIC_LPIS;
}

// It becomes pending on this CPU, unless it is pending already. With the vGIC's lock.
void vgic_lpi_pend(struct vgic *g, unsigned cpu, unsigned intid);

// The rest is for accesses of CPU `self`, without the lock.
// Not pending any more.
void vgic_lpi_clear(struct vgic *g, unsigned self, unsigned intid);
// If it is pending, then on CPU `to`.
void vgic_lpi_move(struct vgic *g, unsigned self, unsigned intid, unsigned to);
// What is pending on one CPU is pending on another. from == to: it leaves the list registers, to be found in its bank.
void vgic_lpi_move_all(struct vgic *g, unsigned self, unsigned from, unsigned to);
// Reads the configuration anew, as CPU `cpu`'s redistributor finds it: that of one, of all.
void vgic_lpi_configure(struct vgic *g, unsigned self, unsigned cpu, unsigned intid);
void vgic_lpi_configure_all(struct vgic *g, unsigned self, unsigned cpu);
// What the distributor does not forward any more leaves the list registers. All CPUs are vgic_own()ed.
void vgic_lpi_forward(struct vgic *g);

// GICR_CTLR, GICR_PROPBASER and GICR_PENDBASER (IHI 0069, 12.11) of CPU `cpu`: 0 for other offsets, and without LPIs.
uint32_t vgic_lpi_read(struct vgic *g, unsigned cpu, uint32_t off);
// bytes: which of the four are written; the registers are whole words.
void vgic_lpi_write(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes);
