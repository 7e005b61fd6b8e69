// SPDX-License-Identifier: MIT
// Random bytes for the guest, from the program behind a capability (userland/rng): for the virtio device, and by calls.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/sys/types.h>

#define ENTROPY_CAP "rng" // of the guest's calls, and of devices whose node names no other

// Is somebody behind it who has a source of entropy, or may get one? Says why not.
bool entropy_works(l4_cap_idx_t cap);

// All bytes, at most L4RNG_MAX, or none: 0, or a negative error code and after how many microseconds there may be some. On a
// vCPU's thread after fp_protect().
int entropy_get(l4_cap_idx_t cap, void *to, unsigned size, uint64_t *wait_us);
