// SPDX-License-Identifier: MIT
// Registers of distributor and redistributors by the letter: what is reserved, read-only, banked; what does not exist.
#include "lib/guest.h"

enum {
    GICD_PIDR2_V2 = 0xfe8,
    GICD_PIDR2_V3 = 0xffe8,
    GICR_PIDR2 = 0xffe8,
    CTLR_ARE = 1 << 4,
    CTLR_DS = 1 << 6,
    CTLR_E1NWF = 1 << 7,
    TYPER_LINES = 0x1f,
    TYPER_A3V = 1 << 24,
    TYPER_LAST = 1 << 4,
    SGI_CONFIG = 0xaaaaaaaa,
};

static uint32_t read(unsigned off)
{
    return load32(platform.gicd + off);
}

static void write(unsigned off, uint32_t v)
{
    store32(platform.gicd + off, v);
}

static unsigned number_of_lines(void)
{
    unsigned n = 32 * ((read(GICD_TYPER) & TYPER_LINES) + 1);
    return n < 1020 ? n : 1020;
}

// What remains of all ones, and what of zeros, in a register; it is as before then.
static uint32_t ones(unsigned off)
{
    uint32_t before = read(off);
    write(off, ~0u);
    uint32_t v = read(off);
    write(off, before);
    return v;
}

static uint32_t zeros(unsigned off)
{
    uint32_t before = read(off);
    write(off, 0);
    uint32_t v = read(off);
    write(off, before);
    return v;
}

static void identity(void)
{
    bool v3 = platform.gic_version == 3;
    group("identity", "IHI 0069 12.9 (GICD_TYPER, GICD_PIDR2.ArchRev); IHI 0048 4.3.2, 4.3.18");
    check_bits("ArchRev", read(v3 ? GICD_PIDR2_V3 : GICD_PIDR2_V2), 0xf0, platform.gic_version << 4);
    uint32_t before = read(GICD_TYPER);
    write(GICD_TYPER, ~before);
    check("GICD_TYPER is read-only", read(GICD_TYPER), before);
    if (v3)
        check_true("at least 10 bits of interrupt numbers", (before >> 19 & 0x1f) >= 9);
    else
        check("number of CPUs", (before >> 5 & 7) + 1, platform.num_cpus);
    check_true("more than the private interrupts", number_of_lines() > 32);
    if (platform.uvmm)
        check("as many as most trees need", number_of_lines(), 288);
}

static void control(void)
{
    group("GICD_CTLR", "IHI 0069 12.9 (GICD_CTLR); IHI 0048 4.3.1");
    gic_reset();
    if (platform.gic_version == 2) {
        check("both enables and nothing else", ones(GICD_CTLR), 3);
        check("both off", zeros(GICD_CTLR), 0);
        return;
    }
    check_bits("all that there is", ones(GICD_CTLR), ~(uint32_t)CTLR_E1NWF, CTLR_DS | CTLR_ARE | 3);
    check_bits("affinity routing and one security state stay", zeros(GICD_CTLR), ~0u, CTLR_DS | CTLR_ARE);
}

// Bits of interrupts that do not exist: RAZ/WI.
static void reserved_lines(void)
{
    static unsigned const kinds[] = {GIC_IGROUPR, GIC_ISENABLER, GIC_ISPENDR, GIC_ISACTIVER};
    static char const *const names[] = {"IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"};
    unsigned lines = number_of_lines();
    group("interrupts that do not exist", "IHI 0069 2.2 (INTIDs 1020 to 1023), 12.9; IHI 0048 4.3.4 to 4.3.13");
    gic_reset();
    for (unsigned i = 0; i < 4; i++) {
        uint32_t beyond = 0;
        for (unsigned n = lines & ~31u; n < 1024; n += 32) {
            uint32_t mask = n >= lines ? ~0u : ~0u << lines % 32;
            unsigned off = kinds[i] + n / 8;
            uint32_t before = read(off);
            write(off, mask);
            beyond |= read(off) & mask;
            write(i ? off + 0x80 : off, i ? mask : before);
        }
        check(names[i], beyond, 0);
    }
    if (lines < 1020)
        check("IPRIORITYR", ones(GICD_IPRIORITYR + lines), 0);
    check("IPRIORITYR of 1020 to 1023", ones(GICD_IPRIORITYR + 1020), 0);
    check("ICFGR of 1020 to 1023", ones(GICD_ICFGR + 1020 / 16 * 4) & 0xff000000, 0);
    if (platform.gic_version == 3) {
        uintptr_t route = platform.gicd + GICD_IROUTER + 8 * 1020;
        store64(route, platform.mpidr[1]);
        check("IROUTER1020", load64(route), 0);
    }
}

// With affinity routing the private interrupts are in the redistributor alone.
static void affinity_routing(void)
{
    unsigned spi = GIC_SPI + 3;
    group("affinity routing", "IHI 0069 2.3, 12.9 (what is RES0 when GICD_CTLR.ARE is 1; GICD_IROUTER<n>, GICD_TYPER.A3V)");
    gic_reset();
    check("GICD_IGROUPR0", ones(GIC_IGROUPR), 0);
    check("GICD_ISENABLER0", ones(GIC_ISENABLER), 0);
    check("GICD_ISPENDR0", ones(GIC_ISPENDR), 0);
    check("GICD_ISACTIVER0", ones(GIC_ISACTIVER), 0);
    for (unsigned i = 0; i < 32; i += 4)
        check("GICD_IPRIORITYR0 to 7", ones(GICD_IPRIORITYR + i), 0);
    check("GICD_ICFGR0", ones(GICD_ICFGR), 0);
    check("GICD_ICFGR1", ones(GICD_ICFGR + 4), 0);
    check("GICD_ITARGETSR", ones(GICD_ITARGETSR + spi / 4 * 4), 0);
    check("GICD_SGIR", ones(GICD_SGIR), 0);
    check("GICD_CPENDSGIR", ones(GICD_CPENDSGIR), 0);
    check("GICD_SPENDSGIR", ones(GICD_SPENDSGIR), 0);
    uintptr_t private = platform.gicd + GICD_IROUTER;
    store64(private + 8 * 5, platform.mpidr[1]);
    check("GICD_IROUTER of an SGI", load64(private + 8 * 5), 0);
    check("none of that did anything", gic_highest_pending(), GIC_SPURIOUS);
    uintptr_t route = platform.gicd + GICD_IROUTER + 8 * spi;
    store64(route, ~0ull & ~(1ull << 31));
    if (platform.uvmm)
        check("fields of GICD_IROUTER", load64(route), 0xff00ffffff);
    else
        skip("fields of GICD_IROUTER", "QEMU's GICv3 keeps reserved bits");
    store64(route, 7ull << 32);
    check("GICD_IROUTER has Aff3, if GICD_TYPER.A3V says so", load64(route), read(GICD_TYPER) & TYPER_A3V ? 7ull << 32 : 0);
    store64(route, 0);
    check("GICD_IROUTER of CPU 0", load64(route), 0);
    store32(route, 1);
    check("lower half of GICD_IROUTER", load64(route), 1);
    store32(route + 4, 7);
    check("upper half of GICD_IROUTER", load64(route), 7ull << 32 | 1);
    store64(route, 0);
}

static void redistributors(void)
{
    group("redistributors", "IHI 0069 12.11 (GICR_TYPER, GICR_WAKER, GICR_PIDR2, GICR_ICFGR0)");
    gic_reset();
    for (unsigned i = 0; i < platform.num_cpus; i++) {
        uintptr_t r = platform.gicr + (uintptr_t)i * GICR_STRIDE;
        uint64_t typer = load64(r + GICR_TYPER), mpidr = platform.mpidr[i];
        check("affinity", typer >> 32, (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24);
        check("the last one says so", typer >> 4 & 1, i == platform.num_cpus - 1);
        check("upper half of GICR_TYPER", load32(r + GICR_TYPER + 4), typer >> 32);
        check_bits("ArchRev", load32(r + GICR_PIDR2), 0xf0, 0x30);
    }
    uintptr_t own = gic_sgi_frame(0);
    store32(own + GICD_ICFGR, 0);
    check("SGIs are edge-triggered", load32(own + GICD_ICFGR), SGI_CONFIG);
    store32(own + GIC_ISENABLER + 4, ~0u); // GICR_ISENABLER1E, of interrupts that do not exist
    check("no extended private interrupts", load32(own + GIC_ISENABLER + 4), 0);
    store32(own + GICD_IPRIORITYR + 32, ~0u);
    check("no priorities of them", load32(own + GICD_IPRIORITYR + 32), 0);
    check_bits("awake", load32(own - GICR_SGI_FRAME + GICR_WAKER), 6, 0);
    store32(own - GICR_SGI_FRAME + GICR_WAKER, 2);
    check("asleep", (wait_for(load32(own - GICR_SGI_FRAME + GICR_WAKER) == 6, SOON_MS),
                     load32(own - GICR_SGI_FRAME + GICR_WAKER)), 6);
    store32(own - GICR_SGI_FRAME + GICR_WAKER, 0);
}

// What a GICv2 has for each CPU, and of CPUs that do not exist.
static void banked(void)
{
    unsigned spi = GIC_SPI + 4;
    uint32_t cpus_there = (1u << platform.num_cpus) - 1;
    group("CPUs", "IHI 0048 4.3.5 (SGIs), 4.3.7, 4.3.12 (GICD_ITARGETSR), 4.3.13, 4.3.16, 4.3.17");
    gic_reset();
    check("own bit in GICD_ITARGETSR0 to 7", read(GICD_ITARGETSR), 0x01010101);
    write(GICD_ITARGETSR, 0x02020202);
    check("which are read-only", read(GICD_ITARGETSR), 0x01010101);
    check("and of PPIs", read(GICD_ITARGETSR + 28) & 0xff000000, 0x01000000);
    check("a byte of them", load8(platform.gicd + GICD_ITARGETSR + 27), 1);
    store8(platform.gicd + GICD_ITARGETSR + spi, 0xff);
    if (on_qemu_gicv2())
        skip("CPUs that do not exist in GICD_ITARGETSR", "QEMU's GICv2 has all 8 bits");
    else
        check("CPUs that do not exist in GICD_ITARGETSR", load8(platform.gicd + GICD_ITARGETSR + spi), cpus_there);
    store8(platform.gicd + GICD_ITARGETSR + spi, 1);
    check("SGIs cannot be pended by GICD_ISPENDR0", ones(GIC_ISPENDR) & 0xffff, 0);
    write(GICD_ICFGR, 0);
    check("SGIs are edge-triggered", read(GICD_ICFGR), SGI_CONFIG);
    if (on_qemu_gicv2()) {
        skip("CPUs that do not exist in GICD_SPENDSGIR", "QEMU's GICv2 has all 8 bits");
    } else {
        store8(platform.gicd + GICD_SPENDSGIR + 9, 0xff & ~cpus_there);
        check("CPUs that do not exist in GICD_SPENDSGIR", load8(platform.gicd + GICD_SPENDSGIR + 9), 0);
        store8(platform.gicd + GICD_CPENDSGIR + 9, 0xff);
    }
    write(GIC_ICPENDR, ~0u);
    gic_reset();
}

// Byte accesses where they are allowed, words everywhere.
static void sizes(void)
{
    unsigned irq = GIC_SPI + 8;
    uintptr_t reg = platform.gicd + GICD_IPRIORITYR + irq;
    group("sizes", "IHI 0069 4.8, 12.1 (access sizes), 12.9 (GICD_IPRIORITYR<n>); IHI 0048 3.3, 4.3.11");
    gic_reset();
    store32(reg, 0x10203040);
    check("bytes of a word", load8(reg) | load8(reg + 1) << 8 | load8(reg + 2) << 16 | load8(reg + 3) << 24, 0x10203040);
    store8(reg + 2, 0x90);
    check("a byte changes no other", load32(reg), 0x10903040);
    store8(reg + 2, 0xff);
    uint32_t bits = load8(reg + 2);
    check("the upper bits of a priority, 16 levels or more", bits >= 0xf0 && !((~bits & 0xff) & ((~bits & 0xff) + 1)), true);
    gic_edge(irq, false);
    check("level", read(GICD_ICFGR + irq / 16 * 4) >> irq % 16 * 2 & 3, 0);
    gic_edge(irq, true);
    check("edge", read(GICD_ICFGR + irq / 16 * 4) >> irq % 16 * 2 & 3, 2);
    write(GIC_ISENABLER + irq / 32 * 4, 1u << irq % 32);
    check("ICENABLER reads what is enabled", read(GIC_ICENABLER + irq / 32 * 4), 1u << irq % 32);
    write(GIC_ISENABLER + irq / 32 * 4, 0);
    check("zeros enable and disable nothing", read(GIC_ISENABLER + irq / 32 * 4), 1u << irq % 32);
    write(GIC_ICENABLER + irq / 32 * 4, 0);
    check("nor in ICENABLER", read(GIC_ISENABLER + irq / 32 * 4), 1u << irq % 32);
    write(GIC_ICENABLER + irq / 32 * 4, ~0u);
    check("all disabled", read(GIC_ISENABLER + irq / 32 * 4), 0);
    write(GIC_ISPENDR + irq / 32 * 4, 1u << irq % 32);
    check("ICPENDR reads what is pending", read(GIC_ICPENDR + irq / 32 * 4), 1u << irq % 32);
    write(GIC_ISACTIVER + irq / 32 * 4, 1u << irq % 32);
    check("ICACTIVER reads what is active", read(GIC_ICACTIVER + irq / 32 * 4), 1u << irq % 32);
}

void guest_main(void)
{
    identity();
    control();
    reserved_lines();
    if (platform.gic_version == 3) {
        affinity_routing();
        redistributors();
    } else {
        banked();
    }
    sizes();
}
