// SPDX-License-Identifier: MIT
// The console UART drivers, and output through one of them.
#include "uart_io.h"

// The section that UART_DRIVER fills; the linker scripts give these names.
extern struct uart_ops const *const __start_uart_drivers[], *const __stop_uart_drivers[];

// Status reads until a character is given up: well above one character time at 1200 baud.
#define TX_PATIENCE 1000000u

static bool string_equal(char const *a, char const *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

struct uart_ops const *uart_find(char const *compatible)
{
    for (struct uart_ops const *const *d = __start_uart_drivers; d < __stop_uart_drivers; d++)
        for (char const *const *c = (*d)->compatible; *c; c++)
            if (string_equal(*c, compatible))
                return *d;
    return 0;
}

// FNV-1a of the name: boot and kernel agree without a list of numbers.
uint32_t uart_number(struct uart_ops const *ops)
{
    uint32_t hash = 0x811c9dc5;
    for (char const *c = ops->name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x01000193;
    return hash ? hash : 1;
}

struct uart_ops const *uart_of_number(uint32_t number)
{
    for (struct uart_ops const *const *d = __start_uart_drivers; d < __stop_uart_drivers; d++)
        if (uart_number(*d) == number)
            return *d;
    return 0;
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

// False when there is no room.
static bool put(struct uart *u, char c)
{
    if (!u->ops->tx_ready(u))
        return false;
    u->ops->putc(u, c);
    return true;
}

unsigned long uart_write_some(struct uart *u, char const *s, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++) {
        if (s[i] == '\n' && !u->cr_sent && !(u->cr_sent = put(u, '\r')))
            return i;
        if (!put(u, s[i]))
            return i;
        u->cr_sent = false;
    }
    return n;
}
