// SPDX-License-Identifier: MIT
#include "mmu.h"

#include "check.h"
#include "cpu.h"
#include "platform.h"

enum { TABLE = 3, BLOCK = 1, PAGE = 3, SHAREABLE = 3 << 8, DEVICE = 0 << 2, NORMAL = 1 << 2, POOL = 2 << GRANULE_64K };
#define NEVER_EXECUTE (3ull << 53)
#define MAIR 0xff00ull // attribute 0: Device-nGnRnE, 1: Normal, write-back

enum { // TCR_EL1
    T0SZ_4G = 32,
    WRITE_BACK = 1 << 8 | 1 << 10,
    SH0_INNER = 3 << 12,
    TG0_64K = 1 << 14,
    TG0_16K = 2 << 14,
    EPD1 = 1 << 23,
};

// Levels of the walk from the first on, as log2 of what an entry covers; the last is the page.
static uint8_t const levels_4k[] = {30, 21, 12, 0}, levels_16k[] = {25, 14, 0}, levels_64k[] = {29, 16, 0};

static uint8_t pool[POOL] __attribute__((aligned(1 << GRANULE_64K)));
static unsigned pool_used;
static uint64_t *top;
static enum granule granule;
static uint8_t const *levels;

struct regime { // mmu_run.S
    uint64_t ttbr, tcr, mair;
};
void mmu_switch(struct regime const *r, void (*f)(void));

extern char _start[], image_end[];

bool mmu_has(enum granule g)
{
    uint64_t mmfr0 = read_sysreg("id_aa64mmfr0_el1");
    switch (g) {
    case GRANULE_4K:
        return (mmfr0 >> 28 & 15) != 15;
    case GRANULE_64K:
        return (mmfr0 >> 24 & 15) != 15;
    default:
        return mmfr0 >> 20 & 15;
    }
}

static uint64_t descriptor(uint64_t address, bool page)
{
    uint64_t d = address | PAGE_AF | SHAREABLE | (page ? PAGE : BLOCK);
    return address < platform.ram_start ? d | DEVICE | NEVER_EXECUTE : d | NORMAL;
}

// A table whose entries cover what lies from `address` on.
static uint64_t *new_table(uint64_t address, uint64_t size, unsigned shift)
{
    uint64_t *t = (uint64_t *)(pool + pool_used);
    pool_used += 1u << granule;
    if (pool_used > POOL)
        give_up("no room for tables", pool_used, POOL);
    for (uint64_t i = 0; i < size >> shift; i++)
        t[i] = descriptor(address + (i << shift), shift == granule);
    return t;
}

static uint64_t *entry(uint64_t *table, uint8_t const *level, uint64_t address)
{
    uint64_t mask = level == levels ? ~0ull : (1ull << (granule - 3)) - 1;
    return &table[address >> *level & mask];
}

static uint64_t *table_of(uint64_t d)
{
    return (uint64_t *)(d & 0xfffffffff000);
}

void mmu_map(enum granule g)
{
    granule = g;
    levels = g == GRANULE_4K ? levels_4k : g == GRANULE_16K ? levels_16k : levels_64k;
    pool_used = 0;
    top = new_table(0, 1ull << 32, levels[0]);
    // Pages for what the image's start lies in; all of it lies there.
    uint64_t *table = top;
    for (uint8_t const *l = levels; l[1]; l++) {
        uint64_t *e = entry(table, l, (uintptr_t)_start);
        uint64_t size = 1ull << *l, address = (uintptr_t)_start & ~(size - 1);
        if ((uintptr_t)image_end > address + size)
            give_up("the image is too large for one table", (uintptr_t)image_end, address + size);
        table = new_table(address, size, l[1]);
        *e = (uintptr_t)table | TABLE;
    }
}

uint64_t *mmu_page(void const *address)
{
    uint64_t *table = top;
    uint8_t const *l = levels;
    for (; l[1]; l++)
        table = table_of(*entry(table, l, (uintptr_t)address));
    return entry(table, l, (uintptr_t)address);
}

void mmu_flush(void)
{
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb ish\n\tisb" : : : "memory");
}

void mmu_run(uint64_t tcr, void (*f)(void))
{
    uint64_t range = read_sysreg("id_aa64mmfr0_el1") & 15, ips = range > 5 ? 5 : range;
    unsigned tg = granule == GRANULE_4K ? 0 : granule == GRANULE_16K ? TG0_16K : TG0_64K;
    struct regime r = {(uintptr_t)top, tcr | ips << 32 | EPD1 | tg | SH0_INNER | WRITE_BACK | T0SZ_4G, MAIR};
    mmu_switch(&r, f);
}
