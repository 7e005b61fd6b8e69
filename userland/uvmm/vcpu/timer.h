// SPDX-License-Identifier: MIT
// The guest's virtual timer. Normally the kernel puts its interrupt into a list register by itself
// ("direct mode", kernel-abi 6.8); where it does not, it makes an upcall for each expiry.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define TIMER_NEVER (~0ull)
#define TIMER_EXPIRED 0ull

// Reset of the timer's configuration for vCPU v.
void timer_reset(struct vcpu *v);

// Enable, priority and group of the interrupt, from the redistributor to the vCPU area.
void timer_sync(struct vcpu *v);

// Is the timer's interrupt waiting in the kernel?
bool timer_is_pending(struct vcpu const *v);

// When it will: time of the KIP clock in us, TIMER_NEVER or TIMER_EXPIRED.
uint64_t timer_deadline(struct vcpu *v);

// Upcall: it expired and the kernel masked it.
void timer_upcall(struct vcpu *v);

// The guest finished the interrupt that an upcall raised.
void timer_end_of_interrupt(struct vcpu *v);

// Host counter and its frequency in Hz.
uint64_t timer_counter(void);
uint64_t timer_frequency(void);
