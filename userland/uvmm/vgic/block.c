// SPDX-License-Identifier: MIT
// The register block 0x080 .. 0xcff that the distributor and each redistributor's SGI frame share
// (IHI 0069, 12.8; IHI 0048, 4.1.2). One 32-bit register is 32, 4 or 16 interrupts.
#include "vgic/state.h"

#include <l4/sys/abi/vcpu.h>

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

// The interrupts that a register is for: 32 (a bit each), 16 or 4 of one bank.
static unsigned first_irq(uint32_t off)
{
    if (off < IPRIORITYR)
        return (off & 0x7c) * 8;
    return off < ICFGR ? off & 0x3fc : (off - ICFGR) * 4;
}

static uint32_t irqs_of(uint32_t off)
{
    uint32_t all = off < IPRIORITYR ? ~0u : off < ICFGR ? 0xf : 0xffff;
    return all << (first_irq(off) % 32);
}

static uint32_t config_read(struct vgic_bank const *b, unsigned first)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 16; i++)
        v |= ((b->edge >> (first + i)) & 1u) << (2 * i + 1);
    return v;
}

static uint32_t bytes_read(uint8_t const *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t state_read(struct vgic *g, unsigned self, unsigned cpu, uint32_t off)
{
    unsigned bank = first_irq(off) / 32;
    vgic_own(g, self, cpu, bank, ~0u);
    uint32_t v = off < ISACTIVER ? vgic_pending_now(g, cpu, bank, ~0u) : vgic_active_now(g, cpu, bank, ~0u);
    vgic_disown(g, self);
    return v;
}

uint32_t vgic_block_read(struct vgic *g, unsigned self, unsigned cpu, uint32_t off)
{
    unsigned first = first_irq(off), bank = first / 32;
    if (off >= BLOCK_END || bank >= g->num_banks)
        return 0;
    struct vgic_bank const *b = vgic_bank_of(g, cpu, bank);
    if (off >= ICFGR)
        return config_read(b, first % 32);
    if (off >= ITARGETSR) // with one CPU they read as zero (IHI 0048, 4.3.12)
        return g->version == 2 && g->num_cpus > 1 ? bytes_read(&b->targets[first % 32]) : 0;
    if (off >= IPRIORITYR)
        return bytes_read(&b->prio[first % 32]);
    switch (off & ~0x7fu) {
    case IGROUPR:
        return b->group;
    case ISENABLER:
    case ICENABLER:
        return b->enabled;
    default:
        return state_read(g, self, cpu, off);
    }
}

static void config_write(struct vgic_bank *b, unsigned first, uint32_t v)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t bit = 1u << (first + i);
        b->edge = v & (2u << (2 * i)) ? b->edge | bit : b->edge & ~bit;
    }
}

static void targets_write(struct vgic *g, struct vgic_bank *b, unsigned i, uint8_t v)
{
    v &= (uint8_t)((1u << g->num_cpus) - 1); // bits of CPUs that are not there
    b->targets[i] = v;
    b->cpu[i] = v ? (uint8_t)__builtin_ctz(v) : VGIC_NOBODY;
}

// Register of one byte an interrupt; `bytes`: which of the four are written.
static void bytes_write(struct vgic *g, struct vgic_bank *b, uint32_t off, uint32_t v, uint32_t bytes)
{
    unsigned irq = first_irq(off);
    for (unsigned i = 0; i < 4; i++) {
        if (!(bytes & (1u << i)))
            continue;
        unsigned n = irq % 32 + i;
        if (off < ITARGETSR)
            b->prio[n] = (uint8_t)(v >> (8 * i)) & 0xf8; // five bits, as the list registers have
        else if (g->version == 2 && g->num_cpus > 1 && irq >= 32) // the only CPU is not chosen
            targets_write(g, b, n, (uint8_t)(v >> (8 * i)));
    }
}

// Active and not pending (any more) by the guest's writes.
static void active_set(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    b->active |= mask & ~vgic_active_now(g, cpu, bank, mask);
}

static void active_clear(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    vgic_deactivate(g, cpu, bank, mask);
    if (!bank && (mask & g->timer)) // the kernel ends the physical one, too
        *g->cpu[cpu].hw.timer_cfg &= ~L4_VTMR_CFG_ACTIVE;
}

// An edge of a passed-through device that the guest throws away: its end as far as the device goes.
static void pending_clear(struct vgic *g, unsigned self, unsigned bank, struct vgic_bank *b, uint32_t mask)
{
    uint32_t gone = b->pending & b->edge & b->notify & mask & ~(b->active | b->in_lr);
    b->pending &= ~mask;
    if (!gone)
        return;
    b->line &= ~gone;
    b->ended |= gone;
    g->ended |= 1u << bank;
    g->host.kick(g->host.ctx, self); // which reports it
}

static void bits_write(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v)
{
    unsigned bank = first_irq(off) / 32;
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    // GICv2: SGIs are always enabled, and have registers of their own
    uint32_t fixed = g->version == 2 && bank == 0 ? 0xffff : 0;
    switch (off & ~0x7fu) {
    case IGROUPR:
        b->group = v;
        break;
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
        pending_clear(g, self, bank, b, v & ~fixed);
        break;
    case ISACTIVER:
        active_set(g, cpu, bank, v);
        break;
    default: // ICACTIVER
        active_clear(g, cpu, bank, v);
    }
}

void vgic_block_write(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    unsigned first = first_irq(off), bank = first / 32;
    if (off >= BLOCK_END || bank >= g->num_banks || (off >= ICFGR && first < 16)) // SGIs are edges
        return;
    bool set = off >= IGROUPR + 0x80 && off < IPRIORITYR && !(off & 0x80); // sets bits, as 0x100, 0x200, 0x300
    uint32_t mask = off >= ISENABLER && off < IPRIORITYR ? v : irqs_of(off);
    bool lists = bank == 0 || !(set && off < ISACTIVER); // what enables or makes pending takes nothing out of list registers
    vgic_own(g, self, cpu, bank, lists ? mask : 0);
    if (lists && !(set && off < ISACTIVER))
        vgic_take_out(g, cpu, bank, mask);
    if (off >= ICFGR)
        config_write(vgic_bank_of(g, cpu, bank), first % 32, v);
    else if (off >= IPRIORITYR)
        bytes_write(g, vgic_bank_of(g, cpu, bank), off, v, bytes);
    else
        bits_write(g, self, cpu, off, v);
    if (bank == 0)
        vgic_timer_update(g, cpu);
    vgic_changed(g, cpu, bank, mask);
    vgic_disown(g, self);
}
