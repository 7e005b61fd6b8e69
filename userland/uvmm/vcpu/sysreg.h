// SPDX-License-Identifier: MIT
// System registers whose access by the guest traps.
#pragma once

#include <stdint.h>

struct vcpu;

// Emulates the MRS or MSR that esr (class 0x18) describes and steps over it, or injects an
// undefined instruction exception for a register that the guest does not have.
void sysreg_trap(struct vcpu *v, uint32_t esr);
