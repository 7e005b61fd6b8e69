// SPDX-License-Identifier: MIT
// State of every virtual interrupt, and its way into a list register and out again.
//
// While an interrupt is in a list register, the register is the truth for "pending" and "active";
// the latch of an edge interrupt is cleared when it moves there. A level interrupt is pending as
// long as its line is high.
#include "vgic/vgic.h"

#include <string.h>

static inline uint32_t bank_pending(struct vgic_bank const *b)
{
    return b->pending | (b->line & ~b->edge);
}

// Interrupts of a bank that wait for a list register.
static inline uint32_t bank_ready(struct vgic const *g, struct vgic_bank const *b)
{
    uint32_t waiting = bank_pending(b) & b->enabled & ~b->active & ~b->in_lr;
    if (!waiting)
        return 0;
    uint32_t groups = ((g->ctlr & 1) ? ~b->group : 0) | ((g->ctlr & 2) ? b->group : 0);
    return waiting & groups;
}

static void bank_init(struct vgic_bank *b)
{
    *b = (struct vgic_bank){};
}

void vgic_init(struct vgic *g, unsigned version, unsigned num_cpus, struct vgic_host host)
{
    memset(g, 0, sizeof(*g));
    lock_init(&g->lock);
    g->version = version;
    g->num_cpus = num_cpus;
    g->host = host;
    for (unsigned i = 0; i < VGIC_NUM_BANKS; i++) {
        bank_init(&g->spi[i]);
        memset(g->spi[i].targets, 1, sizeof(g->spi[i].targets));
    }
    for (unsigned i = 0; i < VGIC_MAX_CPUS; i++)
        g->cpu[i].affinity = i;
    for (unsigned i = 0; i < num_cpus; i++)
        vgic_reset_cpu(g, i);
}

void vgic_reset_cpu(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    for (uint32_t m = c->lr_used; m; m &= m - 1) { // shared interrupts can go elsewhere
        unsigned intid = c->lr_intid[__builtin_ctz(m)];
        vgic_bank_of(g, cpu, intid / 32)->in_lr &= ~(1u << (intid % 32));
    }
    bank_init(&c->priv);
    c->configured++;
    c->priv.edge = 0xffff; // SGIs are edge triggered, PPIs configurable
    if (g->version == 2)
        c->priv.enabled = 0xffff; // SGIs may be always enabled (IHI 0048, 4.3.5)
    memset(c->priv.cpu, (int)cpu, sizeof(c->priv.cpu));
    memset(c->priv.targets, 1 << (cpu & 7), sizeof(c->priv.targets));
    memset(c->sgi_from, 0, sizeof(c->sgi_from));
    c->lr_used = 0;
    c->asleep = true;
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
    if (bank_pending(b))
        g->hot |= 1u << bank;
    for (uint32_t m = mask & (bank_ready(g, b) | b->in_lr); m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        unsigned who = (b->in_lr >> i) & 1 ? b->lr_cpu[i] : b->cpu[i];
        if (!(kicked & (1u << who)))
            g->host.kick(g->host.ctx, who);
        kicked |= 1u << who;
    }
}

void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level)
{
    uint32_t bit = 1u << (intid % 32);
    if (intid >= 1020 || cpu >= g->num_cpus)
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

void vgic_send_sgi(struct vgic *g, unsigned from, unsigned intid, uint32_t cpu_mask)
{
    uint32_t bit = 1u << (intid & 15);
    lock_acquire(&g->lock);
    for (uint32_t m = cpu_mask & ((1u << g->num_cpus) - 1); m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        struct vgic_cpu *c = &g->cpu[i];
        c->sgi_from[intid & 15] |= (uint8_t)(1u << (from & 7));
        c->priv.pending |= bit;
        if ((bank_ready(g, &c->priv) | c->priv.in_lr) & bit)
            g->host.kick(g->host.ctx, i);
    }
    lock_release(&g->lock);
}

void vgic_write_sgi1r(struct vgic *g, unsigned from, uint64_t v)
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
    vgic_send_sgi(g, from, intid, mask);
}

// An SGI of a GICv2 is one interrupt for each sender.
static inline bool is_sgi2(struct vgic const *g, unsigned intid)
{
    return g->version == 2 && intid < 16;
}

// Takes an interrupt out of list register i. The guest either finished it (done) or never saw it.
static void lr_release(struct vgic_cpu *c, struct vgic_bank *b, struct vgic_hw const *hw,
                       unsigned i)
{
    uint32_t bit = 1u << (c->lr_intid[i] % 32);
    b->in_lr &= ~bit;
    c->lr_used &= ~(1u << i);
    vgic_lr_clear(hw, i);
}

// Puts a pending interrupt that the guest has not acknowledged back into the distributor.
static void lr_retract(struct vgic_cpu *c, struct vgic_bank *b, struct vgic_hw const *hw,
                       unsigned i,
                       struct vgic_lr const *lr)
{
    uint32_t bit = 1u << (c->lr_intid[i] % 32);
    if (b->edge & bit)
        b->pending |= bit;
    if (lr->intid < 16)
        c->sgi_from[lr->intid] |= (uint8_t)(1u << lr->from);
    lr_release(c, b, hw, i);
}

// One list register after the guest ran. Returns true when its interrupt is to be notified.
static bool fold_lr(struct vgic *g, struct vgic_cpu *c, unsigned cpu, struct vgic_hw const *hw,
                    unsigned i)
{
    unsigned intid = c->lr_intid[i];
    uint32_t bit = 1u << (intid % 32);
    struct vgic_bank *b = vgic_bank_of(g, cpu, intid / 32);

    if (!vgic_lr_busy(hw, i)) {
        bool notify = b->notify & bit;
        if (notify)
            b->line &= ~bit; // its source raises it again when it still asks
        b->active &= ~bit;
        lr_release(c, b, hw, i);
        g->hot |= 1u << (intid / 32);
        return notify;
    }
    struct vgic_lr lr = vgic_lr_get(hw, i);
    b->active = lr.active ? b->active | bit : b->active & ~bit;
    if (!lr.active) {
        bool level_gone = !(b->edge & bit) && !(bank_pending(b) & bit);
        if (!(b->enabled & bit) || level_gone)
            lr_retract(c, b, hw, i, &lr);
        else if ((b->edge & bit) && !is_sgi2(g, intid))
            b->pending &= ~bit; // a second edge merges with the first
        return false;
    }
    if (b->notify & bit)
        return false; // masked at its source until the end of interrupt

    // Active: if it asks again, it becomes pending in place and needs no exit at the end of
    // interrupt.
    bool again = (bank_pending(b) & b->enabled & bit) && !is_sgi2(g, intid);
    bool level = (b->line & ~b->edge) & bit;
    if (b->edge & bit) {
        if (again)
            b->pending &= ~bit;
        lr.pending |= again;
    } else {
        lr.pending = again;
    }
    lr.eoi = level;
    vgic_lr_set(hw, i, &lr);
    return false;
}

// Can there be one that waits for `cpu`?
static inline bool maybe_ready(struct vgic const *g, unsigned cpu)
{
    return (g->hot & ~1u) || bank_ready(g, &g->cpu[cpu].priv);
}

// Most urgent interrupt that waits for `cpu`: INTID, or VGIC_SPURIOUS.
static unsigned best_ready(struct vgic *g, unsigned cpu, uint8_t *prio)
{
    unsigned best = VGIC_SPURIOUS;
    *prio = 0xff;
    for (uint32_t banks = g->hot | 1; banks; banks &= banks - 1) {
        unsigned n = (unsigned)__builtin_ctz(banks);
        struct vgic_bank *b = vgic_bank_of(g, cpu, n);
        if (n && !bank_pending(b))
            g->hot &= ~(1u << n);
        for (uint32_t m = bank_ready(g, b); m; m &= m - 1) {
            unsigned i = (unsigned)__builtin_ctz(m);
            if (b->cpu[i] != cpu || n * 32 + i >= 1020)
                continue;
            if (best == VGIC_SPURIOUS || b->prio[i] < *prio) {
                best = n * 32 + i;
                *prio = b->prio[i];
            }
        }
    }
    return best;
}

// A free list register, one taken from a less urgent interrupt, or -1.
static int find_lr(struct vgic *g, unsigned cpu, struct vgic_hw const *hw, uint8_t prio)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    uint32_t free = ~(c->lr_used | *hw->reserved) & ((1u << VGIC_MAX_LRS) - 1);
    unsigned used = 0;
    for (uint32_t m = c->lr_used; m; m &= m - 1)
        used++;
    if (used < hw->limit && free)
        return __builtin_ctz(free);
    int victim = -1;
    uint8_t worst = prio;
    for (unsigned i = 0; i < VGIC_MAX_LRS; i++) {
        if (!(c->lr_used & (1u << i)))
            continue;
        struct vgic_lr lr = vgic_lr_get(hw, i);
        if (!lr.active && lr.prio > worst) {
            worst = lr.prio;
            victim = (int)i;
        }
    }
    if (victim >= 0) {
        struct vgic_lr lr = vgic_lr_get(hw, (unsigned)victim);
        struct vgic_bank *b = vgic_bank_of(g, cpu, c->lr_intid[victim] / 32u);
        lr_retract(c, b, hw, (unsigned)victim, &lr);
        g->hot |= 1u << (lr.intid / 32);
    }
    return victim;
}

static void load_lr(struct vgic *g, unsigned cpu, struct vgic_hw const *hw, unsigned i,
                    unsigned intid)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    struct vgic_bank *b = vgic_bank_of(g, cpu, intid / 32);
    unsigned n = intid % 32;
    uint32_t bit = 1u << n;
    struct vgic_lr lr = {
        .intid = (uint16_t)intid,
        .prio = b->prio[n],
        .pending = true,
        .group1 = b->group & bit,
        .eoi = ((b->line & ~b->edge) | b->notify) & bit,
    };
    b->pending &= ~bit;
    if (is_sgi2(g, intid)) { // one register holds one sender, the rest stays pending
        unsigned from = c->sgi_from[intid] ? (unsigned)__builtin_ctz(c->sgi_from[intid]) : cpu;
        c->sgi_from[intid] &= (uint8_t) ~(1u << from);
        lr.from = (uint8_t)from;
        if (c->sgi_from[intid])
            b->pending |= bit;
    }
    b->in_lr |= bit;
    b->lr_cpu[n] = (uint8_t)cpu;
    c->lr_intid[i] = (uint16_t)intid;
    c->lr_used |= 1u << i;
    vgic_lr_set(hw, i, &lr);
}

static bool any_lr_pending(struct vgic_cpu const *c, struct vgic_hw const *hw)
{
    for (unsigned i = 0; i < VGIC_MAX_LRS; i++)
        if (((c->lr_used | *hw->reserved) & (1u << i)) && vgic_lr_get(hw, i).pending)
            return true;
    return false;
}

unsigned vgic_sync(struct vgic *g, unsigned cpu, struct vgic_hw const *hw,
                   uint16_t done[VGIC_MAX_LRS])
{
    struct vgic_cpu *c = &g->cpu[cpu];
    unsigned num_done = 0;
    enum vgic_wait wait = VGIC_WAIT_NONE;

    lock_acquire(&g->lock);
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        unsigned intid = c->lr_intid[i];
        if (fold_lr(g, c, cpu, hw, i))
            done[num_done++] = (uint16_t)intid;
    }
    while (maybe_ready(g, cpu)) {
        uint8_t prio;
        unsigned intid = best_ready(g, cpu, &prio);
        if (intid == VGIC_SPURIOUS)
            break;
        int i = find_lr(g, cpu, hw, prio);
        if (i < 0) {
            wait = any_lr_pending(c, hw) ? VGIC_WAIT_NO_PENDING : VGIC_WAIT_UNDERFLOW;
            break;
        }
        load_lr(g, cpu, hw, (unsigned)i, intid);
    }
    // A GICv2 SGI of several senders waits for its own list register to become free.
    if (g->version == 2 && (c->priv.pending & c->priv.in_lr & 0xffff))
        wait = any_lr_pending(c, hw) ? VGIC_WAIT_NO_PENDING : VGIC_WAIT_UNDERFLOW;
    vgic_hcr_set(hw, wait);
    lock_release(&g->lock);
    return num_done;
}

bool vgic_has_pending(struct vgic *g, unsigned cpu, struct vgic_hw const *hw)
{
    uint8_t prio;
    lock_acquire(&g->lock);
    bool pending = any_lr_pending(&g->cpu[cpu], hw) || best_ready(g, cpu, &prio) != VGIC_SPURIOUS;
    lock_release(&g->lock);
    return pending;
}
