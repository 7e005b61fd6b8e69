// SPDX-License-Identifier: MIT
// Register access of the UART drivers.
#pragma once

#include "uart.h"

extern struct uart_ops const uart_pl011_ops, uart_16550_ops, uart_bcm_mini_ops, uart_imx_ops;

static inline uint32_t uart_read32(struct uart const *u, unsigned offset)
{
    return *(volatile uint32_t const *)((volatile char const *)u->base + offset);
}

static inline void uart_write32(struct uart const *u, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)u->base + offset) = value;
}
