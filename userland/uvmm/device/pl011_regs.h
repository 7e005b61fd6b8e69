// SPDX-License-Identifier: MIT
// Registers of the Arm PL011 UART (DDI 0183), as pure state. Sending takes no time here; what was
// received waits in a FIFO.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PL011_FIFO_SIZE 64 // deeper than the real one: the guest cannot tell

struct pl011_regs {
    atomic_uint fr; // flag register, kept ready: polling it is the guest's most frequent access
    uint8_t fifo[PL011_FIFO_SIZE];
    unsigned head, count;
    uint32_t cr, lcr_h, ibrd, fbrd, ifls, imsc, ris, ilpr, dmacr;
};

enum { PL011_FR = 0x18 };

void pl011_regs_init(struct pl011_regs *u);

uint32_t pl011_regs_read(struct pl011_regs *u, uint32_t off);

// Returns the character to send (0..255), or -1.
int pl011_regs_write(struct pl011_regs *u, uint32_t off, uint32_t value);

// Are UART and receiver switched on?
bool pl011_regs_on(struct pl011_regs const *u);

// Bytes that pl011_regs_receive takes now; 0 while the receiver is off.
unsigned pl011_regs_room(struct pl011_regs const *u);

// Puts n <= room bytes into the FIFO.
void pl011_regs_receive(struct pl011_regs *u, uint8_t const *data, unsigned n);

// Level of the interrupt output.
static inline bool pl011_regs_irq(struct pl011_regs const *u)
{
    return (u->ris & u->imsc) != 0;
}
