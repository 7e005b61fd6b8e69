// SPDX-License-Identifier: MIT
// L4Re's name of the header of integer types.
#pragma once

#include <l4/sys/abi/types.h>

#define L4_MWORD_BITS (8 * sizeof(l4_umword_t))
