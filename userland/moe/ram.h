// SPDX-License-Identifier: MIT
// All free RAM, as sigma0 gives it away.
#pragma once

#include <stdint.h>

// Take it and call add() for each piece, in bytes. A sigma0 that does not know the claim of all RAM at once, which is
// Ashlar's own, is asked for pieces of decreasing size.
void ram_take(void (*add)(uint64_t start, uint64_t size));
