// SPDX-License-Identifier: MIT
// The register block 0x080 .. 0xcff that the distributor and each redistributor's SGI frame share
// (IHI 0069 table 12-25, IHI 0048 table 4-1). One 32-bit register is 32, 4 or 16 interrupts.
#include "vgic/vgic.h"

enum {
    IGROUPR = 0x080,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    ICFGR = 0xc00,
    BLOCK_END = 0xd00,
};

static uint32_t config_read(struct vgic_bank const *b, unsigned half)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 16; i++)
        v |= ((b->edge >> (half * 16 + i)) & 1u) << (2 * i + 1);
    return v;
}

static uint32_t bytes_read(uint8_t const *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t vgic_block_read(struct vgic *g, unsigned cpu, uint32_t off)
{
    if (off >= IPRIORITYR) {
        if (off < ITARGETSR) {
            unsigned irq = off - IPRIORITYR;
            return bytes_read(&vgic_bank_of(g, cpu, irq / 32)->prio[irq % 32 & ~3u]);
        }
        if (off < ICFGR) {
            unsigned irq = off - ITARGETSR;
            return g->version == 2 ? bytes_read(&vgic_bank_of(g, cpu,
                                                              irq / 32)->targets[irq % 32 & ~3u])
                                   : 0;
        }
        if (off >= BLOCK_END)
            return 0;
        unsigned n = (off - ICFGR) / 4;
        return config_read(vgic_bank_of(g, cpu, n / 2), n % 2);
    }
    struct vgic_bank const *b = vgic_bank_of(g, cpu, (off & 0x7f) / 4);
    switch (off & ~0x7fu) {
    case IGROUPR:
        return b->group;
    case ISENABLER:
    case ICENABLER:
        return b->enabled;
    case ISPENDR:
    case ICPENDR:
        return b->pending | (b->line & ~b->edge);
    case ISACTIVER:
    case ICACTIVER:
        return b->active;
    default:
        return 0;
    }
}

static void config_write(struct vgic_bank *b, unsigned bank, unsigned half, uint32_t v)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t bit = 1u << (half * 16 + i);
        if (bank == 0 && half == 0)
            continue; // SGIs are fixed
        b->edge = v & (2u << (2 * i)) ? b->edge | bit : b->edge & ~bit;
    }
}

static void targets_write(struct vgic *g, struct vgic_bank *b, unsigned i, uint8_t v)
{
    b->targets[i] = v;
    uint32_t valid = v & ((1u << g->num_cpus) - 1);
    if (valid)
        b->cpu[i] = (uint8_t)__builtin_ctz(valid);
}

// Register of one byte an interrupt; `bytes`: which of the four are written.
static void bytes_write(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    bool target = off >= ITARGETSR;
    unsigned irq = (off - (target ? ITARGETSR : IPRIORITYR)) & ~3u;
    struct vgic_bank *b = vgic_bank_of(g, cpu, irq / 32);
    for (unsigned i = 0; i < 4; i++) {
        if (!(bytes & (1u << i)))
            continue;
        unsigned n = irq % 32 + i;
        if (!target)
            b->prio[n] = (uint8_t)(v >> (8 * i)) & 0xf8; // five bits, as the list registers have
        else if (g->version == 2 && irq >= 32)
            targets_write(g, b, n, (uint8_t)(v >> (8 * i)));
    }
    if (irq < 32)
        g->cpu[cpu].configured++;
    vgic_changed(g, cpu, irq / 32, 0xfu << (irq % 32));
}

void vgic_block_write(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    if (off >= BLOCK_END)
        return;
    if (off >= IPRIORITYR && off < ICFGR) {
        bytes_write(g, cpu, off, v, bytes);
        return;
    }
    if (off >= ICFGR) {
        unsigned n = (off - ICFGR) / 4;
        config_write(vgic_bank_of(g, cpu, n / 2), n / 2, n % 2, v);
        return;
    }
    unsigned bank = (off & 0x7f) / 4;
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    if (!bank)
        g->cpu[cpu].configured++;
    uint32_t fixed = g->version == 2 && bank == 0 ? 0xffff : 0; // GICv2 SGIs are always enabled
    switch (off & ~0x7fu) {
    case IGROUPR:
        b->group = v;
        vgic_changed(g, cpu, bank, ~0u);
        return;
    case ISENABLER:
        b->enabled |= v;
        break;
    case ICENABLER:
        b->enabled &= ~v | fixed;
        break;
    case ISPENDR:
        b->pending |= v & ~fixed;
        break;
    case ICPENDR:
        b->pending &= ~v | fixed;
        break;
    case ISACTIVER:
        b->active |= v & ~b->in_lr;
        break;
    case ICACTIVER:
        b->active &= ~v | b->in_lr;
        break;
    default:
        return;
    }
    vgic_changed(g, cpu, bank, v);
}
