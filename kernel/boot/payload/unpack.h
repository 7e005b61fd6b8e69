// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// Unpacks one gzip member that must give exactly out_size bytes. NULL, or what is wrong.
char const *unpack_gzip(void const *in, uint64_t in_size, void *out, uint64_t out_size);
