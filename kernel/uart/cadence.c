// SPDX-License-Identifier: MIT
// Cadence UART of the Zynq families (Zynq UltraScale+ Device TRM UG1085, chapter 21; registers in
// UG1087).
#include "uart_io.h"

enum {
    CR = 0x00,
    MR = 0x04,
    IER = 0x08,
    IDR = 0x0c,
    ISR = 0x14,
    BAUD_GEN = 0x18,
    RX_TRIGGER = 0x20,
    SR = 0x2c,
    FIFO = 0x30,
    BAUD_DIV = 0x34,

    CR_RX_RESET = 1 << 0,
    CR_TX_RESET = 1 << 1,
    CR_RX_ON = 1 << 2,
    CR_RX_OFF = 1 << 3,
    CR_TX_ON = 1 << 4,
    CR_TX_OFF = 1 << 5,
    MR_8N1 = 4 << 3, // no parity; 8 bits and one stop bit are 0
    IRQ_RX_TRIGGER = 1 << 0,
    IRQ_ALL = 0x1fff,
    SR_RX_EMPTY = 1 << 1,
    SR_TX_FULL = 1 << 4,
    DIVISOR = 16, // BAUD_DIV + 1
};

static void cadence_init(struct uart *u)
{
    uint32_t cr = uart_read32(u, CR);
    uart_write32(u, IDR, IRQ_ALL);
    uart_write32(u, RX_TRIGGER, 1); // every character counts
    if ((cr & CR_TX_ON) && (cr & CR_RX_ON) && !(cr & (CR_TX_OFF | CR_RX_OFF)))
        return;
    uart_write32(u, CR, CR_TX_OFF | CR_RX_OFF); // settings are for a UART that is off
    uart_write32(u, MR, MR_8N1);
    if (u->clock_hz) {
        uart_write32(u, BAUD_DIV, DIVISOR - 1);
        uart_write32(u, BAUD_GEN, (u->clock_hz / DIVISOR + UART_BAUD / 2) / UART_BAUD);
    }
    uart_write32(u, CR, CR_TX_RESET | CR_RX_RESET | CR_TX_ON | CR_RX_ON);
}

static bool cadence_tx_ready(struct uart *u)
{
    return !(uart_read32(u, SR) & SR_TX_FULL);
}

static void cadence_putc(struct uart *u, char c)
{
    uart_write32(u, FIFO, (unsigned char)c);
}

static int cadence_getc(struct uart *u)
{
    return uart_read32(u, SR) & SR_RX_EMPTY ? -1 : (int)(uart_read32(u, FIFO) & 0xff);
}

static void cadence_rx_irq_enable(struct uart *u, bool on)
{
    uart_write32(u, on ? IER : IDR, IRQ_RX_TRIGGER);
}

static void cadence_rx_irq_ack(struct uart *u)
{
    uart_write32(u, ISR, IRQ_RX_TRIGGER);
}

static char const *const compatible[] = {
    "cdns,uart-r1p8", "cdns,uart-r1p12", "xlnx,zynqmp-uart", "xlnx,xuartps", 0,
};

UART_DRIVER(cadence) = {
    .compatible = compatible,
    .name = "Cadence UART",
    .default_shift = 2,
    .default_width = 4,
    .init = cadence_init,
    .tx_ready = cadence_tx_ready,
    .putc = cadence_putc,
    .getc = cadence_getc,
    .rx_irq_enable = cadence_rx_irq_enable,
    .rx_irq_ack = cadence_rx_irq_ack,
};
