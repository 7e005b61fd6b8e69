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
    group(t->name, "Arm ARM D19.12 CNT*_CTL_EL0, CNT*_CVAL_EL0, CNT*_TVAL_EL0");
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
    group("values", "Arm ARM D19.12 CNTV_CVAL_EL0, CNTV_TVAL_EL0, CNTP_CVAL_EL0, CNTP_TVAL_EL0");
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
    enum { LONG_TIME = 1 << 30 }; // however long an emulator stands still between two instructions
    before = physical_counter();
    write_sysreg("cntp_tval_el0", LONG_TIME);
    cval = read_sysreg("cntp_cval_el0");
    check_true("CNTP_TVAL sets CVAL", cval >= before + LONG_TIME && cval <= physical_counter() + LONG_TIME);
    uint64_t left = read_sysreg("cntp_tval_el0");
    check_true("CNTP_TVAL reads what is left", left <= LONG_TIME);
    uint64_t v1 = counter(), p1 = physical_counter(), v2 = counter(), p2 = physical_counter();
    check_true("counters go up", v2 > v1 && p2 > p1);
    vtimer_off();
    ptimer_off();
}

// ---- its interrupt ----

static void taken(struct timer const *t)
{
    group(t->name, "Arm ARM D19.12 CNTV_CTL_EL0; IHI 0069 4.1; IHI 0048 3.2.4 (level-sensitive interrupts)");
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
    group(t->name, "Arm ARM D19.12 CNTV_CTL_EL0; IHI 0069 4.1, 12.11 (GICR_ISPENDR0); IHI 0048 4.3.7");
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
    group(t->name, "Arm ARM D1, WFI wake-up events; D19.12 CNTV_CTL_EL0");
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
    group("asleep", "Arm ARM D19.12 CNTV_CVAL_EL0");
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

// ---- another CPU ----

struct result {
    bool early, many, taken;
};

// On CPU 1, while CPU 0 has a timer of its own.
static void sleep_job(void *argument)
{
    enum { MS = 20 };
    struct result *r = argument;
    gic_init_cpu();
    interrupts_reset();
    gic_enable(platform.ptimer_irq);
    uint64_t deadline = physical_counter() + ticks_of_ms(MS);
    ptimer_set(deadline, TIMER_ENABLE);
    unsigned wakes = 0;
    while (!(ptimer_control() & TIMER_ISTATUS) && wakes < 1000) {
        wfi();
        wakes++;
    }
    r->early = physical_counter() < deadline;
    r->many = wakes > 20;
    r->taken = gic_id(gic_await(SOON_MS)) == platform.ptimer_irq;
    ptimer_off();
    gic_eoi(platform.ptimer_irq);
}

static void leave_on_job(void *argument)
{
    (void)argument;
    ptimer_set(0, TIMER_ENABLE);
}

static void control_job(void *argument)
{
    *(uint64_t *)argument = ptimer_control();
}

static void at_other(struct timer const *t)
{
    struct result r = {0};
    uint64_t control = ~0ull;
    group("another CPU", "Arm ARM D19.12 CNTP_CTL_EL0 (reset)");
    use(t);
    if (cpu_start(1) != PSCI_SUCCESS) {
        skip("another CPU", "there is none");
        return;
    }
    t->set(after_ms(t, 10), TIMER_ENABLE);
    cpu_begin(1, sleep_job, &r);
    check_true("taken here", taken_within(t, LONG_MS));
    check_true("the other has ended", wait_for(cpu_done(1), LONG_MS));
    check_true("it slept until the deadline", !r.early && !r.many);
    check_true("taken there", r.taken);
    check("not here", interrupts()->count[t->irq], 1);
    check_true("left on", cpu_run(1, leave_on_job, NULL));
    check_true("switched off", cpu_stop(1));
    check_true("switched on", cpu_start(1) == PSCI_SUCCESS);
    check_true("asked", cpu_run(1, control_job, &control));
    check_bits("the timer is off then", control, TIMER_ENABLE, 0);
}

// ---- EL0 ----

enum { STACK_SIZE = 1024 };
enum { EL0PCTEN = 1 << 0, EL0PTEN = 1 << 9 }; // CNTKCTL_EL1

static uint8_t el0_stack[STACK_SIZE] __attribute__((aligned(16)));

// Code of EL0, which ends by an exception.
#define EL0_CODE(name, text)                                                                       \
    __asm__(".text\n.balign 8\n" #name ":\n" text "\nsvc #0\n.balign 8\n");                      \
    extern char const name[]

EL0_CODE(read_count, "mrs x0, cntpct_el0");
EL0_CODE(read_ctl, "mrs x0, cntp_ctl_el0");
EL0_CODE(read_cval, "mrs x0, cntp_cval_el0");
EL0_CODE(read_tval, "mrs x0, cntp_tval_el0");
EL0_CODE(write_cval, "msr cntp_cval_el0, x0");
EL0_CODE(write_ctl, "msr cntp_ctl_el0, x0");

static uint64_t run(void const *code, uint64_t spsr, uint64_t argument)
{
    el0_run(code, spsr, (uintptr_t)el0_stack + STACK_SIZE, argument);
    return caught()->x[0];
}

// Rt is 0, op0 3, op1 3, CRn 14.
static void denied(char const *name, char const *code, unsigned crm, unsigned op2, bool read)
{
    run(code, SPSR_EL0, 0);
    uint32_t iss = 3u << 20 | op2 << 17 | 3u << 14 | 14u << 10 | crm << 1 | read;
    check(name, caught()->esr, (uint64_t)EC_SYSREG << 26 | ESR_IL | iss);
    check("at its address", caught()->elr, (uintptr_t)code);
}

static void permitted(char const *name, char const *code)
{
    run(code, SPSR_EL0, 0);
    check(name, class_of(caught()), EC_SVC);
}

static void at_el0(void)
{
    group("EL0", "Arm ARM D19.12 CNTKCTL_EL1, CNTPCT_EL0, CNTP_*_EL0");
    ptimer_off();
    write_sysreg("cntkctl_el1", 0);
    denied("CNTPCT denied", read_count, 0, 1, true);
    denied("CNTP_TVAL denied", read_tval, 2, 0, true);
    denied("CNTP_CTL denied", read_ctl, 2, 1, true);
    denied("CNTP_CVAL denied", read_cval, 2, 2, true);
    denied("write of CNTP_CVAL denied", write_cval, 2, 2, false);
    write_sysreg("cntkctl_el1", EL0PCTEN);
    permitted("CNTPCT permitted", read_count);
    denied("CNTP_CTL still denied", read_ctl, 2, 1, true);
    write_sysreg("cntkctl_el1", EL0PTEN);
    permitted("CNTP_TVAL permitted", read_tval);
    denied("CNTPCT denied again", read_count, 0, 1, true);
    ptimer_set(0x123456789abcdef, TIMER_IMASK);
    check("EL0 reads CNTP_CVAL", run(read_cval, SPSR_EL0, 0), 0x123456789abcdef);
    check("EL0 reads CNTP_CTL", run(read_ctl, SPSR_EL0, 0), TIMER_IMASK);
    run(write_cval, SPSR_EL0, 0x7654);
    run(write_ctl, SPSR_EL0, TIMER_ENABLE | TIMER_IMASK);
    check("EL0 writes CNTP_CVAL", read_sysreg("cntp_cval_el0"), 0x7654);
    check("EL0 writes CNTP_CTL", ptimer_control(), TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS);
    ptimer_off();
    write_sysreg("cntkctl_el1", 0);
}

// A32 and T32 code as data: this is an A64 assembler.
static uint32_t const arm_ctl[] = {0xee1e0f32, 0xef000000};                    // mrc p15, 0, r0, c14, c2, 1; svc #0
static uint32_t const arm_tval[] = {0xee1e0f12, 0xef000000};                   // mrc p15, 0, r0, c14, c2, 0
static uint32_t const arm_cval[] = {0xec510f2e, 0xef000000};                   // mrrc p15, 2, r0, r1, c14
static uint32_t const arm_count[] = {0xec510f0e, 0xef000000};                  // mrrc p15, 0, r0, r1, c14
static uint32_t const arm_write_cval[] = {0xe3a01012, 0xec410f2e, 0xef000000}; // mov r1, #0x12; mcrr p15, 2, r0, r1, c14
static uint32_t const arm_write_ctl[] = {0xee0e0f32, 0xef000000};              // mcr p15, 0, r0, c14, c2, 1
static uint32_t const arm_never_ctl[] = {0x0e1e0f32, 0xef000000};              // mrceq p15, 0, r0, c14, c2, 1
static uint16_t const thumb_ctl[] __attribute__((aligned(4))) = {0xee1e, 0x0f32, 0xdf00};

static void at_el0_32(void)
{
    group("AArch32 EL0", "Arm ARM: CNTPCT, CNTP_CTL, CNTP_CVAL, CNTP_TVAL of AArch32; D19.2 ESR_EL1 EC 0x03, 0x04");
    if ((read_sysreg("id_aa64pfr0_el1") & 15) != 2) {
        skip("AArch32", "this CPU has none");
        return;
    }
    ptimer_set(0xfedcba9876543210, TIMER_IMASK);
    run(arm_ctl, SPSR_USER32, 0);
    check("CNTP_CTL denied", class_of(caught()), 3);
    run(arm_cval, SPSR_USER32, 0);
    check("CNTP_CVAL denied", class_of(caught()), 4);
    write_sysreg("cntkctl_el1", EL0PCTEN | EL0PTEN);
    check("CNTP_CTL", run(arm_ctl, SPSR_USER32, 0), TIMER_IMASK);
    check("CNTP_CTL of T32", run(thumb_ctl, SPSR_USER32 | SPSR_THUMB, 0), TIMER_IMASK);
    check("behind it", caught()->elr, (uintptr_t)thumb_ctl + sizeof(thumb_ctl));
    check("not when its condition fails", run(arm_never_ctl, SPSR_USER32, 77), 77);
    check("CNTP_CVAL, low", run(arm_cval, SPSR_USER32, 0), 0x76543210);
    check("CNTP_CVAL, high", caught()->x[1], 0xfedcba98);
    run(arm_write_cval, SPSR_USER32, 0x3456789a);
    check("CNTP_CVAL written", read_sysreg("cntp_cval_el0"), 0x123456789a);
    run(arm_write_ctl, SPSR_USER32, TIMER_ENABLE | TIMER_IMASK);
    check_bits("CNTP_CTL written", ptimer_control(), 3, TIMER_ENABLE | TIMER_IMASK);
    uint64_t before = physical_counter();
    uint64_t low = run(arm_count, SPSR_USER32, 0), now = caught()->x[1] << 32 | low;
    check_true("CNTPCT", now >= before && now <= physical_counter());
    write_sysreg("cntp_cval_el0", now);
    uint32_t left = (uint32_t)run(arm_tval, SPSR_USER32, 0);
    check_true("CNTP_TVAL is signed", (int32_t)left < 0);
    ptimer_off();
    write_sysreg("cntkctl_el1", 0);
}

void guest_main(void)
{
    struct timer const virtual = {"virtual timer", platform.vtimer_irq, vtimer_set, vtimer_control, counter};
    struct timer const physical = {"physical timer", platform.ptimer_irq, ptimer_set, ptimer_control, physical_counter};
    timer(&virtual);
    values();
    timer(&physical);
    asleep_for_ever();
    at_other(&physical);
    at_el0();
    at_el0_32();
}
