// SPDX-License-Identifier: MIT
// Registers of the Arm SP805 watchdog (DDI 0270), as pure state. `now` counts the ticks of its clock from any beginning on.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SP805_NEVER (~0ull)

struct sp805_regs {
    uint32_t load;
    uint32_t control;  // INTEN, which lets it count, and RESEN
    uint32_t value;    // of the counter, while it stands
    uint64_t end;      // when it will be 0, while it counts
    bool raw;          // it has been 0
    bool locked;
};

void sp805_init(struct sp805_regs *r);

uint32_t sp805_read(struct sp805_regs *r, uint32_t off, uint64_t now);
void sp805_write(struct sp805_regs *r, uint32_t off, uint32_t value, uint64_t now);

// The level of the interrupt.
bool sp805_irq(struct sp805_regs *r, uint64_t now);

// Is it so late that the system is to be reset?
bool sp805_reset(struct sp805_regs *r, uint64_t now);

// When one of the two changes by itself. SP805_NEVER: they do not.
uint64_t sp805_deadline(struct sp805_regs *r, uint64_t now);
