// SPDX-License-Identifier: MIT
// Interrupts between CPUs: who gets a shared one, SGIs, the state of another CPU's, CPUs that go away.
#include "lib/guest.h"

enum { SGI = 5 };

// ---- what CPU 1 is asked to do ----

struct wait {
    uint64_t ms;
    uint32_t iar;
};

static void await_job(void *argument)
{
    struct wait *w = argument;
    w->iar = gic_await(w->ms);
    if (gic_id(w->iar) < GIC_FIRST_SPECIAL)
        gic_eoi(w->iar);
}

// The interrupt that CPU 1 takes and ends.
static unsigned taken_by_other(uint64_t ms)
{
    struct wait w = {ms, GIC_SPURIOUS};
    return cpu_run(1, await_job, &w) ? gic_id(w.iar) : ~0u;
}

static void keep_job(void *argument)
{
    ((struct wait *)argument)->iar = gic_await(((struct wait *)argument)->ms);
}

// The same, and it stays active.
static unsigned kept_by_other(void)
{
    struct wait w = {SOON_MS, GIC_SPURIOUS};
    return cpu_run(1, keep_job, &w) ? gic_id(w.iar) : ~0u;
}

static void reset_job(void *argument)
{
    (void)argument;
    gic_init_cpu();
    interrupts_reset();
    gic_enable(SGI);
    gic_enable(SGI + 1);
}

static void eoi_job(void *argument)
{
    gic_eoi((uint32_t)(uintptr_t)argument);
}

// Lowers the priority of an interrupt that was deactivated from elsewhere. Writes to GICC_APR do not (gic.c).
static void forget_job(void *argument)
{
    if (platform.gic_version == 3)
        gic_clear_priorities();
    else
        gic_eoi((uint32_t)(uintptr_t)argument);
}

static void dir_job(void *argument)
{
    gic_split_eoi(true);
    gic_dir((uint32_t)(uintptr_t)argument);
    gic_split_eoi(false);
}

static void send_job(void *argument)
{
    gic_send((unsigned)(uintptr_t)argument, 0);
}

static void *number(unsigned n)
{
    return (void *)(uintptr_t)n;
}

static void prepare(void)
{
    cpu_start(1);
    gic_reset();
    gic_enable(SGI);
    gic_enable(SGI + 1);
    cpu_run(1, reset_job, NULL);
}

static unsigned taken_here(uint64_t ms)
{
    uint32_t iar = gic_await(ms);
    if (gic_id(iar) < GIC_FIRST_SPECIAL)
        gic_eoi(iar);
    return gic_id(iar);
}

// ---- SGIs ----

static void sgis(void)
{
    group("SGI", "IHI 0069 4.4, 12.2 (ICC_SGI1R_EL1); IHI 0048 4.3.15 (GICD_SGIR), 4.4.4");
    prepare();
    gic_send(SGI, 0);
    check("to this CPU", taken_here(SOON_MS), SGI);
    check("once", taken_here(0), GIC_SPURIOUS);
    gic_send(SGI, 1);
    check("to another CPU", taken_by_other(SOON_MS), SGI);
    check("not to this one", taken_here(NOTHING_MS), GIC_SPURIOUS);
    gic_send_others(SGI + 1);
    check("to all others", taken_by_other(SOON_MS), SGI + 1);
    check("not to this one", taken_here(NOTHING_MS), GIC_SPURIOUS);
    cpu_run(1, send_job, number(SGI));
    check("from another CPU", taken_here(SOON_MS), SGI);
    gic_send(SGI, 1);
    gic_send(SGI, 1);
    check("two of one sender are one", taken_by_other(SOON_MS), SGI);
    check("and no more", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    for (unsigned i = 0; i < 3; i++) {
        gic_send(SGI, 1);
        check("again and again", taken_by_other(SOON_MS), SGI);
    }
}

// GICv2: one interrupt a sender, and the sender's number is acknowledged with it.
static void sgis2(void)
{
    uint32_t first, second;
    uintptr_t senders = platform.gicd + GICD_SPENDSGIR + SGI;
    group("SGI senders", "IHI 0048 3.2.4, 4.3.15 to 4.3.17, 4.4.4 (GICC_IAR.CPUID)");
    prepare();
    cpu_run(1, send_job, number(SGI));
    check("sender in SPENDSGIR", (wait_for(load8(senders), SOON_MS), load8(senders)), 2);
    gic_send(SGI, 0);
    check("both senders in SPENDSGIR", (wait_for(load8(senders) == 3, SOON_MS), load8(senders)), 3);
    first = gic_await(SOON_MS);
    check("number of the first", gic_id(first), SGI);
    check_bits("the other is still pending", load8(senders), 3, 3u & ~(1u << (first >> 10 & 7)));
    gic_eoi(first);
    second = gic_await(SOON_MS);
    check("number of the second", gic_id(second), SGI);
    check("both senders", 1u << (first >> 10 & 7) | 1u << (second >> 10 & 7), 3);
    gic_eoi(second);
    check("and no more", taken_here(0), GIC_SPURIOUS);
    store8(senders, 2);
    check("pended for another sender", (first = gic_await(SOON_MS)), SGI | 1 << 10);
    gic_eoi(first);
    store8(senders, 2);
    store8(platform.gicd + GICD_CPENDSGIR + SGI, 2);
    check("cleared for that sender", taken_here(0), GIC_SPURIOUS);
    store32(platform.gicd + GICD_SGIR, 2u << 24 | 0xff << 16 | SGI);
    check("to the sender alone, whatever the list says", taken_here(SOON_MS), SGI);
    check("not to the other", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    store32(platform.gicd + GICD_SGIR, 0xfeu << 16 | SGI);
    check("to a list with CPUs that do not exist", taken_by_other(SOON_MS), SGI);
    check("not to who is not in it", taken_here(NOTHING_MS), GIC_SPURIOUS);
}

#define ICC_SGI0R_EL1 "S3_0_C12_C11_7"
#define ICC_SGI1R_EL1 "S3_0_C12_C11_5"
#define ICC_ASGI1R_EL1 "S3_0_C12_C11_6"

// GICv3: targets by affinity, and only in their group.
static void sgis3(void)
{
    uint64_t sgi = (uint64_t)SGI << 24;
    group("SGI targets", "IHI 0069 4.6, 12.2 (ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1), 12.11 (GICR_IGROUPR0)");
    prepare();
    write_sysreg(ICC_SGI1R_EL1, sgi | 0xffff);
    check("to a list with CPUs that do not exist", taken_by_other(SOON_MS), SGI);
    check("and to this one", taken_here(SOON_MS), SGI);
    write_sysreg(ICC_SGI1R_EL1, sgi | 0xfff8);
    write_sysreg(ICC_SGI1R_EL1, sgi | 1ull << 16 | 3);
    write_sysreg(ICC_SGI1R_EL1, sgi | 1ull << 32 | 3);
    write_sysreg(ICC_SGI1R_EL1, sgi | 1ull << 48 | 3);
    check("to CPUs that do not exist", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("nor to the other", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    write_sysreg(ICC_SGI0R_EL1, sgi | 1);
    check("SGI0R, but of group 1", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("is not pending either", gic_is_pending(SGI), false);
    write_sysreg(ICC_ASGI1R_EL1, sgi | 1);
    check("ASGI1R, of the other security state", taken_here(NOTHING_MS), GIC_SPURIOUS);
    gic_group(SGI, false);
    write_sysreg(ICC_SGI1R_EL1, sgi | 1);
    check("SGI1R, but of group 0", gic_is_pending(SGI), false);
    write_sysreg(ICC_SGI0R_EL1, sgi | 1);
    check("SGI0R of group 0 is pending", (wait_for(gic_is_pending(SGI), SOON_MS), gic_is_pending(SGI)), true);
    uint32_t iar = gic_ack_group(0);
    check("and acknowledged", gic_id(iar), SGI);
    gic_eoi_group(iar, 0);
}

// ---- another CPU's private interrupts ----

static void redistributor(void)
{
    unsigned irq = GIC_PPI + 3;
    uint32_t bit = 1u << irq;
    uintptr_t other = gic_sgi_frame(1);
    group("redistributor", "IHI 0069 12.11 (GICR_I[SC]ENABLER0, GICR_I[SC]PENDR0, GICR_I[SC]ACTIVER0 of another CPU)");
    prepare();
    store32(other + GIC_ICPENDR, bit);
    store32(other + GIC_ISPENDR, bit);
    check_bits("pending on the other CPU", load32(other + GIC_ISPENDR), bit, bit);
    check("not here", gic_is_pending(irq), false);
    check("disabled there", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    store32(other + GIC_ISENABLER, bit);
    check_bits("enabled there", load32(other + GIC_ISENABLER), bit, bit);
    check("taken there", kept_by_other(), irq);
    check_bits("active there", load32(other + GIC_ISACTIVER), bit, bit);
    check_bits("not pending there", load32(other + GIC_ISPENDR), bit, 0);
    store32(other + GIC_ISPENDR, bit);
    check_bits("active and pending there", load32(other + GIC_ISPENDR), bit, bit);
    cpu_run(1, eoi_job, number(irq));
    check_bits("inactive there", load32(other + GIC_ISACTIVER), bit, 0);
    check("taken again there", kept_by_other(), irq);
    store32(other + GIC_ICACTIVER, bit);
    check_bits("deactivated from here", load32(other + GIC_ISACTIVER), bit, 0);
    cpu_run(1, forget_job, number(irq));
    store32(other + GIC_ISPENDR, bit);
    check("taken after that", taken_by_other(SOON_MS), irq);
    store32(other + GIC_ISPENDR, bit);
    pause_ms(NOTHING_MS);
    store32(other + GIC_ICPENDR, bit);
    check("withdrawn from here", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    gic_send(SGI, 1);
    check_true("an SGI is pending there", wait_for(load32(other + GIC_ISPENDR) >> SGI & 1, SOON_MS));
    check("and taken", taken_by_other(SOON_MS), SGI);
}

// ---- routes of shared interrupts ----

static void routes(bool edge)
{
    unsigned irq = GIC_SPI + 20 + edge;
    group(edge ? "route, edge" : "route, level", "IHI 0069 12.9 (GICD_IROUTER<n>); IHI 0048 4.3.12 (GICD_ITARGETSR<n>)");
    prepare();
    gic_edge(irq, edge);
    gic_enable(irq);
    gic_pend(irq);
    check("waits here", gic_pending_soon(irq), irq);
    gic_route(irq, 1);
    check("moves away", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);
    check("is pending still", gic_is_pending(irq), true);
    check("taken by the other CPU", taken_by_other(SOON_MS), irq);
    check("once", taken_here(NOTHING_MS), GIC_SPURIOUS);
    gic_pend(irq);
    pause_ms(NOTHING_MS);
    gic_route(irq, 0);
    check("moves here", taken_here(SOON_MS), irq);
    check("and leaves the other", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    // while it is active, its next one goes the new way
    gic_pend(irq);
    uint32_t iar = gic_await(SOON_MS);
    check("taken here", gic_id(iar), irq);
    gic_route(irq, 1);
    check("active wherever it goes", gic_is_active(irq), true);
    if (on_qemu_gicv2()) {
        skip("its next one", "QEMU's GICv2 has an active state for each CPU of a shared interrupt too");
        gic_eoi(iar);
        return;
    }
    gic_pend(irq);
    check("blocked while active", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    gic_eoi(iar);
    check("its next one goes there", taken_by_other(SOON_MS), irq);
    check("not here", taken_here(0), GIC_SPURIOUS);
    check("inactive", gic_is_active(irq), false);
}

// To no CPU, and back.
static void nowhere(void)
{
    unsigned irq = GIC_SPI + 22;
    group("nowhere", "IHI 0069 12.9 (GICD_IROUTER<n>); IHI 0048 4.3.12");
    if (on_qemu_gicv2()) {
        skip("no target", "QEMU's GICv2 forgets what is pended without one");
        return;
    }
    prepare();
    gic_enable(irq);
    if (platform.gic_version == 3)
        store64(platform.gicd + GICD_IROUTER + 8 * irq, 0x550000);
    else
        store8(platform.gicd + GICD_ITARGETSR + irq, 0);
    gic_pend(irq);
    check("not taken here", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("not taken there", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    check("pending", gic_is_pending(irq), true);
    gic_route(irq, 0);
    check("taken when somebody is there", taken_here(SOON_MS), irq);
}

// ---- states of interrupts that another CPU has taken ----

static void held_by_other(void)
{
    unsigned irq = GIC_SPI + 24;
    group("held by another CPU", "IHI 0069 4.1, 12.9 (GICD_I[SC]ACTIVER<n>); IHI 0048 4.3.7 to 4.3.10");
    prepare();
    gic_enable(irq);
    gic_route(irq, 1);
    gic_pend(irq);
    pause_ms(NOTHING_MS);
    check("pending there", gic_is_pending(irq), true);
    check("taken there", kept_by_other(), irq);
    check("active", gic_is_active(irq), true);
    check("not pending", gic_is_pending(irq), false);
    gic_pend(irq);
    check("pending again", gic_is_pending(irq), true);
    gic_unpend(irq);
    check("no longer", gic_is_pending(irq), false);
    cpu_run(1, eoi_job, number(irq));
    check("inactive", gic_is_active(irq), false);
    gic_pend(irq);
    check("taken again", kept_by_other(), irq);
    gic_deactivate(irq);
    check("deactivated from here", gic_is_active(irq), false);
    gic_route(irq, 0);
    gic_pend(irq);
    check("taken here then", taken_here(SOON_MS), irq);
    cpu_run(1, forget_job, number(irq));
}

// EOImode 1: any CPU may deactivate.
static void deactivated_by_other(void)
{
    unsigned irq = GIC_SPI + 26;
    group("DIR", "IHI 0069 4.8, 12.2 (ICC_DIR_EL1); IHI 0048 4.4.15 (GICC_DIR)");
    prepare();
    gic_split_eoi(true);
    gic_enable(irq);
    for (unsigned i = 0; i < 2; i++) {
        gic_pend(irq);
        uint32_t iar = gic_await(SOON_MS);
        check("taken here", gic_id(iar), irq);
        gic_eoi(iar);
        check("active", gic_is_active(irq), true);
        cpu_run(1, dir_job, number(irq));
        check("deactivated by the other CPU", gic_is_active(irq), false);
    }
    gic_pend(irq);
    uint32_t iar = gic_await(SOON_MS);
    check("taken again here", gic_id(iar), irq);
    gic_eoi(iar);
    gic_dir(iar);
    gic_route(irq, 1);
    gic_pend(irq);
    check("then by the other CPU", taken_by_other(SOON_MS), irq);
    gic_split_eoi(false);
}

// ---- a CPU goes away ----

static void pending_job(void *argument)
{
    unsigned irq = (unsigned)(uintptr_t)argument;
    wait_for(gic_highest_pending() == irq, SOON_MS);
}

static void switched_off(bool edge)
{
    unsigned irq = GIC_SPI + 28 + edge;
    group(edge ? "CPU_OFF, edge" : "CPU_OFF, level",
          "IHI 0069 4.1, 12.9 (GICD_IROUTER<n>); IHI 0048 4.3.12; DEN 0022 CPU_OFF");
    prepare();
    gic_edge(irq, edge);
    gic_enable(irq);
    gic_route(irq, 1);
    gic_pend(irq);
    cpu_run(1, pending_job, number(irq));
    check_true("the other CPU goes", cpu_stop(1));
    check("the interrupt stays pending", gic_is_pending(irq), true);
    gic_route(irq, 0);
    check("taken here", taken_here(SOON_MS), irq);
    check("ended here", gic_is_active(irq), false);
    check("not pending", gic_is_pending(irq), false);
    gic_pend(irq);
    check("taken again", taken_here(SOON_MS), irq);
    gic_route(irq, 1);
    gic_pend(irq);
    check("pending for a CPU that is off", gic_is_pending(irq), true);
    cpu_start(1);
    check("taken when it is back", taken_by_other(SOON_MS), irq);
}

// It leaves one active: whoever clears that can have it.
static void switched_off_in_handler(void)
{
    unsigned irq = GIC_SPI + 30;
    group("CPU_OFF, active", "IHI 0069 4.1, 12.9 (GICD_ICACTIVER<n>); IHI 0048 4.3.10; DEN 0022 CPU_OFF");
    prepare();
    gic_enable(irq);
    gic_route(irq, 1);
    gic_pend(irq);
    check("taken there", kept_by_other(), irq);
    check_true("the other CPU goes", cpu_stop(1));
    check("the interrupt stays active", gic_is_active(irq), true);
    gic_route(irq, 0);
    if (on_qemu_gicv2()) {
        skip("blocked here", "QEMU's GICv2 has an active state for each CPU of a shared interrupt too");
        gic_deactivate(irq);
    } else {
        gic_pend(irq);
        check("blocked here", taken_here(NOTHING_MS), GIC_SPURIOUS);
        gic_deactivate(irq);
        check("taken when deactivated", taken_here(SOON_MS), irq);
    }
    cpu_start(1);
    if (on_qemu_gicv2()) // the CPU interface does not forget its priority while the CPU is off
        cpu_run(1, forget_job, number(irq));
}

// What a CPU's private interrupts are told while it is off, and an SGI for it, wait until it is back.
static void kept_while_off(void)
{
    unsigned irq = GIC_PPI + 5;
    uint32_t bit = 1u << irq;
    uintptr_t other = platform.gic_version == 3 ? gic_sgi_frame(1) : 0;
    group("kept while off", "IHI 0069 4.1, 12.11 (GICR_ISENABLER0, GICR_ISPENDR0); IHI 0048 4.3.5, 4.3.15; DEN 0022 CPU_OFF");
    prepare();
    check_true("the other CPU goes", cpu_stop(1));
    gic_send(SGI, 1);
    if (other) {
        store8(other + GICD_IPRIORITYR + irq, 0x40);
        store32(other + GIC_ISENABLER, bit);
        store32(other + GIC_ISPENDR, bit);
        check_bits("enabled while it is off", load32(other + GIC_ISENABLER), bit, bit);
    }
    cpus[1].keeps_gic = true;
    check("switched on", (uint64_t)cpu_start(1), PSCI_SUCCESS);
    cpus[1].keeps_gic = false;
    if (other) {
        check_bits("enabled when it is back", load32(other + GIC_ISENABLER), bit, bit);
        check("its priority", load8(other + GICD_IPRIORITYR + irq), 0x40);
        check("taken, and first", taken_by_other(SOON_MS), irq);
    }
    check("an SGI that came meanwhile", taken_by_other(SOON_MS), SGI);
    check("once", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
}

void guest_main(void)
{
    if (cpu_start(1) != PSCI_SUCCESS)
        give_up("there is no second CPU", platform.num_cpus, 0);
    sgis();
    if (platform.gic_version == 3) {
        sgis3();
        redistributor();
    }
    routes(true);
    routes(false);
    nowhere();
    held_by_other();
    switched_off(true);
    switched_off(false);
    switched_off_in_handler();
    kept_while_off();
    deactivated_by_other();
    if (platform.gic_version == 2)
        sgis2();
}
