// SPDX-License-Identifier: MIT
// Numbers that look random, the same ones for the same seed: for tests, not for secrets.
#pragma once

#include <l4/sys/types.h>

#define L4_RAND_MAX 65535

L4_BEGIN_DECLS

// 0 to L4_RAND_MAX.
l4_uint32_t l4util_rand(void);
void l4util_srand(l4_uint32_t seed);

L4_END_DECLS
