// SPDX-License-Identifier: MIT
// kernel/arch/arm64/include/arch/sysreg.h for tests on the build machine: its bits, and registers that read as zero and keep
// nothing. What waits for an interrupt, what time it is, and whether a SError is pending, is up to the test.
#pragma once
#define isb machine_isb
#define dsb_sy machine_dsb_sy
#define dsb_ish machine_dsb_ish
#define dmb_ish machine_dmb_ish
#define wfi machine_wfi
#include_next <arch/sysreg.h>
#undef isb
#undef dsb_sy
#undef dsb_ish
#undef dmb_ish
#undef wfi
#undef sysreg_read
#undef sysreg_write
#undef sysreg_write_mem

#define sysreg_read(name) \
    (!__builtin_strcmp(#name, "cntpct_el0") ? timer_now() : !__builtin_strcmp(#name, "isr_el1") ? errors_pending() : 0)
#define sysreg_write(name, value) ((void)(value))
#define sysreg_write_mem(name, value) ((void)(value))

static inline void isb(void) {}
static inline void dsb_sy(void) {}
static inline void dsb_ish(void) {}
static inline void dmb_ish(void) {}
void wfi(void);
uint64_t timer_now(void);
uint64_t errors_pending(void); // ISR_A or 0
