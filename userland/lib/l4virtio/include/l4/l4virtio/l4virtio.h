// SPDX-License-Identifier: MIT
// L4 virtio transport: the configuration page that device and driver share, and the opcodes of the
// device's capability (protocol label 0). Layout and numbers are those of L4Re.
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
    L4VIRTIO_MAGIC = 0x74726976,  // "virt"
    L4VIRTIO_VERSION = 2,
    L4VIRTIO_VENDOR = 0x44,
    L4VIRTIO_CONFIG_SIZE = 0x1000,    // the page
    L4VIRTIO_CONFIG_DEVICE = 0x100,   // offset of the device-specific part
    L4VIRTIO_FEATURE_WORDS = 6,
};

// Opcodes (32 bit, byte 0 of the message)
enum l4virtio_op {
    L4VIRTIO_OP_SET_STATUS = 0,       // status u32 @4
    L4VIRTIO_OP_CONFIG_QUEUE = 1,     // queue u32 @4
    L4VIRTIO_OP_REGISTER_DS = 3,      // base u64 @8, offset u64 @16, size u64 @24, item dataspace
    L4VIRTIO_OP_DEVICE_CONFIG = 4,    // reply: offset u64 @0, item dataspace
    L4VIRTIO_OP_NOTIFICATION_IRQ = 5, // index u32 @4; reply: item Irq
};

// Device status (virtio 1.2, 2.1)
enum l4virtio_status {
    L4VIRTIO_STATUS_ACKNOWLEDGE = 1,
    L4VIRTIO_STATUS_DRIVER = 2,
    L4VIRTIO_STATUS_DRIVER_OK = 4,
    L4VIRTIO_STATUS_FEATURES_OK = 8,
    L4VIRTIO_STATUS_NEEDS_RESET = 0x40,
    L4VIRTIO_STATUS_FAILED = 0x80,
};

enum l4virtio_irq_status {
    L4VIRTIO_IRQ_QUEUE = 1,
    L4VIRTIO_IRQ_CONFIG = 2,
};

// Values of the command field: one of these, or-ed with a status or a queue index
enum l4virtio_cmd {
    L4VIRTIO_CMD_NONE = 0,
    L4VIRTIO_CMD_SET_STATUS = 0x01000000,
    L4VIRTIO_CMD_CONFIG_QUEUE = 0x02000000,
    L4VIRTIO_CMD_CONFIG_CHANGED = 0x04000000,
    L4VIRTIO_CMD_NOTIFY_QUEUE = 0x08000000,
    L4VIRTIO_CMD_MASK = 0xff000000,
};

// Feature bits of all devices (virtio 1.2, 6)
enum l4virtio_feature {
    L4VIRTIO_FEATURE_INDIRECT_DESC = 28,
    L4VIRTIO_FEATURE_EVENT_IDX = 29,
    L4VIRTIO_FEATURE_VERSION_1 = 32,
    L4VIRTIO_FEATURE_CMD_CONFIG = 160,  // status and queues may be set by the command field
};

enum l4virtio_device_id {
    L4VIRTIO_ID_NET = 1,
    L4VIRTIO_ID_BLOCK = 2,
    L4VIRTIO_ID_CONSOLE = 3,
    L4VIRTIO_ID_RNG = 4,
    L4VIRTIO_ID_INPUT = 18,
};

// The page's head. Everything in it can be written by the driver at any time.
typedef struct l4virtio_config_hdr {
    uint32_t magic;
    uint32_t version;
    uint32_t device;
    uint32_t vendor;

    uint32_t dev_features;
    uint32_t dev_features_sel;
    uint32_t reserved_18[2];

    uint32_t driver_features;
    uint32_t driver_features_sel;
    uint32_t num_queues;
    uint32_t queues_offset;  // bytes from the page's start

    uint32_t queue_sel;
    uint32_t queue_num_max;
    uint32_t queue_num;
    uint32_t reserved_3c[2];
    uint32_t queue_ready;
    uint32_t reserved_48[2];

    uint32_t queue_notify;
    uint32_t reserved_54[3];

    uint32_t irq_status;
    uint32_t irq_ack;
    uint32_t reserved_68[2];

    uint32_t status;
    uint32_t cfg_driver_notify_index;
    uint32_t cfg_device_notify_index;
    uint32_t cmd;

    uint64_t queue_desc;
    uint64_t reserved_88;
    uint64_t queue_avail;
    uint64_t reserved_98;
    uint64_t queue_used;

    uint32_t reserved_a8;
    uint32_t shm_sel;
    uint64_t shm_len;
    uint64_t shm_base;

    uint32_t dev_features_map[8];     // 6 used
    uint32_t driver_features_map[7];  // 6 used
    uint32_t generation;
} l4virtio_config_hdr_t;

// One queue; an array of these lies at queues_offset.
typedef struct l4virtio_config_queue {
    uint16_t num_max;
    uint16_t num;
    uint16_t ready;
    uint16_t driver_notify_index;  // index of the Irq that the device triggers
    uint64_t desc;
    uint64_t avail;
    uint64_t used;
    uint16_t device_notify_index;  // index of the Irq that the driver triggers
    uint16_t reserved[3];
} l4virtio_config_queue_t;

static_assert(offsetof(l4virtio_config_hdr_t, num_queues) == 0x28, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, queue_ready) == 0x44, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, queue_notify) == 0x50, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, irq_status) == 0x60, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, status) == 0x70, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, queue_avail) == 0x90, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, queue_used) == 0xa0, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, shm_len) == 0xb0, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, dev_features_map) == 0xc0, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, driver_features_map) == 0xe0, "layout");
static_assert(offsetof(l4virtio_config_hdr_t, generation) == 0xfc, "layout");
static_assert(sizeof(l4virtio_config_hdr_t) == 0x100, "layout");
static_assert(sizeof(l4virtio_config_queue_t) == 40, "layout");
