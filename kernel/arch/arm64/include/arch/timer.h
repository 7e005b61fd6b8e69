// SPDX-License-Identifier: MIT
// The generic timer: the system clock and each CPU's EL2 physical timer (CNTHP).
#pragma once
#include <arch/sysreg.h>
#include <stdbool.h>
#include <stdint.h>

extern unsigned timer_irq;  // INTID of CNTHP
extern unsigned vtimer_irq; // INTID of CNTV
extern uint64_t timer_hz;   // CNTFRQ_EL0
void timer_init(unsigned hyp_irq, unsigned virt_irq);
void timer_cpu_init(void); // per CPU: CNTHCTL_EL2, CNTVOFF_EL2 = 0, CNTHP off
uint64_t timer_now(void);  // counter ticks (CNTPCT; equal to CNTVCT of normal threads)
static inline uint64_t timer_stamp(void) // the same, perhaps read some instructions early
{
    return sysreg_read(cntpct_el0);
}
uint64_t timer_us_to_ticks(uint64_t us); // saturating
uint64_t timer_ticks_to_us(uint64_t ticks);
// From now on this CPU's timer comes each millisecond at least, whatever it is set to; or no more.
void timer_tick(bool on);
void timer_set(uint64_t ticks); // interrupt at that counter value; ~0 = never
