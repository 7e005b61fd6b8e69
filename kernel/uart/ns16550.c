// SPDX-License-Identifier: MIT
// 16550 and its many relatives (TI TL16C550D data sheet; Synopsys DW_apb_uart databook for USR).
#include "uart_io.h"

enum {
    DATA = 0, // also low divisor byte while LCR_DLAB
    IER = 1,  // also high divisor byte
    IIR = 2,  // read
    FCR = 2,  // write
    LCR = 3,
    MCR = 4,
    LSR = 5,
    DW_USR = 0x1f,

    IER_RX = 1,
    IIR_ID = 0xf,
    IIR_DW_BUSY = 7,
    IIR_FIFOS_ON = 0xc0,
    FCR_ON = 1,
    LCR_8N1 = 3,
    LCR_DLAB = 0x80,
    MCR_DTR_RTS_OUT2 = 0x0b, // OUT2 gates the interrupt line on PC style chips
    LSR_RX = 1,
    LSR_THR_EMPTY = 0x20,
    LSR_ALL_SENT = 0x40,
};

static unsigned reg_read(struct uart *u, unsigned reg)
{
    volatile char *a = (volatile char *)u->base + ((uintptr_t)reg << u->reg_shift);
    switch (u->reg_width) {
    case 4: return *(volatile uint32_t *)a & 0xff;
    case 2: return *(volatile uint16_t *)a & 0xff;
    default: return *(volatile uint8_t *)a;
    }
}

static void reg_write(struct uart *u, unsigned reg, unsigned value)
{
    volatile char *a = (volatile char *)u->base + ((uintptr_t)reg << u->reg_shift);
    switch (u->reg_width) {
    case 4: *(volatile uint32_t *)a = value; break;
    case 2: *(volatile uint16_t *)a = (uint16_t)value; break;
    default: *(volatile uint8_t *)a = (uint8_t)value; break;
    }
}

// Sets the baud rate if nobody has: a divisor of zero is what reset leaves behind.
static void ns16550_set_baud(struct uart *u)
{
    reg_write(u, LCR, LCR_8N1 | LCR_DLAB);
    if (!reg_read(u, DATA) && !reg_read(u, IER)) {
        unsigned divisor = (u->clock_hz / 8 / UART_BAUD + 1) / 2;
        reg_write(u, DATA, divisor & 0xff);
        reg_write(u, IER, divisor >> 8 & 0xff);
    }
    reg_write(u, LCR, LCR_8N1);
}

static void ns16550_init(struct uart *u)
{
    reg_write(u, IER, 0);
    bool fifos = (reg_read(u, IIR) & IIR_FIFOS_ON) == IIR_FIFOS_ON;
    if (!fifos || reg_read(u, LCR) != LCR_8N1) {
        // A Synopsys UART ignores writes to LCR while it is sending.
        for (unsigned i = 0; i < 1000000 && !(reg_read(u, LSR) & LSR_ALL_SENT); i++)
            ;
        if (u->clock_hz)
            ns16550_set_baud(u);
        else
            reg_write(u, LCR, LCR_8N1);
        if (!fifos)
            reg_write(u, FCR, FCR_ON);
    }
    reg_write(u, MCR, MCR_DTR_RTS_OUT2);
}

static bool ns16550_tx_ready(struct uart *u)
{
    return reg_read(u, LSR) & LSR_THR_EMPTY;
}

static void ns16550_putc(struct uart *u, char c)
{
    reg_write(u, DATA, (unsigned char)c);
}

static int ns16550_getc(struct uart *u)
{
    return reg_read(u, LSR) & LSR_RX ? (int)reg_read(u, DATA) : -1;
}

static void ns16550_rx_irq_enable(struct uart *u, bool on)
{
    reg_write(u, IER, on ? IER_RX : 0);
}

static void ns16550_rx_irq_ack(struct uart *u)
{
    // Reading IIR acknowledges; the "busy" interrupt of Synopsys parts goes by reading USR.
    if ((reg_read(u, IIR) & IIR_ID) == IIR_DW_BUSY)
        reg_read(u, DW_USR);
}

static char const *const compatible[] = {
    "ns16550a",
    "ns16550",
    "ns16450",
    "ns8250",
    "ns16850",
    "snps,dw-apb-uart",
    "nvidia,tegra20-uart",
    "marvell,armada-38x-uart",
    "mediatek,mt6577-uart",
    "ti,am654-uart",
    "ti,am64-uart",
    0,
};

UART_DRIVER(ns16550) = {
    .compatible = compatible,
    .name = "16550",
    .default_shift = 0,
    .default_width = 1,
    .init = ns16550_init,
    .tx_ready = ns16550_tx_ready,
    .putc = ns16550_putc,
    .getc = ns16550_getc,
    .rx_irq_enable = ns16550_rx_irq_enable,
    .rx_irq_ack = ns16550_rx_irq_ack,
};
