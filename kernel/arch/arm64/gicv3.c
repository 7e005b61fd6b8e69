// SPDX-License-Identifier: MIT
// GICv3: distributor with affinity routing, one redistributor for each CPU, CPU interface in system
// registers. All interrupts are of group 1 (non-secure, or of a GIC with one security state). (ARM
// IHI 0069)
#include <arch/gic.h>
#include "arch/arm64/gic_regs.h"
#include <arch/kernel_map.h>
#include <arch/sysreg.h>
#include "mem/mapping.h"
#include "panic.h"

// System registers by encoding, for assemblers that do not know the names.
#define ICC_PMR_EL1         s3_0_c4_c6_0
#define ICC_DIR_EL1         s3_0_c12_c11_1
#define ICC_SGI1R_EL1       s3_0_c12_c11_5
#define ICC_IAR1_EL1        s3_0_c12_c12_0
#define ICC_EOIR1_EL1       s3_0_c12_c12_1
#define ICC_BPR1_EL1        s3_0_c12_c12_3
#define ICC_CTLR_EL1        s3_0_c12_c12_4
#define ICC_IGRPEN1_EL1     s3_0_c12_c12_7
#define ICC_SRE_EL2         s3_4_c12_c9_5
#define icc_read_(name)     sysreg_read(name)
#define icc_read(name)      icc_read_(name)
#define icc_write_(name, v) sysreg_write_mem(name, v)
#define icc_write(name, v)  icc_write_(name, v)

enum {
    CTLR_GRP1 = 1 << 1,
    CTLR_ARE = 1 << 4,
    CTLR_RWP = 1u << 31,
    GICR_CTLR = 0x0,
    GICR_CTLR_RWP = 1 << 3,
    GICR_TYPER = 0x8,
    GICR_TYPER_VLPIS = 1 << 1,
    GICR_TYPER_LAST = 1 << 4,
    GICR_WAKER = 0x14,
    WAKER_SLEEP = 1 << 1,
    WAKER_CHILDREN_ASLEEP = 1 << 2,
    SGI_FRAME = 0x10000, // behind the frame of control registers
    FRAMES = 0x20000,    // both; with virtual LPIs there are two more
    SRE_ALL = 0xf,       // system registers on for EL2 and EL1, no bypass
    ICC_CTLR_EOIMODE = 1 << 1,
    WAIT_LOOPS = 1000000,
};

static char *gicd;
static struct {
    char *base;
    uint64_t size;
} region[BOOT_MAX_GICR];
static unsigned regions;
static uint64_t stride;
static char *redist[BOOT_MAX_CPUS];
static uint64_t affinity[BOOT_MAX_CPUS]; // as in MPIDR_EL1 and GICD_IROUTER
static uint64_t sgi_target[BOOT_MAX_CPUS]; // the same as in ICC_SGI1R_EL1

static void wait_clear(char *base, unsigned reg, uint32_t bit)
{
    for (unsigned i = 0; i < WAIT_LOOPS && (gic_read(base, reg) & bit); i++)
        ;
}

static uint64_t own_affinity(void)
{
    return sysreg_read(mpidr_el1) & 0xff00ffffffull;
}

static uint64_t sgi_target_of(uint64_t a)
{
    uint64_t aff0 = a & 0xff, aff1 = a >> 8 & 0xff, aff2 = a >> 16 & 0xff, aff3 = a >> 32 & 0xff;
    return aff3 << 48 | aff0 >> 4 << 44 | aff2 << 32 | aff1 << 16 | 1ull << (aff0 & 15);
}

// The calling CPU among those that are initialised.
static unsigned own_cpu(void)
{
    uint64_t a = own_affinity();
    unsigned i = 0;
    while (i < BOOT_MAX_CPUS - 1 && (!redist[i] || affinity[i] != a))
        i++;
    return i;
}

static char *own_sgi_frame(void)
{
    return redist[own_cpu()] + SGI_FRAME;
}

void gicv3_init(struct boot_info const *bi)
{
    gicd = kernel_map_device(bi->gic.gicd.start, bi->gic.gicd.size);
    stride = bi->gic.gicr_stride;
    for (unsigned i = 0; i < bi->gic.num_gicr && i < BOOT_MAX_GICR; i++) {
        region[i].base = kernel_map_device(bi->gic.gicr[i].start, bi->gic.gicr[i].size);
        region[i].size = bi->gic.gicr[i].size;
        mem_reserve(bi->gic.gicr[i].start, bi->gic.gicr[i].start + region[i].size);
        regions++;
    }
    mem_reserve(bi->gic.gicd.start, bi->gic.gicd.start + bi->gic.gicd.size);
    gic_num_irqs = gic_count(gicd);
    gic_write(gicd, GICD_CTLR, 0);
    wait_clear(gicd, GICD_CTLR, CTLR_RWP);
    gic_write(gicd, GICD_CTLR, CTLR_ARE); // before the registers that depend on it
    wait_clear(gicd, GICD_CTLR, CTLR_RWP);
    for (unsigned i = GIC_FIRST_SPI; i < gic_num_irqs; i += 32) {
        gic_reset_32(gicd, i);
        gic_write(gicd, GICD_IGROUPR + i / 32 * 4, ~0u);
        gic_write(gicd, GICD_IGRPMODR + i / 32 * 4, 0);
    }
    wait_clear(gicd, GICD_CTLR, CTLR_RWP);
    uint64_t boot_cpu = own_affinity();
    for (unsigned i = GIC_FIRST_SPI; i < gic_num_irqs; i++)
        *(volatile uint64_t *)(gicd + GICD_IROUTER + 8 * i) = boot_cpu;
    gic_write(gicd, GICD_CTLR, CTLR_ARE | CTLR_GRP1);
    wait_clear(gicd, GICD_CTLR, CTLR_RWP);
}

// The redistributor whose type register has the affinity, NULL when there is none.
static char *redist_find(uint64_t mpidr)
{
    uint32_t wanted = (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 << 24);
    for (unsigned i = 0; i < regions; i++) {
        for (uint64_t off = 0; off + FRAMES <= region[i].size;) {
            char *r = region[i].base + off;
            uint64_t type = *(volatile uint64_t *)(r + GICR_TYPER);
            if (type >> 32 == wanted)
                return r;
            if (type & GICR_TYPER_LAST)
                break;
            off += stride ? stride : type & GICR_TYPER_VLPIS ? 2 * FRAMES : FRAMES;
        }
    }
    return 0;
}

static void cpu_init(unsigned cpu)
{
    affinity[cpu] = own_affinity();
    sgi_target[cpu] = sgi_target_of(affinity[cpu]);
    char *r = redist_find(affinity[cpu]);
    if (!r)
        kernel_panic("gicv3: a CPU has no redistributor");
    redist[cpu] = r;
    gic_write(r, GICR_WAKER, gic_read(r, GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
    wait_clear(r, GICR_WAKER, WAKER_CHILDREN_ASLEEP);
    char *sgi = r + SGI_FRAME;
    gic_reset_32(sgi, 0);
    gic_write(sgi, GICD_IGROUPR, ~0u);
    gic_write(sgi, GICD_IGRPMODR, 0);
    wait_clear(r, GICR_CTLR, GICR_CTLR_RWP);
    gic_write(sgi, GICD_ISENABLER, 0xffff); // SGIs

    icc_write(ICC_SRE_EL2, icc_read(ICC_SRE_EL2) | SRE_ALL);
    isb();
    icc_write(ICC_PMR_EL1, 0xff);
    icc_write(ICC_BPR1_EL1, 0);
    icc_write(ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
    icc_write(ICC_IGRPEN1_EL1, 1);
    isb();
}

static uint32_t ack(void)
{
    uint32_t v = (uint32_t)icc_read(ICC_IAR1_EL1);
    dsb_sy(); // the acknowledge takes effect before what follows
    return v & 0xffffff;
}

static void drop(uint32_t ack)
{
    dsb_sy(); // what the handler did to the device comes first
    icc_write(ICC_EOIR1_EL1, ack);
    isb();
}

static void eoi(uint32_t ack)
{
    drop(ack);
    icc_write(ICC_DIR_EL1, ack);
    isb();
}

static void set_active(unsigned intid, bool active)
{
    gic_write_bit(own_sgi_frame(), active ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
    dsb_sy();
}

static void mask(unsigned intid)
{
    if (intid < GIC_FIRST_SPI) {
        char *r = redist[own_cpu()];
        gic_write_bit(r + SGI_FRAME, GICD_ICENABLER, intid);
        wait_clear(r, GICR_CTLR, GICR_CTLR_RWP);
    } else {
        gic_write_bit(gicd, GICD_ICENABLER, intid);
        wait_clear(gicd, GICD_CTLR, CTLR_RWP);
    }
}

static void unmask(unsigned intid)
{
    gic_write_bit(intid < GIC_FIRST_SPI ? own_sgi_frame() : gicd, GICD_ISENABLER, intid);
}

static bool set_level(unsigned intid, bool level)
{
    if (intid < 16 || intid >= gic_num_irqs)
        return false;
    return gic_write_level(intid < GIC_FIRST_SPI ? own_sgi_frame() : gicd, intid, level);
}

static void set_cpu(unsigned intid, unsigned cpu)
{
    if (intid >= GIC_FIRST_SPI && intid < gic_num_irqs)
        *(volatile uint64_t *)(gicd + GICD_IROUTER + 8 * intid) = affinity[cpu];
}

static void send_ipi(unsigned cpu, unsigned sgi)
{
    dsb_ish(); // what the other CPU shall see comes first
    icc_write(ICC_SGI1R_EL1, sgi_target[cpu] | (uint64_t)sgi << 24);
    isb();
}

struct gic_ops const gicv3_ops = {
    .version = 3,
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
