// SPDX-License-Identifier: MIT
// An access to a register that shows or changes what list registers hold, perhaps those of another CPU that is in the guest.
// That CPU is kicked, comes by vgic_sync(), wakes who waits for it, and sleeps while it is held. Whoever waits is out of the
// guest himself: two that want each other's registers do not wait for each other. tests/verify/stop.pml is a model of this.
#include "vgic/state.h"

static uint32_t owners(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask)
{
    if (bank == 0)
        return 1u << cpu;
    struct vgic_bank const *b = vgic_bank_of(g, cpu, bank);
    uint32_t set = 0;
    for (uint32_t m = mask & b->in_lr; m; m &= m - 1)
        set |= 1u << b->lr_cpu[__builtin_ctz(m)];
    return set;
}

// Holds the CPUs in the set. Returns how many of them it has to wait for.
static unsigned hold(struct vgic *g, unsigned self, uint32_t set)
{
    unsigned wait = 0;
    for (uint32_t m = set; m; m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        __atomic_store_n(&g->cpu[i].held, g->cpu[i].held + 1, __ATOMIC_RELEASE);
        if (g->host.stop(g->host.ctx, i))
            continue;
        g->cpu[i].waiters |= 1u << self;
        wait++;
    }
    g->cpu[self].holds |= set;
    return wait;
}

static void wait_for(struct vgic *g, unsigned self, unsigned count)
{
    lock_release(&g->lock);
    while (count--)
        g->host.wait(g->host.ctx, self);
    lock_acquire(&g->lock);
}

void vgic_own(struct vgic *g, unsigned self, unsigned cpu, unsigned bank, uint32_t mask)
{
    lock_acquire(&g->lock);
    for (;;) {
        uint32_t more = owners(g, cpu, bank, mask) & ~(1u << self | g->cpu[self].holds);
        if (__builtin_expect(!more, 1))
            return;
        unsigned wait = hold(g, self, more);
        if (wait)
            wait_for(g, self, wait);
    }
}

void vgic_own_all(struct vgic *g, unsigned self)
{
    lock_acquire(&g->lock);
    unsigned wait = hold(g, self, ((1u << g->num_cpus) - 1) & ~(1u << self));
    if (wait)
        wait_for(g, self, wait);
}

void vgic_disown(struct vgic *g, unsigned self)
{
    for (uint32_t m = g->cpu[self].holds; __builtin_expect(m, 0); m &= m - 1) {
        unsigned i = (unsigned)__builtin_ctz(m);
        __atomic_store_n(&g->cpu[i].held, g->cpu[i].held - 1, __ATOMIC_RELEASE);
        if (!g->cpu[i].held)
            g->host.kick(g->host.ctx, i);
    }
    g->cpu[self].holds = 0;
    lock_release(&g->lock);
}
