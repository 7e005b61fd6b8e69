// SPDX-License-Identifier: MIT
// Calls of the guest by HVC and SMC (SMC Calling Convention, DEN 0028).
#pragma once

#include <stdint.h>

struct vcpu;

enum smccc_conduit { SMCCC_HVC, SMCCC_SMC };

// Once, before the guest runs.
void smccc_init(void);

// Handles the instruction at the current pc and steps over it. imm: its immediate.
void smccc_call(struct vcpu *v, enum smccc_conduit conduit, unsigned imm);
