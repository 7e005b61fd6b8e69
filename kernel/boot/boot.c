// SPDX-License-Identifier: MIT
// The boot program: from the entry of the image to that of the kernel. start.S has set up the CPU.
#include "boot.h"

#include "console.h"
#include "entry/cpu.h"
#include "entry/uncleared.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

#define NUM_TABLES 64u
#define TREE_MAX (16ull << 20)
#define IMAGE_MAX (4ull << 30)

extern char _start[], _text_end[], _data_start[], _end[];

uint64_t boot_early(uint64_t tree);
_Noreturn void boot_main(uint64_t tree, unsigned level, unsigned flags);
_Noreturn void boot_exception(unsigned kind, uint64_t esr, uint64_t elr, uint64_t far);

static UNCLEARED _Alignas(4096) unsigned char tables[NUM_TABLES * PAGE_SIZE];
static struct boot boot;

static uint64_t payload_address(void)
{
    return round_up((uint64_t)_end, PAGE_SIZE);
}

static uint32_t big_endian(uint32_t const volatile *p)
{
    return __builtin_bswap32(*p);
}

// With the MMU off: maps what is known without a device tree, that is this image and the tree
// itself. Keeps to aligned accesses and calls nothing of the libraries. Returns the root table.
uint64_t boot_early(uint64_t tree)
{
    uint64_t start = (uint64_t)_start, end = start + *(uint64_t volatile *)(_start + 16);
    uint32_t const volatile *header = (uint32_t const volatile *)tree;

    page_table_init(&boot.map, (uint64_t)tables, (uint64_t)tables + sizeof tables);
    if (tree && tree % 8 == 0 && big_endian(header) == FDT_MAGIC &&
        big_endian(header + 1) <= TREE_MAX) {
        boot.fdt = (void const *)tree;
        boot.tree.start = round_down(tree, PAGE_SIZE);
        uint64_t size = big_endian(header + 1);
        if (size < sizeof(struct fdt_header))
            size = sizeof(struct fdt_header); // wrong, but the header shall be read to say so
        boot.tree.end = round_up(tree + size, PAGE_SIZE);
        page_table_map(&boot.map, boot.tree.start, boot.tree.start, range_size(boot.tree),
                       PAGE_RODATA);
    }
    if (end < (uint64_t)_end || end - start > IMAGE_MAX)
        end = (uint64_t)_end;
    boot.image.start = start;
    boot.image.end = round_up(end, PAGE_SIZE);
    page_table_map(&boot.map, start, start, (uint64_t)(_text_end - _start), PAGE_TEXT);
    page_table_map(&boot.map, (uint64_t)_text_end, (uint64_t)_text_end,
                   (uint64_t)(_data_start - _text_end), PAGE_RODATA);
    page_table_map(&boot.map, (uint64_t)_data_start, (uint64_t)_data_start,
                   (uint64_t)(_end - _data_start), PAGE_DATA);
    page_table_map(&boot.map, (uint64_t)_end, (uint64_t)_end, boot.image.end - (uint64_t)_end,
                   PAGE_RODATA);
    return boot.map.root;
}

void boot_exception(unsigned kind, uint64_t esr, uint64_t elr, uint64_t far)
{
    static char const *const kinds[] = {"synchronous", "IRQ", "FIQ", "SError"};
    static bool again;
    if (again)
        boot_stop(); // it was the console
    again = true;
    report_stop("%s exception before the kernel took over: class 0x%02x, syndrome 0x%llx, "
                "at 0x%llx (boot lies at 0x%llx), address 0x%llx",
                kinds[kind % 4], (unsigned)(esr >> 26), (unsigned long long)esr,
                (unsigned long long)elr, (unsigned long long)_start, (unsigned long long)far);
}

// The console of the tree. Of one that is damaged or not there: what it still says, what the image
// knows of its board, what looks like a UART.
static bool find_console(struct boot *b, bool damaged)
{
    if (b->fdt && machine_find_uart(b->fdt, &b->uart))
        return true;
    return damaged && (machine_parse_uart(boot_board_uart(b, payload_address()), &b->uart) ||
                       (b->fdt && machine_guess_uart(b->fdt, &b->uart)));
}

static void open_console(struct boot *b, bool damaged)
{
    if (!find_console(b, damaged))
        return;
    struct range pages = {round_down(b->uart.range.start, PAGE_SIZE),
                          round_up(b->uart.range.end, PAGE_SIZE)};
    if (!page_table_map(&b->map, pages.start, pages.start, range_size(pages), PAGE_DEVICE))
        return;
    asm volatile("dsb sy; isb" ::: "memory");
    console_open(b->uart.ops, b->uart.range.start, b->uart.reg_shift, b->uart.reg_width,
                 b->uart.clock_hz);
}

// What makes it useless to go on, said on whatever console there is.
static void check_entry(struct boot *b, uint64_t tree, unsigned level, unsigned flags,
                        char const *damage)
{
    if (level == 1 && (flags & BOOT_FROM_EL3))
        report_stop("this CPU has EL3 but no EL2, and the kernel is a hypervisor "
                    "(QEMU: -M virt,secure=on,virtualization=on)");
    if (level == 1)
        report_stop("entered at EL1, but the kernel is a hypervisor and needs EL2 "
                    "(QEMU: -M virt,virtualization=on)");
    if (flags & BOOT_MISALIGNED)
        report_stop("the image was loaded at no page boundary; it belongs at a multiple of 2 MiB");
    if (b->image.start % SUPERPAGE_SIZE)
        report_note("the image lies at 0x%llx; it belongs at a multiple of 2 MiB",
                    (unsigned long long)b->image.start);
    if (!b->fdt)
        report_stop("no device tree at the address that the boot loader passed (in register x0): "
                    "0x%llx", (unsigned long long)tree);
    if (damage)
        report_stop("the device tree is damaged (%s)", damage);
}

static void introduce(struct boot *b, bool from_el3)
{
    struct machine const *m = &b->machine;
    report_note("%s, entered at %s, RAM %llu MiB, %u CPU%s, GICv%u",
                m->model ? m->model : "machine without a name",
                from_el3 ? "EL3" : "EL2", (unsigned long long)place_total(&m->ram) >> 20,
                m->num_cpus,
                m->num_cpus == 1 ? "" : "s", m->gic_version);
}

// tree: physical address of the device tree; level: exception level, 1 or 2; flags: BOOT_* of
// cpu.h.
void boot_main(uint64_t tree, unsigned level, unsigned flags)
{
    struct boot *b = &boot;
    bool from_el3 = flags & BOOT_FROM_EL3;
    char const *damage = b->fdt ? machine_check_tree(b->fdt, range_size(b->tree)) : "none";
    open_console(b, damage);
    check_entry(b, tree, level, flags, damage);
    machine_report_uart(b->fdt, &b->uart);

    bool usable = machine_read(b->fdt, &b->uart, cpu_affinity(), &b->machine);
    boot_args_parse(&b->args, b->machine.bootargs);
    boot_open_payload(b, payload_address());
    if (b->args.no_serial)
        console_be_quiet();
    if (!usable)
        report_stop("the device tree does not describe a machine that can be used");
    if (b->args.max_mem)
        place_limit(&b->machine.ram, b->args.max_mem);
    boot_probe_firmware(b, from_el3);
    introduce(b, from_el3);

    boot_prepare_memory(b);
    boot_load_modules(b);
    boot_hand_over(b);
}
