// SPDX-License-Identifier: MIT
// Interrupts on their way into list registers and out again: the lower half of the picture in dist.c.
#include "vgic/lr.h"
#include "vgic/state.h"

#include <l4/sys/abi/vcpu.h>

// ---- out of a list register ----

static inline void lr_release(struct vgic_cpu *c, struct vgic_bank *b, unsigned i)
{
    uint32_t bit = 1u << (c->lr_intid[i] % 32);
    b->in_lr &= ~bit;
    b->latched &= ~bit;
    c->lr_used &= ~(1u << i);
    lr_clear(&c->hw, i);
}

// What is pending in list register i is pending in the bank instead. The register stays as it is.
static void take_pending(struct vgic *g, struct vgic_cpu *c, struct vgic_bank *b, struct vgic_lr const *lr)
{
    uint32_t bit = 1u << (lr->intid % 32);
    b->pending |= (b->edge | b->latched) & bit; // what the line asked for, it still asks for, or not
    if (lr->intid < 16)
        c->sgi_from[lr->intid] |= (uint8_t)(1u << lr->from);
    g->hot |= 1ull << vgic_bank_index(lr->intid);
}

// Its end is known: it can come again.
static inline void note_end(struct vgic *g, unsigned bank, struct vgic_bank *b, uint32_t bit)
{
    g->hot |= 1ull << bank;
    if (!(b->notify & bit))
        return;
    b->line &= ~bit; // its source raises it again when it still asks
    b->ended |= bit;
    g->ended |= 1u << bank;
}

// The same, found by an access: somebody has to report it.
static void note_end_now(struct vgic *g, unsigned bank, struct vgic_bank *b, unsigned n)
{
    note_end(g, bank, b, 1u << n);
    if (b->notify >> n & 1)
        g->host.kick(g->host.ctx, b->lr_cpu[n]);
}

static unsigned lr_of(struct vgic_cpu const *c, unsigned intid)
{
    for (uint32_t m = c->lr_used; m; m &= m - 1)
        if (c->lr_intid[__builtin_ctz(m)] == intid)
            return (unsigned)__builtin_ctz(m);
    return VGIC_MAX_LRS;
}

void vgic_take_out(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    for (uint32_t m = mask & b->in_lr; m; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctz(m);
        struct vgic_cpu *c = &g->cpu[b->lr_cpu[n]];
        unsigned i = lr_of(c, vgic_intid(bank, n));
        struct vgic_lr lr = lr_get(&c->hw, i);
        if (lr.pending)
            take_pending(g, c, b, &lr);
        if (lr.active && !vgic_is_lpi(lr.intid)) {
            lr.pending = false;
            b->latched &= ~(1u << n);
            lr_set(&c->hw, i, lr);
        } else {
            lr_release(c, b, i);
            if (!lr.pending)
                note_end_now(g, bank, b, n);
        }
    }
}

// Active, and its list register is for others: its end raises EOIcount, or traps.
static void spill(struct vgic *g, struct vgic_cpu *c, struct vgic_bank *b, unsigned i, struct vgic_lr const *lr)
{
    uint32_t bit = 1u << (lr->intid % 32);
    if (lr->pending)
        take_pending(g, c, b, lr);
    b->active |= bit;
    b->taken |= bit;
    c->taken++;
    lr_release(c, b, i);
}

void vgic_give_all_back(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m), bank = vgic_bank_index(c->lr_intid[i]);
        struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
        vgic_take_out(g, cpu, bank, 1u << (c->lr_intid[i] % 32));
        if (!(c->lr_used & (1u << i)))
            continue;
        struct vgic_lr lr = lr_get(&c->hw, i);
        spill(g, c, b, i, &lr);
    }
}

// ---- the end of those that are active in no list register ----

static void forget_taken(struct vgic *g, struct vgic_bank *b, unsigned n)
{
    if (!(b->taken & (1u << n)))
        return;
    b->taken &= ~(1u << n);
    g->cpu[b->lr_cpu[n]].taken--;
}

void vgic_deactivate(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    for (uint32_t m = mask & (b->in_lr | b->active); m; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctz(m);
        if (b->in_lr & (1u << n)) {
            struct vgic_cpu *c = &g->cpu[b->lr_cpu[n]];
            lr_release(c, b, lr_of(c, vgic_intid(bank, n)));
        }
        forget_taken(g, b, n);
        note_end_now(g, bank, b, n);
    }
    b->active &= ~mask;
}

// The priority with which it preempts, as the active priorities registers have it (IHI 0069, 4.8; 12.4, ICH_VMCR_EL2).
static unsigned preemption_level(struct vgic_hw const *hw, unsigned prio, bool group1)
{
    uint32_t vmcr = *hw->vmcr;
    bool own_point = group1 && !(vmcr >> 4 & 1); // else the binary point of group 0 serves both
    unsigned shift = own_point ? vmcr >> 18 & 7 : (vmcr >> 21 & 7) + 1;
    return (prio >> shift << shift) >> 3 & 31;
}

static bool is_running(struct vgic_hw const *hw, unsigned prio, bool group1)
{
    return *hw->apr[group1] >> preemption_level(hw, prio, group1) & 1;
}

struct place { // of an interrupt
    struct vgic_bank *b;
    unsigned bank, n;
};

static void consider_taken(struct vgic *g, unsigned cpu, unsigned bank, struct place *best)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    for (uint32_t m = b->taken; m; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctz(m);
        if (b->lr_cpu[n] != cpu || is_running(&g->cpu[cpu].hw, b->prio[n], b->group >> n & 1))
            continue;
        if (!best->b || b->prio[n] < best->b->prio[best->n])
            *best = (struct place){b, bank, n};
    }
}

// The guest has ended `count` interrupts that were in no list register. An end drops the priority, so it was one whose priority
// is not active any more.
static void fold_ends(struct vgic *g, unsigned cpu, unsigned count)
{
    for (; count && g->cpu[cpu].taken; count--) {
        struct place best = {0};
        for (unsigned bank = 0; bank < g->num_banks; bank++)
            consider_taken(g, cpu, bank, &best);
        if (!best.b)
            return;
        best.b->active &= ~(1u << best.n);
        forget_taken(g, best.b, best.n);
        note_end(g, best.bank, best.b, 1u << best.n);
        vgic_changed(g, cpu, best.bank, 1u << best.n);
    }
}

// ---- after the guest ran ----

// The kernel may deliver it again when it has left the list register.
static bool kernels_timer(struct vgic const *g, unsigned intid)
{
    return intid < 32 && (g->timer >> intid & 1);
}

// Active: if it asks again, it becomes pending in place and needs no exit at the end of interrupt.
static void fold_active(struct vgic *g, unsigned cpu, struct vgic_bank *b, unsigned i, struct vgic_lr lr)
{
    unsigned n = lr.intid % 32;
    uint32_t bit = 1u << n;
    if (b->notify & bit)
        return; // masked at its source until the end of interrupt
    bool here = lr.intid < 32 || b->cpu[n] == cpu;
    bool again = (vgic_bank_pending(b) & b->enabled & vgic_bank_forwarded(g, b) & bit) && !vgic_is_sgi2(g, lr.intid);
    bool level = (b->line & ~b->edge) & bit, latch = b->pending & bit;
    if (again && here) {
        lr.pending = true;
        b->latched |= latch && !level ? bit : 0;
        b->pending &= ~bit;
    } else if (!(b->edge & bit) && !level && !(b->latched & bit)) {
        lr.pending = false;
    }
    lr.eoi = level || (again && !here) || kernels_timer(g, lr.intid);
    lr_set(&g->cpu[cpu].hw, i, lr);
}

static inline void fold_ended(struct vgic *g, unsigned cpu, unsigned i)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    unsigned intid = c->lr_intid[i], bank = vgic_bank_index(intid);
    uint32_t bit = 1u << (intid % 32);
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    lr_release(c, b, i);
    note_end(g, bank, b, bit);
    if (bank && b->cpu[intid % 32] != cpu && vgic_bank_ready(g, b) & bit) // rerouted meanwhile
        vgic_changed(g, cpu, bank, bit);
}

// One list register after the guest ran.
static void fold_lr(struct vgic *g, unsigned cpu, unsigned i)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    unsigned intid = c->lr_intid[i];
    uint32_t bit = 1u << (intid % 32);
    struct vgic_bank *b = vgic_bank_of(g, cpu, vgic_bank_index(intid));
    unsigned state = lr_state(&c->hw, i);
    if (!state || (state == 2 && vgic_is_lpi(intid))) { // which has no active state, though some machines keep one here
        fold_ended(g, cpu, i);
    } else if (state & 2) {
        fold_active(g, cpu, b, i, lr_get(&c->hw, i));
    } else if (!(b->edge & bit) && !((b->line | b->latched) & bit)) { // its line has fallen
        lr_release(c, b, i);
    } else if (vgic_is_sgi2(g, intid)) { // a second one of this sender, too
        c->sgi_from[intid] &= (uint8_t)~(1u << lr_get(&c->hw, i).from);
        if (!c->sgi_from[intid])
            b->pending &= ~bit;
    } else if (b->edge & bit) {
        b->pending &= ~bit; // a second edge merges with the first
    }
}

static unsigned report_ends(struct vgic *g, uint16_t done[VGIC_MAX_LRS])
{
    unsigned count = 0;
    for (uint32_t banks = g->ended; banks; banks &= banks - 1) {
        unsigned bank = (unsigned)__builtin_ctz(banks);
        struct vgic_bank *b = &g->spi[bank];
        for (uint32_t m = b->ended; m && count < VGIC_MAX_LRS; m &= m - 1) {
            done[count++] = (uint16_t)(bank * 32 + (unsigned)__builtin_ctz(m));
            b->ended &= ~(m & -m);
        }
        if (!b->ended)
            g->ended &= ~(1u << bank);
    }
    return count;
}

// ---- into a list register ----

static inline uint32_t free_lrs(struct vgic_cpu const *c)
{
    uint32_t free = ~(c->lr_used | *c->hw.reserved) & ((1u << c->hw.count) - 1);
    return !c->hw.keeps_one || (free & (free - 1)) ? free : 0;
}

// The least urgent list register whose interrupt is active or only pending. -1: none.
static int worst_lr(struct vgic_cpu const *c, bool active, unsigned *prio)
{
    int worst = -1;
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        int i = __builtin_ctz(m);
        struct vgic_lr lr = lr_get(&c->hw, (unsigned)i);
        if (lr.active != active || (worst >= 0 && lr.prio <= *prio))
            continue;
        worst = i;
        *prio = lr.prio;
    }
    return worst;
}

// Would the CPU take an interrupt of this priority now, as far as running priorities go?
static bool preempts(struct vgic_hw const *hw, unsigned prio, bool group1)
{
    uint32_t active = *hw->apr[0] | *hw->apr[1];
    return !active || preemption_level(hw, prio, group1) < (unsigned)__builtin_ctz(active);
}

// Who ends an active interrupt that is in no list register? With separate deactivation only a trapped ICC_DIR tells.
static bool may_spill(struct vgic_hw const *hw)
{
    return hw->traps_dir || !(*hw->vmcr >> 9 & 1);
}

// A list register for an interrupt: a free one, one taken from a less urgent interrupt, or from an active one. -1: none.
static int find_lr(struct vgic *g, unsigned cpu, unsigned prio, bool group1)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    uint32_t free = free_lrs(c);
    if (free)
        return __builtin_ctz(free);
    unsigned worst = 0;
    int i = worst_lr(c, false, &worst);
    bool pending = i >= 0;
    if (pending ? worst <= prio : !preempts(&c->hw, prio, group1) || !may_spill(&c->hw))
        return -1;
    if (!pending)
        i = worst_lr(c, true, &worst);
    if (i < 0)
        return -1;
    struct vgic_lr lr = lr_get(&c->hw, (unsigned)i);
    struct vgic_bank *b = vgic_bank_of(g, cpu, vgic_bank_index(lr.intid));
    if (pending) {
        take_pending(g, c, b, &lr);
        lr_release(c, b, (unsigned)i);
    } else {
        spill(g, c, b, (unsigned)i, &lr);
    }
    return i;
}

static inline void load_lr(struct vgic *g, unsigned cpu, unsigned i, unsigned intid)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    struct vgic_bank *b = vgic_bank_of(g, cpu, vgic_bank_index(intid));
    unsigned n = intid % 32;
    uint32_t bit = 1u << n, line = b->line & ~b->edge & bit;
    struct vgic_lr lr = {
        .intid = (uint16_t)intid,
        .prio = b->prio[n],
        .group1 = b->group & bit,
        .eoi = line | (b->notify & bit) | kernels_timer(g, intid),
    };
    b->latched |= line ? 0 : b->pending & ~b->edge & bit;
    b->pending &= ~bit;
    if (vgic_is_sgi2(g, intid)) { // one register holds one sender, the rest stays pending
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
    lr_set_pending(&c->hw, i, lr);
}

// Than to put an SGI into a list register.
static inline bool more_to_do(struct vgic const *g, struct vgic_cpu const *c)
{
    return (g->hot & ~1ull) | g->ended | c->taken | c->waiters | c->priv.withheld;
}

static inline uint64_t sgi_lr3(struct vgic_bank const *b, unsigned intid)
{
    return intid | (uint64_t)b->prio[intid] << 48 | (uint64_t)(b->group >> intid & 1) << 60 | LR3_PENDING;
}

// Only the list register of an earlier one of this SGI is in use, and that has ended: it serves again.
static inline bool put_again(struct vgic_cpu *c, unsigned intid, uint32_t ready)
{
    struct vgic_bank *b = &c->priv;
    uint32_t bit = 1u << intid, used = c->lr_used;
    if (!used || (used & (used - 1)) || ready != bit)
        return false;
    unsigned i = (unsigned)__builtin_ctz(used);
    if (c->lr_intid[i] != intid || c->hw.lr3[i] >> 62)
        return false;
    b->pending &= ~bit;
    c->hw.lr3[i] = sgi_lr3(b, intid);
    return true;
}

static __attribute__((noinline)) bool put_sgi(struct vgic *g, unsigned cpu, unsigned intid)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    struct vgic_bank *b = &c->priv;
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        if (!(c->hw.lr3[i] >> 62))
            fold_ended(g, cpu, i);
    }
    if (more_to_do(g, c)) // also by what has just ended
        return false;
    uint32_t free = free_lrs(c), bit = 1u << intid;
    if (!free || vgic_bank_ready(g, b) != bit)
        return false;
    unsigned i = (unsigned)__builtin_ctz(free);
    b->pending &= ~bit;
    b->in_lr |= bit;
    c->lr_intid[i] = (uint16_t)intid;
    c->lr_used |= 1u << i;
    c->hw.lr3[i] = sgi_lr3(b, intid);
    return true;
}

static inline bool put_at_once(struct vgic *g, struct vgic_cpu *c, unsigned intid)
{
    return !more_to_do(g, c) && put_again(c, intid, vgic_bank_waiting(g, &c->priv, ~(1u << intid)));
}

bool vgic_put_sgi(struct vgic *g, unsigned cpu, unsigned intid)
{
    return put_at_once(g, &g->cpu[cpu], intid) || put_sgi(g, cpu, intid);
}

// Most urgent interrupt that waits for `cpu`: INTID, or VGIC_SPURIOUS.
static unsigned best_ready(struct vgic *g, unsigned cpu, uint8_t *prio)
{
    unsigned best = VGIC_SPURIOUS;
    *prio = 0xff;
    for (uint64_t banks = g->hot | 1; banks; banks &= banks - 1) {
        unsigned n = (unsigned)__builtin_ctzll(banks);
        struct vgic_bank *b = vgic_bank_of(g, cpu, n);
        if (n && !vgic_bank_pending(b))
            g->hot &= ~(1ull << n);
        for (uint32_t m = vgic_bank_ready(g, b); m; m &= m - 1) {
            unsigned i = (unsigned)__builtin_ctz(m);
            if (b->cpu[i] != cpu || (n == VGIC_MAX_BANKS - 1 && i >= 28))
                continue;
            if (best == VGIC_SPURIOUS || b->prio[i] < *prio) {
                best = vgic_intid(n, i);
                *prio = b->prio[i];
            }
        }
    }
    return best;
}

// Something waits for a list register. What has one tells of its end, since its place may then be the next one's; and when
// nothing pending is left in them, what is active may have to give way. Pending and active at once is not the pending state
// that NP asks for (ICH_MISR_EL2, GICH_MISR): with none in that state the guest would not get to its next instruction.
static uint32_t wait_bits(struct vgic_cpu *c)
{
    bool pending = false;
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        struct vgic_lr lr = lr_get(&c->hw, i);
        lr.eoi = true;
        lr_set(&c->hw, i, lr);
        pending |= lr.pending && !lr.active;
    }
    return pending ? HCR_NPIE : 0;
}

static uint32_t fill_lrs(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    while ((g->hot & ~1ull) || vgic_bank_ready(g, &c->priv)) {
        uint8_t prio;
        unsigned intid = best_ready(g, cpu, &prio);
        if (intid == VGIC_SPURIOUS)
            break;
        bool group1 = vgic_bank_of(g, cpu, vgic_bank_index(intid))->group >> (intid % 32) & 1;
        int i = find_lr(g, cpu, prio, group1);
        if (i < 0)
            return wait_bits(c);
        load_lr(g, cpu, (unsigned)i, intid);
    }
    // A GICv2 SGI of several senders waits for its own list register to become free.
    return g->version == 2 && (c->priv.pending & c->priv.in_lr & 0xffff) ? wait_bits(c) : 0;
}

static bool nothing_left(struct vgic_cpu const *c)
{
    for (uint32_t m = c->lr_used; m; m &= m - 1)
        if (c->hw.lr3[__builtin_ctz(m)] >> 62)
            return false;
    return true;
}

// The guest was mostly called out for one SGI of another CPU, with nothing left in its list registers.
static inline bool sync_one_sgi(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    uint32_t sgis = c->priv.pending & 0xffff;
    if (!sgis || (sgis & (sgis - 1)) || g->version == 2)
        return false;
    unsigned intid = (unsigned)__builtin_ctz(sgis);
    return put_at_once(g, c, intid) || (nothing_left(c) && put_sgi(g, cpu, intid));
}

static uint32_t sync_lists(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    for (uint32_t m = c->waiters; __builtin_expect(m, 0); m &= m - 1)
        g->host.wake(g->host.ctx, (unsigned)__builtin_ctz(m));
    c->waiters = 0;
    for (uint32_t m = c->lr_used; m; m &= m - 1)
        fold_lr(g, cpu, (unsigned)__builtin_ctz(m));
    if (__builtin_expect(c->taken, 0))
        fold_ends(g, cpu, *c->hw.hcr >> HCR_EOICOUNT_SHIFT);
    uint32_t wishes = fill_lrs(g, cpu);
    return wishes | (c->taken ? HCR_LRENPIE : 0);
}

static __attribute__((noinline)) unsigned sync_all(struct vgic *g, unsigned cpu, uint16_t done[VGIC_MAX_LRS])
{
    struct vgic_cpu *c = &g->cpu[cpu];
    *c->hw.hcr = c->hcr | sync_lists(g, cpu);
    if (g->timer)
        vgic_timer_update(g, cpu);
    return __builtin_expect(g->ended, 0) ? report_ends(g, done) : 0;
}

unsigned vgic_sync(struct vgic *g, unsigned cpu, uint16_t done[VGIC_MAX_LRS])
{
    struct vgic_cpu *c = &g->cpu[cpu];
    unsigned num_done = 0;
    lock_acquire(&g->lock);
    if (sync_one_sgi(g, cpu)) // nothing has changed that concerns the timer, and nothing has ended
        *c->hw.hcr = c->hcr;
    else
        num_done = sync_all(g, cpu, done);
    lock_release(&g->lock);
    return num_done;
}

// ---- what is true now ----

static uint32_t lists_now(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask, unsigned state)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    uint32_t found = 0;
    for (uint32_t m = mask & b->in_lr; m; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctz(m);
        struct vgic_cpu *c = &g->cpu[b->lr_cpu[n]];
        if (lr_state(&c->hw, lr_of(c, vgic_intid(bank, n))) & state)
            found |= 1u << n;
    }
    return found;
}

uint32_t vgic_pending_now(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    uint32_t now = vgic_bank_pending(b) | (lists_now(g, cpu, bank, mask, 1) & (b->edge | b->latched));
    if (!bank && (g->timer & mask) && (*g->cpu[cpu].hw.timer_ctl & 7) == 5) // enabled, condition met, not masked
        now |= g->timer;
    return now & mask;
}

uint32_t vgic_active_now(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    uint32_t now = (b->active | lists_now(g, cpu, bank, mask, 2)) & mask;
    if (!bank && (g->timer & mask) && (*g->cpu[cpu].hw.timer_cfg & L4_VTMR_CFG_ACTIVE))
        now |= g->timer;
    return now;
}

// ---- what wakes a CPU ----

static unsigned priority_mask(struct vgic_hw const *hw)
{
    return hw->version == 2 ? *hw->vmcr >> 27 << 3 : *hw->vmcr >> 24;
}

bool vgic_signals(struct vgic const *g, unsigned cpu, unsigned prio, bool group1)
{
    struct vgic_hw const *hw = &g->cpu[cpu].hw;
    if (g->cpu[cpu].powered_down)
        return true;
    return (*hw->vmcr >> group1 & 1) && prio < priority_mask(hw) && preempts(hw, prio, group1);
}

static bool any_lr_signals(struct vgic const *g, unsigned cpu)
{
    struct vgic_cpu const *c = &g->cpu[cpu];
    for (uint32_t m = c->lr_used; m; m &= m - 1) {
        struct vgic_lr lr = lr_get(&c->hw, (unsigned)__builtin_ctz(m));
        if (lr.pending && !lr.active && vgic_signals(g, cpu, lr.prio, lr.group1))
            return true;
    }
    return false;
}

// Of those without a list register, the most urgent one alone is looked at, and not its group.
static bool any_waits(struct vgic *g, unsigned cpu)
{
    uint8_t prio;
    struct vgic_cpu const *c = &g->cpu[cpu];
    return best_ready(g, cpu, &prio) != VGIC_SPURIOUS && (c->powered_down || prio < priority_mask(&c->hw));
}

bool vgic_wakes(struct vgic *g, unsigned cpu)
{
    lock_acquire(&g->lock);
    bool wakes = any_lr_signals(g, cpu) || any_waits(g, cpu);
    lock_release(&g->lock);
    return wakes;
}
