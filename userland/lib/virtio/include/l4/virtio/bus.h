// SPDX-License-Identifier: MIT
// Virtio devices of the machine on a bus of io: what their drivers have in common.
#pragma once

#include <l4/dma/dma.h>
#include <l4/srv/server.h>
#include <l4/virtio/mmio.h>

L4_BEGIN_DECLS

enum { VIRTIO_BUS_DEVICES = 32 };

struct virtio_place {
    struct virtio_mmio dev;
    unsigned id; // its kind (virtio 1.2, section 5), 0: nothing that can be used
    uint64_t at; // of its registers
    l4_umword_t irq, irq_mode;
};

struct virtio_bus {
    l4_cap_idx_t vbus, vicu;
    struct dma_space dma;
    struct virtio_place places[VIRTIO_BUS_DEVICES];
    unsigned count;
};

// Opens the bus that the program's capability `vbus` is, as its only driver: resets all devices, since whoever drove them
// before may be gone and still have them write to memory, and only then has the bus forget that memory. False, with a message:
// there is no bus, its devices cannot be used, or one could not be reset. Says what is wrong with single ones.
bool virtio_bus_open(struct virtio_bus *b);

// Calls found() for each device of this kind; says what it was if found() returns a negative error code.
void virtio_bus_scan(struct virtio_bus *b, unsigned id, int (*found)(void *ctx, struct virtio_place const *p), void *ctx);

// Has the device's interrupt come to an object, which registers with the server. Unmasked; 0 or a negative error code.
int virtio_bus_bind(struct virtio_bus *b, struct virtio_place const *p, struct srv *srv, struct srv_object *irq);

L4_END_DECLS
