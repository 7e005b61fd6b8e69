// SPDX-License-Identifier: MIT
// kernel/arch/arm64/include/arch/sysreg.h for tests on the build machine: system registers are memory, found by their names.
// Barriers order nothing there.
#pragma once
#include_next <arch/sysreg.h>

#undef sysreg_read
#undef sysreg_write
#undef sysreg_write_mem
#define sysreg_read(name)             (*host_sysreg(#name))
#define sysreg_write(name, value)     (*host_sysreg(#name) = (uint64_t)(value), host_sysreg_writes++)
#define sysreg_write_mem(name, value) sysreg_write(name, value)
#define isb()                         ((void)0)
#define dsb_sy()                      ((void)0)

// Where its value is; 0 at first.
uint64_t *host_sysreg(char const *name);
extern unsigned host_sysreg_writes;
