// SPDX-License-Identifier: MIT
// Devices of the machine that io gives to this guest.
#pragma once

#include "vm.h"

// Looks at capability `vbus`; without one there is nothing to pass through.
void vbus_init(struct vm *m);

// Do all reg entries of the node (at least one) lie in memory of the vbus?
bool vbus_owns(struct vm *m, int node);

// Gives the node its registers (at the same guest address) and interrupts (same number). 0, or -1
// when some are not on the vbus.
int vbus_pass_through(struct vm *m, int node);

// Same for a node that names a device by l4vmm,vbus-dev: resources reg0.. and irq0.. of that device
// appear where the node wants them.
int vbus_assign_by_hid(struct vm *m, int node);
