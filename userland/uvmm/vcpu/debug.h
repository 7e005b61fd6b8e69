// SPDX-License-Identifier: MIT
// Self-hosted debug of a vCPU's guest: its registers trap, what they ask for the kernel puts into the CPU, and the guest takes
// its debug exceptions without us.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

// A reset of the vCPU. Own thread.
void vcpu_debug_reset(struct vcpu *v);

// Emulates an access to a system register with op0 = 2 (reg: op0, op1, CRn, CRm, op2 as in MRS, 16 bits). False: there is no
// such register. Own thread.
bool vcpu_debug_access(struct vcpu *v, unsigned reg, bool read, uint64_t *value);

// As vcpu_exit(), for a guest that steps itself: an instruction that was emulated is a step done, its exception due (Arm ARM
// D2.10; ESR_ELx, ISS encoding of an exception from a Software Step). Own thread.
void vcpu_exit_stepping(struct vcpu *v);
