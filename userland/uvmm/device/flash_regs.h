// SPDX-License-Identifier: MIT
// NOR flash with Intel's command set (JEDEC CFI, JESD68.01; command set 0x0001: Intel StrataFlash P30, 9 to 11): one or
// more equal chips side by side, that get each command together. Logic alone; it never blocks and takes no time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FLASH_BUFFER_WORDS 32u // of one chip, that one buffered program takes
#define FLASH_BUFFER_SIZE (FLASH_BUFFER_WORDS * 4) // of all chips, at most

enum flash_mode { FLASH_ARRAY, FLASH_ID, FLASH_QUERY, FLASH_STATUS }; // what a read gives

// What a write means, after a first one.
enum flash_next {
    FLASH_COMMAND,
    FLASH_ERASE,
    FLASH_PROGRAM,
    FLASH_COUNT,
    FLASH_BUFFER,
    FLASH_CONFIRM,
    FLASH_LOCK,
};

struct flash_geometry {
    uint64_t size;   // of all chips together, bytes, a power of two
    uint64_t backed; // bytes from the beginning on that exist; the others are erased and stay so
    uint32_t erase;  // bytes of a block of all chips, a power of two of 256 or more that divides the size
    unsigned bank;   // bytes of all chips side by side: 1, 2 or 4
    unsigned chip;   // of one of them, at most `bank`
    bool read_only;  // the blocks are locked and stay so
};

struct flash_regs {
    struct flash_geometry g;
    uint8_t *data;   // g.backed bytes
    uint8_t *locked; // a byte for each block
    enum flash_mode mode;
    enum flash_next next;
    uint8_t status;
    uint64_t block;      // offset of the command that `next` completes
    uint64_t base;       // of the buffer: of its first word
    unsigned left;       // words to come
    unsigned words;      // of the buffer
    uint8_t buffer[FLASH_BUFFER_SIZE];
    uint64_t dirty, dirty_size; // bytes of `data` that the last write has changed
};

// Is it a flash that this file can be? `size / erase` is then at most 65536. NULL, or what is wrong.
char const *flash_check(struct flash_geometry const *g);

// data: g->backed bytes, locked: a byte, 0, for each block. Both stay in use.
void flash_init(struct flash_regs *f, struct flash_geometry const *g, uint8_t *data, uint8_t *locked);

// 1 << size bytes at offset `off`. What lies behind the flash reads as 0; an access that is not in one block stores nothing.
uint64_t flash_read(struct flash_regs const *f, uint64_t off, unsigned size);
void flash_write(struct flash_regs *f, uint64_t off, unsigned size, uint64_t value);

// Do reads give what is stored?
static inline bool flash_is_array(struct flash_regs const *f)
{
    return f->mode == FLASH_ARRAY;
}
