// SPDX-License-Identifier: MIT
// Virtual bus: types, opcodes and constants of the protocol between io and its clients (label 0).
// A vbus capability is at the same time a dataspace (device memory, offset = physical address) and
// an inhibitor and event source. Names, layout and numbers are those of L4Re.
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t l4vbus_device_handle_t;

enum {
    L4VBUS_ROOT_BUS = 0,     // handle of the bus itself
    L4VBUS_NULL = -1,        // start of an iteration
    L4VBUS_MAX_DEPTH = 100,
    L4VBUS_DEV_NAME_LEN = 64,
};

// Bit numbers in l4vbus_device_t.type
enum l4vbus_iface {
    L4VBUS_INTERFACE_ICU = 0,
    L4VBUS_INTERFACE_GPIO = 1,
    L4VBUS_INTERFACE_PCI = 2,
    L4VBUS_INTERFACE_PCIDEV = 3,
    L4VBUS_INTERFACE_PM = 4,
    L4VBUS_INTERFACE_BUS = 5,
    L4VBUS_INTERFACE_GENERIC = 0x20,
};

enum l4vbus_device_flags {
    L4VBUS_DEVICE_F_CHILDREN = 0x10,
};

typedef struct {
    uint32_t type;                       // bits of enum l4vbus_iface
    char name[L4VBUS_DEV_NAME_LEN];      // empty when the device has no hid
    uint32_t num_resources;
    uint32_t flags;                      // enum l4vbus_device_flags
} l4vbus_device_t;

enum l4vbus_resource_type {
    L4VBUS_RESOURCE_INVALID = 0,
    L4VBUS_RESOURCE_IRQ = 1,
    L4VBUS_RESOURCE_MEM = 2,
    L4VBUS_RESOURCE_PORT = 3,
    L4VBUS_RESOURCE_BUS = 4,
    L4VBUS_RESOURCE_GPIO = 5,
    L4VBUS_RESOURCE_DMA_DOMAIN = 6,
};

// Flags of MEM resources; the flags of an IRQ resource are its mode as in l4_icu_set_mode
enum l4vbus_resource_mem_flags {
    L4VBUS_RESOURCE_F_MEM_R = 0x1,
    L4VBUS_RESOURCE_F_MEM_W = 0x2,
    L4VBUS_RESOURCE_F_MEM_PREFETCHABLE = 0x10,
    L4VBUS_RESOURCE_F_MEM_CACHEABLE = 0x20,
    L4VBUS_RESOURCE_F_MEM_MMIO_READ = 0x2000,
    L4VBUS_RESOURCE_F_MEM_MMIO_WRITE = 0x4000,
};

typedef struct {
    uint16_t type;                     // enum l4vbus_resource_type
    uint16_t flags;
    uint32_t reserved;
    uint64_t start;
    uint64_t end;                      // inclusive
    l4vbus_device_handle_t provider;
    uint32_t id;                       // up to four ASCII letters, the first one lowest: "reg0"
    uint32_t reserved2;
} l4vbus_resource_t;

static_assert(sizeof(l4vbus_device_t) == 76, "layout");
static_assert(sizeof(l4vbus_resource_t) == 40, "layout");
static_assert(offsetof(l4vbus_resource_t, provider) == 24, "layout");
static_assert(offsetof(l4vbus_resource_t, id) == 32, "layout");

// Resource id from up to four letters.
static inline uint32_t l4vbus_resource_id(char const *name)
{
    uint32_t id = 0;
    for (unsigned i = 0; i < 4 && name[i]; i++)
        id |= (uint32_t)(unsigned char)name[i] << (8 * i);
    return id;
}

// Opcodes: device handle i64 @0, opcode u32 @8, arguments behind at natural alignment
enum l4vbus_op {
    L4VBUS_OP_VICU_GET_CAP = 0x00000000,
    L4VBUS_OP_GPIO = 0x04000000,
    L4VBUS_OP_PCIROOT_CFG_READ = 0x08000000,
    L4VBUS_OP_PCIROOT_CFG_WRITE = 0x08000001,
    L4VBUS_OP_PCIROOT_IRQ_ENABLE = 0x08000002,
    L4VBUS_OP_PCIDEV_CFG_READ = 0x0c000000,
    L4VBUS_OP_PCIDEV_CFG_WRITE = 0x0c000001,
    L4VBUS_OP_PCIDEV_IRQ_ENABLE = 0x0c000002,
    L4VBUS_OP_PM = 0x10000000,
    L4VBUS_OP_REQUEST_RESOURCE = 0x14000000,
    L4VBUS_OP_RELEASE_RESOURCE = 0x14000001,
    L4VBUS_OP_ASSIGN_DMA_DOMAIN = 0x14000002,
    L4VBUS_OP_HID = 0x80000000,
    L4VBUS_OP_GET_ADR = 0x80000001,
    L4VBUS_OP_GET_BY_HID = 0x80000002,
    L4VBUS_OP_GET_NEXT = 0x80000003,
    L4VBUS_OP_GET_RESOURCE = 0x80000004,
    L4VBUS_OP_GET_HID = 0x80000005,
    L4VBUS_OP_IS_COMPATIBLE = 0x80000006,
    L4VBUS_OP_GET = 0x80000007,
};

enum l4vbus_dma_domain_flags {
    L4VBUS_DMAD_BIND = 1,
    L4VBUS_DMAD_KERNEL_DMA_SPACE = 2,
};
#define L4VBUS_WHOLE_BUS_DMA_DOMAIN 0xffffffffu

// Inhibitor ids (protocol 0x4007 on the same capability)
enum l4vbus_inhibitor {
    L4VBUS_INHIBITOR_SUSPEND = 0,
    L4VBUS_INHIBITOR_SHUTDOWN = 1,
    L4VBUS_INHIBITOR_WAKEUP = 2,
    L4VBUS_INHIBITOR_MAX = 3,
};
