// SPDX-License-Identifier: MIT
#include "gic.h"

#include "smp.h"

#define ICC_PMR_EL1 "S3_0_C4_C6_0"
#define ICC_IAR0_EL1 "S3_0_C12_C8_0"
#define ICC_EOIR0_EL1 "S3_0_C12_C8_1"
#define ICC_AP0R0_EL1 "S3_0_C12_C8_4"
#define ICC_AP1R0_EL1 "S3_0_C12_C9_0"
#define ICC_DIR_EL1 "S3_0_C12_C11_1"
#define ICC_RPR_EL1 "S3_0_C12_C11_3"
#define ICC_SGI1R_EL1 "S3_0_C12_C11_5"
#define ICC_IAR1_EL1 "S3_0_C12_C12_0"
#define ICC_EOIR1_EL1 "S3_0_C12_C12_1"
#define ICC_HPPIR1_EL1 "S3_0_C12_C12_2"
#define ICC_CTLR_EL1 "S3_0_C12_C12_4"
#define ICC_SRE_EL1 "S3_0_C12_C12_5"
#define ICC_IGRPEN0_EL1 "S3_0_C12_C12_6"
#define ICC_IGRPEN1_EL1 "S3_0_C12_C12_7"

enum {
    CTLR_ARE = 1 << 4,
    RWP = 31,           // GICD_CTLR: a write has not had its effect everywhere
    GICR_RWP = 3,       // GICR_CTLR
    CHILDREN_ASLEEP = 1 << 2,
    TYPER_LAST = 1 << 4,
    GICC_ENABLE = 3,    // both groups
    GICC_ACK_CTL = 1 << 2,
    GICC_EOI_MODE = 1 << 9,
    ICC_EOI_MODE = 1 << 1,
    SGI_OTHERS2 = 1 << 24,
};
#define SGI_OTHERS3 (1ull << 40)

static inline bool v3(void)
{
    return platform.gic_version == 3;
}

uintptr_t gic_sgi_frame(unsigned n)
{
    uintptr_t r = platform.gicr;
    uint64_t mpidr = platform.mpidr[n];
    uint32_t affinity = (uint32_t)((mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24);
    while (load64(r + GICR_TYPER) >> 32 != affinity && !(load64(r + GICR_TYPER) & TYPER_LAST))
        r += GICR_STRIDE;
    return r + GICR_SGI_FRAME;
}

static uintptr_t base_of(unsigned n, unsigned irq)
{
    return v3() && irq < 32 ? gic_sgi_frame(n) : platform.gicd;
}

uintptr_t gic_word(unsigned n, unsigned off, unsigned irq)
{
    return base_of(n, irq) + off + irq / 32 * 4;
}

static uintptr_t own_word(unsigned off, unsigned irq)
{
    return gic_word(this_cpu()->index, off, irq);
}

bool gic_bit(unsigned off, unsigned irq)
{
    return load32(own_word(off, irq)) >> irq % 32 & 1;
}

void gic_write(unsigned off, unsigned irq)
{
    store32(own_word(off, irq), 1u << irq % 32);
}

static void wait_for_effect(void)
{
    if (!v3())
        return;
    uintptr_t r = gic_sgi_frame(this_cpu()->index) - GICR_SGI_FRAME;
    wait_for(!(load32(platform.gicd + GICD_CTLR) >> RWP & 1), LONG_MS);
    wait_for(!(load32(r + GICR_CTLR) >> GICR_RWP & 1), LONG_MS);
}

void gic_disable(unsigned irq)
{
    gic_write(GIC_ICENABLER, irq);
    wait_for_effect();
}

void gic_group(unsigned irq, bool group1)
{
    uintptr_t a = own_word(GIC_IGROUPR, irq);
    uint32_t bit = 1u << irq % 32;
    store32(a, group1 ? load32(a) | bit : load32(a) & ~bit);
}

void gic_priority(unsigned irq, unsigned priority)
{
    store8(base_of(this_cpu()->index, irq) + GICD_IPRIORITYR + irq, priority);
}

unsigned gic_priority_of(unsigned irq)
{
    return load8(base_of(this_cpu()->index, irq) + GICD_IPRIORITYR + irq);
}

void gic_edge(unsigned irq, bool edge)
{
    uintptr_t a = base_of(this_cpu()->index, irq) + GICD_ICFGR + irq / 16 * 4;
    uint32_t bit = 2u << irq % 16 * 2;
    store32(a, edge ? load32(a) | bit : load32(a) & ~bit);
}

void gic_route(unsigned irq, unsigned cpu)
{
    if (v3())
        store64(platform.gicd + GICD_IROUTER + 8 * irq, platform.mpidr[cpu]);
    else
        store8(platform.gicd + GICD_ITARGETSR + irq, 1u << cpu);
}

void gic_forward(unsigned groups)
{
    store32(platform.gicd + GICD_CTLR, groups | (v3() ? CTLR_ARE : 0));
    wait_for_effect();
}

void gic_split_eoi(bool split)
{
    this_cpu()->split_eoi = split;
    if (v3())
        write_sysreg(ICC_CTLR_EL1, split ? ICC_EOI_MODE : 0);
    else
        store32(platform.gicc + GICC_CTLR, GICC_ENABLE | (split ? GICC_EOI_MODE : 0));
}

void gic_mask_priority(unsigned limit)
{
    if (v3())
        write_sysreg(ICC_PMR_EL1, limit);
    else
        store32(platform.gicc + GICC_PMR, limit);
}

void gic_clear_priorities(void)
{
    if (v3()) {
        write_sysreg(ICC_AP0R0_EL1, 0);
        write_sysreg(ICC_AP1R0_EL1, 0);
    } else {
        store32(platform.gicc + GICC_APR, 0);
    }
}

void gic_enable_group(unsigned group, bool on)
{
    if (!v3())
        store32(platform.gicc + GICC_CTLR, on ? GICC_ENABLE : GICC_ENABLE & ~(1u << group));
    else if (group)
        write_sysreg(ICC_IGRPEN1_EL1, on);
    else
        write_sysreg(ICC_IGRPEN0_EL1, on);
}

void gic_ack_both(bool on)
{
    store32(platform.gicc + GICC_CTLR, GICC_ENABLE | (on ? GICC_ACK_CTL : 0));
}

static void sgi_pending(unsigned irq, unsigned off)
{
    store8(platform.gicd + off + irq, 1u << this_cpu()->index);
}

void gic_pend(unsigned irq)
{
    if (!v3() && irq < 16)
        sgi_pending(irq, GICD_SPENDSGIR);
    else
        gic_write(GIC_ISPENDR, irq);
}

void gic_unpend(unsigned irq)
{
    if (!v3() && irq < 16)
        sgi_pending(irq, GICD_CPENDSGIR);
    else
        gic_write(GIC_ICPENDR, irq);
}

// One bank of 32: the private ones of this CPU, or shared ones.
static void reset_bank(unsigned first)
{
    uintptr_t base = base_of(this_cpu()->index, first);
    uint32_t word = first / 32 * 4;
    store32(base + GIC_ICENABLER + word, ~0u);
    store32(base + GIC_ICPENDR + word, ~0u);
    store32(base + GIC_ICACTIVER + word, ~0u);
    store32(base + GIC_IGROUPR + word, v3() ? ~0u : 0);
    for (unsigned i = 0; i < 32; i += 4)
        store32(base + GICD_IPRIORITYR + first + i, GIC_PRIORITY * 0x01010101u);
    for (unsigned i = first < 32 ? 16 : 0; i < 32; i += 16)
        store32(base + GICD_ICFGR + (first + i) / 16 * 4, first < 32 ? 0 : 0xaaaaaaaa);
}

uintptr_t gic_waker(void)
{
    return gic_sgi_frame(this_cpu()->index) - GICR_SGI_FRAME + GICR_WAKER;
}

void gic_init_interface(void)
{
    if (!v3()) {
        gic_clear_priorities();
        store32(platform.gicc + GICC_PMR, 0xf8);
        store32(platform.gicc + GICC_CTLR, GICC_ENABLE);
        return;
    }
    store32(gic_waker(), 0);
    wait_for(!(load32(gic_waker()) & CHILDREN_ASLEEP), LONG_MS);
    write_sysreg(ICC_SRE_EL1, 7);
    gic_clear_priorities();
    write_sysreg(ICC_CTLR_EL1, 0);
    write_sysreg(ICC_PMR_EL1, 0xf8);
    write_sysreg(ICC_IGRPEN0_EL1, 1);
    write_sysreg(ICC_IGRPEN1_EL1, 1);
}

uint32_t gic_interface(void)
{
    if (!v3())
        return load32(platform.gicc + GICC_CTLR) | load32(platform.gicc + GICC_PMR);
    return (uint32_t)(read_sysreg(ICC_PMR_EL1) | read_sysreg(ICC_IGRPEN0_EL1) | read_sysreg(ICC_IGRPEN1_EL1));
}

void gic_init_cpu(void)
{
    reset_bank(0);
    if (!v3())
        for (unsigned i = 0; i < 16; i += 4)
            store32(platform.gicd + GICD_CPENDSGIR + i, ~0u);
    gic_init_interface();
}

// Ends what a test that failed has left, as a correct one would have: the register of active states may not tell the truth.
static void end_all(void)
{
    struct cpu *c = this_cpu();
    gic_split_eoi(true);
    for (unsigned irq = 0; irq < GIC_FIRST_SPECIAL; irq++) {
        if (c->taken[irq].running)
            gic_eoi(c->taken[irq].iar);
        if (c->taken[irq].active)
            gic_dir(c->taken[irq].iar);
    }
    gic_split_eoi(false);
}

void gic_reset(void)
{
    irqs_off();
    end_all();
    for (unsigned irq = GIC_SPI; irq < GIC_SPI + 48; irq += 32 - irq % 32)
        reset_bank(irq & ~31u);
    for (unsigned irq = GIC_SPI; irq < GIC_SPI + 48; irq++)
        gic_route(irq, this_cpu()->index);
    gic_init_cpu();
    gic_forward(3);
    wait_for_effect();
    interrupts_reset();
}

void gic_init(void)
{
    gic_forward(0);
    gic_reset();
}

void gic_send(unsigned sgi, unsigned cpu)
{
    uint64_t m = platform.mpidr[cpu];
    barrier();
    if (v3())
        write_sysreg(ICC_SGI1R_EL1, (m >> 32 & 0xff) << 48 | (m >> 16 & 0xff) << 32 | (m >> 8 & 0xff) << 16 |
                                        (uint64_t)sgi << 24 | 1ull << (m & 15));
    else
        store32(platform.gicd + GICD_SGIR, 1u << (16 + cpu) | sgi);
}

void gic_send_others(unsigned sgi)
{
    barrier();
    if (v3())
        write_sysreg(ICC_SGI1R_EL1, SGI_OTHERS3 | (uint64_t)sgi << 24);
    else
        store32(platform.gicd + GICD_SGIR, SGI_OTHERS2 | sgi);
}

uint32_t gic_ack(void)
{
    return gic_ack_group(v3());
}

uint32_t gic_ack_group(unsigned group)
{
    uint32_t iar;
    if (v3())
        iar = (uint32_t)(group ? read_sysreg(ICC_IAR1_EL1) : read_sysreg(ICC_IAR0_EL1));
    else
        iar = load32(platform.gicc + GICC_IAR);
    barrier();
    unsigned irq = gic_id(iar);
    if (irq < GIC_FIRST_SPECIAL) {
        this_cpu()->taken[irq].iar = iar;
        this_cpu()->taken[irq].running = this_cpu()->taken[irq].active = true;
    }
    return iar;
}

void gic_eoi(uint32_t iar)
{
    gic_eoi_group(iar, v3());
}

void gic_eoi_group(uint32_t iar, unsigned group)
{
    unsigned irq = gic_id(iar) & 1023;
    this_cpu()->taken[irq].running = false;
    this_cpu()->taken[irq].active &= this_cpu()->split_eoi;
    barrier();
    if (!v3())
        store32(platform.gicc + GICC_EOIR, iar);
    else if (group)
        write_sysreg(ICC_EOIR1_EL1, iar);
    else
        write_sysreg(ICC_EOIR0_EL1, iar);
}

void gic_dir(uint32_t iar)
{
    this_cpu()->taken[gic_id(iar) & 1023].active = false;
    barrier();
    if (v3())
        write_sysreg(ICC_DIR_EL1, iar);
    else
        store32(platform.gicc + GICC_DIR, iar);
}

unsigned gic_highest_pending(void)
{
    return v3() ? (unsigned)read_sysreg(ICC_HPPIR1_EL1) : load32(platform.gicc + GICC_HPPIR) & 0x3ff;
}

unsigned gic_running_priority(void)
{
    return v3() ? (unsigned)read_sysreg(ICC_RPR_EL1) : load32(platform.gicc + GICC_RPR);
}

uint32_t gic_await(uint64_t ms)
{
    uint32_t iar = GIC_SPURIOUS;
    return wait_for(gic_id(iar = gic_ack()) < GIC_FIRST_SPECIAL, ms) ? iar : GIC_SPURIOUS;
}

unsigned gic_pending_soon(unsigned wanted)
{
    unsigned irq = GIC_SPURIOUS;
    wait_for((irq = gic_highest_pending()) == wanted, SOON_MS);
    return irq;
}
