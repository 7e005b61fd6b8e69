// SPDX-License-Identifier: MIT
// The driver's memory as registered with a device.
#pragma once

#include <l4/l4virtio/device.h>

// Serves register_ds; `in` stands behind the opcode. Returns 0 or a negative error.
long l4virtio_memory_register(struct l4virtio_device *d, struct msg_in *in);

// Detaches all regions and gives their capabilities back, so that the memory can become free.
void l4virtio_memory_release(struct l4virtio_device *d);
