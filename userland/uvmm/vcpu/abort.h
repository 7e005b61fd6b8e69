// SPDX-License-Identifier: MIT
// Aborts of the guest that are more than a plain access: without a syndrome (ESR_EL2, ISV), of an instruction fetch, of a
// walk of the guest's tables, and errors of the memory system. What cannot be emulated, the guest gets as the external abort
// that it would have on a machine where nothing answers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define ESR_FNV (1u << 10) // FAR is not valid
#define ESR_CM (1u << 8)   // cache maintenance, address translation
#define ESR_S1PTW (1u << 7)
#define ESR_WNR (1u << 6)
#define ESR_EXTERNAL (1u << 4) // is not set in the status of a fault of stage 2 (Arm ARM, ESR_EL2, DFSC)

// Both end the step of the guest: the instruction is emulated, or its exception injected.
void abort_data(struct vcpu *v, uint32_t esr);
void abort_fetch(struct vcpu *v, uint32_t esr);

// The A64 instruction at the pc, from the guest's memory. False: AArch32, or it cannot be found.
bool abort_instruction(struct vcpu *v, uint32_t *insn);
