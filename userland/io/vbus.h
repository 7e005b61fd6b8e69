// SPDX-License-Identifier: MIT
// A virtual bus as an object that clients talk to.
#pragma once

#include <l4/srv/icu.h>
#include <l4/srv/server.h>

#include "bus.h"
#include "vicu.h"

struct vbus {
    struct vbus *next;
    struct srv_object object;
    struct srv *srv;
    struct bus *bus;
    struct vicu vicu;
    struct srv_icu event_icu;       // pin 0: something in the event buffer
    struct srv_icu_pin event_pin;
    l4_cap_idx_t event_ds;          // invalid until a client asks
    unsigned inhibited;             // bit per enum l4vbus_inhibitor
    uint64_t dma_space;             // of moe's, whose memory its devices have been told of; 0: none
};

// Serves a bus on an existing gate. The bus is taken over. Returns 0 or a negative error.
int vbus_create(struct srv *srv, struct bus *bus, l4_cap_idx_t gate);

// Serves a gate on which every request is an error. Returns 0 or a negative error.
int vbus_refuse(struct srv *srv, l4_cap_idx_t gate);

// Is there a bus of that name?
bool vbus_exists(char const *name);
