// SPDX-License-Identifier: MIT
// The distributor's registers (IHI 0069 section 12.9; IHI 0048 section 4.3).
#include "vgic/access.h"

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IIDR = 0x008,
    GICD_BLOCK = 0x080,
    GICD_BLOCK_END = 0xd00,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    GICD2_PIDR2 = 0xfe8,
    GICD_IROUTER = 0x6000,
    GICD_IROUTER_END = 0x8000,
    GICD3_PIDR2 = 0xffe8,
};

enum {
    CTLR_ENABLES = 3,
    CTLR_ARE_DS = 0x50,           // affinity routing, one security state
    TYPER_LINES = 31,             // 32 * (31 + 1) interrupts
    TYPER3_NO1N_IDBITS = 9 << 19 | 1 << 25,
    IIDR_ARM = 0x43b,
};

static uint32_t typer(struct vgic const *g)
{
    if (g->version == 2)
        return TYPER_LINES | (g->num_cpus - 1) << 5;
    return TYPER_LINES | TYPER3_NO1N_IDBITS;
}

static uint32_t read32(struct vgic *g, unsigned cpu, uint32_t off)
{
    if (off >= GICD_BLOCK && off < GICD_BLOCK_END)
        return vgic_block_read(g, cpu, off);
    switch (off) {
    case GICD_CTLR:
        return g->version == 2 ? g->ctlr : g->ctlr | CTLR_ARE_DS;
    case GICD_TYPER:
        return typer(g);
    case GICD_IIDR:
        return IIDR_ARM;
    default:
        break;
    }
    if (g->version == 2) {
        if (off == GICD2_PIDR2)
            return 0x20;
        if (off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR + 16) {
            uint8_t const *p = &g->cpu[cpu].sgi_from[off & 0xc];
            return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        }
        return 0;
    }
    if (off >= GICD_IROUTER && off < GICD_IROUTER_END) {
        unsigned irq = (off - GICD_IROUTER) / 8;
        uint64_t route = irq >= 32 ? g->spi[irq / 32].route[irq % 32] : 0;
        return (uint32_t)(off & 4 ? route >> 32 : route);
    }
    return off == GICD3_PIDR2 ? 0x30 : 0;
}

uint64_t gicd_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size)
{
    return vgic_read(g, cpu, (uint32_t)off & 0xffff, size, read32);
}

static void route_write(struct vgic *g, unsigned irq, uint64_t route)
{
    struct vgic_bank *b = &g->spi[irq / 32];
    unsigned i = irq % 32;
    b->route[i] = route & 0xff80ffffffull;
    int cpu = route & (1ull << 31) ? 0 : vgic_find_cpu(g, route & 0xff00ffffffull);
    if (cpu >= 0)
        b->cpu[i] = (uint8_t)cpu;
    vgic_changed(g, 0, irq / 32, 1u << i);
}

// GICD_SGIR (IHI 0048, 4.3.15): outside the lock, as vgic_send_sgi takes it.
static void sgir_write(struct vgic *g, unsigned cpu, uint32_t v)
{
    uint32_t mask = (v >> 16) & 0xff;
    if (((v >> 24) & 3) == 1)
        mask = ~(1u << cpu);
    else if (((v >> 24) & 3) == 2)
        mask = 1u << cpu;
    vgic_send_sgi(g, cpu, v & 15, mask);
}

static void sgi_pending_write(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v,
                              uint32_t bytes)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    for (unsigned i = 0; i < 4; i++) {
        unsigned n = (off & 0xc) + i;
        uint8_t from = (uint8_t)(v >> (8 * i));
        if (!(bytes & (1u << i)))
            continue;
        if (off < GICD_SPENDSGIR)
            c->sgi_from[n] &= (uint8_t)~from;
        else
            c->sgi_from[n] |= from;
        uint32_t bit = 1u << n;
        c->priv.pending = c->sgi_from[n] ? c->priv.pending | bit : c->priv.pending & ~bit;
        vgic_changed(g, cpu, 0, bit);
    }
}

static void all_changed(struct vgic *g)
{
    for (unsigned i = 0; i < g->num_cpus; i++)
        vgic_changed(g, i, 0, ~0u);
    for (unsigned i = 1; i < VGIC_NUM_BANKS; i++)
        vgic_changed(g, 0, i, ~0u);
}

static void write32(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    if (off == GICD_CTLR) {
        g->ctlr = v & CTLR_ENABLES;
        all_changed(g);
    } else if (off >= GICD_BLOCK && off < GICD_BLOCK_END) {
        bool private_alias = g->version == 3 && // bank 0 is in the redistributor
                             ((off < 0x400 && !(off & 0x7c)) || (off >= 0x400 && off < 0x420) ||
                              (off >= 0xc00 && off < 0xc08));
        if (!private_alias)
            vgic_block_write(g, cpu, off, v, bytes);
    } else if (g->version == 2 && off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR + 16) {
        sgi_pending_write(g, cpu, off, v, bytes);
    } else if (g->version == 3 && off >= GICD_IROUTER + 32 * 8 && off < GICD_IROUTER_END) {
        unsigned irq = (off - GICD_IROUTER) / 8;
        uint64_t old = g->spi[irq / 32].route[irq % 32];
        uint64_t now = off & 4 ? (old & 0xffffffffu) | (uint64_t)v << 32
                               : (old & ~0xffffffffull) | v;
        route_write(g, irq, now);
    }
}

void gicd_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t v)
{
    uint32_t o = (uint32_t)off & 0xffff;
    if (g->version == 2 && (o & ~3u) == GICD_SGIR) {
        sgir_write(g, cpu, (uint32_t)v);
        return;
    }
    vgic_write(g, cpu, o, size, v, write32);
}
