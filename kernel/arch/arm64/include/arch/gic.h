// SPDX-License-Identifier: MIT
// The interrupt controller as the kernel uses it; one implementation per GIC version behind one
// table.
#pragma once
#include <ashlar/boot_info.h>
#include <stdbool.h>
#include <stdint.h>

struct cpu;

struct gic_ops {
    unsigned version;
    void (*cpu_init)(
        unsigned cpu); // CPU interface and redistributor of the calling CPU; virtualization part on
    uint32_t (*ack)(void); // INTID in bits 0..23 (>= 1020 spurious), the rest is for eoi and drop
    void (*eoi)(uint32_t ack); // priority drop + deactivate (EOImode = 1: EOIR, then DIR)
    void (*drop)(
        uint32_t ack); // priority drop only; the interrupt stays active (guest's virtual timer)
    void (*set_active)(unsigned intid, bool active); // a PPI of the calling CPU
    void (*mask)(unsigned intid);                    // PPIs: of the calling CPU
    void (*unmask)(unsigned intid);
    bool (*set_level)(unsigned intid, bool level); // trigger type; false if the line cannot
    void (*set_cpu)(unsigned intid, unsigned cpu); // route an SPI
    void (*send_ipi)(unsigned cpu, unsigned sgi);
};
extern struct gic_ops const *gic;
extern struct gic_ops const gicv2_ops, gicv3_ops;
void gicv2_init(struct boot_info const *bi);
void gicv3_init(struct boot_info const *bi);
extern unsigned gic_num_irqs; // highest INTID + 1

// Maps and resets the distributor; picks the implementation. Boot CPU only.
void gic_init(struct boot_info const *bi);
