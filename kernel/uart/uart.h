// SPDX-License-Identifier: MIT
// Console UARTs, used by boot and kernel. Drivers are tables of functions, one file each, which no
// other file names (UART_DRIVER in uart_io.h); a driver is found by the compatible strings of the
// device tree (boot) or by its number (kernel).
// Freestanding: needs no libc, no kernel header. No function blocks except where it says so.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define UART_BAUD 115200u // set by init where firmware left the UART off and clock_hz is known

struct uart_ops;

struct uart {
    volatile void *base;   // mapped registers
    unsigned reg_shift;    // log2 of the distance between registers (16550 only)
    unsigned reg_width;    // bytes of a register access: 1, 2 or 4 (16550 only)
    unsigned clock_hz;     // input clock, 0 = unknown: the baud rate is left alone
    struct uart_ops const *ops;
    bool cr_sent;          // of a '\n' that has to wait for room
};

struct uart_ops {
    char const *const *compatible; // NULL terminated
    char const *name;
    unsigned default_shift, default_width; // when the device tree gives none

    // Makes the UART send and receive (8N1, FIFOs on, no interrupts), also when firmware left it
    // off. What firmware has set up stays as it is and no character in flight is lost; may be
    // called again.
    void (*init)(struct uart *u);
    bool (*tx_ready)(struct uart *u);          // room for a character
    void (*putc)(struct uart *u, char c);      // only when tx_ready(); does not wait, adds no CR
    int (*getc)(struct uart *u);               // next received character, -1: none
    void (*rx_irq_enable)(struct uart *u, bool on); // interrupt while characters wait
    // Acknowledges the receive interrupt; call it before reading until getc() gives -1.
    void (*rx_irq_ack)(struct uart *u);
};

// Driver for one compatible string; NULL if no driver knows it.
struct uart_ops const *uart_find(char const *compatible);

// The number by which boot tells the kernel which driver to use: made from its name, never 0.
uint32_t uart_number(struct uart_ops const *ops);

// The driver with that number; NULL if there is none.
struct uart_ops const *uart_of_number(uint32_t number);

// Sends as many of n bytes, each '\n' preceded by '\r', as there is room for now, without waiting. Returns how many.
unsigned long uart_write_some(struct uart *u, char const *s, unsigned long n);

// Sends n bytes, each '\n' preceded by '\r'. Waits for room, but gives up on a character when the
// UART makes no progress for a long time, so that a dead line cannot hang the system.
void uart_write(struct uart *u, char const *s, unsigned long n);
