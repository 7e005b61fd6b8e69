// SPDX-License-Identifier: MIT
// Devices of the machine that io gives to this guest.
#pragma once

#include "vm.h"

struct dt_irq;

// Looks at capability `vbus`; without one there is nothing to pass through.
void vbus_init(struct vm *m);

// That capability, if there is a bus.
l4_cap_idx_t vbus_cap(void);

// Lets its devices reach [host, host + size) of uvmm at the guest's address, if an IOMMU keeps them to such memory. 0 or a
// negative L4 error.
int vbus_dma_map(uint64_t gpa, void const *host, uint64_t size);

// Where in the machine's memory its devices find [offset, offset + size) of a dataspace. False: none of them does DMA, or
// they use the guest's addresses. Ends
// uvmm when it is not in one piece there.
bool vbus_dma_address(l4_cap_idx_t ds, uint64_t offset, uint64_t size, uint64_t *address);

// Connects an interrupt of the vbus, whose mode is io's or 0, with one of the guest's. 0, or -1 after a message.
int vbus_bind_irq(struct vm *m, int node, unsigned number, unsigned mode, struct dt_irq const *guest);

// Do all reg entries of the node (at least one) lie in memory of the vbus?
bool vbus_owns(struct vm *m, int node);

// Gives the node its registers (at the same guest address) and interrupts (same number). 0, or -1
// when some are not on the vbus.
int vbus_pass_through(struct vm *m, int node);

// Same for a node that names a device by l4vmm,vbus-dev: resources reg0.. and irq0.. of that device
// appear where the node wants them.
int vbus_assign_by_hid(struct vm *m, int node);
