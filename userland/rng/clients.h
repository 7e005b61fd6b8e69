// SPDX-License-Identifier: MIT
// Who gets random numbers: each client has its share of bytes a second; none gets any before there is enough entropy.
#pragma once

#include <l4/srv/share.h>

#include "entropy.h"

void clients_init(struct srv *srv, struct entropy *e);

// Answers create(0, "rate=BYTES"): a client that is charged to `share` for as long as it has capabilities.
l4_msgtag_t clients_create(struct share *share, struct factory_args *args);
