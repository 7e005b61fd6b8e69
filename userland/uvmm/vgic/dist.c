// SPDX-License-Identifier: MIT
// The state of every virtual interrupt. The life of one:
//
//                  edge, ISPENDR, SGI: latch; level: line
//     inactive ----------------------------------------------> pending: waits in its bank
//        ^                                                        |             ^
//        |                                                load_lr |             | take_out: disabled, group off, rerouted,
//        |                                                        v             | cleared; a more urgent one needs the place
//        |                                              pending in a list register of its CPU
//        |                                                        |
//        |                                                        | guest acknowledges (IAR)
//        |   guest ends it (EOIR, DIR), or ICACTIVER              v
//        +--------------------------------------------- active in the list register (and pending, when it asks again)
//        |                                                        |
//        |                                                  spill | a more urgent one needs the place
//        |   EOIcount, trapped ICC_DIR, ICACTIVER                 v
//        +--------------------------------------------- active and taken, in its bank
//
// ISACTIVER makes an interrupt active in its bank, not taken: only ICACTIVER or DIR end that. A level interrupt is pending as
// long as its line is high. An LPI is edge triggered and inactive as soon as it is acknowledged (lpi.h). Upper half
// and registers: here, block.c, gicd.c, gicr.c; list registers: lists.c.
#include "vgic/lr.h"
#include "vgic/state.h"

#include <l4/sys/abi/vcpu.h>
#include <string.h>

void vgic_init(struct vgic *g, unsigned version, unsigned num_cpus, struct vgic_host host)
{
    memset(g, 0, sizeof(*g));
    lock_init(&g->lock);
    g->version = version;
    g->num_cpus = num_cpus;
    g->num_banks = VGIC_USUAL_IRQS / 32;
    g->host = host;
    for (unsigned i = 0; i < VGIC_MAX_BANKS; i++)
        memset(g->spi[i].targets, 1, sizeof(g->spi[i].targets));
    for (unsigned i = 0; i < VGIC_MAX_CPUS; i++)
        g->cpu[i].affinity = i;
}

static void init_private(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    c->priv = (struct vgic_bank){.edge = 0xffff}; // SGIs are edge triggered, PPIs configurable
    if (g->version == 2)
        c->priv.enabled = 0xffff; // SGIs may be always enabled (IHI 0048, 4.3.5)
    memset(c->priv.cpu, (int)cpu, sizeof(c->priv.cpu));
    memset(c->priv.lr_cpu, (int)cpu, sizeof(c->priv.lr_cpu));
    memset(c->priv.targets, 1 << (cpu & 7), sizeof(c->priv.targets));
    memset(c->sgi_from, 0, sizeof(c->sgi_from));
    c->asleep = true;
}

void vgic_attach(struct vgic *g, unsigned cpu, struct vgic_hw const *hw)
{
    g->cpu[cpu].hw = *hw;
    g->cpu[cpu].hcr = HCR_EN | (hw->version == 3 && hw->traps_dir ? HCR_TDIR : 0);
    init_private(g, cpu);
    vgic_reset_cpu(g, cpu);
}

void vgic_require(struct vgic *g, unsigned intid)
{
    if (intid / 32 >= g->num_banks && intid < VGIC_MAX_IRQS)
        g->num_banks = intid / 32 + 1;
}

void vgic_set_timer(struct vgic *g, unsigned intid)
{
    g->timer = 1u << intid;
}

// What it has taken is active for ever, unless somebody says otherwise.
static void forget_all_taken(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    c->priv.taken = 0;
    for (unsigned bank = 1; bank < g->num_banks; bank++)
        for (uint32_t m = g->spi[bank].taken; m; m &= m - 1)
            if (g->spi[bank].lr_cpu[__builtin_ctz(m)] == cpu)
                g->spi[bank].taken &= ~(m & -m);
    c->taken = 0;
}

void vgic_reset_cpu(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    vgic_give_all_back(g, cpu);
    forget_all_taken(g, cpu);
    if (*c->hw.timer_cfg & L4_VTMR_CFG_ACTIVE)
        c->priv.active |= g->timer;
    *c->hw.timer_cfg = 0;
    vgic_timer_update(g, cpu);
}

void vgic_set_powered_down(struct vgic *g, unsigned cpu, bool down)
{
    lock_acquire(&g->lock);
    g->cpu[cpu].powered_down = down;
    lock_release(&g->lock);
}

void vgic_set_dir_trap(struct vgic *g)
{
    for (unsigned i = 0; i < g->num_cpus; i++)
        g->cpu[i].hw.traps_dir = true;
}

int vgic_find_cpu(struct vgic const *g, uint64_t affinity)
{
    if (affinity < g->num_cpus && g->cpu[affinity].affinity == affinity) // as most machines number them
        return (int)affinity;
    for (unsigned i = 0; i < g->num_cpus; i++)
        if (g->cpu[i].affinity == affinity)
            return (int)i;
    return -1;
}

void vgic_changed(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    uint32_t kicked = 0;
    if (vgic_bank_pending(b))
        g->hot |= 1ull << bank;
    for (uint32_t m = mask & (vgic_bank_ready(g, b) | b->in_lr); m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        unsigned who = (b->in_lr >> i) & 1 ? b->lr_cpu[i] : b->cpu[i];
        if (who == VGIC_NOBODY)
            continue;
        if (!(kicked & (1u << who)))
            g->host.kick(g->host.ctx, who);
        kicked |= 1u << who;
    }
}

void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level)
{
    uint32_t bit = 1u << (intid % 32);
    if (intid >= 1020 || intid / 32 >= g->num_banks || cpu >= g->num_cpus)
        return;
    struct vgic_bank *b = vgic_bank_of(g, cpu, intid / 32);

    lock_acquire(&g->lock);
    bool old = b->line & bit;
    if (old != level) {
        if (level) {
            b->line |= bit;
            if (b->edge & bit)
                b->pending |= bit;
        } else {
            b->line &= ~bit;
        }
        vgic_changed(g, cpu, intid / 32, bit);
    }
    lock_release(&g->lock);
}

void vgic_set_notify(struct vgic *g, unsigned intid)
{
    if (intid < 32 || intid >= 1020)
        return;
    lock_acquire(&g->lock);
    g->spi[intid / 32].notify |= 1u << (intid % 32);
    lock_release(&g->lock);
}

void vgic_send_sgi(struct vgic *g, unsigned from, unsigned intid, uint32_t cpu_mask, unsigned groups)
{
    uint32_t bit = 1u << intid, kicked = 0;
    lock_acquire(&g->lock);
    for (uint32_t m = cpu_mask & ((1u << g->num_cpus) - 1); m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        struct vgic_cpu *c = &g->cpu[i];
        if (!(groups >> (c->priv.group >> intid & 1) & 1))
            continue;
        c->sgi_from[intid] |= (uint8_t)(1u << (from & 7));
        c->priv.pending |= bit;
        if ((vgic_bank_ready(g, &c->priv) | c->priv.in_lr) & bit)
            kicked |= 1u << i;
    }
    if ((kicked >> from & 1) && g->version == 3 && vgic_put_sgi(g, from, intid))
        kicked &= ~(1u << from);
    lock_release(&g->lock);
    for (; kicked; kicked &= kicked - 1)
        g->host.kick(g->host.ctx, (unsigned)__builtin_ctz(kicked));
}

void vgic_write_sgir(struct vgic *g, unsigned from, uint64_t v, unsigned groups)
{
    unsigned intid = (v >> 24) & 15;
    uint32_t mask = 0;
    if (v & (1ull << 40)) { // all but self
        mask = ~(1u << from);
    } else {
        uint64_t cluster = ((v >> 48) & 0xff) << 32 | ((v >> 32) & 0xff) << 16 |
                           ((v >> 16) & 0xff) << 8;
        uint64_t range = ((v >> 44) & 0xf) * 16;
        for (uint32_t targets = v & 0xffff; targets; targets &= targets - 1) {
            int cpu = vgic_find_cpu(g, cluster | (range + (unsigned)__builtin_ctz(targets)));
            if (cpu >= 0)
                mask |= 1u << cpu;
        }
    }
    vgic_send_sgi(g, from, intid, mask, groups);
}

void vgic_write_dir(struct vgic *g, unsigned cpu, unsigned intid)
{
    unsigned bank = intid / 32;
    uint32_t bit = 1u << (intid % 32);
    bool separate = *g->cpu[cpu].hw.vmcr >> 9 & 1; // else the end of interrupt deactivates, and this does nothing
    if (!separate || bank >= g->num_banks)
        return;
    vgic_own(g, cpu, cpu, bank, bit);
    vgic_take_out(g, cpu, bank, bit);
    vgic_deactivate(g, cpu, bank, bit);
    vgic_changed(g, cpu, bank, bit);
    vgic_disown(g, cpu);
}
