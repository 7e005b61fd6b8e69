// SPDX-License-Identifier: MIT
// Random numbers for places in memory and stack guards, from the 16 bytes that who started the program gave it. Not for keys:
// nobody adds to them afterwards. Ashlar's own.
#pragma once

#include <l4/sys/types.h>
#include <stdbool.h>

#define L4RE_RANDOM_WORDS 2

// Called by the start code. All zeros: there is no randomness.
void l4re_random_init(l4_uint64_t const seed[L4RE_RANDOM_WORDS]);

// The next number; from it neither the seed nor other numbers can be told. 0 when there is no randomness.
l4_uint64_t l4re_random(void);
