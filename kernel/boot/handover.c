// SPDX-License-Identifier: MIT
// The description of the machine for the kernel, and the kernel's page tables.
#include "boot.h"
#include "entry/cpu.h"
#include "payload/contents.h"
#include "report.h"

#include <l4/sys/abi/fpage.h>
#include <l4/sys/abi/kip.h>
#include <string.h>

#define MAX_TABLES 64u // pages; far more than kernel image, heap and boot itself can need
enum { KIP_SLOTS = L4_KIP_MEM_DESCS - 4 }; // memory descriptors that the kernel leaves us
enum { RESERVED_KERNEL_IMAGE = 0, RESERVED_KERNEL_HEAP = 1 };

extern char const _start[], _text_end[], _data_start[], _end[];

static void add_mem(struct boot_info *info, struct range r, enum l4_mem_type_t type, unsigned subtype)
{
    if (info->num_mem == BOOT_MAX_MEM)
        report_stop("the memory map has too many pieces (more than %u)", BOOT_MAX_MEM);
    info->mem[info->num_mem++] = (struct boot_mem){r.start, r.end - 1, (uint32_t)type, subtype};
}

static void add_to(struct place *p, struct range r)
{
    if (r.start < r.end && place_add(p, r.start, r.end) == PLACE_FULL)
        report_stop("the memory map has too many pieces (more than %u)", PLACE_MAX);
}

// Pages that firmware keeps, the words where it waits for spin-table CPUs among them; only what is
// RAM.
static void add_reserved(struct boot *b, struct boot_info *info)
{
    static struct place reserved;
    struct machine const *m = &b->machine;
    for (unsigned i = 0; i < m->num_reserved; i++)
        add_to(&reserved, m->reserved[i].range);
    for (unsigned i = 0; i < m->ram.num; i++)
        for (unsigned k = 0; k < reserved.num; k++) {
            struct range ram = m->ram.r[i], r = reserved.r[k];
            if (!range_overlaps(ram, r))
                continue;
            r.start = r.start < ram.start ? ram.start : r.start;
            r.end = r.end > ram.end ? ram.end : r.end;
            add_mem(info, r, l4_mem_type_reserved, RESERVED_KERNEL_IMAGE);
        }
}

static void add_memory(struct boot *b, struct boot_info *info)
{
    static struct place loaded; // neighbours become one descriptor
    for (unsigned i = 0; i < b->machine.ram.num; i++)
        add_mem(info, b->machine.ram.r[i], l4_mem_type_conventional, 0);
    add_mem(info, b->kernel.range, l4_mem_type_reserved, RESERVED_KERNEL_IMAGE);
    add_mem(info, b->heap, l4_mem_type_reserved, RESERVED_KERNEL_HEAP);
    add_reserved(b, info);
    add_mem(info, b->sigma0.range, l4_mem_type_dedicated, 0);

    add_to(&loaded, b->root.range);
    add_to(&loaded, b->module_info);
    for (unsigned i = 0; i < b->num_modules; i++) {
        struct range r = b->modules[i].range;
        add_to(&loaded, (struct range){r.start, round_up(r.end, PAGE_SIZE)});
    }
    for (unsigned i = 0; i < loaded.num; i++)
        add_mem(info, loaded.r[i], l4_mem_type_bootloader, L4_FPAGE_RWX);
    if (info->num_mem > KIP_SLOTS)
        report_stop("the memory map has %u pieces, the kernel info page has room for %u",
                    info->num_mem,
                    KIP_SLOTS);
}

static struct boot_range as_boot_range(struct range r)
{
    return (struct boot_range){r.start, range_size(r)};
}

static void describe_devices(struct boot *b, struct boot_info *info)
{
    struct machine const *m = &b->machine;
    info->gic.version = m->gic_version;
    info->gic.num_gicr = m->num_gicr;
    info->gic.gicd = as_boot_range(m->gicd);
    for (unsigned i = 0; i < m->num_gicr; i++)
        info->gic.gicr[i] = as_boot_range(m->gicr[i]);
    info->gic.gicr_stride = m->gicr_stride;
    info->gic.gicc = as_boot_range(m->gicc);
    info->gic.gich = as_boot_range(m->gich);
    info->gic.gicv = as_boot_range(m->gicv);
    info->gic.maintenance_irq = m->maintenance_irq;
    info->num_smmu = m->num_smmu;
    for (unsigned i = 0; i < m->num_smmu; i++)
        info->smmu[i] = (struct boot_smmu){as_boot_range(m->smmu[i].regs), m->smmu[i].event_irq, m->smmu[i].error_irq};
    info->timer.hyp_irq = m->hyp_irq;
    info->timer.virt_irq = m->virt_irq;
    info->psci.conduit = m->psci;
    info->psci.version = b->psci_version;
    info->uart.driver = b->uart.ops ? uart_number(b->uart.ops) : 0;
    info->uart.irq = m->uart_irq;
    info->uart.phys = b->uart.range.start;
    info->uart.size = range_size(b->uart.range);
    info->uart.reg_shift = b->uart.reg_shift;
    info->uart.reg_width = b->uart.reg_width;
    info->uart.clock_hz = b->uart.clock_hz;
    info->flags = (b->args.no_serial ? BOOT_FLAG_NO_SERIAL : 0) |
                  (b->args.no_hardening ? BOOT_FLAG_NO_HARDENING : 0);

    // "vendor,board" of the device tree: the part that tells boards apart
    char const *name = m->compatible ? m->compatible : "unknown", *comma = strchr(name, ',');
    strncpy(info->platform, comma ? comma + 1 : name, sizeof info->platform - 1);
}

static void map(struct page_table *t, uint64_t va, uint64_t pa, uint64_t size, enum page_kind kind)
{
    if (!page_table_map(t, va, pa, size, kind))
        report_stop("the kernel's page tables need more than %u pages", MAX_TABLES);
}

static void map_one_to_one(struct page_table *t, struct range r, enum page_kind kind)
{
    map(t, r.start, r.start, range_size(r), kind);
}

static void map_kernel(struct boot *b, struct page_table *t)
{
    for (unsigned i = 0; i < b->num_segments; i++) {
        struct segment const *s = &b->segments[i];
        map(t, s->range.start, b->kernel.range.start + (s->range.start - KERNEL_LINK_BASE),
            range_size(s->range), s->kind);
    }
    map(t, KERNEL_PHYS_WINDOW + b->heap.start, b->heap.start, range_size(b->heap), PAGE_DATA);

    // Boot itself and its console, until the kernel has vectors of its own.
    uint64_t start = (uint64_t)_start, text_end = (uint64_t)_text_end;
    uint64_t data = (uint64_t)_data_start, end = (uint64_t)_end;
    map_one_to_one(t, (struct range){start, text_end}, PAGE_TEXT);
    map_one_to_one(t, (struct range){text_end, data}, PAGE_RODATA);
    map_one_to_one(t, (struct range){data, end}, PAGE_DATA);
    if (b->uart.ops)
        map_one_to_one(t, (struct range){round_down(b->uart.range.start, PAGE_SIZE),
                                         round_up(b->uart.range.end, PAGE_SIZE)}, PAGE_DEVICE);
}

void boot_hand_over(struct boot *b)
{
    uint64_t tables = b->heap.start + round_up(sizeof(struct boot_info), PAGE_SIZE);
    uint64_t tables_end = tables + MAX_TABLES * PAGE_SIZE;
    memset(address_pointer(b->heap.start), 0, tables - b->heap.start);

    struct page_table t;
    page_table_init(&t, tables, tables_end);
    map_kernel(b, &t);

    struct boot_info *info = address_pointer(b->heap.start);
    *info = (struct boot_info){
        .magic = BOOT_INFO_MAGIC,
        .version = BOOT_INFO_VERSION,
        .size = sizeof *info,
        .kernel_phys = b->kernel.range.start,
        .kernel_size = range_size(b->kernel.range),
        .heap_start = b->heap.start,
        .heap_end = b->heap.end,
        .heap_free = t.next,
        .ttbr0 = t.root,
        .sigma0_entry = b->sigma0.entry,
        .root_entry = b->root.entry,
        .module_info = b->module_info.start,
        .device_tree = b->device_tree,
        .num_cpus = b->machine.num_cpus,
    };
    memcpy(info->cpus, b->machine.cpus, sizeof info->cpus);
    if (!b->args.no_random)
        memcpy(info->seed, b->machine.seed, sizeof info->seed);
    add_memory(b, info);
    describe_devices(b, info);

    // Further CPUs read this before their caches are on.
    cpu_clean_code((struct range){b->heap.start, t.next});
    boot_enter_kernel(t.root, b->kernel.entry, KERNEL_PHYS_WINDOW + b->heap.start);
}
