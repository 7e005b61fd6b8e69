// SPDX-License-Identifier: MIT
// Requests to a PCI bus of a virtual bus and to its devices.
#pragma once

#include <l4/srv/msg.h>

#include "bus.h"

// op: L4VBUS_OP_PCI*; the message's arguments follow.
l4_msgtag_t vbus_pci_root(struct bus const *b, l4vbus_device_handle_t handle, uint32_t op, struct msg_in *in, l4_utcb_t *u);
l4_msgtag_t vbus_pci_device(struct bus const *b, l4vbus_device_handle_t handle, uint32_t op, struct msg_in *in, l4_utcb_t *u);
