// SPDX-License-Identifier: MIT
// Registers of the Arm PL031 real-time clock (DDI 0224), as pure state. `now` counts seconds from any beginning on; it wraps
// as the registers do.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pl031_regs {
    uint32_t offset; // the clock less `now`
    uint32_t load;   // what was loaded last
    uint32_t match;
    bool armed;      // the clock has not been equal to `match` since that was written
    bool mask;       // 1: the interrupt may go out
    bool raw;
};

// The clock shows `time` (seconds since 1970) at `now`.
void pl031_init(struct pl031_regs *r, uint32_t time, uint32_t now);

uint32_t pl031_read(struct pl031_regs *r, uint32_t off, uint32_t now);
void pl031_write(struct pl031_regs *r, uint32_t off, uint32_t value, uint32_t now);

// The level of the interrupt.
bool pl031_irq(struct pl031_regs *r, uint32_t now);

// Seconds until the interrupt goes up by itself. False: it does not.
bool pl031_alarm(struct pl031_regs *r, uint32_t now, uint32_t *seconds);
