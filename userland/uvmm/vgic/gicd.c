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
    TYPER3_A3V = 1 << 24,  // GICD_IROUTER has four affinities
    TYPER3_NO1N = 1 << 25, // no interrupt is for any CPU that likes
    TYPER3_IDBITS = 9 << 19, // 10 bits of INTID
    TYPER3_LPIS = 13 << 19 | 1 << 17 | 9 << 11, // 14 bits, and 1024 LPIs (num_LPIs)
    IIDR_ARM = 0x43b,
};

_Static_assert(VGIC_LPIS == 2 << 9, "num_LPIs");

static uint32_t typer(struct vgic const *g)
{
    uint32_t lines = g->num_banks - 1; // 32 * (lines + 1) interrupts
    if (g->version == 2)
        return lines | (g->num_cpus - 1) << 5;
    return lines | TYPER3_A3V | TYPER3_NO1N | (g->lpis ? TYPER3_LPIS : TYPER3_IDBITS);
}

// With affinity routing the private interrupts are the redistributors', and there are no targets (IHI 0069, 2.3 and 12.9).
static bool is_elsewhere(struct vgic const *g, uint32_t off)
{
    if (g->version == 2)
        return false;
    return (off < 0x400 && !(off & 0x7c)) || (off >= 0x400 && off < 0x420) || (off >= 0x800 && off < 0xc08);
}

static bool is_sgi_pending(struct vgic const *g, uint32_t off)
{
    return g->version == 2 && off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR + 16;
}

// Which CPUs' SGIs wait, in a list register as well.
static __attribute__((noinline)) uint32_t sgi_pending_read(struct vgic *g, unsigned cpu, uint32_t off)
{
    lock_acquire(&g->lock);
    vgic_take_out(g, cpu, 0, 0xfu << (off & 0xc)); // the reader is out of the guest; its registers are filled again
    uint8_t const *p = &g->cpu[cpu].sgi_from[off & 0xc];
    uint32_t v = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    vgic_changed(g, cpu, 0, 0xfu << (off & 0xc));
    lock_release(&g->lock);
    return v;
}

static uint32_t read32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off)
{
    if (off >= GICD_BLOCK && off < GICD_BLOCK_END)
        return is_elsewhere(g, off) ? 0 : vgic_block_read(g, self, cpu, off);
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
    if (is_sgi_pending(g, off))
        return sgi_pending_read(g, cpu, off);
    if (g->version == 2)
        return off == GICD2_PIDR2 ? 0x20 : 0;
    unsigned irq = (off - GICD_IROUTER) / 8;
    if (off >= GICD_IROUTER + 32 * 8 && off < GICD_IROUTER_END && irq / 32 < g->num_banks) {
        uint64_t route = g->spi[irq / 32].route[irq % 32];
        return (uint32_t)(off & 4 ? route >> 32 : route);
    }
    return off == GICD3_PIDR2 ? 0x30 : 0;
}

uint64_t gicd_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size)
{
    return vgic_read(g, cpu, cpu, (uint32_t)off & 0xffff, size, read32);
}

// GICD_IROUTER (IHI 0069, 12.9). With a route to nobody the interrupt waits.
static void route_write(struct vgic *g, unsigned self, uint32_t off, uint32_t v)
{
    unsigned irq = (off - GICD_IROUTER) / 8, bank = irq / 32, i = irq % 32;
    if (bank >= g->num_banks)
        return;
    struct vgic_bank *b = &g->spi[bank];
    vgic_own(g, self, self, bank, 1u << i);
    vgic_take_out(g, self, bank, 1u << i);
    uint64_t old = b->route[i];
    uint64_t now = off & 4 ? (old & 0xffffffffu) | (uint64_t)v << 32 : (old & ~0xffffffffull) | v;
    b->route[i] = now & 0xff00ffffffull;
    int cpu = vgic_find_cpu(g, b->route[i]);
    b->cpu[i] = cpu >= 0 ? (uint8_t)cpu : VGIC_NOBODY;
    vgic_changed(g, self, bank, 1u << i);
    vgic_disown(g, self);
}

// GICD_SGIR (IHI 0048, 4.3.15). NSATT says which group the SGI has to be of; here all is of one security state.
static void sgir_write(struct vgic *g, unsigned cpu, uint32_t v)
{
    uint32_t mask = (v >> 16) & 0xff;
    if (((v >> 24) & 3) == 1)
        mask = ~(1u << cpu);
    else if (((v >> 24) & 3) == 2)
        mask = 1u << cpu;
    else if (((v >> 24) & 3) == 3) // reserved
        mask = 0;
    vgic_send_sgi(g, cpu, v & 15, mask, VGIC_GROUP0 | VGIC_GROUP1);
}

static void sgi_pending_write(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    lock_acquire(&g->lock);
    vgic_take_out(g, cpu, 0, 0xfu << (off & 0xc));
    for (unsigned i = 0; i < 4; i++) {
        unsigned n = (off & 0xc) + i;
        uint8_t from = (uint8_t)(v >> (8 * i));
        if (!(bytes & (1u << i)))
            continue;
        if (off < GICD_SPENDSGIR)
            c->sgi_from[n] &= (uint8_t)~from;
        else
            c->sgi_from[n] |= from & (uint8_t)((1u << g->num_cpus) - 1);
        uint32_t bit = 1u << n;
        c->priv.pending = c->sgi_from[n] ? c->priv.pending | bit : c->priv.pending & ~bit;
        vgic_changed(g, cpu, 0, bit);
    }
    lock_release(&g->lock);
}

// What is not forwarded any more is taken back from all CPUs.
static void ctlr_write(struct vgic *g, unsigned self, uint32_t v)
{
    vgic_own_all(g, self);
    g->ctlr = v & CTLR_ENABLES;
    for (unsigned i = 0; i < g->num_cpus; i++) {
        struct vgic_bank *b = &g->cpu[i].priv;
        vgic_take_out(g, i, 0, ~vgic_bank_forwarded(g, b));
        vgic_timer_update(g, i);
        vgic_changed(g, i, 0, ~0u);
        g->host.kick(g->host.ctx, i); // also for the timer
    }
    for (unsigned i = 1; i < g->num_banks; i++) {
        vgic_take_out(g, 0, i, ~vgic_bank_forwarded(g, &g->spi[i]));
        vgic_changed(g, 0, i, ~0u);
    }
    vgic_lpi_forward(g);
    vgic_disown(g, self);
}

static void write32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    if (off == GICD_CTLR)
        ctlr_write(g, self, v);
    else if (off >= GICD_BLOCK && off < GICD_BLOCK_END && !is_elsewhere(g, off))
        vgic_block_write(g, self, cpu, off, v, bytes);
    else if (is_sgi_pending(g, off))
        sgi_pending_write(g, cpu, off, v, bytes);
    else if (g->version == 2 && off == GICD_SGIR)
        sgir_write(g, cpu, v);
    else if (g->version == 3 && off >= GICD_IROUTER + 32 * 8 && off < GICD_IROUTER_END)
        route_write(g, self, off, v);
}

void gicd_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t v)
{
    vgic_write((struct vgic_access){g, cpu, cpu, (uint32_t)off & 0xffff, size}, v, write32);
}
