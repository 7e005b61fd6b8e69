// SPDX-License-Identifier: MIT
// What boot asks of the CPU it runs on, and the routines of start.S and el3.S.
#pragma once

#include <ashlar/boot_info.h>

#include "memory/range.h"

#define BOOT_FROM_EL3 1   // flags of boot_main(), as in start.S
#define BOOT_MISALIGNED 2 // was loaded at no page boundary; has moved, its modules are lost
#define BOOT_MMU_WAS_ON 4

_Noreturn void boot_stop(void);
_Noreturn void boot_enter_kernel(uint64_t ttbr, uint64_t entry, uint64_t boot_info);

// Calls firmware with one function number; ~0 where the instruction is undefined or unanswered.
uint64_t boot_probe_call(uint64_t function, bool hvc);

// Makes all interrupts of a GIC non-secure, after an entry at EL3. `redistributor` is the first
// frame of a region (GICv3) or the CPU interface (GICv2).
void boot_el3_open_gicv3(uint64_t distributor, uint64_t redistributor, uint64_t redistributors_end);
void boot_el3_open_gicv2(uint64_t distributor, uint64_t cpu_interface);
// CNTFRQ_EL0, which only the highest exception level may write.
void boot_el3_set_timer(uint64_t hz);
// After this SMC is undefined: the code at EL3 lies in memory that others will use.
void boot_el3_close(void);

uint64_t cpu_timer_hz(void);          // CNTFRQ_EL0
uint64_t cpu_affinity(void);          // affinity fields of MPIDR_EL1
void cpu_clean_code(struct range r);  // code or data just written, to the point of coherency
