// SPDX-License-Identifier: MIT
// The switch: learns behind which ports addresses are, and copies each frame from the driver that sends it straight to those
// that are to have it. No system calls: what has to be said to drivers goes through struct switch_ops.
#pragma once

#include <l4/net/packet.h>

#include "mac_table.h"
#include "vlan.h"

// Of one port, then others get their turn.
enum {
    SWITCH_BUDGET = 128,    // packets
    SWITCH_BYTES = 4 << 20, // copied, or somewhat more: large packets, for many
};

struct switch_port {
    struct net_side *side;
    struct vlan_port vlan;
    uint64_t received, received_bytes; // frames that were copied to it
    uint64_t missed;                   // frames for it that its driver had no buffers for, or could not take
    // private
    struct switch_port *next;
    struct switch_port *next_ready, *next_touched;
    bool ready, touched;
};

struct switch_ops {
    void (*kick)(struct switch_port *p);                     // interrupt the driver
    void (*broken)(struct switch_port *p, char const *why);  // the driver did wrong: it is not running any more after that
};

struct net_switch {
    struct switch_ops const *ops;
    struct switch_port *ports;   // all but the monitor
    struct switch_port *monitor; // NULL: there is none
    // private
    struct switch_port *first_ready, *last_ready; // have packets to send, in the order of their turns
    struct switch_port *touched;                  // their rings have news for their drivers
    struct mac_table macs;
};

void switch_init(struct net_switch *s, struct switch_ops const *ops, uint64_t random);

// Takes a port in; its side, and its VLAN, are there already.
void switch_add(struct net_switch *s, struct switch_port *p);

// Takes it out: nothing leads to it any more.
void switch_remove(struct net_switch *s, struct switch_port *p);

// The port may have packets to send: it gets its turn.
void switch_ready(struct net_switch *s, struct switch_port *p);

// Forwards packets of the port whose turn it is, up to its budget. True: other turns are due.
bool switch_step(struct net_switch *s);
