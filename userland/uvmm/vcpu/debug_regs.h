// SPDX-License-Identifier: MIT
// The guest's debug registers: what it reads and writes (Arm ARM D19.3), and what of it takes effect (D2). Logic alone; debug.c
// hands it to the kernel. There is no debug communications channel behind its registers.
#pragma once

#include <l4/sys/vcpu.h>
#include <stdbool.h>
#include <stdint.h>

struct debug_regs {
    l4_vcpu_debug_regs_t regs;       // as the guest wrote them
    unsigned breakpoints, watchpoints; // that it has
    uint32_t mdccint;
    uint8_t claim;
    bool os_lock, double_lock;
    bool power_request; // DBGPRCR_EL1.CORENPDRQ: the double lock has no effect
};

enum { DEBUG_STEP = 1 << 0, DEBUG_DCC_TRAP = 0x1000, DEBUG_KERNEL = 1 << 13, DEBUG_MONITOR = 1 << 15 }; // MDSCR_EL1

// ID_AA64DFR0_EL1 as the guest sees it, given the CPU's.
uint64_t debug_id(uint64_t real);

// A cold reset, on a CPU whose guest sees this ID_AA64DFR0_EL1.
void debug_reset(struct debug_regs *d, uint64_t id);

// A register's name as in its encoding, without op0, which is 2.
struct debug_name {
    uint8_t op1, crn, crm, op2;
};

// False: the guest has no such register.
bool debug_read(struct debug_regs const *d, struct debug_name name, uint64_t *value);
bool debug_write(struct debug_regs *d, struct debug_name name, uint64_t value);

// Of MDSCR_EL1, what takes effect now: nothing while a lock is held.
uint64_t debug_effective(struct debug_regs const *d);
