// SPDX-License-Identifier: MIT
// What brings entropy: the seed once, CPU and device at the start and again at times. Says what comes of each.
#pragma once

#include "entropy.h"

#include <l4/srv/server.h>

// Opens all sources that this program has, and asks them.
void sources_start(struct entropy *e, struct srv *srv);

// Asks again, if much has been read of what there is.
void sources_refresh(void);
