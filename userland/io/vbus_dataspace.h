// SPDX-License-Identifier: MIT
// A virtual bus as a dataspace of device memory: offset = physical address.
//
// A client gets the rights it asks for, as far as the resource has them: what the bus' configuration gives is the grant. The
// rights of the client's capability say nothing of memory. L4Re's scripts hand a bus out with r, and drivers write.
#pragma once

#include <l4/srv/msg.h>

#include "bus.h"

// Serves a request with label L4RE_PROTO_DATASPACE.
l4_msgtag_t vbus_dataspace_dispatch(struct bus const *bus, l4_msgtag_t tag, l4_utcb_t *u);
