// SPDX-License-Identifier: MIT
// Encodings of list registers: GICH_LR (IHI 0048, 5.3.10) and ICH_LR_EL2 (IHI 0069, 12.4.9).
#include "vgic/vgic.h"

enum {
    HCR_EN = 1 << 0,
    HCR_UIE = 1 << 1,
    HCR_NPIE = 1 << 3,
};

#define LR2_PENDING (1u << 28)
#define LR2_ACTIVE (1u << 29)
#define LR2_GROUP1 (1u << 30)
#define LR2_EOI (1u << 19)

#define LR3_EOI (1ull << 41)
#define LR3_GROUP1 (1ull << 60)
#define LR3_PENDING (1ull << 62)
#define LR3_ACTIVE (1ull << 63)

struct vgic_lr vgic_lr_get(struct vgic_hw const *hw, unsigned i)
{
    struct vgic_lr lr = {};
    if (hw->version == 2) {
        uint32_t v = hw->lr2[i];
        lr.intid = v & 0x3ff;
        lr.from = (v >> 10) & 7;
        lr.prio = (uint8_t)(((v >> 23) & 0x1f) << 3);
        lr.pending = v & LR2_PENDING;
        lr.active = v & LR2_ACTIVE;
        lr.group1 = v & LR2_GROUP1;
        lr.eoi = v & LR2_EOI;
        return lr;
    }
    uint64_t v = hw->lr3[i];
    lr.intid = (uint16_t)(v & 0xffff);
    lr.prio = (uint8_t)(v >> 48);
    lr.pending = v & LR3_PENDING;
    lr.active = v & LR3_ACTIVE;
    lr.group1 = v & LR3_GROUP1;
    lr.eoi = v & LR3_EOI;
    return lr;
}

void vgic_lr_set(struct vgic_hw const *hw, unsigned i, struct vgic_lr const *lr)
{
    if (hw->version == 2) {
        uint32_t v = lr->intid | (uint32_t)(lr->prio >> 3) << 23;
        if (lr->intid < 16)
            v |= (uint32_t)(lr->from & 7) << 10;
        v |= (lr->pending ? LR2_PENDING : 0) | (lr->active ? LR2_ACTIVE : 0);
        v |= (lr->group1 ? LR2_GROUP1 : 0) | (lr->eoi ? LR2_EOI : 0);
        hw->lr2[i] = v;
        return;
    }
    uint64_t v = lr->intid | (uint64_t)lr->prio << 48;
    v |= (lr->pending ? LR3_PENDING : 0) | (lr->active ? LR3_ACTIVE : 0);
    v |= (lr->group1 ? LR3_GROUP1 : 0) | (lr->eoi ? LR3_EOI : 0);
    hw->lr3[i] = v;
}

void vgic_lr_clear(struct vgic_hw const *hw, unsigned i)
{
    if (hw->version == 2)
        hw->lr2[i] = 0;
    else
        hw->lr3[i] = 0;
}

void vgic_hcr_set(struct vgic_hw const *hw, enum vgic_wait wait)
{
    uint32_t hcr = HCR_EN;
    if (wait == VGIC_WAIT_NO_PENDING)
        hcr |= HCR_NPIE;
    else if (wait == VGIC_WAIT_UNDERFLOW)
        hcr |= HCR_UIE;
    *hw->hcr = hcr;
}
