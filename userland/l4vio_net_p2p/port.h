// SPDX-License-Identifier: MIT
// A port of the switch: one network device, connected to the other port.
#pragma once

#include <l4/net/device.h>
#include <l4/net/options.h>

enum { PORTS = 2 };

struct port {
    bool used;
    unsigned index;
    struct net_device net;
    struct srv_timer stall;   // runs while packets wait for buffers of this port
    uint64_t waiting_since;   // us; 0: nothing waits
};

static inline struct port *port_of(struct net_device *n)
{
    return (struct port *)((char *)n - offsetof(struct port, net));
}

struct port_params {
    struct port_options const *options;
    struct l4virtio_trusted trusted; // stays with the port
    struct share *share;             // what it is charged to while it exists
};

// Makes a port; *port gets it. Returns 0, -L4_ENOMEM when both ports exist, the share is used up or the MAC address is
// taken, or another negative error; with a message.
int port_create(struct srv *srv, struct port_params const *params, struct port **port);

// Takes a port back that was not handed out.
void port_destroy(struct port *p);
