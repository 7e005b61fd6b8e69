// SPDX-License-Identifier: MIT
// What a card says of itself: CID and CSD ("SD Physical Layer Simplified Specification" 3.01, 5.2 and 5.3). Cards are as
// hostile as any guest's input. Pure logic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sd_card_info {
    uint64_t sectors;        // of 512 bytes
    bool read_only;          // write protected, for good or for now
};

// Reads a CSD, bits 127 to 96 first. `blocks`: the card counts in blocks, as it said with its operating conditions. Returns
// NULL or why the card cannot be used.
char const *sd_csd_read(uint32_t const csd[4], bool blocks, struct sd_card_info *info);

struct sd_card_name {
    char product[6];         // what could harm a terminal is '?'
    uint8_t manufacturer;
    uint32_t serial;
};

void sd_cid_read(uint32_t const cid[4], struct sd_card_name *n);
