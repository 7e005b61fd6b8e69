// SPDX-License-Identifier: MIT
// Messages of dataspaces, namespaces, factories, DMA spaces and of the Meta protocol, byte by byte (l4re-protocols 1 to 3, 5
// and 8). The client library's test sends and understands them, moe's test takes and answers them.
#pragma once

#include <l4/sys/types.h>

typedef unsigned char const message_bytes[];

// ---- dataspaces, label 0x4000

// map of offset 0x7000 at 0x1000 in the window, RW
static message_bytes ds_map_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x70, 0, 0, 0, 0, 0, 0,
    0x00, 0x10, 0, 0, 0, 0, 0, 0,
    0x06, 0, 0, 0, 0, 0, 0, 0,
};

// clear of 0x567 bytes from 0x1234 on
static message_bytes ds_clear_request = {
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x34, 0x12, 0, 0, 0, 0, 0, 0,
    0x67, 0x05, 0, 0, 0, 0, 0, 0,
};

static message_bytes ds_info_request = {0x02, 0, 0, 0, 0, 0, 0, 0};
// 0x8123 bytes, as they were asked for; RWX
static message_bytes ds_info_reply = {
    0x23, 0x81, 0, 0, 0, 0, 0, 0,
    0x07, 0, 0, 0, 0, 0, 0, 0,
};

// copy_in of 0x21 bytes from 0x40 to 0x1008; the item names the source
static message_bytes ds_copy_in_request = {
    0x03, 0, 0, 0, 0, 0, 0, 0,
    0x08, 0x10, 0, 0, 0, 0, 0, 0,
    0x40, 0, 0, 0, 0, 0, 0, 0,
    0x21, 0, 0, 0, 0, 0, 0, 0,
};

// allocate the page at 0x2000
static message_bytes ds_allocate_request = {
    0x04, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x20, 0, 0, 0, 0, 0, 0,
    0x00, 0x10, 0, 0, 0, 0, 0, 0,
};

static message_bytes ds_map_info_request = {0x05, 0, 0, 0, 0, 0, 0, 0};
// any address will do
static message_bytes ds_map_info_reply = {
    0, 0, 0, 0, 0, 0, 0, 0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

// ---- factories, label -15: the protocol of what is made, then arguments: a word with type and length, then the value

// a dataspace of 0x8123 bytes, no flags, alignment 4096 bytes
static message_bytes create_ds_request = {
    0x00, 0x40, 0, 0, 0, 0, 0, 0,
    0x81, 0, 0x08, 0, 0, 0, 0, 0,
    0x23, 0x81, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0x08, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0x08, 0, 0, 0, 0, 0,
    0x00, 0x10, 0, 0, 0, 0, 0, 0,
};

// one of all that there is in one piece but a byte, at a multiple of 2 MiB
static message_bytes create_largest_request = {
    0x00, 0x40, 0, 0, 0, 0, 0, 0,
    0x81, 0, 0x08, 0, 0, 0, 0, 0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x01, 0, 0x08, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0x08, 0, 0, 0, 0, 0,
    0x15, 0, 0, 0, 0, 0, 0, 0,
};

// ---- namespaces, label 0x4001. A name has no NUL

static message_bytes ns_query_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x05, 0, 0, 0, 0, 0, 0, 0,
    's', 'u', 'b', '/', 'x', 0, 0, 0,
};
// label 0x20: what is left is asked of the object of the item
static message_bytes ns_query_partly_reply = {
    0, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    'x', 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes ns_query_rest_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    'x', 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes ns_query_reply = {
    0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes ns_query_slash_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    '/', 0, 0, 0, 0, 0, 0, 0,
};

// registers "x", overwriting, with R and W
static message_bytes ns_register_request = {
    0x01, 0, 0, 0, 0x05, 0x02, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    'x', 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes ns_unlink_request = {
    0x03, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
    'x', 0, 0, 0, 0, 0, 0, 0,
};

// ---- DMA spaces, label 0x4008, and their manager, label 0

// map of 0x2000 bytes from offset 0x1000 on, align 12, attribute Search_addr, at any address
static message_bytes dma_map_request = {
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x10, 0, 0, 0, 0, 0, 0,
    0x00, 0x20, 0, 0, 0, 0, 0, 0,
    0x0c, 0, 0, 0, 0x01, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};
static message_bytes dma_unmap_request = {
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
    0x00, 0x20, 0, 0, 0, 0, 0, 0,
    0x01, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes dma_associate_phys_request = {0x01, 0, 0, 0, 0, 0, 0, 0};
static message_bytes dma_disassociate_request = {0x02, 0, 0, 0, 0, 0, 0, 0};

// ---- Meta, label -21

static message_bytes meta_num_interfaces_request = {0x00, 0, 0, 0, 0, 0, 0, 0};
static message_bytes meta_interface_request = {
    0x01, 0, 0, 0, 0, 0, 0, 0,
    0x00, 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes meta_supports_rm_request = {
    0x02, 0, 0, 0, 0, 0, 0, 0,
    0x05, 0x40, 0, 0, 0, 0, 0, 0,
};
static message_bytes meta_dataspace_reply = {
    0x00, 0x40, 0, 0, 0, 0, 0, 0,
    0x12, 0, 0, 0, 0, 0, 0, 0,
    'N', '4', 'L', '4', 'R', 'e', '9', 'D', 'a', 't', 'a', 's', 'p', 'a', 'c', 'e', 'E', 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes meta_namespace_reply = {
    0x01, 0x40, 0, 0, 0, 0, 0, 0,
    0x12, 0, 0, 0, 0, 0, 0, 0,
    'N', '4', 'L', '4', 'R', 'e', '9', 'N', 'a', 'm', 'e', 's', 'p', 'a', 'c', 'e', 'E', 0, 0, 0, 0, 0, 0, 0,
};
static message_bytes meta_factory_reply = {
    0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x0e, 0, 0, 0, 0, 0, 0, 0,
    'N', '2', 'L', '4', '7', 'F', 'a', 'c', 't', 'o', 'r', 'y', 'E', 0, 0, 0,
};
