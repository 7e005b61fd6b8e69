// SPDX-License-Identifier: MIT
// Table of the console UART drivers.
#include "uart_io.h"

static struct uart_ops const *const drivers[UART_NUM_DRIVERS] = {
    [UART_PL011] = &uart_pl011_ops,
    [UART_16550] = &uart_16550_ops,
    [UART_BCM_MINI] = &uart_bcm_mini_ops,
    [UART_IMX] = &uart_imx_ops,
};

// Status reads until a character is given up: well above one character time at 1200 baud.
#define TX_PATIENCE 1000000u

struct uart_ops const *uart_ops_of(enum uart_driver driver)
{
    return (unsigned)driver < UART_NUM_DRIVERS ? drivers[driver] : 0;
}

static bool string_equal(char const *a, char const *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

enum uart_driver uart_driver_of(char const *compatible)
{
    for (unsigned d = UART_NONE + 1; d < UART_NUM_DRIVERS; d++)
        for (char const *const *c = drivers[d]->compatible; *c; c++)
            if (string_equal(*c, compatible))
                return (enum uart_driver)d;
    return UART_NONE;
}

static void put_waiting(struct uart *u, char c)
{
    for (unsigned i = 0; i < TX_PATIENCE; i++)
        if (u->ops->tx_ready(u)) {
            u->ops->putc(u, c);
            return;
        }
}

void uart_write(struct uart *u, char const *s, unsigned long n)
{
    for (; n; n--, s++) {
        if (*s == '\n')
            put_waiting(u, '\r');
        put_waiting(u, *s);
    }
}
