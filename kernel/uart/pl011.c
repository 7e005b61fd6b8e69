// SPDX-License-Identifier: MIT
// Arm PrimeCell UART PL011 (Arm DDI 0183, chapter 3).
#include "uart_io.h"

enum {
    DR = 0x00,
    FR = 0x18,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    ICR = 0x44,

    FR_BUSY = 1 << 3,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,

    LCR_H_FEN = 1 << 4,
    LCR_H_8BIT = 3 << 5,

    CR_UARTEN = 1 << 0,
    CR_TXE = 1 << 8,
    CR_RXE = 1 << 9,
    CR_RUNNING = CR_UARTEN | CR_TXE | CR_RXE,

    INT_RX = 1 << 4,
    INT_RX_TIMEOUT = 1 << 6,
};

static void pl011_set_baud(struct uart *u)
{
    // Divisor in 64ths: clock / (16 * baud) * 64, rounded. 3.3.6 "fractional baud rate register".
    uint32_t divisor = (uint32_t)((8ull * u->clock_hz / UART_BAUD + 1) / 2);
    if (!(divisor >> 6) || divisor >> 22)
        return; // the clock cannot make this rate
    uart_write32(u, IBRD, divisor >> 6);
    uart_write32(u, FBRD, divisor & 0x3f);
}

static void pl011_init(struct uart *u)
{
    uart_write32(u, IMSC, 0);
    uint32_t cr = uart_read32(u, CR);
    uint32_t lcr = uart_read32(u, LCR_H);
    if ((cr & CR_RUNNING) == CR_RUNNING && (lcr & LCR_H_FEN))
        return;

    // Line control may only change while the UART is off and idle (3.3.8).
    for (unsigned i = 0; i < 1000000 && (uart_read32(u, FR) & FR_BUSY); i++)
        ;
    uart_write32(u, CR, cr & ~(uint32_t)CR_UARTEN);
    if (!(cr & CR_UARTEN) && u->clock_hz)
        pl011_set_baud(u);
    uart_write32(u, LCR_H, LCR_H_8BIT | LCR_H_FEN);
    uart_write32(u, CR, cr | CR_RUNNING);
}

static bool pl011_tx_ready(struct uart *u)
{
    return !(uart_read32(u, FR) & FR_TXFF);
}

static void pl011_putc(struct uart *u, char c)
{
    uart_write32(u, DR, (unsigned char)c);
}

static int pl011_getc(struct uart *u)
{
    if (uart_read32(u, FR) & FR_RXFE)
        return -1;
    return (int)(uart_read32(u, DR) & 0xff);
}

static void pl011_rx_irq_enable(struct uart *u, bool on)
{
    uart_write32(u, IFLS, 0); // at 1/8 full; the time-out interrupt covers what stays below
    uart_write32(u, IMSC, on ? INT_RX | INT_RX_TIMEOUT : 0);
}

static void pl011_rx_irq_ack(struct uart *u)
{
    uart_write32(u, ICR, INT_RX | INT_RX_TIMEOUT);
}

static char const *const compatible[] = {"arm,pl011", 0};

UART_DRIVER(pl011) = {
    .compatible = compatible,
    .name = "PL011",
    .default_shift = 2,
    .default_width = 4,
    .init = pl011_init,
    .tx_ready = pl011_tx_ready,
    .putc = pl011_putc,
    .getc = pl011_getc,
    .rx_irq_enable = pl011_rx_irq_enable,
    .rx_irq_ack = pl011_rx_irq_ack,
};
