// SPDX-License-Identifier: MIT
#include "memory/page_table.h"

enum {
    DESC_VALID = 1 << 0,
    DESC_TABLE = 1 << 1, // levels 0 to 2; at level 3 it marks a page
    DESC_AP1_RES1 = 1 << 6,
    DESC_READ_ONLY = 1 << 7,
    DESC_INNER_SHAREABLE = 3 << 8,
    DESC_AF = 1 << 10,
    MAIR_INDEX_SHIFT = 2,
    LEVEL_PAGE = 3,
};

#define DESC_XN (1ull << 54)
#define DESC_ADDRESS 0x0000fffffffff000ull

static uint64_t const kind_bits[] = {
    [PAGE_DEVICE] = 0 << MAIR_INDEX_SHIFT | DESC_XN,
    [PAGE_DATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_XN,
    [PAGE_RODATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_READ_ONLY | DESC_XN,
    [PAGE_TEXT] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_READ_ONLY,
};

static uint64_t level_size(unsigned level)
{
    return 1ull << (39 - 9 * level);
}

static uint64_t *table_at(uint64_t address)
{
    return (uint64_t *)(uintptr_t)(address & DESC_ADDRESS);
}

// A new table that divides what `whole` maps, which may be nothing, into equal parts. volatile: no
// library function before the MMU is on. 0: no page left.
static uint64_t take_table(struct page_table *t, uint64_t whole, uint64_t part_size)
{
    if (t->next == t->end)
        return 0;
    uint64_t start = t->next;
    volatile uint64_t *table = table_at(start);
    t->next += PAGE_SIZE;
    if (!(whole & DESC_VALID))
        whole = part_size = 0;
    for (unsigned i = 0; i < 512; i++, whole += part_size)
        table[i] = whole;
    return start;
}

void page_table_init(struct page_table *t, uint64_t start, uint64_t end)
{
    t->next = start;
    t->end = end;
    t->root = take_table(t, 0, 0);
}

// The table below an entry; a block there is split into equal parts. NULL: no page left.
static uint64_t *next_table(struct page_table *t, uint64_t *entry, unsigned level)
{
    if ((*entry & DESC_VALID) && (*entry & DESC_TABLE))
        return table_at(*entry);
    uint64_t part = *entry | (level + 1 == LEVEL_PAGE ? DESC_TABLE : 0);
    uint64_t table = take_table(t, part, level_size(level + 1));
    if (!table)
        return 0;
    *entry = table | DESC_TABLE | DESC_VALID;
    return table_at(table);
}

bool page_table_map(struct page_table *t, uint64_t va, uint64_t pa, uint64_t size,
                    enum page_kind kind)
{
    uint64_t bits = kind_bits[kind] | DESC_AF | DESC_AP1_RES1 | DESC_VALID;
    while (size) {
        uint64_t *table = table_at(t->root);
        for (unsigned level = 0;; level++) {
            uint64_t step = level_size(level);
            uint64_t *entry = &table[va / step % 512];
            bool is_table = level < LEVEL_PAGE && (*entry & DESC_TABLE) && (*entry & DESC_VALID);
            if (level && !is_table && !((va | pa) % step) && size >= step) {
                *entry = pa | bits | (level == LEVEL_PAGE ? DESC_TABLE : 0);
                va += step;
                pa += step;
                size -= step;
                break;
            }
            table = next_table(t, entry, level);
            if (!table)
                return false;
        }
    }
    return true;
}
