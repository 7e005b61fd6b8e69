// SPDX-License-Identifier: MIT
// Which VLAN a frame belongs to, and which ports it may leave by. Pure functions.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

enum vlan_kind {
    VLAN_NATIVE,    // in no VLAN: exchanges frames, whatever is in them, with ports of its kind
    VLAN_ACCESS,    // in one VLAN, of which its frames do not know: they have no tag
    VLAN_TRUNK,     // in several VLANs: its frames have the tag of one of them
    VLAN_TRUNK_ALL, // in all VLANs; its frames without a tag go to native ports
    VLAN_MONITOR,   // gets copies of all frames, with tags, and sends nothing
};

enum {
    VLAN_ID_NATIVE = 0, // stands for "in no VLAN": no tag can say it
    VLAN_ID_MAX = 4094,
    VLAN_REFUSED = -1,
};

struct vlan_port {
    enum vlan_kind kind;
    unsigned id;                          // of an access port
    uint64_t set[(VLAN_ID_MAX + 64) / 64]; // of a trunk, a bit each VLAN
};

// "access=ID", "trunk=ID,ID..." or "trunk=all". Returns NULL, or what is wrong.
char const *vlan_parse(struct vlan_port *v, char const *text);

// The VLAN of a frame that the port sends, or VLAN_REFUSED.
int vlan_ingress(struct vlan_port const *v, struct frame_head const *h);

enum vlan_border { VLAN_KEPT_IN, VLAN_AS_IS, VLAN_ADD_TAG, VLAN_REMOVE_TAG };

// What becomes of a frame of this VLAN, which came with or without a tag, where it leaves by the port.
enum vlan_border vlan_egress(struct vlan_port const *v, unsigned vlan, bool tagged);
