// SPDX-License-Identifier: MIT
// A network port as an L4 virtio device: its features, its MAC address, its two queues.
#pragma once

#include <l4/l4virtio/device.h>
#include <l4/net/packet.h>
#include <l4/srv/share.h>

enum { NET_MAC_LEN = 6 };

struct net_device {
    struct l4virtio_device dev;
    struct net_side side;
    bool has_mac;
    uint8_t mac[NET_MAC_LEN];
    struct share *share; // of the factory that it was made by
};

struct net_device_params {
    char const *name;
    uint8_t const *mac;              // NULL: the driver chooses one
    unsigned queue_size;             // entries at most, a power of two
    unsigned ds_max;
    struct l4virtio_trusted trusted; // stays with the device
    struct share *share;             // what it is charged to while it exists
};

static inline struct net_device *net_device_of(struct l4virtio_device *d)
{
    return (struct net_device *)((char *)d - offsetof(struct net_device, dev));
}

// Makes the device; n: zeroed memory of the caller. Returns 0, -L4_ENOMEM when the share is used up, or another negative
// error; with a message.
int net_device_init(struct net_device *n, struct srv *srv, struct l4virtio_device_ops const *ops,
                    struct net_device_params const *params);

// Takes back a device that was not handed out; it calls ops->reset.
void net_device_destroy(struct net_device *n);

// For the operations of struct l4virtio_device_ops, whose names they have.
bool net_device_features_ok(struct l4virtio_device *d);
int net_device_driver_ok(struct net_device *n);
void net_device_reset(struct net_device *n);
void net_device_gone(struct net_device *n);

// A locally administered address for port number `index`; the clock keeps apart the switches of one system.
void net_device_make_mac(uint8_t mac[NET_MAC_LEN], unsigned index);
