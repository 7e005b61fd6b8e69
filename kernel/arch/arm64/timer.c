// SPDX-License-Identifier: MIT
// Generic timer. (Arm ARM D11)
#include <arch/timer.h>
#include <arch/sysreg.h>
#include "panic.h"
#include "sched/cpu.h"

enum { US_PER_S = 1000000, TICK_US = 1000, CTL_ENABLE = 1 };

unsigned timer_irq, vtimer_irq;
uint64_t timer_hz;

void timer_init(unsigned hyp_irq, unsigned virt_irq)
{
    timer_irq = hyp_irq;
    vtimer_irq = virt_irq;
    timer_hz = sysreg_read(cntfrq_el0);
    if (!timer_hz)
        kernel_panic("timer: firmware left CNTFRQ_EL0 at zero");
}

void timer_cpu_init(void)
{
    sysreg_write(cnthctl_el2, 0); // physical counter and timer of EL1 and EL0 trap
    sysreg_write(cntvoff_el2, 0);
    sysreg_write(cnthp_ctl_el2, 0);
    sysreg_write(cntv_ctl_el0, 0);
    isb();
}

uint64_t timer_now(void)
{
    isb(); // the counter may otherwise be read before what precedes
    return sysreg_read(cntpct_el0);
}

// a * b / c without overflow in between; ~0 when the result does not fit.
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t whole = a / c, high, low;
    if (__builtin_mul_overflow(whole, b, &high) ||
        __builtin_add_overflow(high, a % c * b / c, &low))
        return ~(uint64_t)0;
    return low;
}

uint64_t timer_us_to_ticks(uint64_t us)
{
    return scale(us, timer_hz, US_PER_S);
}

uint64_t timer_ticks_to_us(uint64_t ticks)
{
    return scale(ticks, US_PER_S, timer_hz);
}

static bool tick[MAX_CPUS];

static void program(uint64_t ticks)
{
    sysreg_write(cnthp_cval_el2, ticks);
    sysreg_write(cnthp_ctl_el2, CTL_ENABLE);
}

void timer_tick(bool on)
{
    tick[this_cpu()->id] = on;
    if (!on)
        return; // a tick too many
    uint64_t next = timer_now() + timer_us_to_ticks(TICK_US);
    if (!(sysreg_read(cnthp_ctl_el2) & CTL_ENABLE) || next < sysreg_read(cnthp_cval_el2))
        program(next);
    isb();
}

void timer_set(uint64_t ticks)
{
    if (L4_UNLIKELY(tick[this_cpu()->id])) {
        uint64_t next = timer_now() + timer_us_to_ticks(TICK_US);
        ticks = next < ticks ? next : ticks;
    }
    if (ticks == ~(uint64_t)0)
        sysreg_write(cnthp_ctl_el2, 0);
    else
        program(ticks);
    isb();
}
