// SPDX-License-Identifier: MIT
// The machine's network card, a virtio device (virtio 1.2, section 5.1).
#pragma once

#include <l4/virtio/bus.h>

#include "lane.h"

struct nic {
    struct virtio_place place;
    struct lane_queue rx, tx;
};

// Negotiates those of the wanted features that it offers. Returns the largest size of its queues, or a negative error code.
int nic_begin(struct nic *n, uint64_t wanted);

// Its queues get `num` entries each. 0 or a negative error code.
int nic_queues(struct nic *n, struct dma_space const *dma, unsigned num);

void nic_notify(struct nic *n, unsigned queue);
