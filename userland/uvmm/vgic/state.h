// SPDX-License-Identifier: MIT
// What the files of the vGIC share. All with its lock held.
#pragma once

#include "vgic/lpi.h"

static inline struct vgic_bank *vgic_bank_of(struct vgic *g, unsigned cpu, unsigned bank)
{
    if (bank == 0)
        return &g->cpu[cpu].priv;
    return bank < VGIC_MAX_BANKS ? &g->spi[bank] : &g->lpis->bank[bank - VGIC_MAX_BANKS];
}

// The bank of an interrupt that exists. Those of LPIs follow the others.
static inline unsigned vgic_bank_index(unsigned intid)
{
    return __builtin_expect(intid < VGIC_FIRST_LPI, 1) ? intid / 32 : intid / 32 - VGIC_FIRST_LPI / 32 + VGIC_MAX_BANKS;
}

// Interrupt n of a bank.
static inline unsigned vgic_intid(unsigned bank, unsigned n)
{
    return bank * 32 + n + (bank < VGIC_MAX_BANKS ? 0 : VGIC_FIRST_LPI - VGIC_MAX_IRQS);
}

static inline bool vgic_is_lpi(unsigned intid)
{
    return intid >= VGIC_FIRST_LPI;
}

// An SGI of a GICv2 is one interrupt for each sender.
static inline bool vgic_is_sgi2(struct vgic const *g, unsigned intid)
{
    return g->version == 2 && intid < 16;
}

static inline uint32_t vgic_bank_pending(struct vgic_bank const *b)
{
    return b->pending | (b->line & ~b->edge);
}

// Of a bank, those whose group is switched on.
static inline uint32_t vgic_bank_forwarded(struct vgic const *g, struct vgic_bank const *b)
{
    return ((g->ctlr & 1) ? ~b->group : 0) | ((g->ctlr & 2) ? b->group : 0);
}

// Interrupts of a bank that wait for a list register, or could be in one once more; `in_lr`: of which that is not asked.
static inline uint32_t vgic_bank_waiting(struct vgic const *g, struct vgic_bank const *b, uint32_t in_lr)
{
    uint32_t waiting = vgic_bank_pending(b) & b->enabled & ~b->active & ~(b->in_lr & in_lr) & ~b->withheld;
    return waiting ? waiting & vgic_bank_forwarded(g, b) : 0;
}

// Interrupts of a bank that wait for a list register.
static inline uint32_t vgic_bank_ready(struct vgic const *g, struct vgic_bank const *b)
{
    return vgic_bank_waiting(g, b, ~0u);
}

// The interrupts in `mask` of this bank may have become deliverable: whom that concerns is kicked.
void vgic_changed(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);

// ---- lists.c ----

// GICv3. The SGI is ready, and cpu's registers are in memory: puts it into a list register at once, if that is easy.
bool vgic_put_sgi(struct vgic *g, unsigned cpu, unsigned intid);
// Those of `mask` that wait in list registers go back to the bank; what is active stays there. vgic_own()ed.
void vgic_take_out(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);
// Which of `mask` are pending, or active, now. vgic_own()ed.
uint32_t vgic_pending_now(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);
uint32_t vgic_active_now(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);
// Those of `mask` are not active any more. vgic_own()ed, and after vgic_take_out().
void vgic_deactivate(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);
// All that is in cpu's list registers goes back to the banks, active or not. The CPU is out of the guest.
void vgic_give_all_back(struct vgic *g, unsigned cpu);

// ---- own.c ----

// Instead of taking the lock: takes it, with the list registers in memory of all CPUs that have one of these interrupts
// (bank 0: of `cpu`). `self`: the calling CPU.
void vgic_own(struct vgic *g, unsigned self, unsigned cpu, unsigned bank, uint32_t mask);
void vgic_own_all(struct vgic *g, unsigned self);
void vgic_disown(struct vgic *g, unsigned self);

// ---- timer.c ----

// What the kernel is to do with the timer's interrupt, after a change of its state. The CPU is out of the guest.
void vgic_timer_update(struct vgic *g, unsigned cpu);

// ---- block.c ----

// Register block 0x080 .. 0xcff that GICD and GICR's SGI frame share; `off` is a GICD offset. Takes the lock.
uint32_t vgic_block_read(struct vgic *g, unsigned self, unsigned cpu, uint32_t off);
void vgic_block_write(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t value, uint32_t bytes);
