// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// CRC-32 as of zlib, by the CPU's own instructions where it has them.
uint32_t checksum_crc32(uint32_t crc, void const *data, uint64_t size);
