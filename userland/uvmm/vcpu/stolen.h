// SPDX-License-Identifier: MIT
// Stolen time for guests (DEN 0057, "Paravirtualized time for Arm-based systems"): a page beyond all that the guest has, for
// reading, with a structure for each vCPU. A guest that asks for it costs an exit each time that it loses its CPU.
#pragma once

#include "vcpu/vcpu.h"

struct vm;

// Once, when RAM and devices have their places. Without room for the page nothing is offered.
void stolen_init(struct vm *m);

// PV_TIME_FEATURES for the function `fn`: 0, or -1, not supported.
int stolen_features(uint32_t fn);

// PV_TIME_ST: guest physical address of the vCPU's structure, which is kept up to date from now on; or -1. Own thread.
int64_t stolen_start(struct vcpu *v);

// Brings the structure up to date. Own thread, of a vCPU with v->stolen_shown.
void stolen_update(struct vcpu *v);

// The vCPU has slept since `since`; with a deadline, or TIMER_NEVER. The same.
void stolen_slept(struct vcpu *v, uint64_t since, uint64_t deadline);
