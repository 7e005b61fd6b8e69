// SPDX-License-Identifier: MIT
// System registers whose access by the guest traps.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

// Emulates the MRS or MSR that esr (class 0x18) describes and steps over it, or injects an
// undefined instruction exception for a register that the guest does not have.
void sysreg_trap(struct vcpu *v, uint32_t esr);

// Emulates the MRC or MCR (class 0x03), resp. MRRC or MCRR (class 0x04), of coprocessor 15 at EL0. Returns whether there is
// such a register; the step is left to the caller.
bool sysreg_trap_word(struct vcpu *v, uint32_t esr);
bool sysreg_trap_pair(struct vcpu *v, uint32_t esr);
