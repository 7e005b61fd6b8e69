// SPDX-License-Identifier: MIT
// Messages of region maps, byte by byte (l4re-protocols 4). The client library's test sends and understands them, the servers'
// tests take and answer them.
#pragma once

#include <l4/sys/types.h>

typedef unsigned char const message_bytes[];

// attach: 3 pages at 0x12345000 or behind, Search | RW, offset 0x7000, align 14, capability 0x456, no name
static message_bytes attach_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x30, 0, 0, 0, 0, 0, 0,
    0x06, 0x00, 0x02, 0, 0, 0, 0, 0,
    0x00, 0x70, 0, 0, 0, 0, 0, 0,
    0x0e, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x60, 0x45, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0, // length of the name: its NUL
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0, // backing offset
};
// the item behind it: capability 0x456 with R, W and S
static message_bytes attach_item = {0x08, 0, 0, 0, 0, 0, 0, 0, 0x37, 0x60, 0x45, 0, 0, 0, 0, 0};
static message_bytes void_item = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
// the place is the next multiple of 16 KiB
static message_bytes attach_reply = {0x00, 0x80, 0x34, 0x12, 0, 0, 0, 0};

// the same with a name of ten bytes: the backing offset, 0x9000, at the next multiple of 8
static message_bytes attach_named_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x30, 0, 0, 0, 0, 0, 0,
    0x06, 0x00, 0x02, 0, 0, 0, 0, 0,
    0x00, 0x70, 0, 0, 0, 0, 0, 0,
    0x0e, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x60, 0x45, 0, 0, 0, 0, 0,
    0x0a, 0, 0, 0, 0, 0, 0, 0,
    'l', 'i', 'b', 'c', '.', 's', 'o', '.',
    '6', 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x90, 0, 0, 0, 0, 0, 0,
};

// attach as a C library does it for TLS and stacks: 2 pages, Search | Private | Anonymous | RW, align 12, no dataspace
static message_bytes anonymous_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x20, 0, 0, 0, 0, 0, 0,
    0x06, 0x30, 0x02, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x0c, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // L4_INVALID_CAP
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes anonymous_reply = {0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0};

// attach of a copy: the first one's pages, Search | Private | RW, align 12
static message_bytes private_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x30, 0, 0, 0, 0, 0, 0,
    0x06, 0x10, 0x02, 0, 0, 0, 0, 0,
    0x00, 0x70, 0, 0, 0, 0, 0, 0,
    0x0c, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x60, 0x45, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes private_reply = {0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0};

// detach of the whole region around 0x1234a000
static message_bytes detach_request = {
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0xa0, 0x34, 0x12, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x02, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes detach_reply = {
    0x00, 0x80, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x30, 0, 0, 0, 0, 0, 0,
    0x00, 0x60, 0x45, 0, 0, 0, 0, 0,
};

// find at 0x12349fff, one byte
static message_bytes find_request = {
    0x02, 0, 0, 0, 0, 0, 0, 0,
    0xff, 0x9f, 0x34, 0x12, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes find_reply = {
    0x00, 0x80, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x30, 0, 0, 0, 0, 0, 0,
    0x06, 0, 0, 0, 0, 0, 0, 0, // flags of four bytes, and room
    0x00, 0x70, 0, 0, 0, 0, 0, 0,
    0x00, 0x60, 0x45, 0, 0, 0, 0, 0,
};

// reserve_area: 0x1801 bytes at 0x20001 or behind, Search, align 1
static message_bytes reserve_request = {
    0x03, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0x00, 0x02, 0, 0, 0, 0, 0,
    0x01, 0x18, 0, 0, 0, 0, 0, 0,
    0x00, 0x00, 0x02, 0, 0x01, 0, 0, 0,
};
static message_bytes reserve_reply = {0x02, 0x00, 0x02, 0, 0, 0, 0, 0};

static message_bytes free_area_request = {
    0x04, 0, 0, 0, 0, 0, 0, 0,
    0x02, 0x18, 0x02, 0, 0, 0, 0, 0,
};

static message_bytes get_regions_request = {
    0x05, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes get_regions_reply = {
    0x00, 0x80, 0x34, 0x12, 0, 0, 0, 0,
    0xff, 0xaf, 0x34, 0x12, 0, 0, 0, 0,
    0x06, 0x00, 0, 0, 0, 0, 0, 0, // flags of two bytes, and room
};

static message_bytes get_areas_request = {
    0x06, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes get_areas_reply = {
    0x02, 0x00, 0x02, 0, 0, 0, 0, 0,
    0x02, 0x18, 0x02, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};

// get_info at 0x1234a000, which neither server has
static message_bytes get_info_request = {
    0x07, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0xa0, 0x34, 0x12, 0, 0, 0, 0,
};

// page_in of the region's three pages, RW
static message_bytes page_in_request = {
    0x0a, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x80, 0x34, 0x12, 0, 0, 0, 0,
    0xff, 0xaf, 0x34, 0x12, 0, 0, 0, 0,
    0x06, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes page_in_reply = {0, 0, 0, 0, 0, 0, 0, 0}; // no function to call; the item is the server's
