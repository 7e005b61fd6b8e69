// SPDX-License-Identifier: MIT
// A driver of a network port whose memory comes from a factory of its own, which can be deleted.
#pragma once

#include <l4/l4virtio/driver.h>
#include <l4/virtqueue/virtqueue.h>
#include <stdbool.h>

enum { PORT_QUEUE = 8 };

struct port_queue {
    struct vq_drv drv;
    void *cookies[PORT_QUEUE];
    uint16_t chain_len[PORT_QUEUE], next[PORT_QUEUE];
};

struct port {
    struct l4virtio_driver dev;
    l4_cap_idx_t factory, ds;
    uint8_t *mem;
    struct port_queue rx, tx;
};

// Opens the device, with new memory and buffers to receive into.
void port_start(struct port *p, l4_cap_idx_t device);

// Takes the memory away from whoever uses it: deletes the factory that it came from.
void port_lose_memory(struct port *p);

// Gives back what the program itself has of it, after port_lose_memory() too. The device is reset.
void port_stop(struct port *p);

// Sends a frame that begins with `text`; receives one and says whether it does, waits for up to two seconds.
void port_send(struct port *p, char const *text);
bool port_receive(struct port *p, char const *text);

// Waits for up to two seconds until the device's status is this.
bool port_has_status(struct port *p, uint32_t status);
