// SPDX-License-Identifier: MIT
#include "device/pl011_regs.h"

enum {
    DR = 0x00,
    RSR = 0x04,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    ID_BASE = 0xfe0,
};

enum {
    FR_RXFE = 1 << 4,
    FR_RXFF = 1 << 6,
    FR_TXFE = 1 << 7,
    INT_RX = 1 << 4,
    INT_TX = 1 << 5,
    INT_ALL = 0x7ff,
    CR_UARTEN = 1 << 0,
    CR_RXE = 1 << 9,
    CR_RESET = 0x300,
    IFLS_RESET = 0x12,
};

static uint8_t const ids[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static void update_fr(struct pl011_regs *u)
{
    uint32_t fr = FR_TXFE;
    if (!u->count)
        fr |= FR_RXFE;
    if (u->count == PL011_FIFO_SIZE)
        fr |= FR_RXFF;
    atomic_store_explicit(&u->fr, fr, memory_order_relaxed);
}

void pl011_regs_init(struct pl011_regs *u)
{
    *u = (struct pl011_regs){.cr = CR_RESET, .ifls = IFLS_RESET};
    update_fr(u);
}

static uint32_t take(struct pl011_regs *u)
{
    if (!u->count)
        return 0;
    uint32_t c = u->fifo[u->head];
    u->head = (u->head + 1) % PL011_FIFO_SIZE;
    if (--u->count == 0)
        u->ris &= ~(uint32_t)INT_RX;
    update_fr(u);
    return c;
}

uint32_t pl011_regs_read(struct pl011_regs *u, uint32_t off)
{
    switch (off) {
    case DR: return take(u);
    case PL011_FR: return atomic_load_explicit(&u->fr, memory_order_relaxed);
    case ILPR: return u->ilpr;
    case IBRD: return u->ibrd;
    case FBRD: return u->fbrd;
    case LCR_H: return u->lcr_h;
    case CR: return u->cr;
    case IFLS: return u->ifls;
    case IMSC: return u->imsc;
    case RIS: return u->ris;
    case MIS: return u->ris & u->imsc;
    case DMACR: return u->dmacr;
    default:
        return off >= ID_BASE && off < 0x1000 && !(off & 3) ? ids[(off - ID_BASE) / 4] : 0;
    }
}

int pl011_regs_write(struct pl011_regs *u, uint32_t off, uint32_t v)
{
    switch (off) {
    case DR:
        u->ris |= INT_TX; // sent already: there is room again
        return (int)(v & 0xff);
    case ILPR: u->ilpr = v & 0xff; break;
    case IBRD: u->ibrd = v & 0xffff; break;
    case FBRD: u->fbrd = v & 0x3f; break;
    case LCR_H: u->lcr_h = v & 0xff; break;
    case CR: u->cr = v & 0xff87; break;
    case IFLS: u->ifls = v & 0x3f; break;
    case IMSC: u->imsc = v & INT_ALL; break;
    case ICR:
        u->ris &= ~v;
        if (u->count)
            u->ris |= INT_RX; // still something to read
        break;
    case DMACR: u->dmacr = v & 7; break;
    default: break;
    }
    return -1;
}

bool pl011_regs_on(struct pl011_regs const *u)
{
    return (u->cr & (CR_UARTEN | CR_RXE)) == (CR_UARTEN | CR_RXE);
}

unsigned pl011_regs_room(struct pl011_regs const *u)
{
    return pl011_regs_on(u) ? PL011_FIFO_SIZE - u->count : 0;
}

void pl011_regs_receive(struct pl011_regs *u, uint8_t const *data, unsigned n)
{
    for (unsigned i = 0; i < n && u->count < PL011_FIFO_SIZE; i++)
        u->fifo[(u->head + u->count++) % PL011_FIFO_SIZE] = data[i];
    if (u->count)
        u->ris |= INT_RX;
    update_fr(u);
}
