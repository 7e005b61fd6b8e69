// SPDX-License-Identifier: MIT
// The interrupt controller of a virtual bus: the interrupts of its devices, under their numbers,
// bound directly to the kernel's controller.
#pragma once

#include <l4/srv/server.h>

#include "bus.h"

struct vicu {
    struct srv_object object;
    struct bus const *bus;
};

// kernel_icu: what interrupts are bound to; invalid: no bus has interrupts.
void vicu_init(l4_cap_idx_t kernel_icu);

// NULL, or why [first, last] are no interrupts of the machine.
char const *vicu_check(uint64_t first, uint64_t last);

// Makes the controller's gate. Returns 0 or a negative error.
int vicu_create(struct vicu *v, struct srv *srv, struct bus const *bus);
