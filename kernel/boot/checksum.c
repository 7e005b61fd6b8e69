// SPDX-License-Identifier: MIT
#include "checksum.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

static bool cpu_has_crc32(void)
{
    uint64_t isar0;
    asm("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
    return isar0 >> 16 & 0xf;
}

static uint32_t by_instruction(uint32_t crc, uint8_t const *p, uint64_t size)
{
    crc = ~crc;
    for (; size >= 8; size -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        asm(".arch_extension crc\n crc32x %w0, %w0, %1" : "+r"(crc) : "r"(v));
    }
    for (; size; size--, p++)
        asm(".arch_extension crc\n crc32b %w0, %w0, %w1" : "+r"(crc) : "r"(*p));
    return ~crc;
}

uint32_t checksum_crc32(uint32_t crc, void const *data, uint64_t size)
{
    return cpu_has_crc32() ? by_instruction(crc, data, size) : (uint32_t)crc32_z(crc, data, size);
}
