// SPDX-License-Identifier: MIT
#include "payload/checksum.h"

#include <stdbool.h>
#include <zlib.h>

static bool cpu_has_crc32(void)
{
    uint64_t isar0;
    asm("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
    return isar0 >> 16 & 0xf;
}

static uint32_t step_byte(uint32_t crc, uint8_t value)
{
    asm(".arch_extension crc\n crc32b %w0, %w0, %w1" : "+r"(crc) : "r"(value));
    return crc;
}

static uint32_t step_word(uint32_t crc, uint64_t value)
{
    asm(".arch_extension crc\n crc32x %w0, %w0, %1" : "+r"(crc) : "r"(value));
    return crc;
}

// Images have tens of MiB: sixteen words a turn.
static uint32_t by_instruction(uint32_t crc, uint8_t const *p, uint64_t size)
{
    crc = ~crc;
    for (; size && (uintptr_t)p % 8; size--, p++)
        crc = step_byte(crc, *p);
    uint64_t const *w = (uint64_t const *)p;
    for (; size >= 16 * sizeof *w; size -= 16 * sizeof *w, w += 16) {
#pragma GCC unroll 16
        for (unsigned i = 0; i < 16; i++)
            crc = step_word(crc, w[i]);
    }
    for (p = (uint8_t const *)w; size; size--, p++)
        crc = step_byte(crc, *p);
    return ~crc;
}

uint32_t checksum_crc32(uint32_t crc, void const *data, uint64_t size)
{
    return cpu_has_crc32() ? by_instruction(crc, data, size) : (uint32_t)crc32_z(crc, data, size);
}
