// SPDX-License-Identifier: MIT
// The guest's virtual timer. The kernel puts its interrupt into a list register by itself (vgic/timer.c).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define TIMER_NEVER (~0ull)
#define TIMER_EXPIRED 0ull

// Does the timer's interrupt wait in the kernel, and wake the guest?
bool timer_wakes(struct vcpu const *v);

// When it will, or when the guest's counter is at `until`: time of the KIP clock in us, TIMER_NEVER or TIMER_EXPIRED.
uint64_t timer_deadline(struct vcpu *v, uint64_t until);

// The sleep until a deadline is over: waits for the at most three us that are left.
void timer_wait_rest(struct vcpu const *v);

// Host counter and its frequency in Hz.
uint64_t timer_counter(void);
uint64_t timer_frequency(void);

// A time of the counter in us, rounded down; TIMER_NEVER: a century or more.
static inline uint64_t timer_us(uint64_t ticks)
{
    uint64_t freq = timer_frequency();
    if (ticks / freq > 100ull * 365 * 86400)
        return TIMER_NEVER;
    return ticks / freq * 1000000 + ticks % freq * 1000000 / freq;
}
