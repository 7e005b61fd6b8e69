// SPDX-License-Identifier: MIT
// The generic timers and their interrupts (Arm ARM, "The Generic Timer in AArch64 state"), both timers by the same checks.
#include "lib/guest.h"

struct timer {
    char const *name;
    unsigned irq;
    void (*set)(uint64_t deadline, uint64_t control);
    uint64_t (*control)(void);
    uint64_t (*count)(void);
};

static void off(struct timer const *t)
{
    t->set(~0ull, 0);
}

static void prepare(struct timer const *t)
{
    off(t);
    gic_reset();
}

static struct timer const *current;

// Handlers switch the timer off, or its level would be there again.
static void switch_off(uint32_t iar)
{
    (void)iar;
    off(current);
}

static void use(struct timer const *t)
{
    current = t;
    prepare(t);
    gic_enable(t->irq);
    interrupts()->hook = switch_off;
}

static uint64_t after_ms(struct timer const *t, uint64_t ms)
{
    return t->count() + ticks_of_ms(ms);
}

static bool expired(struct timer const *t)
{
    return t->control() & TIMER_ISTATUS;
}

static bool taken_within(struct timer const *t, uint64_t ms)
{
    unsigned before = interrupts()->count[t->irq];
    irqs_on();
    bool taken = wait_for(interrupts()->count[t->irq] != before, ms);
    irqs_off();
    return taken;
}

// ---- the timer without its interrupt ----

static void registers(struct timer const *t)
{
    group(t->name, "Arm ARM D12.1, D12.2; D19.12 CNT*_CTL_EL0, CNT*_CVAL_EL0, CNT*_TVAL_EL0");
    prepare(t);
    check_bits("off", t->control(), 7, 0);
    t->set(0, 0);
    check_bits("off, whatever CVAL says", t->control(), 3, 0);
    t->set(0, TIMER_ENABLE | TIMER_IMASK);
    check("CVAL 0 has expired", t->control(), TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS);
    t->set(~0ull, TIMER_ENABLE | TIMER_IMASK);
    check("CVAL 2^64-1 has not", t->control(), TIMER_ENABLE | TIMER_IMASK);
    t->set(1ull << 63, TIMER_ENABLE | TIMER_IMASK);
    check("CVAL 2^63 has not", t->control(), TIMER_ENABLE | TIMER_IMASK);
    t->set(after_ms(t, 10000000), TIMER_ENABLE);
    check("far away", t->control(), TIMER_ENABLE);
    uint64_t deadline = after_ms(t, 10);
    t->set(deadline, TIMER_ENABLE | TIMER_IMASK);
    check_true("expires", wait_for(expired(t), LONG_MS));
    check_true("not too early", t->count() >= deadline);
    off(t);
}

static void values(void)
{
    group("values", "Arm ARM D12.2 (CompareValue and TimerValue views)");
    write_sysreg("cntv_ctl_el0", TIMER_IMASK);
    write_sysreg("cntv_cval_el0", 0x123456789abcdefull);
    check("CNTV_CVAL reads as written", read_sysreg("cntv_cval_el0"), 0x123456789abcdefull);
    uint64_t before = counter();
    write_sysreg("cntv_tval_el0", 1000000);
    uint64_t cval = read_sysreg("cntv_cval_el0");
    check_true("CNTV_TVAL sets CVAL", cval >= before + 1000000 && cval <= counter() + 1000000);
    write_sysreg("cntv_tval_el0", 0xffffffff); // -1
    check_true("CNTV_TVAL is signed", read_sysreg("cntv_cval_el0") < counter());
    write_sysreg("cntp_ctl_el0", TIMER_IMASK);
    write_sysreg("cntp_cval_el0", 0x123456789abcdefull);
    check("CNTP_CVAL reads as written", read_sysreg("cntp_cval_el0"), 0x123456789abcdefull);
    before = physical_counter();
    write_sysreg("cntp_tval_el0", 1000000);
    cval = read_sysreg("cntp_cval_el0");
    check_true("CNTP_TVAL sets CVAL", cval >= before + 1000000 && cval <= physical_counter() + 1000000);
    uint64_t left = read_sysreg("cntp_tval_el0");
    check_true("CNTP_TVAL reads what is left", left <= 1000000);
    uint64_t v1 = counter(), p1 = physical_counter(), v2 = counter(), p2 = physical_counter();
    check_true("counters go up", v2 > v1 && p2 > p1);
    vtimer_off();
    ptimer_off();
}

// ---- its interrupt ----

static void taken(struct timer const *t)
{
    group(t->name, "Arm ARM D12.2; IHI 0069 4.1; IHI 0048 1.4.3 (level-sensitive interrupts)");
    use(t);
    uint64_t deadline = after_ms(t, 5);
    t->set(deadline, TIMER_ENABLE);
    check_true("taken", taken_within(t, LONG_MS));
    check_true("not before its time", t->count() >= deadline);
    check("taken once when switched off", (pause_ms(NOTHING_MS), interrupts()->count[t->irq]), 1);
    t->set(0, TIMER_ENABLE);
    check_true("CVAL 0 is taken at once", taken_within(t, SOON_MS));
    t->set(~0ull, TIMER_ENABLE);
    check_true("CVAL 2^64-1 is not", !taken_within(t, NOTHING_MS));
    off(t);
    t->set(0, TIMER_ENABLE | TIMER_IMASK);
    check_true("not when masked by IMASK", !taken_within(t, NOTHING_MS));
    t->set(0, TIMER_ENABLE);
    check_true("taken when no longer masked", taken_within(t, SOON_MS));
}

// An interrupt that waits in a list register follows its line when the hypervisor looks: at an exit, as the distributor's is.
static bool withdrawn(struct timer const *t)
{
    return wait_for(!gic_is_pending(t->irq), SOON_MS) && gic_pending_soon(GIC_SPURIOUS) == GIC_SPURIOUS;
}

// The interrupt is pending as long as the timer asks, whoever looks.
static void pending(struct timer const *t)
{
    group(t->name, "Arm ARM D12.2; IHI 0069 4.1, 12.11 (GICR_ISPENDR0); IHI 0048 4.3.7");
    prepare(t);
    check("not pending", gic_is_pending(t->irq), false);
    t->set(0, TIMER_ENABLE);
    check("pending while disabled", (wait_for(gic_is_pending(t->irq), SOON_MS), gic_is_pending(t->irq)), true);
    check("not signalled while disabled", gic_highest_pending(), GIC_SPURIOUS);
    off(t);
    check("no longer pending when off", (wait_for(!gic_is_pending(t->irq), SOON_MS), gic_is_pending(t->irq)), false);
    gic_enable(t->irq);
    check("not signalled when off", gic_pending_soon(GIC_SPURIOUS), GIC_SPURIOUS);

    t->set(0, TIMER_ENABLE);
    check("signalled", gic_pending_soon(t->irq), t->irq);
    check("pending while it waits", gic_is_pending(t->irq), true);
    gic_unpend(t->irq);
    check("ICPENDR does not clear a level", gic_is_pending(t->irq), true);
    off(t);
    check("withdrawn when switched off", withdrawn(t), true);
    check("not pending when switched off", gic_is_pending(t->irq), false);
    t->set(0, TIMER_ENABLE);
    check("signalled again", gic_pending_soon(t->irq), t->irq);
    t->set(0, TIMER_ENABLE | TIMER_IMASK);
    check("withdrawn by IMASK", withdrawn(t), true);
    t->set(0, TIMER_ENABLE);
    check("signalled without IMASK", gic_pending_soon(t->irq), t->irq);
    t->set(~0ull, TIMER_ENABLE);
    check("withdrawn by a later CVAL", withdrawn(t), true);
    off(t);
}

static void active(struct timer const *t)
{
    group(t->name, "IHI 0069 4.1; IHI 0048 3.2.4 (active and pending)");
    prepare(t);
    gic_enable(t->irq);
    t->set(0, TIMER_ENABLE);
    check("acknowledged", gic_id(gic_await(SOON_MS)), t->irq);
    check("active", gic_is_active(t->irq), true);
    check("pending too while it asks", gic_is_pending(t->irq), true);
    gic_eoi(t->irq);
    check("comes again while it asks", gic_id(gic_await(SOON_MS)), t->irq);
    off(t);
    check("active when switched off", gic_is_active(t->irq), true);
    check("not pending when switched off", (wait_for(!gic_is_pending(t->irq), SOON_MS), gic_is_pending(t->irq)), false);
    gic_eoi(t->irq);
    check("does not come when switched off", gic_id(gic_await(NOTHING_MS)), GIC_SPURIOUS);
    check("inactive", gic_is_active(t->irq), false);
}

// What the distributor says goes for timers as for all others.
static void controlled(struct timer const *t)
{
    group(t->name, "IHI 0069 4.6, 12.9 (GICD_CTLR), 12.11 (GICR_ISENABLER0, GICR_IGROUPR0); IHI 0048 4.3.1, 4.3.4, 4.3.5");
    use(t);
    gic_disable(t->irq);
    t->set(0, TIMER_ENABLE);
    check_true("not taken when disabled", !taken_within(t, NOTHING_MS));
    gic_enable(t->irq);
    check_true("taken when enabled", taken_within(t, SOON_MS));
    gic_forward(0);
    t->set(0, TIMER_ENABLE);
    check_true("not taken with the distributor off", !taken_within(t, NOTHING_MS));
    gic_forward(platform.gic_version == 3 ? 1 : 2);
    check_true("not taken with its group off", !taken_within(t, NOTHING_MS));
    gic_forward(3);
    check_true("taken with the group on", taken_within(t, SOON_MS));
    gic_priority(t->irq, 0xe0);
    gic_mask_priority(0xe0);
    t->set(0, TIMER_ENABLE);
    check_true("not taken at the priority mask", !taken_within(t, NOTHING_MS));
    gic_priority(t->irq, 0x40);
    check_true("taken with a higher priority", taken_within(t, SOON_MS));
    off(t);
    if (platform.gic_version == 3) {
        gic_group(t->irq, false);
        t->set(0, TIMER_ENABLE);
        check_true("taken in group 0", taken_within(t, SOON_MS));
        check("as an FIQ", interrupts()->fiqs, 1);
    }
    off(t);
}

// ---- WFI ----

static void asleep(struct timer const *t)
{
    enum { MS = 20 };
    group(t->name, "Arm ARM D1.6 (Wait For Interrupt), D12.2");
    use(t);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t deadline = after_ms(t, MS);
        t->set(deadline, TIMER_ENABLE);
        // WFI may end for no reason, but an implementation that does so again and again spins.
        unsigned wakes = 0;
        while (!expired(t) && wakes < 1000) {
            wfi();
            wakes++;
        }
        check_true("sleeps until the deadline", t->count() >= deadline && wakes <= 20);
        check_true("the interrupt has woken it", taken_within(t, SOON_MS));
    }
}

// A timer that never expires does not wake anyone; another one does.
static void asleep_for_ever(void)
{
    group("asleep", "Arm ARM D12.2 (CompareValue is unsigned)");
    use(&(struct timer){"", platform.ptimer_irq, ptimer_set, ptimer_control, physical_counter});
    gic_enable(platform.vtimer_irq);
    vtimer_set(~0ull, TIMER_ENABLE);
    uint64_t deadline = physical_counter() + ticks_of_ms(50);
    ptimer_set(deadline, TIMER_ENABLE);
    unsigned wakes = 0;
    while (physical_counter() < deadline && wakes < 100000) {
        wfi();
        wakes++;
    }
    check_true("CNTV_CVAL 2^64-1 does not wake", wakes <= 20);
    ptimer_off();
    vtimer_off();
}

static void timer(struct timer const *t)
{
    registers(t);
    taken(t);
    pending(t);
    active(t);
    controlled(t);
    asleep(t);
}

void guest_main(void)
{
    struct timer const virtual = {"virtual timer", platform.vtimer_irq, vtimer_set, vtimer_control, counter};
    struct timer const physical = {"physical timer", platform.ptimer_irq, ptimer_set, ptimer_control, physical_counter};
    timer(&virtual);
    values();
    timer(&physical);
    asleep_for_ever();
}
