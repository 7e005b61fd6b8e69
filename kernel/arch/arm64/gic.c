// SPDX-License-Identifier: MIT
#include <arch/gic.h>
#include "panic.h"

struct gic_ops const *gic;
unsigned gic_num_irqs;

void gic_init(struct boot_info const *bi)
{
    switch (bi->gic.version) {
    case 2:
        gic = &gicv2_ops;
        gicv2_init(bi);
        break;
    case 3:
        gic = &gicv3_ops;
        gicv3_init(bi);
        break;
    default:
        kernel_panic("gic: boot found no GICv2 or GICv3");
    }
}
