// SPDX-License-Identifier: MIT
// The virtual timer's interrupt: the kernel delivers it by itself ("direct mode", kernel-abi 6.8), as configured here.
#include "vgic/state.h"

#include <l4/sys/abi/vcpu.h>

void vgic_timer_update(struct vgic *g, unsigned cpu)
{
    struct vgic_cpu *c = &g->cpu[cpu];
    struct vgic_bank *b = &c->priv;
    uint32_t bit = g->timer, old = *c->hw.timer_cfg;
    if (!bit)
        return;
    unsigned n = (unsigned)__builtin_ctz(bit);
    uint32_t cfg = (old & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE)) | n | L4_VTMR_CFG_DIRECT |
                   (uint32_t)b->prio[n] << L4_VTMR_CFG_PRIO_SHIFT;
    if (b->group & bit)
        cfg |= L4_VTMR_CFG_GRP1;
    // Pending or active by the guest's own writes, it is in the bank, or in an ordinary list register.
    if (b->enabled & vgic_bank_forwarded(g, b) & ~(b->active | b->pending | b->in_lr) & bit)
        cfg |= L4_VTMR_CFG_ENABLED;
    bool kernels = (old & L4_VTMR_CFG_ACTIVE) || ((cfg & L4_VTMR_CFG_ENABLED) && (old & L4_VTMR_CFG_PENDING));
    b->withheld = kernels ? b->withheld | bit : b->withheld & ~bit;
    *c->hw.timer_cfg = cfg;
}
