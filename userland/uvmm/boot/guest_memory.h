// SPDX-License-Identifier: MIT
// Guest RAM as the virtqueue library wants to see it.
#pragma once

#include <l4/virtqueue/virtqueue.h>

// The table of all RAM regions; filled once RAM is set up.
struct vq_mem *guest_memory(void);
