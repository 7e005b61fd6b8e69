// SPDX-License-Identifier: MIT
#include "device/flash_regs.h"

#include <stddef.h>
#include <string.h>

enum {
    CMD_PROGRAM_ALT = 0x10,
    CMD_ERASE = 0x20,
    CMD_PROGRAM = 0x40,
    CMD_CLEAR_STATUS = 0x50,
    CMD_LOCK = 0x60,
    CMD_READ_STATUS = 0x70,
    CMD_READ_ID = 0x90,
    CMD_QUERY = 0x98,
    CMD_SUSPEND = 0xb0,
    CMD_CONFIRM = 0xd0,
    CMD_BUFFER = 0xe8,
    LOCK_SET = 0x01,
    LOCK_DOWN = 0x2f,
};

enum {
    STATUS_READY = 0x80,
    STATUS_ERASE = 0x20,
    STATUS_PROGRAM = 0x10,
    STATUS_SEQUENCE = STATUS_ERASE | STATUS_PROGRAM,
    STATUS_LOCKED = 0x02,
};

enum { MANUFACTURER = 0x89, DEVICE = 0x18 }; // Intel, as emulators call theirs

#define ERASED 0xffu
#define QUERY_BEGIN 0x10u

static unsigned log2_of(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

static bool is_power(uint64_t n)
{
    return n && !(n & (n - 1));
}

char const *flash_check(struct flash_geometry const *g)
{
    if (!is_power(g->bank) || g->bank > 4 || !is_power(g->chip) || g->chip > g->bank)
        return "bank-width and device-width are 1, 2 or 4, a device no wider than the bank";
    if (!is_power(g->size) || g->size > 1ull << 32)
        return "its size is no power of two up to 4 GiB";
    if (!is_power(g->erase) || g->erase / g->bank * g->chip < 256 || g->erase > g->size)
        return "erase-size is no power of two from 256 bytes a device to the size of the flash";
    if (g->size / g->erase > 65536 || g->erase / g->bank * g->chip > 65535u * 256)
        return "erase-size gives more than 65536 blocks, or too large ones";
    return NULL;
}

void flash_init(struct flash_regs *f, struct flash_geometry const *g, uint8_t *data, uint8_t *locked)
{
    *f = (struct flash_regs){.g = *g, .data = data, .locked = locked, .status = STATUS_READY};
    if (g->read_only)
        memset(locked, 1, g->size / g->erase);
}

static uint8_t *lock_of(struct flash_regs const *f, uint64_t off)
{
    return &f->locked[off / f->g.erase];
}

// ---- reading ----

// Of one chip, for the 16 bits of its word `at` (JESD68.01, 3; P30, CFI): times in powers of two, sizes too.
static uint8_t query_byte(struct flash_regs const *f, uint64_t at)
{
    unsigned chips = f->g.bank / f->g.chip;
    uint32_t units = f->g.erase / chips / 256;
    uint32_t last = (uint32_t)(f->g.size / f->g.erase) - 1;
    uint8_t const table[] = {
        'Q', 'R', 'Y', 0x01, 0x00, 0x31, 0x00, 0, 0, 0, 0, // primary command set and its table, no other
        0x17, 0x20, 0, 0, 7, 7, 10, 0, 4, 4, 4, 0, // voltages; times to program and erase
        (uint8_t)log2_of(f->g.size / chips), (uint8_t)(f->g.chip - 1), 0, // interface: x8, x16, x32
        (uint8_t)log2_of((uint64_t)FLASH_BUFFER_WORDS * f->g.chip), 0,
        1, (uint8_t)last, (uint8_t)(last >> 8), (uint8_t)units, (uint8_t)(units >> 8), // one kind of blocks
        // the primary table: no suspend, instant locking of single blocks, whose state word 2 of the ID shows
        'P', 'R', 'I', '1', '0', 0x20, 0, 0, 0, 0, 1, 0, 0x18, 0, 0,
    };
    return at >= QUERY_BEGIN && at - QUERY_BEGIN < sizeof(table) ? table[at - QUERY_BEGIN] : 0;
}

static uint8_t id_byte(struct flash_regs const *f, uint64_t off)
{
    switch (off % f->g.erase / f->g.bank) {
    case 0: return MANUFACTURER;
    case 1: return DEVICE;
    case 2: return *lock_of(f, off);
    default: return 0;
    }
}

static uint8_t read_byte(struct flash_regs const *f, uint64_t off)
{
    if (f->mode == FLASH_ARRAY)
        return off < f->g.backed ? f->data[off] : ERASED;
    if (off % f->g.chip) // the lower byte of each chip's word has it
        return 0;
    switch (f->mode) {
    case FLASH_ID: return id_byte(f, off);
    case FLASH_QUERY: return query_byte(f, off % f->g.erase / f->g.bank);
    default: return f->status;
    }
}

uint64_t flash_read(struct flash_regs const *f, uint64_t off, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 1u << size && off + i < f->g.size; i++)
        value |= (uint64_t)read_byte(f, off + i) << 8 * i;
    return value;
}

// ---- writing ----

static void fail(struct flash_regs *f, unsigned bits)
{
    f->status |= (uint8_t)bits;
    f->next = FLASH_COMMAND;
}

static bool is_one_block(struct flash_regs const *f, uint64_t off, unsigned count)
{
    return off / f->g.erase == (off + count - 1) / f->g.erase;
}

static bool is_locked(struct flash_regs *f, uint64_t off, unsigned error)
{
    if (!*lock_of(f, off))
        return false;
    fail(f, error | STATUS_LOCKED);
    return true;
}

static void erase(struct flash_regs *f, uint64_t off)
{
    uint64_t start = off & ~(uint64_t)(f->g.erase - 1);
    f->next = FLASH_COMMAND;
    if (is_locked(f, off, STATUS_ERASE) || start >= f->g.backed)
        return;
    uint64_t left = f->g.backed - start;
    f->dirty = start;
    f->dirty_size = left < f->g.erase ? left : f->g.erase;
    memset(f->data + start, ERASED, f->dirty_size);
}

// Programming clears bits.
static void program(struct flash_regs *f, uint64_t off, uint8_t const *bytes, unsigned count)
{
    f->next = FLASH_COMMAND;
    if (is_locked(f, off, STATUS_PROGRAM))
        return;
    if (off >= f->g.backed || count > f->g.backed - off || !is_one_block(f, off, count)) {
        fail(f, STATUS_PROGRAM);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        f->data[off + i] &= bytes[i];
    f->dirty = off;
    f->dirty_size = count;
}

static void program_word(struct flash_regs *f, uint64_t off, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    program(f, off, bytes, 1u << size);
}

// The number of words that will follow, less one, in the same block.
static void take_count(struct flash_regs *f, uint64_t off, uint64_t value)
{
    uint64_t words = (value & 0xff) + 1;
    if (words > FLASH_BUFFER_WORDS || off / f->g.erase != f->block / f->g.erase) {
        fail(f, STATUS_SEQUENCE);
        return;
    }
    f->words = f->left = (unsigned)words;
    f->next = FLASH_BUFFER;
    memset(f->buffer, ERASED, sizeof(f->buffer));
}

// The first word says where the buffer begins, the others may come in any order.
static void take_buffered(struct flash_regs *f, uint64_t off, unsigned size, uint64_t value)
{
    if (f->left == f->words)
        f->base = off & ~(uint64_t)(f->g.bank - 1);
    uint64_t at = off - f->base;
    unsigned bytes = f->words * f->g.bank;
    bool is_inside = off >= f->base && at + (1u << size) <= bytes;
    if (!is_inside || !is_one_block(f, f->base, bytes) || f->base / f->g.erase != f->block / f->g.erase) {
        fail(f, STATUS_SEQUENCE);
        return;
    }
    for (unsigned i = 0; i < 1u << size; i++)
        f->buffer[at + i] = (uint8_t)(value >> 8 * i);
    if (--f->left == 0)
        f->next = FLASH_CONFIRM;
}

static void take_lock(struct flash_regs *f, uint64_t off, uint8_t command)
{
    f->next = FLASH_COMMAND;
    if (command == CMD_CONFIRM)
        *lock_of(f, off) = f->g.read_only;
    else if (command == LOCK_SET || command == LOCK_DOWN)
        *lock_of(f, off) = 1;
    else
        fail(f, STATUS_SEQUENCE);
}

static void begin(struct flash_regs *f, uint64_t off, enum flash_next next)
{
    f->next = next;
    f->block = off;
    f->mode = FLASH_STATUS;
}

static void take_command(struct flash_regs *f, uint64_t off, uint8_t command)
{
    switch (command) {
    case CMD_PROGRAM:
    case CMD_PROGRAM_ALT: begin(f, off, FLASH_PROGRAM); break;
    case CMD_ERASE: begin(f, off, FLASH_ERASE); break;
    case CMD_BUFFER: begin(f, off, FLASH_COUNT); break;
    case CMD_LOCK: begin(f, off, FLASH_LOCK); break;
    case CMD_CLEAR_STATUS: f->status = STATUS_READY; break;
    case CMD_READ_STATUS:
    case CMD_SUSPEND: // of what has ended already,
    case CMD_CONFIRM: // and to resume it
        f->mode = FLASH_STATUS;
        break;
    case CMD_READ_ID: f->mode = FLASH_ID; break;
    case CMD_QUERY: f->mode = FLASH_QUERY; break;
    default: f->mode = FLASH_ARRAY; break; // 0xff; 0xf0, with which drivers look for other command sets
    }
}

void flash_write(struct flash_regs *f, uint64_t off, unsigned size, uint64_t value)
{
    uint8_t command = (uint8_t)value;
    f->dirty_size = 0;
    if (off >= f->g.size)
        return;
    switch (f->next) {
    case FLASH_COMMAND: take_command(f, off, command); break;
    case FLASH_PROGRAM: program_word(f, off, size, value); break;
    case FLASH_COUNT: take_count(f, off, value); break;
    case FLASH_BUFFER: take_buffered(f, off, size, value); break;
    case FLASH_LOCK: take_lock(f, off, command); break;
    case FLASH_ERASE:
        if (command == CMD_CONFIRM)
            erase(f, off);
        else
            fail(f, STATUS_SEQUENCE);
        break;
    case FLASH_CONFIRM:
        if (command == CMD_CONFIRM)
            program(f, f->base, f->buffer, f->words * f->g.bank);
        else
            fail(f, STATUS_SEQUENCE);
        break;
    }
}
