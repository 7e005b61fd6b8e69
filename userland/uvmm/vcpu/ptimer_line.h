// SPDX-License-Identifier: MIT
// The physical timers of all vCPUs, with their interrupts. Guests rarely use them: nothing here runs until one does.
#pragma once

#include "vcpu/ptimer.h"

struct vcpu;

// Once, before any vCPU runs.
void ptimer_init(void);

// The timer's private interrupt. Without a call the timers have none. Before the guest runs.
void ptimer_connect(unsigned intid);

// An access of the guest. Own thread.
uint64_t ptimer_get(struct vcpu *v, enum ptimer_reg reg);
void ptimer_set(struct vcpu *v, enum ptimer_reg reg, uint64_t value);

// Back to what a CPU starts with. Own thread.
void ptimer_reset(struct vcpu *v);
