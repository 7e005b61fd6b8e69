// SPDX-License-Identifier: MIT
#include "interrupt.h"

#include "gic.h"
#include "smp.h"

struct interrupts *interrupts(void)
{
    return &this_cpu()->interrupts;
}

void interrupts_reset(void)
{
    struct interrupts *i = interrupts();
    i->hook = NULL;
    i->end = INTERRUPT_END;
    i->total = i->spurious = i->fiqs = 0;
    i->last = GIC_SPURIOUS;
    for (unsigned n = 0; n < 1024; n++)
        i->count[n] = 0;
}

void interrupt_taken(bool fiq)
{
    struct interrupts *i = interrupts();
    uint32_t iar = fiq && platform.gic_version == 3 ? gic_ack_group(0) : gic_ack();
    unsigned irq = gic_id(iar);
    if (irq >= GIC_FIRST_SPECIAL) {
        i->spurious++;
        return;
    }
    i->fiqs += fiq;
    i->last = iar;
    i->total++;
    i->count[irq]++;
    if (i->hook)
        i->hook(iar);
    if (i->end == INTERRUPT_END) {
        if (fiq && platform.gic_version == 3)
            gic_eoi_group(iar, 0);
        else
            gic_eoi(iar);
    }
}
