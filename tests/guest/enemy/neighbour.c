// SPDX-License-Identifier: MIT
// A guest that proves its own life beside the enemy: each tick of its timer comes, its second CPU answers, its memory keeps
// what it was given. Command line: ms=N, how long.
#include "../lib/guest.h"

#include "argument.h"
#include "../lib/console.h"

enum {
    TICK_MS = 10,
    LOST_MS = 60000, // what has not come by then, after so many looks, is lost: emulators are slow, and may stand still
    LOST_LOOKS = 100,
    LOOK_MS = 500,
    REPORT_MS = 5000,
    ASK = 1,
    ANSWER = 2,
    PAGES = 256,
    WORDS = 512,
};

static uint64_t memory[PAGES][WORDS];
static uint64_t generation[PAGES];
static volatile uint64_t deadline, asked, asked_at, answer, worst_tick, worst_answer;
static volatile bool ticked;
static volatile uint64_t ticks;

static void fail(char const *what, uint64_t got, uint64_t wanted)
{
    put_text("neighbour: FAIL ");
    put_text(what);
    put_text(": got ");
    put_hex(got);
    put_text(" wanted ");
    put_hex(wanted);
    put_text("\n");
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

// How long something has been waited for: by the clock, and by what this CPU could do meanwhile.
struct patience {
    uint64_t since;
    unsigned looks;
};

static void patience_begin(struct patience *p)
{
    *p = (struct patience){ .since = counter() };
}

static bool patience_ends(struct patience *p)
{
    return ++p->looks > LOST_LOOKS && counter() - p->since > ticks_of_ms(LOST_MS);
}

// ---- CPU 1 ----

static void asked_for(uint32_t iar)
{
    if (gic_id(iar) == ASK) {
        answer = asked;
        barrier();
        gic_send(ANSWER, 0);
    } else if (gic_id(iar) == platform.vtimer_irq) {
        vtimer_off();
    }
}

// Answers; and looks whether the other CPU still asks.
static void serve(void *argument)
{
    uint64_t seen = 0;
    struct patience patience;
    (void)argument;
    patience_begin(&patience);
    interrupts()->hook = asked_for;
    gic_enable(ASK);
    gic_enable(platform.vtimer_irq);
    for (;;) {
        vtimer_set(counter() + ticks_of_ms(LOOK_MS), TIMER_ENABLE);
        wfi();
        irqs_on();
        irqs_off();
        if (asked != seen) {
            seen = asked;
            patience_begin(&patience);
        } else if (patience_ends(&patience)) {
            fail("CPU 0 stands still, ticks", ticks, seen);
        }
    }
}

// ---- CPU 0 ----

static void note(uint64_t volatile *worst, uint64_t since)
{
    uint64_t late = counter() - since;
    if (late > *worst)
        *worst = late;
}

static void ticked_or_answered(uint32_t iar)
{
    if (gic_id(iar) == platform.vtimer_irq) {
        if (!(vtimer_control() & TIMER_ISTATUS))
            fail("a tick before its time, timer's control", vtimer_control(), TIMER_ENABLE | TIMER_ISTATUS);
        vtimer_off();
        if (!ticked)
            note(&worst_tick, deadline);
        ticked = true;
    } else if (gic_id(iar) == ANSWER) {
        note(&worst_answer, asked_at);
    }
}

static uint64_t pattern(unsigned page, unsigned word)
{
    return (generation[page] + 1) * 0x9e3779b97f4a7c15ull ^ (uint64_t)page << 32 ^ word;
}

static void fill(unsigned page)
{
    for (unsigned i = 0; i < WORDS; i++)
        memory[page][i] = pattern(page, i);
}

static void check_page(unsigned page)
{
    for (unsigned i = 0; i < WORDS; i++)
        if (memory[page][i] != pattern(page, i))
            fail("a word of memory", memory[page][i], pattern(page, i));
    generation[page]++;
    fill(page);
}

// Sleeps until the tick has come and the question is answered. What wakes it up again and again does not depend on either.
static void wait_for_both(void)
{
    uint64_t const question = asked;
    struct patience patience;
    patience_begin(&patience);
    while (!ticked || answer != question) {
        if (patience_ends(&patience))
            fail(ticked ? "an answer" : "a tick", answer, question);
        if (ticked)
            vtimer_set(counter() + ticks_of_ms(TICK_MS), TIMER_ENABLE);
        wfi();
        irqs_on();
        irqs_off();
    }
    vtimer_off();
}

static void tick(void)
{
    ticked = false;
    asked = asked + 1;
    asked_at = counter();
    barrier();
    gic_send(ASK, 1);
    deadline = counter() + ticks_of_ms(TICK_MS);
    vtimer_set(deadline, TIMER_ENABLE);
    wait_for_both();
    check_page((unsigned)ticks % PAGES);
    ticks = ticks + 1;
}

static void report(char const *word)
{
    uint64_t us = read_sysreg("cntfrq_el0") / 1000000;
    put_text("neighbour: ");
    put_text(word);
    put_number(ticks);
    put_text(" ticks, latest ");
    put_number(worst_tick / us);
    put_text(" us, slowest answer ");
    put_number(worst_answer / us);
    put_text(" us\n");
}

void guest_main(void)
{
    uint64_t end = counter() + ticks_of_ms(argument("ms", 10000)), next = counter();
    for (unsigned i = 0; i < PAGES; i++)
        fill(i);
    if (platform.num_cpus < 2 || cpu_start(1) != PSCI_SUCCESS)
        fail("a second CPU", platform.num_cpus, 2);
    cpu_begin(1, serve, NULL);
    interrupts()->hook = ticked_or_answered;
    gic_enable(platform.vtimer_irq);
    gic_enable(ANSWER);
    while (counter() < end) {
        tick();
        if (counter() >= next) {
            report("");
            next = counter() + ticks_of_ms(REPORT_MS);
        }
    }
    report("ok ");
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}
