// SPDX-License-Identifier: MIT
// The machine's random number device, a virtio device (virtio 1.2, section 5.4): one buffer goes to it and comes back filled.
#pragma once

#include <l4/virtio/bus.h>
#include <l4/virtqueue/virtqueue.h>

enum { DEVICE_BYTES = 64 };

struct rng_device {
    struct virtio_place place;
    struct vq_drv queue;
    void *cookie[1];
    uint16_t chain_len[1], next[1];
    uint8_t *buffer;
    uint64_t address; // of the buffer, the device's
    bool asked;       // it has the buffer
};

// Takes it into use. 0 or a negative error code.
int rng_device_start(struct rng_device *d, struct virtio_bus *bus, struct srv *srv, struct srv_object *irq);

// Gives it the buffer, if it has not got it already.
void rng_device_ask(struct rng_device *d);

// Takes back what it has filled: how many bytes are in d->buffer, 0: none yet; negative: it breaks the rules, or asks for a
// reset.
int rng_device_take(struct rng_device *d);
