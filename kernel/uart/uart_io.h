// SPDX-License-Identifier: MIT
// Register access of the UART drivers.
#pragma once

#include "uart.h"

// Defines the operations of a driver and enters them into the table of uart.c:
//   UART_DRIVER(pl011) = { .compatible = ..., ... };
#define UART_DRIVER(driver)                                                                       \
    static struct uart_ops const driver##_ops;                                                    \
    static struct uart_ops const *const driver##_entry                                            \
        __attribute__((used, section("uart_drivers"))) = &driver##_ops;                           \
    static struct uart_ops const driver##_ops

static inline uint32_t uart_read32(struct uart const *u, unsigned offset)
{
    return *(volatile uint32_t const *)((volatile char const *)u->base + offset);
}

static inline void uart_write32(struct uart const *u, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)u->base + offset) = value;
}
