// SPDX-License-Identifier: MIT
// Encodings of list registers: GICH_LR (IHI 0048, GICH_LRn) and ICH_LR_EL2 (IHI 0069, 12.4).
#pragma once

#include "vgic/vgic.h"

#define LR2_PENDING (1u << 28)
#define LR2_ACTIVE (1u << 29)
#define LR2_GROUP1 (1u << 30)
#define LR2_EOI (1u << 19)

#define LR3_EOI (1ull << 41)
#define LR3_GROUP1 (1ull << 60)
#define LR3_PENDING (1ull << 62)
#define LR3_ACTIVE (1ull << 63)

// GICH_HCR / ICH_HCR_EL2
enum {
    HCR_EN = 1 << 0,
    HCR_LRENPIE = 1 << 2, // tell when an end of interrupt finds no list register
    HCR_NPIE = 1 << 3,    // tell when none is pending
    HCR_TDIR = 1 << 14,
    HCR_EOICOUNT_SHIFT = 27,
};

// Contents of a list register, independent of the GIC version.
struct vgic_lr {
    uint16_t intid;
    uint8_t prio;
    uint8_t from;  // GICv2 SGI: sender
    bool pending;
    bool active;
    bool group1;
    bool eoi;      // maintenance interrupt at end of interrupt
};

// Is the interrupt in it pending (bit 0) or active (bit 1)?
static inline unsigned lr_state(struct vgic_hw const *hw, unsigned i)
{
    return hw->version == 2 ? hw->lr2[i] >> 28 & 3 : (unsigned)(hw->lr3[i] >> 62);
}

static inline struct vgic_lr lr_get(struct vgic_hw const *hw, unsigned i)
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

static inline void lr_set(struct vgic_hw const *hw, unsigned i, struct vgic_lr lr)
{
    if (hw->version == 2) {
        uint32_t v = lr.intid | (uint32_t)(lr.prio >> 3) << 23;
        if (lr.intid < 16)
            v |= (uint32_t)(lr.from & 7) << 10;
        v |= (lr.pending ? LR2_PENDING : 0) | (lr.active ? LR2_ACTIVE : 0);
        v |= (lr.group1 ? LR2_GROUP1 : 0) | (lr.eoi ? LR2_EOI : 0);
        hw->lr2[i] = v;
        return;
    }
    uint64_t v = lr.intid | (uint64_t)lr.prio << 48;
    v |= (lr.pending ? LR3_PENDING : 0) | (lr.active ? LR3_ACTIVE : 0);
    v |= (lr.group1 ? LR3_GROUP1 : 0) | (lr.eoi ? LR3_EOI : 0);
    hw->lr3[i] = v;
}

// Pending, and nothing more yet.
static inline void lr_set_pending(struct vgic_hw const *hw, unsigned i, struct vgic_lr lr)
{
    if (hw->version == 2)
        hw->lr2[i] = lr.intid | (uint32_t)(lr.prio >> 3) << 23 | LR2_PENDING | (uint32_t)(lr.from & 7) << 10 |
                     (uint32_t)lr.group1 << 30 | (uint32_t)lr.eoi << 19;
    else
        hw->lr3[i] = lr.intid | (uint64_t)lr.prio << 48 | LR3_PENDING | (uint64_t)lr.group1 << 60 | (uint64_t)lr.eoi << 41;
}

static inline void lr_clear(struct vgic_hw const *hw, unsigned i)
{
    if (hw->version == 2)
        hw->lr2[i] = 0;
    else
        hw->lr3[i] = 0;
}
