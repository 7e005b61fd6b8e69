// SPDX-License-Identifier: MIT
#include "device/fw_cfg_regs.h"

#include <stddef.h>
#include <string.h>

enum { DATA = 0x0, SELECTOR = 0x8, DMA_HIGH = 0x10, DMA_LOW = 0x14 };

enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };

enum { HAS_TRADITIONAL = 1, HAS_DMA = 2 };

#define DMA_SIGNATURE 0x51454d5520434647ull // "QEMU CFG"

// As the guest writes it: all numbers are big-endian.
struct descriptor {
    uint32_t control;
    uint32_t length;
    uint64_t address;
};

static void put32(uint8_t *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, sizeof(v));
}

// ---- items ----

static struct fw_cfg_item const *find(struct fw_cfg const *f, uint16_t key)
{
    for (unsigned i = 0; i < f->count; i++)
        if (f->item[i].key == key)
            return &f->item[i];
    return NULL;
}

static int add(struct fw_cfg *f, struct fw_cfg_item const *item)
{
    if (f->count == FW_CFG_MAX_ITEMS || find(f, item->key))
        return -1;
    f->item[f->count++] = *item;
    return 0;
}

int fw_cfg_add(struct fw_cfg *f, uint16_t key, void const *data, uint32_t size)
{
    return add(f, &(struct fw_cfg_item){.key = key, .size = size, .data = data});
}

int fw_cfg_add_number(struct fw_cfg *f, uint16_t key, uint32_t number, unsigned size)
{
    return add(f, &(struct fw_cfg_item){.key = key, .size = size, .number = number});
}

int fw_cfg_add_file(struct fw_cfg *f, char const *name, void const *data, uint32_t size)
{
    size_t length = strlen(name);
    uint16_t key = (uint16_t)(FW_CFG_FIRST_FILE + f->files);
    if (!length || length >= FW_CFG_NAME_SIZE || f->files == FW_CFG_MAX_FILES || fw_cfg_add(f, key, data, size))
        return -1;
    uint8_t *entry = f->directory + f->directory_item->size;
    put32(entry, size);
    put32(entry + 4, (uint32_t)key << 16);
    memcpy(entry + 8, name, length + 1); // the rest is 0
    f->directory_item->size += 8 + FW_CFG_NAME_SIZE;
    put32(f->directory, ++f->files);
    return 0;
}

void fw_cfg_init(struct fw_cfg *f)
{
    fw_cfg_add(f, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_number(f, FW_CFG_ID, HAS_TRADITIONAL | HAS_DMA, 4);
    fw_cfg_add(f, FW_CFG_DIRECTORY, f->directory, 4);
    f->directory_item = &f->item[f->count - 1];
    f->selected = find(f, FW_CFG_SIGNATURE);
}

static void select(struct fw_cfg *f, uint16_t key)
{
    f->selected = find(f, key);
    f->offset = 0;
}

// Takes up to `size` bytes of the selected item; *from is where they are. The number of them.
static uint32_t take(struct fw_cfg *f, uint32_t size, uint8_t const **from)
{
    struct fw_cfg_item const *i = f->selected;
    if (!i)
        return 0;
    uint32_t left = i->size - f->offset;
    uint32_t count = size < left ? size : left;
    *from = (i->data ? i->data : (uint8_t const *)&i->number) + f->offset;
    f->offset += count;
    return count;
}

// ---- the guest's memory ----

// What the item lacks reads as 0.
static bool transfer(struct fw_cfg *f, uint64_t address, uint32_t length)
{
    uint8_t const *from = NULL;
    uint8_t *to = f->memory(f->ctx, address, length);
    if (!to)
        return false;
    uint32_t count = take(f, length, &from);
    if (count)
        memcpy(to, from, count);
    memset(to + count, 0, length - count);
    f->written(f->ctx, to, length);
    return true;
}

static bool execute(struct fw_cfg *f, struct descriptor const *d)
{
    uint32_t control = __builtin_bswap32(d->control), length = __builtin_bswap32(d->length);
    uint8_t const *from;
    if (control & DMA_SELECT)
        select(f, (uint16_t)(control >> 16));
    if (control & DMA_READ)
        return !length || transfer(f, __builtin_bswap64(d->address), length);
    if (control & DMA_WRITE)
        return false;
    if (control & DMA_SKIP)
        take(f, length, &from);
    return true;
}

// The guest's other CPUs may write the descriptor meanwhile: it is read once.
static bool run_dma(struct fw_cfg *f, uint64_t address)
{
    struct descriptor d;
    uint8_t *at = f->memory(f->ctx, address, sizeof(d));
    if (!at)
        return false;
    memcpy(&d, at, sizeof(d));
    __asm__ volatile("" : "+m"(d));
    bool done = execute(f, &d);
    put32(at, done ? 0 : DMA_ERROR);
    f->written(f->ctx, at, sizeof(uint32_t));
    return done;
}

// ---- registers ----

static uint64_t read_data(struct fw_cfg *f, unsigned size)
{
    uint8_t const *from = NULL;
    uint64_t value = 0;
    uint32_t count = take(f, 1u << size, &from);
    for (uint32_t i = 0; i < count; i++) // in the order of the bytes, whatever the size of the access
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

uint64_t fw_cfg_read(struct fw_cfg *f, uint64_t off, unsigned size)
{
    uint64_t signature = __builtin_bswap64(DMA_SIGNATURE);
    switch (off) {
    case DATA: return read_data(f, size);
    case DMA_HIGH: return size == 3 ? signature : (uint32_t)signature;
    case DMA_LOW: return signature >> 32;
    default: return 0;
    }
}

bool fw_cfg_write(struct fw_cfg *f, uint64_t off, unsigned size, uint64_t value)
{
    uint32_t word = __builtin_bswap32((uint32_t)value);
    uint64_t high = (uint64_t)f->address_high << 32;
    if (off == SELECTOR && size == 1) {
        select(f, __builtin_bswap16((uint16_t)value));
        return true;
    }
    if (off == DMA_HIGH && size == 3)
        return run_dma(f, __builtin_bswap64(value));
    if (off == DMA_HIGH && size == 2) {
        f->address_high = word;
        return true;
    }
    if (off == DMA_LOW && size == 2) {
        f->address_high = 0;
        return run_dma(f, high | word);
    }
    return false;
}
