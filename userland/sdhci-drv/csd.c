// SPDX-License-Identifier: MIT
#include "csd.h"

#include <stddef.h>

// Bits `high` to `low` of 128, at most 32 of them.
static uint32_t bits(uint32_t const r[4], unsigned high, unsigned low)
{
    uint64_t const upper = low / 32 < 3 ? r[3 - low / 32 - 1] : 0;
    uint64_t const both = upper << 32 | r[3 - low / 32];
    return (uint32_t)(both >> low % 32 & ((1ull << (high - low + 1)) - 1));
}

enum { STANDARD, HIGH_CAPACITY }; // structures of a CSD

// 5.3.2: a number of blocks of 512 to 2048 bytes.
static uint64_t standard_sectors(uint32_t const csd[4])
{
    uint32_t const length = bits(csd, 83, 80), size = bits(csd, 73, 62), factor = bits(csd, 49, 47);
    if (length < 9 || length > 11)
        return 0;
    return (uint64_t)(size + 1) << (factor + 2) << (length - 9);
}

// 5.3.3: units of 512 KiB.
static uint64_t high_sectors(uint32_t const csd[4])
{
    return ((uint64_t)bits(csd, 69, 48) + 1) * 1024;
}

char const *sd_csd_read(uint32_t const csd[4], bool blocks, struct sd_card_info *info)
{
    uint32_t const structure = bits(csd, 127, 126);
    *info = (struct sd_card_info){ .read_only = bits(csd, 13, 12) != 0 };
    if (structure > HIGH_CAPACITY)
        return "its CSD has a structure that is not known";
    if ((structure == HIGH_CAPACITY) != blocks)
        return "its CSD contradicts what it said of its capacity";
    info->sectors = blocks ? high_sectors(csd) : standard_sectors(csd);
    return info->sectors ? NULL : "its CSD has blocks of a wrong size";
}

void sd_cid_read(uint32_t const cid[4], struct sd_card_name *n)
{
    *n = (struct sd_card_name){ .manufacturer = (uint8_t)bits(cid, 127, 120), .serial = bits(cid, 55, 24) };
    for (unsigned i = 0; i < sizeof(n->product) - 1; i++) {
        uint32_t const c = bits(cid, 103 - 8 * i, 96 - 8 * i);
        n->product[i] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
}
