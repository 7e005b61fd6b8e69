// SPDX-License-Identifier: MIT
// The state of interrupts on one CPU: pending, active, enabled, and what the CPU interface says meanwhile.
#include "lib/guest.h"

static char const life_source[] =
    "IHI 0069 4.1, 12.9 (GICD_I[SC]PENDR, GICD_I[SC]ACTIVER), 12.11; IHI 0048 3.2.4, 4.3.7 to 4.3.10";
static char const *const kinds[] = {"PPI", "SPI", "SGI"};
static unsigned const first_sample[] = {GIC_PPI, GIC_SPI, 2};

static void prepare(unsigned irq)
{
    gic_reset();
    if (irq >= 16)
        gic_edge(irq, true); // each time it is pended it comes once
}

static void check_state(char const *name, unsigned irq, bool pending, bool active)
{
    check(name, (uint64_t)gic_is_active(irq) << 1 | gic_is_pending(irq), (uint64_t)active << 1 | pending);
}

static void take(char const *name, unsigned irq)
{
    check(name, gic_id(gic_await(SOON_MS)), irq);
}

// Nothing is there to acknowledge.
static void none(char const *name, uint64_t ms)
{
    uint32_t iar = gic_await(ms);
    check(name, gic_id(iar), GIC_SPURIOUS);
    if (gic_id(iar) < GIC_FIRST_SPECIAL)
        gic_eoi(iar);
}

// Disabled: pending, but not signalled. (SGIs of a GICv2 may be enabled for ever: IHI 0048, 4.3.5.)
static void while_disabled(unsigned irq)
{
    prepare(irq);
    check_state("inactive at first", irq, false, false);
    if (platform.gic_version == 2 && irq < 16)
        return;
    gic_pend(irq);
    check_state("pending while disabled", irq, true, false);
    check("not signalled while disabled", gic_highest_pending(), GIC_SPURIOUS);
    gic_unpend(irq);
    check_state("no longer pending, disabled", irq, false, false);
    gic_pend(irq);
    gic_enable(irq);
    check("signalled when enabled", gic_pending_soon(irq), irq);
    gic_disable(irq);
    check("not signalled when disabled again", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);
    check_state("pending when disabled again", irq, true, false);
    gic_enable(irq);
    take("taken when enabled again", irq);
    gic_eoi(irq);
    check_state("inactive after that", irq, false, false);
}

// Enabled, but nobody acknowledges yet.
static void while_masked(unsigned irq)
{
    prepare(irq);
    gic_enable(irq);
    gic_pend(irq);
    check("signalled", gic_pending_soon(irq), irq);
    check_state("pending while masked", irq, true, false);
    gic_unpend(irq);
    check("not signalled when cleared", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);
    check_state("not pending when cleared", irq, false, false);
    none("nothing to acknowledge", 0);
}

static void while_active(unsigned irq)
{
    prepare(irq);
    gic_enable(irq);
    gic_pend(irq);
    take("acknowledged", irq);
    check_state("active", irq, false, true);
    check("running priority", gic_running_priority(), GIC_PRIORITY);
    gic_pend(irq);
    check_state("active and pending", irq, true, true);
    none("not acknowledged twice", 0);
    gic_unpend(irq);
    check_state("active, pending cleared", irq, false, true);
    gic_pend(irq);
    gic_disable(irq);
    check_state("active and pending when disabled", irq, true, true);
    gic_enable(irq);
    gic_eoi(irq);
    check_state("pending after the end", irq, true, false);
    take("comes again", irq);
    gic_eoi(irq);
    check_state("inactive after the second end", irq, false, false);
    check("idle priority", gic_running_priority(), 0xff);
    none("does not come a third time", 0);
}

// A kernel that begins anew clears the active priorities too; QEMU's GICv2 keeps them whatever is written to GICC_APR, so
// there the interrupt is ended, which lowers the priority alone (IHI 0048, 4.4.5).
static void forget_priority(unsigned irq)
{
    if (platform.gic_version == 3)
        gic_clear_priorities();
    else
        gic_eoi(irq);
}

// A kernel that begins anew clears what the one before left active (kexec).
static void deactivated_from_outside(unsigned irq)
{
    prepare(irq);
    gic_enable(irq);
    gic_pend(irq);
    take("acknowledged before ICACTIVER", irq);
    gic_deactivate(irq);
    check_state("inactive by ICACTIVER", irq, false, false);
    forget_priority(irq);
    gic_pend(irq);
    check_state("pending after ICACTIVER", irq, true, false);
    take("comes again after ICACTIVER", irq);
    gic_eoi(irq);
    check_state("ends after ICACTIVER", irq, false, false);

    gic_pend(irq);
    take("acknowledged once more", irq);
    gic_pend(irq);
    gic_deactivate(irq);
    check_state("ICACTIVER leaves it pending", irq, true, false);
    forget_priority(irq);
    take("pending comes after ICACTIVER", irq);
    gic_eoi(irq);
    check_state("ends once more", irq, false, false);
}

static void activated_from_outside(unsigned irq)
{
    prepare(irq);
    gic_enable(irq);
    gic_activate(irq);
    check_state("active by ISACTIVER", irq, false, true);
    gic_pend(irq);
    check_state("pending behind ISACTIVER", irq, true, true);
    check("ISACTIVER blocks", gic_highest_pending(), GIC_SPURIOUS);
    gic_deactivate(irq);
    take("comes after ICACTIVER", irq);
    gic_eoi(irq);
    gic_pend(irq);
    check("pending before ISACTIVER", gic_pending_soon(irq), irq);
    gic_activate(irq);
    check_state("active and pending by ISACTIVER", irq, true, true);
    check("blocked when ISACTIVER comes late", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);
    gic_deactivate(irq);
    take("comes after the block", irq);
    gic_eoi(irq);
}

// ---- in a handler ----

static volatile unsigned seen_in_handler;

static void look_and_pend(uint32_t iar)
{
    unsigned irq = gic_id(iar);
    seen_in_handler = (unsigned)gic_is_active(irq) << 1 | gic_is_pending(irq);
    if (interrupts()->count[irq] == 1)
        gic_pend(irq);
}

static void in_handler(unsigned irq)
{
    prepare(irq);
    gic_enable(irq);
    interrupts()->hook = look_and_pend;
    irqs_on();
    gic_pend(irq);
    wait_for(interrupts()->count[irq] == 2, SOON_MS);
    pause_ms(NOTHING_MS);
    irqs_off();
    check("taken twice when pended in the handler", interrupts()->count[irq], 2);
    check("active alone in the handler", seen_in_handler, 2);
    check_state("inactive after the handler", irq, false, false);
}

// Each with an interrupt of its own, which no other has left in a wrong state.
static void life(unsigned kind)
{
    static void (*const tests[])(unsigned irq) = {while_disabled, while_masked, while_active, deactivated_from_outside,
                                                  activated_from_outside, in_handler};
    group(kinds[kind], life_source);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tests[i](first_sample[kind] + i);
}

// A level-sensitive interrupt whose line is low: what software pends is a latch that the acknowledgement clears.
static void level(void)
{
    group("level", "IHI 0069 4.1, 12.9 (GICD_ISPENDR<n>); IHI 0048 4.3.7 (figure of the pending logic)");
    unsigned irq = GIC_SPI + 7;
    gic_reset();
    gic_edge(irq, false);
    gic_enable(irq);
    gic_pend(irq);
    check_state("pending by software", irq, true, false);
    gic_unpend(irq);
    check_state("cleared by software", irq, false, false);
    check("not signalled when cleared", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);
    gic_pend(irq);
    take("acknowledged", irq);
    check_state("active alone", irq, false, true);
    gic_eoi(irq);
    none("comes once", NOTHING_MS);
    check_state("inactive at the end", irq, false, false);
}

// ---- many at once ----

enum { NESTED = 10, FIRST_PRIORITY = 0xb0 };

static unsigned number_active(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < NESTED; i++)
        n += gic_is_active(GIC_SPI + i);
    return n;
}

// Each is more urgent than all before: more than any CPU interface has list registers.
static void nested(void)
{
    group("nested", "IHI 0069 4.8 (preemption); IHI 0048 3.3");
    gic_reset();
    for (unsigned i = 0; i < NESTED; i++) {
        gic_priority(GIC_SPI + i, FIRST_PRIORITY - 0x10 * i);
        gic_enable(GIC_SPI + i);
    }
    for (unsigned i = 0; i < NESTED; i++) {
        gic_pend(GIC_SPI + i);
        if (!check("a more urgent one preempts", gic_id(gic_await(SOON_MS)), GIC_SPI + i))
            return;
    }
    check("all are active", number_active(), NESTED);
    gic_pend(GIC_SPI);
    none("a less urgent one waits", 0);
    gic_unpend(GIC_SPI);
    for (unsigned i = NESTED; i-- > 0;) {
        check("running priority", gic_running_priority(), FIRST_PRIORITY - 0x10 * i);
        gic_eoi(GIC_SPI + i);
    }
    check("none is active", number_active(), 0);
    check("idle priority", gic_running_priority(), 0xff);
    for (unsigned i = 0; i < NESTED; i++)
        gic_pend(GIC_SPI + i);
    for (unsigned i = NESTED; i-- > 0;) {
        check("in the order of urgency", gic_id(gic_await(SOON_MS)), GIC_SPI + i);
        gic_eoi(GIC_SPI + i);
    }
}

// EOImode 1: the end lowers the priority, and many of equal priority are active side by side.
static void split_end(void)
{
    group("split end", "IHI 0069 4.8, 12.2 (ICC_CTLR_EL1.EOImode, ICC_DIR_EL1); IHI 0048 4.4.1, 4.4.15 (GICC_DIR)");
    gic_reset();
    gic_split_eoi(true);
    for (unsigned i = 0; i < NESTED; i++)
        gic_enable(GIC_SPI + i);
    for (unsigned i = 0; i < NESTED; i++) {
        gic_pend(GIC_SPI + i);
        if (!check("comes while others are active", gic_id(gic_await(SOON_MS)), GIC_SPI + i))
            return;
        gic_eoi(GIC_SPI + i);
    }
    check("the end lowers the priority", gic_running_priority(), 0xff);
    check("the end leaves them active", number_active(), NESTED);
    gic_pend(GIC_SPI + 1);
    none("an active one does not come again", NOTHING_MS);
    gic_dir(GIC_SPI + 1);
    take("comes after DIR", GIC_SPI + 1);
    gic_eoi(GIC_SPI + 1);
    for (unsigned i = 0; i < NESTED; i++)
        gic_dir(GIC_SPI + i);
    check("DIR deactivates", number_active(), 0);
    for (unsigned i = 0; i < NESTED; i++) {
        gic_pend(GIC_SPI + i);
        take("comes again after DIR", GIC_SPI + i);
        gic_eoi(GIC_SPI + i);
        gic_dir(GIC_SPI + i);
    }
    check("DIR deactivates at once", number_active(), 0);
    gic_split_eoi(false);
}

// ---- what keeps interrupts away ----

// The interrupt that comes when the CPU takes any. (QEMU's GICv2 lets the acknowledge register disregard the enables.)
static unsigned taken_soon(uint64_t ms)
{
    interrupts_reset();
    irqs_on();
    wait_for(interrupts()->total, ms);
    irqs_off();
    return gic_id(interrupts()->last);
}

static void enables(void)
{
    unsigned irq = GIC_SPI + 9, ours = platform.gic_version == 3;
    group("enables", "IHI 0069 4.8, 12.9 (GICD_CTLR), 12.2 (ICC_PMR_EL1, ICC_IGRPEN1_EL1); IHI 0048 4.3.1, 4.4.1, 4.4.2");
    gic_reset();
    gic_enable(irq);
    gic_pend(irq);
    gic_forward(0);
    check("not taken with the distributor off", taken_soon(NOTHING_MS), GIC_SPURIOUS);
    check_state("pending with the distributor off", irq, true, false);
    gic_forward(ours ? 1 : 2);
    check("not taken with its group off", taken_soon(NOTHING_MS), GIC_SPURIOUS);
    gic_forward(3);
    gic_enable_group(ours, false);
    check("not taken with the interface's group off", taken_soon(NOTHING_MS), GIC_SPURIOUS);
    gic_enable_group(ours, true);
    check("signalled with all on", gic_pending_soon(irq), irq);
    gic_mask_priority(GIC_PRIORITY);
    check("not taken at the priority mask", taken_soon(NOTHING_MS), GIC_SPURIOUS);
    gic_mask_priority(GIC_PRIORITY + 8);
    check("taken above the priority mask", taken_soon(SOON_MS), irq);
}

static void priorities(void)
{
    unsigned a = GIC_SPI + 11, b = GIC_SPI + 12;
    group("priorities", "IHI 0069 4.8, 12.9 (GICD_IPRIORITYR<n>); IHI 0048 3.3, 4.3.11");
    gic_reset();
    gic_enable(a);
    gic_enable(b);
    gic_priority(a, 0x80);
    gic_priority(b, 0x90);
    check("read back", gic_priority_of(a), 0x80);
    gic_pend(b);
    gic_pend(a);
    check("the more urgent first", gic_pending_soon(a), a);
    gic_priority(b, 0x70);
    check("a pending one becomes more urgent", gic_pending_soon(b), b);
    take("and is acknowledged first", b);
    gic_eoi(b);
    take("then the other", a);
    gic_eoi(a);
}

// Moved to the other group while it is pending. A GICv2 is asked with GICC_CTLR.AckCtl: QEMU's has no GICC_AIAR.
static void groups(void)
{
    unsigned irq = GIC_SPI + 14;
    bool v3 = platform.gic_version == 3;
    group("groups", "IHI 0069 4.6, 12.9 (GICD_IGROUPR<n>); IHI 0048 4.3.4, 4.4.1, 4.4.4 (GICC_IAR)");
    gic_reset();
    gic_enable(irq);
    gic_pend(irq);
    check("pending in its first group", gic_pending_soon(irq), irq);
    gic_group(irq, !v3);
    check("the first group's register", gic_id(gic_ack()), v3 ? GIC_SPURIOUS : 1022);
    if (v3) {
        check("group 0's register", gic_id(gic_ack_group(0)), irq);
    } else {
        gic_ack_both(true);
        check("both groups' register", gic_id(gic_ack()), irq);
    }
    check_state("active in the second group", irq, false, true);
    gic_eoi_group(irq, 0);
    check_state("inactive in the second group", irq, false, false);
    if (!v3)
        return;
    gic_pend(irq);
    check("taken", taken_soon(SOON_MS), irq);
    check("group 0 is an FIQ", interrupts()->fiqs, 1);
}

// What the interface does not signal does not wake a CPU. (It may wake without reason, but not all the time.)
static void waits(void)
{
    enum { WAIT_MS = 30, FEW = 100 };
    unsigned irq = GIC_SPI + 15;
    group("waits", "Arm ARM D1, WFI wake-up events; IHI 0069 4.8; IHI 0048 3.3, 4.4.2 (GICC_PMR)");
    gic_reset();
    gic_enable(platform.vtimer_irq);
    gic_priority(platform.vtimer_irq, 0x40);
    gic_enable(irq);
    gic_mask_priority(0x80);
    gic_pend(irq);
    check("nothing is signalled", gic_id(gic_ack()), GIC_SPURIOUS);
    uint64_t due = counter() + ticks_of_ms(WAIT_MS);
    unsigned wakes = 0;
    vtimer_set(due, TIMER_ENABLE);
    for (; counter() < due; wakes++)
        wfi();
    check_true("nearly without waking", wakes < FEW);
    take("the timer", platform.vtimer_irq);
    vtimer_off();
    gic_eoi(platform.vtimer_irq);
    gic_mask_priority(0xff);
    take("and then the masked one", irq);
    gic_eoi(irq);
}

void guest_main(void)
{
    group("nothing", "IHI 0069 12.2 (ICC_IAR1_EL1); IHI 0048 4.4.4");
    none("acknowledging nothing", 0);
    for (unsigned kind = 0; kind < 3; kind++)
        life(kind);
    level();
    nested();
    split_end();
    enables();
    priorities();
    groups();
    waits();
}
