// SPDX-License-Identifier: MIT
// Mini UART of the BCM2835 family (BCM2711 ARM peripherals, section 2.2, with its errata).
#include "uart_io.h"

enum {
    IO = 0x00,
    IER = 0x04,
    LCR = 0x0c,
    LSR = 0x14,
    CNTL = 0x20,
    BAUD = 0x28,
    AUX_ENABLES = -0x3c, // of the block that this UART is one part of; in the same page

    AUX_ENABLES_UART = 1,
    IER_RX = 0x05, // bit 2 must be set for receive interrupts (errata)
    LCR_8BIT = 0x03,
    LSR_RX = 1,
    LSR_TX_SPACE = 0x20,
    CNTL_RX_TX = 3,
};

static void bcm2835_aux_init(struct uart *u)
{
    volatile uint32_t *enables = (volatile uint32_t *)((volatile char *)u->base + AUX_ENABLES);
    if (!(*enables & AUX_ENABLES_UART)) {
        *enables |= AUX_ENABLES_UART; // its registers are dead until then
        if (u->clock_hz)
            uart_write32(u, BAUD, u->clock_hz / 8 / UART_BAUD - 1);
    }
    uart_write32(u, IER, 0);
    if ((uart_read32(u, LCR) & LCR_8BIT) != LCR_8BIT)
        uart_write32(u, LCR, LCR_8BIT);
    if ((uart_read32(u, CNTL) & CNTL_RX_TX) != CNTL_RX_TX)
        uart_write32(u, CNTL, CNTL_RX_TX);
}

static bool bcm2835_aux_tx_ready(struct uart *u)
{
    return uart_read32(u, LSR) & LSR_TX_SPACE;
}

static void bcm2835_aux_putc(struct uart *u, char c)
{
    uart_write32(u, IO, (unsigned char)c);
}

static int bcm2835_aux_getc(struct uart *u)
{
    return uart_read32(u, LSR) & LSR_RX ? (int)(uart_read32(u, IO) & 0xff) : -1;
}

static void bcm2835_aux_rx_irq_enable(struct uart *u, bool on)
{
    uart_write32(u, IER, on ? IER_RX : 0);
}

static void bcm2835_aux_rx_irq_ack(struct uart *u)
{
    (void)u; // the interrupt goes away with the last character
}

static char const *const compatible[] = {"brcm,bcm2835-aux-uart", 0};

UART_DRIVER(bcm2835_aux) = {
    .compatible = compatible,
    .name = "BCM2835 mini UART",
    .default_shift = 2,
    .default_width = 4,
    .init = bcm2835_aux_init,
    .tx_ready = bcm2835_aux_tx_ready,
    .putc = bcm2835_aux_putc,
    .getc = bcm2835_aux_getc,
    .rx_irq_enable = bcm2835_aux_rx_irq_enable,
    .rx_irq_ack = bcm2835_aux_rx_irq_ack,
};
