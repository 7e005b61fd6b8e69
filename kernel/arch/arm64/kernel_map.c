// SPDX-License-Identifier: MIT
// The tables that boot made, taken over and extended: 4 KiB granule, 48 bits, 4 levels (Arm ARM
// D8.3, EL2 regime).
#include <arch/kernel_map.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include "mem/kmem.h"
#include "mem/mapping.h"
#include "panic.h"

enum { PAGE = L4_PAGESIZE, ENTRIES = 512, LEAF_LEVEL = 3 };

#define PTE_VALID       1ull
#define PTE_TABLE       2ull // level 3: page
#define PTE_ATTR_DEVICE (0ull << 2)
#define PTE_ATTR_NORMAL (1ull << 2)
#define PTE_READ_ONLY   BIT(7)
#define PTE_SH_INNER    (3ull << 8)
#define PTE_AF          BIT(10)
#define PTE_XN          BIT(54)
#define PTE_ADDR        0x0000fffffffff000ull

static uint64_t *root;
static uint64_t kernel_phys;
static uint64_t device_next = KERNEL_DEVICE_WINDOW;

uint64_t kernel_virt_to_phys(void const *kva)
{
    uint64_t a = (uint64_t)kva;
    return a >= KERNEL_LINK_BASE ? a - KERNEL_LINK_BASE + kernel_phys : a - KERNEL_PHYS_WINDOW;
}

void *kernel_phys_to_virt(uint64_t phys)
{
    return (void *)(phys + KERNEL_PHYS_WINDOW);
}

static unsigned index_at(uint64_t va, unsigned level)
{
    return (va >> (39 - 9 * level)) & (ENTRIES - 1);
}

// The level-3 entry of va; tables are made as needed.
static uint64_t *leaf_entry(uint64_t va)
{
    uint64_t *table = root;
    for (unsigned level = 0; level < LEAF_LEVEL; level++) {
        uint64_t *e = &table[index_at(va, level)];
        if (!(*e & PTE_VALID)) {
            void *t = kmem_alloc(&quota_root, PAGE);
            if (!t)
                kernel_panic("kernel_map: no memory for a page table");
            dsb_ish(); // the walker must find the table empty, not as it was before
            *(volatile uint64_t *)e = kernel_virt_to_phys(t) | PTE_VALID | PTE_TABLE;
        } else if (!(*e & PTE_TABLE)) {
            kernel_panic("kernel_map: a large page is in the way");
        }
        table = kernel_phys_to_virt(*e & PTE_ADDR);
    }
    return &table[index_at(va, LEAF_LEVEL)];
}

static void map_pages(uint64_t va, uint64_t phys, uint64_t pages, uint64_t attributes)
{
    for (uint64_t i = 0; i < pages; i++)
        *(volatile uint64_t *)leaf_entry(va + i * PAGE) =
            (phys + i * PAGE) | PTE_VALID | PTE_TABLE | PTE_AF | attributes;
    dsb_ish();
    isb();
}

static uint64_t pages_of(uint64_t phys, uint64_t size)
{
    return ((phys & (PAGE - 1)) + size + PAGE - 1) / PAGE;
}

void kernel_map_init(struct boot_info const *bi)
{
    kernel_phys = bi->kernel_phys;
    root = kernel_phys_to_virt(bi->ttbr0);
    // All that lies below the window is boot's identity mapping.
    for (unsigned i = 0; i < index_at(KERNEL_PHYS_WINDOW, 0); i++)
        ((volatile uint64_t *)root)[i] = 0;
    asm volatile("dsb ishst; tlbi alle2is; dsb ish; isb" ::: "memory");
    mem_reserve(bi->kernel_phys, bi->kernel_phys + bi->kernel_size);
    mem_reserve(bi->heap_start, bi->heap_end);
}

void *kernel_map_device(uint64_t phys, uint64_t size)
{
    uint64_t pages = pages_of(phys, size), va = device_next;
    device_next += (pages + 1) * PAGE; // an unmapped page between two devices
    map_pages(va, phys & ~(uint64_t)(PAGE - 1), pages, PTE_ATTR_DEVICE | PTE_XN);
    return (void *)(va + (phys & (PAGE - 1)));
}

// Each CPU has this much of the window, with the stack at its end.
enum { STACK_SPACE = 65536 };

static uint64_t stack_start(unsigned cpu)
{
    return KERNEL_STACK_WINDOW + (uint64_t)(cpu + 1) * STACK_SPACE - KERNEL_STACK_SIZE;
}

char *kernel_map_stack(unsigned cpu)
{
    void *memory = kmem_alloc(&quota_root, KERNEL_STACK_SIZE);
    if (!memory)
        return NULL;
    map_pages(stack_start(cpu), kernel_virt_to_phys(memory), KERNEL_STACK_SIZE / PAGE,
              PTE_ATTR_NORMAL | PTE_SH_INNER | PTE_XN);
    return (char *)stack_start(cpu) + KERNEL_STACK_SIZE;
}

bool kernel_map_below_stack(unsigned cpu, uint64_t va)
{
    uint64_t start = stack_start(cpu);
    return va < start && va >= start - (STACK_SPACE - KERNEL_STACK_SIZE);
}

void kernel_map_identity(uint64_t phys, uint64_t size)
{
    uint64_t start = phys & ~(uint64_t)(PAGE - 1);
    map_pages(start, start, pages_of(phys, size), PTE_ATTR_NORMAL | PTE_SH_INNER | PTE_READ_ONLY);
}
