// SPDX-License-Identifier: MIT
// Options of a port of the switch: what a script writes into create(0, ...).
#pragma once

#include <l4/net/options.h>

#include "vlan.h"

struct switch_port_options {
    struct port_options port; // those that each port has
    bool monitor;
    struct vlan_port vlan;
};

void switch_port_options_init(struct switch_port_options *o);

// Reads one: those of struct port_options, "type=monitor", "type=none" or "vlan=...". Returns NULL, or what is wrong.
char const *switch_port_options_text(struct switch_port_options *o, char const *text);
