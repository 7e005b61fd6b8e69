// SPDX-License-Identifier: MIT
// QEMU's firmware configuration interface, MMIO layout (QEMU, docs/specs/fw_cfg.rst), without the device around it. Nothing
// can be written by the guest.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FW_CFG_MAX_ITEMS 32
#define FW_CFG_MAX_FILES 16
#define FW_CFG_NAME_SIZE 56 // with the terminator

enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_CPUS = 0x05,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_RAMDISK_SIZE = 0x0b,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_RAMDISK_DATA = 0x12,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_DIRECTORY = 0x19,
    FW_CFG_FIRST_FILE = 0x20,
};

struct fw_cfg_item {
    uint16_t key;
    uint32_t size;
    uint8_t const *data; // NULL: `number` is it
    uint32_t number;     // little-endian
};

struct fw_cfg {
    struct fw_cfg_item item[FW_CFG_MAX_ITEMS];
    unsigned count;
    uint8_t directory[4 + FW_CFG_MAX_FILES * (8 + FW_CFG_NAME_SIZE)];
    struct fw_cfg_item *directory_item;
    unsigned files;
    struct fw_cfg_item const *selected; // NULL: one that does not exist
    uint32_t offset;                    // in it, at most its size
    uint32_t address_high;              // of a descriptor, as written so far
    // [gpa, gpa + size) of the guest's RAM, or NULL if not all of it is.
    void *(*memory)(void *ctx, uint64_t gpa, uint64_t size);
    // That memory has been written.
    void (*written)(void *ctx, void const *p, uint64_t size);
    void *ctx;
};

// With signature, identification and an empty directory. memory, written and ctx are set.
void fw_cfg_init(struct fw_cfg *f);

// Items: `data` stays in use. 0, or -1: the table is full, the name of a file is empty or too long.
int fw_cfg_add(struct fw_cfg *f, uint16_t key, void const *data, uint32_t size);
int fw_cfg_add_number(struct fw_cfg *f, uint16_t key, uint32_t number, unsigned size);
int fw_cfg_add_file(struct fw_cfg *f, char const *name, void const *data, uint32_t size);

uint64_t fw_cfg_read(struct fw_cfg *f, uint64_t off, unsigned size);

// False: the guest asks for something that is not possible, which it can see in its descriptor if there is one.
bool fw_cfg_write(struct fw_cfg *f, uint64_t off, unsigned size, uint64_t value);
