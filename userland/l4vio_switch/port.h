// SPDX-License-Identifier: MIT
// A port of the switch: a network device, and its place in the switch.
#pragma once

#include <l4/net/device.h>

#include "command_line.h"
#include "options.h"
#include "switch.h"

struct port {
    struct net_device net;
    struct switch_port at;
    unsigned index;   // the lowest that was free; the monitor has the one behind all others
    struct port *next;
};

// Of this command line, which stays, for ports of this server.
void ports_init(struct command_line const *c, struct srv *srv);

// Makes a port; *port gets it. Returns 0, -L4_ENOMEM when there are enough ports, or a monitor, the share is used up or the MAC
// address is taken, or another negative error; with a message.
int port_create(struct switch_port_options const *o, struct share *share, struct port **port);

// Takes a port back that was not handed out.
void port_destroy(struct net_device *n);

// The ports: the first one, and by `next` the others.
struct port const *ports_first(void);

// How many there may be, with the monitor.
unsigned ports_limit(void);
