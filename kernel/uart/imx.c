// SPDX-License-Identifier: MIT
// UART of the i.MX family (i.MX 8M Plus reference manual, chapter "Universal Asynchronous
// Receiver/Transmitter").
#include "uart_io.h"

enum {
    URXD = 0x00,
    UTXD = 0x40,
    UCR1 = 0x80,
    UCR2 = 0x84,
    UCR3 = 0x88,
    UFCR = 0x90,
    USR1 = 0x94,
    USR2 = 0x98,
    UBIR = 0xa4,
    UBMR = 0xa8,
    UTS = 0xb4,

    UCR1_UARTEN = 1 << 0,
    UCR1_RRDYEN = 1 << 9,
    UCR1_IRQS = 0xb260, // every interrupt enable
    UCR2_SRST = 1 << 0, // 0 = reset
    UCR2_RXEN = 1 << 1,
    UCR2_TXEN = 1 << 2,
    UCR2_ATEN = 1 << 3,
    UCR2_8BIT = 1 << 5,
    UCR2_IGNORE_RTS = 1 << 14,
    UCR3_RXDMUXSEL = 1 << 2, // must be set (manual)
    UFCR_TXTL_2 = 2 << 10,
    UFCR_DIV_1 = 5 << 7,
    UFCR_RXTL = 0x3f,
    UFCR_RXTL_1 = 1,
    USR1_AGTIM = 1 << 8,
    USR2_RDR = 1 << 0,
    USR2_ORE = 1 << 1,
    UTS_TXFULL = 1 << 4,
};

static void imx_init(struct uart *u)
{
    uint32_t ucr1 = uart_read32(u, UCR1) & ~(uint32_t)UCR1_IRQS;
    uint32_t ucr2 = uart_read32(u, UCR2) & ~(uint32_t)UCR2_ATEN;
    bool running = (ucr1 & UCR1_UARTEN) && (ucr2 & UCR2_TXEN) && (ucr2 & UCR2_RXEN);

    uart_write32(u, UCR1, ucr1 | UCR1_UARTEN);
    if (running) {
        uart_write32(u, UCR2, ucr2);
        return;
    }
    uart_write32(u, UCR2, UCR2_SRST | UCR2_RXEN | UCR2_TXEN | UCR2_8BIT | UCR2_IGNORE_RTS);
    uart_write32(u, UCR3, uart_read32(u, UCR3) | UCR3_RXDMUXSEL);
    if (u->clock_hz >= UART_BAUD) { // baud = clock / (16 * (UBMR + 1) / (UBIR + 1))
        uart_write32(u, UFCR, UFCR_TXTL_2 | UFCR_DIV_1 | UFCR_RXTL_1);
        uart_write32(u, UBIR, 15);
        uart_write32(u, UBMR, u->clock_hz / UART_BAUD - 1);
    }
}

static bool imx_tx_ready(struct uart *u)
{
    return !(uart_read32(u, UTS) & UTS_TXFULL);
}

static void imx_putc(struct uart *u, char c)
{
    uart_write32(u, UTXD, (unsigned char)c);
}

static int imx_getc(struct uart *u)
{
    return uart_read32(u, USR2) & USR2_RDR ? (int)(uart_read32(u, URXD) & 0xff) : -1;
}

static void imx_rx_irq_enable(struct uart *u, bool on)
{
    uint32_t ufcr = uart_read32(u, UFCR) & ~(uint32_t)UFCR_RXTL;
    uart_write32(u, UFCR, ufcr | UFCR_RXTL_1); // every character counts
    uint32_t ucr1 = uart_read32(u, UCR1) & ~(uint32_t)UCR1_RRDYEN;
    uart_write32(u, UCR1, on ? ucr1 | UCR1_RRDYEN : ucr1);
}

static void imx_rx_irq_ack(struct uart *u)
{
    uart_write32(u, USR1, USR1_AGTIM);
    uart_write32(u, USR2, USR2_ORE);
}

static char const *const compatible[] = {
    "fsl,imx6q-uart",
    "fsl,imx6ul-uart",
    "fsl,imx7d-uart",
    "fsl,imx8mp-uart",
    "fsl,imx8mq-uart",
    "fsl,imx53-uart",
    "fsl,imx21-uart",
    0,
};

UART_DRIVER(imx) = {
    .compatible = compatible,
    .name = "i.MX UART",
    .default_shift = 2,
    .default_width = 4,
    .init = imx_init,
    .tx_ready = imx_tx_ready,
    .putc = imx_putc,
    .getc = imx_getc,
    .rx_irq_enable = imx_rx_irq_enable,
    .rx_irq_ack = imx_rx_irq_ack,
};
