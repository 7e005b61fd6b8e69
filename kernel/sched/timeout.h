// SPDX-License-Identifier: MIT
// Timeouts: a per-CPU list sorted by expiry.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpu;

struct timeout {
    struct timeout *next, *prev;
    uint64_t when; // counter ticks
    bool queued;
};

// Queues the timeout on a CPU at `when` (counter ticks).
void timeout_add(struct cpu *cpu, struct timeout *t, uint64_t when);
void timeout_remove(struct cpu *cpu, struct timeout *t);
