// SPDX-License-Identifier: MIT
// The virtio block device: numbers and layouts (virtio 1.2, section 5.2).
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum virtio_blk_feature {
    VIRTIO_BLK_F_SIZE_MAX = 1,
    VIRTIO_BLK_F_SEG_MAX = 2,
    VIRTIO_BLK_F_RO = 5,
    VIRTIO_BLK_F_BLK_SIZE = 6,
    VIRTIO_BLK_F_FLUSH = 9,
    VIRTIO_BLK_F_DISCARD = 13,
    VIRTIO_BLK_F_WRITE_ZEROES = 14,
};

enum virtio_blk_type {
    VIRTIO_BLK_T_IN = 0,
    VIRTIO_BLK_T_OUT = 1,
    VIRTIO_BLK_T_FLUSH = 4,
    VIRTIO_BLK_T_GET_ID = 8,
    VIRTIO_BLK_T_DISCARD = 11,
    VIRTIO_BLK_T_WRITE_ZEROES = 13,
};

enum { VIRTIO_BLK_ID_BYTES = 20, VIRTIO_BLK_F_UNMAP = 1 };

struct virtio_blk_header {
    uint32_t type, reserved;
    uint64_t sector;
};

struct virtio_blk_range { // of a discard or write-zeroes
    uint64_t sector;
    uint32_t sectors, flags;
};

struct virtio_blk_config {
    uint64_t capacity; // sectors
    uint32_t size_max, seg_max;
    uint8_t geometry[4];
    uint32_t blk_size;
    uint8_t topology[8];
    uint8_t writeback, unused;
    uint16_t num_queues;
    uint32_t max_discard_sectors, max_discard_seg, discard_sector_alignment;
    uint32_t max_write_zeroes_sectors, max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap, unused1[3];
};

static_assert(sizeof(struct virtio_blk_header) == 16, "layout");
static_assert(sizeof(struct virtio_blk_range) == 16, "layout");
static_assert(offsetof(struct virtio_blk_config, blk_size) == 20, "layout");
static_assert(offsetof(struct virtio_blk_config, writeback) == 32, "layout");
static_assert(offsetof(struct virtio_blk_config, max_discard_sectors) == 36, "layout");
static_assert(offsetof(struct virtio_blk_config, write_zeroes_may_unmap) == 56, "layout");
