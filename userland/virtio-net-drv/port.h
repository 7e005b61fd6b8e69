// SPDX-License-Identifier: MIT
// A port of a switch, which this program is the driver of. Its server may be hostile, and may go.
#pragma once

#include <l4/dma/dma.h>
#include <l4/l4virtio/driver.h>

#include "lane.h"

struct port {
    struct l4virtio_driver dev;
    struct lane_queue rx, tx;
};

// Takes a port into use, up to the negotiation of features: *offered, those of word 0. Returns the largest size of its queues,
// or a negative error code.
int port_begin(struct port *p, l4_cap_idx_t cap, uint32_t *offered);

// Accepts features of word 0, and makes `num` entries in each queue. `irq` is triggered by the port; `buffers` is what frames
// lie in, known to the port by the devices' addresses. 0 or a negative error code.
int port_start(struct port *p, uint32_t features, unsigned num, l4_cap_idx_t irq, struct dma_space const *dma,
               struct dma_memory const *buffers);

// Does it work, as far as it says?
bool port_works(struct port const *p);
