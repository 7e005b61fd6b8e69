// SPDX-License-Identifier: MIT
// LPIs: their state, and the tables in the guest's memory that hold the rest of it (lpi.h). The guest may change its memory at
// any time: what is read counts from then on, until it is read again, as the architecture lets caches do (IHI 0069, 5.1).
#include "vgic/lpi.h"
#include "log.h"
#include "vgic/state.h"

enum {
    GICR_CTLR = 0x0000,
    GICR_PROPBASER = 0x0070,
    GICR_PENDBASER = 0x0078,
    CTLR_ENABLE_LPIS = 1 << 0,
    CTLR_CES = 1 << 1, // EnableLPIs can be cleared
    PROP_ENABLE = 1 << 0,
    PROP_PRIORITY = 0xf8, // five bits, as the list registers have
    PROP_ID_BITS = 0x1f,
    PENDING_FIRST = VGIC_FIRST_LPI / 8, // below are implementation-defined bytes
};
#define BASE_ADDRESS 0x000ffffffffff000ull
#define PEND_ADDRESS 0x000fffffffff0000ull
#define PEND_ZERO (1ull << 62) // the table holds nothing
// What cannot be written: inner shareable, inner cacheable, the outer ones the same. uvmm's own view is no other.
#define BASE_ATTRIBUTES (1ull << 10 | 7ull << 7)

void vgic_lpi_init(struct vgic *g, struct vgic_lpis *l, struct vgic_memory memory)
{
    l->memory = memory;
    for (unsigned i = 0; i < VGIC_LPI_BANKS; i++) {
        struct vgic_bank *b = &l->bank[i];
        b->group = b->edge = ~0u;
        for (unsigned n = 0; n < 32; n++)
            b->cpu[n] = VGIC_NOBODY;
    }
    g->lpis = l;
}

// ---- state ----

void vgic_lpi_pend(struct vgic *g, unsigned cpu, unsigned intid)
{
    unsigned bank = vgic_bank_index(intid), n = intid % 32;
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    if (!(g->lpis->on >> cpu & 1))
        return;
    if (!((b->pending | b->in_lr) >> n & 1)) // what is in a list register is its CPU's
        b->cpu[n] = (uint8_t)cpu;
    b->pending |= 1u << n;
    vgic_changed(g, cpu, bank, 1u << n);
}

void vgic_lpi_clear(struct vgic *g, unsigned self, unsigned intid)
{
    unsigned bank = vgic_bank_index(intid);
    uint32_t bit = 1u << (intid % 32);
    vgic_own(g, self, self, bank, bit);
    vgic_take_out(g, self, bank, bit);
    vgic_bank_of(g, self, bank)->pending &= ~bit;
    vgic_disown(g, self);
}

// Of a bank, what is pending on this CPU; it is in no list register.
static uint32_t pending_on(struct vgic_bank const *b, unsigned cpu)
{
    uint32_t found = 0;
    for (uint32_t m = b->pending; m; m &= m - 1)
        if (b->cpu[__builtin_ctz(m)] == cpu)
            found |= m & -m;
    return found;
}

// Those in the mask, which are pending and in no list register, are another CPU's.
static void move(struct vgic *g, unsigned bank, uint32_t mask, unsigned to)
{
    struct vgic_bank *b = vgic_bank_of(g, to, bank);
    for (uint32_t m = mask; m; m &= m - 1)
        b->cpu[__builtin_ctz(m)] = (uint8_t)to;
    if (!(g->lpis->on >> to & 1)) // which ignores them
        b->pending &= ~mask;
    vgic_changed(g, to, bank, mask);
}

void vgic_lpi_move(struct vgic *g, unsigned self, unsigned intid, unsigned to)
{
    unsigned bank = vgic_bank_index(intid);
    uint32_t bit = 1u << (intid % 32);
    vgic_own(g, self, self, bank, bit);
    vgic_take_out(g, self, bank, bit);
    move(g, bank, vgic_bank_of(g, self, bank)->pending & bit, to);
    vgic_disown(g, self);
}

// Takes what is in list registers of a CPU out, of one bank. vgic_own()ed. Returns what is pending there.
static uint32_t take_from(struct vgic *g, unsigned bank, unsigned cpu)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    uint32_t in_lr = 0;
    for (uint32_t m = b->in_lr; m; m &= m - 1)
        if (b->lr_cpu[__builtin_ctz(m)] == cpu)
            in_lr |= m & -m;
    vgic_take_out(g, cpu, bank, in_lr);
    return pending_on(b, cpu);
}

void vgic_lpi_move_all(struct vgic *g, unsigned self, unsigned from, unsigned to)
{
    for (unsigned bank = VGIC_MAX_BANKS; bank < VGIC_ALL_BANKS; bank++) {
        vgic_own(g, self, self, bank, ~0u);
        move(g, bank, take_from(g, bank, from), to);
        vgic_disown(g, self);
    }
}

void vgic_lpi_forward(struct vgic *g)
{
    for (unsigned bank = VGIC_MAX_BANKS; g->lpis && bank < VGIC_ALL_BANKS; bank++) {
        vgic_take_out(g, 0, bank, ~vgic_bank_forwarded(g, vgic_bank_of(g, 0, bank)));
        vgic_changed(g, 0, bank, ~0u);
    }
}

// ---- configuration ----

// Entries of LPIs first .. first + count - 1; disabled, where the table has none for LPIs, or is not in RAM: false.
static bool read_properties(struct vgic *g, unsigned cpu, unsigned first, unsigned count, uint8_t *to)
{
    struct vgic_memory const *memory = &g->lpis->memory;
    uint64_t base = g->lpis->propbaser[cpu];
    uint64_t end = 2ull << (base & PROP_ID_BITS);
    for (unsigned i = 0; i < count; i++)
        to[i] = 0;
    if (end <= first)
        return true;
    uint64_t at = (base & BASE_ADDRESS) + first - VGIC_FIRST_LPI;
    return memory->read(memory->ctx, at, to, count); // with one LPI it has them all
}

// Of a bank, those in the mask, which are not in list registers then. vgic_own()ed. False: the table is not in RAM.
static bool configure(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    struct vgic_bank *b = vgic_bank_of(g, cpu, bank);
    unsigned first = (unsigned)__builtin_ctz(mask), last = 31 - (unsigned)__builtin_clz(mask);
    uint8_t property[32];
    uint32_t changed = 0;
    bool found = read_properties(g, cpu, vgic_intid(bank, first), last - first + 1, property);
    for (unsigned n = first; n <= last; n++) {
        uint8_t p = property[n - first];
        if ((p & PROP_ENABLE) != (b->enabled >> n & 1) || (p & PROP_PRIORITY) != b->prio[n])
            changed |= 1u << n;
    }
    vgic_take_out(g, cpu, bank, changed);
    for (uint32_t m = changed; m; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctz(m);
        b->prio[n] = property[n - first] & PROP_PRIORITY;
        b->enabled = property[n - first] & PROP_ENABLE ? b->enabled | 1u << n : b->enabled & ~(1u << n);
    }
    vgic_changed(g, cpu, bank, changed);
    return found;
}

static void report_properties(struct vgic const *g, unsigned cpu, bool found)
{
    if (!found)
        log_guest(LOG_WARN, "LPI properties at 0x%llx are not in RAM; LPIs are disabled",
                  (unsigned long long)(g->lpis->propbaser[cpu] & BASE_ADDRESS));
}

void vgic_lpi_configure(struct vgic *g, unsigned self, unsigned cpu, unsigned intid)
{
    unsigned bank = vgic_bank_index(intid);
    vgic_own(g, self, self, bank, 1u << (intid % 32));
    bool found = configure(g, cpu, bank, 1u << (intid % 32));
    vgic_disown(g, self);
    report_properties(g, cpu, found);
}

void vgic_lpi_configure_all(struct vgic *g, unsigned self, unsigned cpu)
{
    bool found = true;
    for (unsigned bank = VGIC_MAX_BANKS; bank < VGIC_ALL_BANKS; bank++) {
        vgic_own(g, self, self, bank, ~0u);
        found &= configure(g, cpu, bank, ~0u);
        vgic_disown(g, self);
    }
    report_properties(g, cpu, found);
}

// ---- a redistributor's switch ----

static uint64_t pending_table(struct vgic const *g, unsigned cpu)
{
    return (g->lpis->pendbaser[cpu] & PEND_ADDRESS) + PENDING_FIRST;
}

static void enable(struct vgic *g, unsigned self, unsigned cpu)
{
    uint32_t pending[VGIC_LPI_BANKS] = {0};
    struct vgic_lpis *l = g->lpis;
    uint64_t table = pending_table(g, cpu);
    vgic_lpi_configure_all(g, self, cpu);
    if (!(l->pendbaser[cpu] & PEND_ZERO) && !l->memory.read(l->memory.ctx, table, pending, sizeof(pending)))
        log_guest(LOG_WARN, "pending LPIs at 0x%llx are not in RAM; there are none", (unsigned long long)table);
    lock_acquire(&g->lock);
    l->on |= 1u << cpu;
    for (unsigned i = 0; i < VGIC_LPI_BANKS; i++)
        for (uint32_t m = pending[i]; m; m &= m - 1)
            vgic_lpi_pend(g, cpu, VGIC_FIRST_LPI + i * 32 + (unsigned)__builtin_ctz(m));
    lock_release(&g->lock);
}

static void disable(struct vgic *g, unsigned self, unsigned cpu)
{
    uint32_t pending[VGIC_LPI_BANKS];
    struct vgic_lpis *l = g->lpis;
    uint64_t table = pending_table(g, cpu);
    for (unsigned i = 0; i < VGIC_LPI_BANKS; i++) {
        vgic_own(g, self, self, VGIC_MAX_BANKS + i, ~0u);
        l->on &= ~(1u << cpu);
        pending[i] = take_from(g, VGIC_MAX_BANKS + i, cpu);
        l->bank[i].pending &= ~pending[i];
        vgic_disown(g, self);
    }
    if (!l->memory.write(l->memory.ctx, table, pending, sizeof(pending)))
        log_guest(LOG_WARN, "pending LPIs at 0x%llx are not in RAM; they are lost", (unsigned long long)table);
}

// ---- registers ----

uint32_t vgic_lpi_read(struct vgic *g, unsigned cpu, uint32_t off)
{
    struct vgic_lpis const *l = g->lpis;
    if (!l)
        return 0;
    if (off == GICR_CTLR)
        return CTLR_CES | (l->on >> cpu & 1 ? CTLR_ENABLE_LPIS : 0);
    uint64_t v = 0;
    if ((off & ~4u) == GICR_PROPBASER)
        v = l->propbaser[cpu] | BASE_ATTRIBUTES;
    else if ((off & ~4u) == GICR_PENDBASER)
        v = (l->pendbaser[cpu] & PEND_ADDRESS) | BASE_ATTRIBUTES;
    return (uint32_t)(off & 4 ? v >> 32 : v);
}

static void base_write(uint64_t *base, uint32_t off, uint32_t v, uint64_t mask)
{
    uint64_t now = off & 4 ? (*base & 0xffffffffu) | (uint64_t)v << 32 : (*base & ~0xffffffffull) | v;
    *base = now & mask;
}

void vgic_lpi_write(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    struct vgic_lpis *l = g->lpis;
    if (!l || bytes != 0xf)
        return;
    bool on = l->on >> cpu & 1;
    if (off == GICR_CTLR && (v & CTLR_ENABLE_LPIS) && !on)
        enable(g, self, cpu);
    else if (off == GICR_CTLR && !(v & CTLR_ENABLE_LPIS) && on)
        disable(g, self, cpu);
    else if ((off & ~4u) == GICR_PROPBASER && !on) // the tables in use stay (IHI 0069, 12.11: unpredictable)
        base_write(&l->propbaser[cpu], off, v, BASE_ADDRESS | PROP_ID_BITS);
    else if ((off & ~4u) == GICR_PENDBASER && !on)
        base_write(&l->pendbaser[cpu], off, v, PEND_ADDRESS | PEND_ZERO);
}
