// SPDX-License-Identifier: MIT
// GICv2, also GIC-400: distributor and CPU interface, used from the non-secure side or on a GIC
// without security. (ARM IHI 0048)
#include <arch/gic.h>
#include "arch/arm64/gic_regs.h"
#include <arch/kernel_map.h>
#include <arch/sysreg.h>
#include "mem/mapping.h"

enum {
    GICC_CTLR = 0x0,
    GICC_PMR = 0x4,
    GICC_BPR = 0x8,
    GICC_IAR = 0xc,
    GICC_EOIR = 0x10,
    GICC_IIDR = 0xfc,
    GICC_DIR = 0x1000,
    GICC_SIZE = 0x2000,
    ALIASED_SIZE = 0x20000, // each of the two pages 16 times, for systems with pages of 64 KiB
    ALIASED_START = 0xf000, // there the last copy of the first page has the second one behind it
    CTLR_ENABLE = 1,
    CTLR_EOIMODE = 1 << 9, // the end of an interrupt drops the priority only, GICC_DIR deactivates
    MAX_TARGETS = 8,
};

static char *gicd, *gicc;
static uint8_t target[BOOT_MAX_CPUS]; // CPU -> bit of its interface

static void map_cpu_interface(uint64_t start, uint64_t size)
{
    if (size < ALIASED_SIZE) {
        gicc = kernel_map_device(start, GICC_SIZE);
        mem_reserve(start, start + GICC_SIZE);
        return;
    }
    gicc = kernel_map_device(start, ALIASED_SIZE);
    mem_reserve(start, start + size);
    uint32_t id = gic_read(gicc, GICC_IIDR);
    if (id && gic_read(gicc, ALIASED_START + GICC_IIDR) == id)
        gicc += ALIASED_START;
}

// A tree may not say how large a frame is.
static void reserve_frame(uint64_t start, uint64_t size)
{
    if (start)
        mem_reserve(start, start + (size ? size : GICC_SIZE));
}

void gicv2_init(struct boot_info const *bi)
{
    gicd = kernel_map_device(bi->gic.gicd.start, bi->gic.gicd.size);
    mem_reserve(bi->gic.gicd.start, bi->gic.gicd.start + bi->gic.gicd.size);
    map_cpu_interface(bi->gic.gicc.start, bi->gic.gicc.size);
    reserve_frame(bi->gic.gich.start, bi->gic.gich.size);
    reserve_frame(bi->gic.gicv.start, bi->gic.gicv.size); // guests get it by task_map_vgicc alone
    gic_num_irqs = gic_count(gicd);
    gic_write(gicd, GICD_CTLR, 0);
    for (unsigned i = GIC_FIRST_SPI; i < gic_num_irqs; i += 32) {
        gic_reset_32(gicd, i);
        // One group for all: without security extensions group 0, with them this write has no
        // effect.
        gic_write(gicd, GICD_IGROUPR + i / 32 * 4, 0);
    }
    gic_write(gicd, GICD_CTLR, CTLR_ENABLE);
}

// The distributor tells each CPU its own interface's bit in the (read-only) targets of its private
// interrupts.
static uint8_t own_target(unsigned cpu)
{
    for (unsigned i = 0; i < 32; i += 4) {
        uint32_t v = gic_read(gicd, GICD_ITARGETSR + i);
        v |= v >> 16;
        v |= v >> 8;
        if (v & 0xff)
            return (uint8_t)v;
    }
    return cpu < MAX_TARGETS ? (uint8_t)(1u << cpu) : 0; // single-core GICs read as zero
}

static void set_cpu(unsigned intid, unsigned cpu)
{
    if (intid >= GIC_FIRST_SPI && intid < gic_num_irqs)
        *(volatile uint8_t *)(gicd + GICD_ITARGETSR + intid) = target[cpu];
}

static void cpu_init(unsigned cpu)
{
    target[cpu] = own_target(cpu);
    gic_reset_32(gicd, 0);
    gic_write(gicd, GICD_IGROUPR, 0);
    gic_write(gicd, GICD_ISENABLER, 0xffff); // SGIs
    if (cpu == 0)
        for (unsigned i = GIC_FIRST_SPI; i < gic_num_irqs; i++)
            set_cpu(i, 0);
    gic_write(gicc, GICC_PMR, 0xff);
    gic_write(gicc, GICC_BPR, 0);
    gic_write(gicc, GICC_CTLR, CTLR_ENABLE | CTLR_EOIMODE);
}

// The source CPU of an SGI is in bits 10..12 of the acknowledge register and must come back at the
// end; out of the INTID's way it is kept in bits 24..26.
static uint32_t ack(void)
{
    uint32_t v = gic_read(gicc, GICC_IAR);
    return (v & 0x3ff) | ((v >> 10 & 7) << 24);
}

static uint32_t raw_of(uint32_t ack)
{
    return (ack & 0x3ff) | ((ack >> 24 & 7) << 10);
}

static void drop(uint32_t ack)
{
    dsb_sy(); // what the handler did to the device comes first
    gic_write(gicc, GICC_EOIR, raw_of(ack));
}

static void eoi(uint32_t ack)
{
    drop(ack);
    gic_write(gicc, GICC_DIR, raw_of(ack));
}

static void set_active(unsigned intid, bool active)
{
    gic_write_bit(gicd, active ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
}

static void mask(unsigned intid)
{
    gic_write_bit(gicd, GICD_ICENABLER, intid);
    dsb_sy();
}

static void unmask(unsigned intid)
{
    gic_write_bit(gicd, GICD_ISENABLER, intid);
}

static bool set_level(unsigned intid, bool level)
{
    return intid >= 16 && intid < gic_num_irqs && gic_write_level(gicd, intid, level);
}

static void send_ipi(unsigned cpu, unsigned sgi)
{
    dsb_ish(); // what the other CPU shall see comes first
    gic_write(gicd, GICD_SGIR, (uint32_t)target[cpu] << 16 | sgi);
}

struct gic_ops const gicv2_ops = {
    .version = 2,
    .cpu_init = cpu_init,
    .ack = ack,
    .eoi = eoi,
    .drop = drop,
    .set_active = set_active,
    .mask = mask,
    .unmask = unmask,
    .set_level = set_level,
    .set_cpu = set_cpu,
    .send_ipi = send_ipi,
};
