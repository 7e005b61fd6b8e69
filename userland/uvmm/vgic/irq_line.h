// SPDX-License-Identifier: MIT
// An interrupt input of the guest's interrupt controller, as a device sees it.
#pragma once

#include "vgic/vgic.h"

struct irq_line {
    struct vgic *gic; // NULL: not connected
    unsigned intid;   // shared interrupt
};

static inline void irq_line_set(struct irq_line const *l, bool level)
{
    if (l->gic)
        vgic_set_line(l->gic, 0, l->intid, level);
}

// A source that masks itself until the guest's end of interrupt (passed-through hardware).
struct irq_source {
    struct irq_line line;
    void (*end_of_interrupt)(struct irq_source *s); // on a vCPU thread
};
