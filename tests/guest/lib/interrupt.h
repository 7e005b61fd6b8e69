// SPDX-License-Identifier: MIT
// Interrupts that are taken as exceptions; tests that keep them masked acknowledge with gic_ack().
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What the handler does behind the hook: end the interrupt, or leave that to the test.
enum interrupt_end { INTERRUPT_END, INTERRUPT_KEEP };

struct interrupts {
    void (*volatile hook)(uint32_t iar); // of this CPU, NULL: none
    volatile enum interrupt_end end;
    volatile unsigned total, spurious, fiqs;
    volatile uint32_t last; // what the acknowledge register gave
    volatile uint16_t count[1024];
};

// Forgets what was counted on this CPU, and the hook.
void interrupts_reset(void);
struct interrupts *interrupts(void);
void interrupt_taken(bool fiq);
