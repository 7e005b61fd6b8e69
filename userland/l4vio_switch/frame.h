// SPDX-License-Identifier: MIT
// The Ethernet header of a frame, with or without a VLAN tag (IEEE 802.1Q), as it was read once. Pure functions.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    FRAME_ADDRESSES = 12, // destination, then source
    FRAME_TAG = 4,
    FRAME_HEAD = 14,
    FRAME_HEAD_MAX = FRAME_HEAD + FRAME_TAG,
};

struct frame_head {
    uint8_t bytes[FRAME_HEAD_MAX];
    unsigned len;  // 14, or with a tag 18
    bool tagged;
    unsigned vlan; // of the tag
};

// Looks at the header's first `avail` bytes; there are more unless the frame is shorter. False: this is no frame.
bool frame_parse(struct frame_head *h, unsigned avail);

static inline bool frame_is_multicast(uint8_t const *address)
{
    return address[0] & 1;
}

// An address as a number.
static inline uint64_t frame_address(uint8_t const *a)
{
    uint32_t first = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
    return (uint64_t)first << 16 | (unsigned)a[4] << 8 | a[5];
}

// The header with a tag (priority and DEI zero), and without its tag. They return its length.
unsigned frame_add_tag(struct frame_head const *h, unsigned vlan, uint8_t out[FRAME_HEAD_MAX]);
unsigned frame_remove_tag(struct frame_head const *h, uint8_t out[FRAME_HEAD_MAX]);
