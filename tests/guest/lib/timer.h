// SPDX-License-Identifier: MIT
// The virtual and the physical timer (Arm ARM, "The Generic Timer in AArch64 state"; D19.12).
#pragma once

#include "cpu.h"

enum { TIMER_ENABLE = 1, TIMER_IMASK = 2, TIMER_ISTATUS = 4 };

static inline uint64_t vtimer_control(void)
{
    __asm__ volatile("isb" : : : "memory");
    return read_sysreg("cntv_ctl_el0");
}

static inline void vtimer_set(uint64_t deadline, uint64_t control)
{
    write_sysreg("cntv_cval_el0", deadline);
    write_sysreg("cntv_ctl_el0", control);
}

static inline void vtimer_off(void)
{
    write_sysreg("cntv_ctl_el0", 0);
}

static inline uint64_t physical_counter(void)
{
    __asm__ volatile("isb" : : : "memory");
    return read_sysreg("cntpct_el0");
}

static inline uint64_t ptimer_control(void)
{
    __asm__ volatile("isb" : : : "memory");
    return read_sysreg("cntp_ctl_el0");
}

static inline void ptimer_set(uint64_t deadline, uint64_t control)
{
    write_sysreg("cntp_cval_el0", deadline);
    write_sysreg("cntp_ctl_el0", control);
}

static inline void ptimer_off(void)
{
    write_sysreg("cntp_ctl_el0", 0);
}
