// SPDX-License-Identifier: MIT
// What uvmm decides before the guest runs: options, device tree, placement, kind of kernel.
#include "boot/dt.h"
#include "vcpu/id_regs.h"
#include "boot/kernel_image.h"
#include "log.h"
#include "device/mmio_map.h"
#include "options.h"
#include "boot/ram_map.h"
#include "unit_run.h"
#include "vcpu/placement.h"

#include <check.h>
#include <elf.h>
#include <getopt.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- options

static struct options opt;
static char err[200];

static int parse(char const *line)
{
    static char buf[400];
    static char *argv[20];
    int argc = 0;
    strcpy(buf, line);
    for (char *p = strtok(buf, " "); p; p = strtok(NULL, " "))
        argv[argc++] = p;
    argv[argc] = NULL;
    optind = 0; // starts getopt afresh
    return options_parse(&opt, argc, argv, err, sizeof(err));
}

START_TEST(options_both_forms)
{
    ck_assert_int_eq(parse("uvmm --kernel rom/Image.gz --dtb rom/a.dtb --ramdisk rom/rd "
                           "--cmdline x=y"), 0);
    ck_assert_str_eq(opt.kernel, "rom/Image.gz");
    ck_assert_str_eq(opt.cmdline, "x=y");
    ck_assert_int_eq(parse("uvmm -krom/Image.gz -drom/a.dtb:limit=0x1000 -d rom/b.dtbo "
                           "-rrom/rd -b0x40000000 -v"), 0);
    ck_assert_str_eq(opt.kernel, "rom/Image.gz");
    ck_assert_str_eq(opt.dtb[0], "rom/a.dtb");
    ck_assert_str_eq(opt.dtb[1], "rom/b.dtbo");
    ck_assert_uint_eq(opt.dtb_limit, 0x1000);
    ck_assert_uint_eq(opt.ram_base, 0x40000000);
    ck_assert_int_eq(opt.verbosity, LOG_INFO);
    ck_assert_int_eq(parse("uvmm -q -Dcpu=trace --dt-mod /a/b=1"), 0);
    ck_assert_int_eq(opt.verbosity, LOG_TRACE);
    ck_assert_str_eq(opt.mod[0], "/a/b=1");
    ck_assert_uint_eq(opt.vcpus, 0);
    ck_assert_int_eq(parse("uvmm --vcpus 1"), 0);
    ck_assert_uint_eq(opt.vcpus, 1);
    ck_assert_int_eq(parse("uvmm --vcpus=16"), 0);
    ck_assert_uint_eq(opt.vcpus, 16);
    ck_assert(!opt.reused_ram);
    ck_assert_int_eq(parse("uvmm --reused-ram"), 0);
    ck_assert(opt.reused_ram);
}
END_TEST

START_TEST(options_errors_name_the_culprit)
{
    ck_assert_int_ne(parse("uvmm --frobnicate"), 0);
    ck_assert_ptr_nonnull(strstr(err, "--frobnicate"));
    ck_assert_int_ne(parse("uvmm -k"), 0);
    ck_assert_int_ne(parse("uvmm -dx:limit=0"), 0);
    ck_assert_int_ne(parse("uvmm -dx:limit=7q"), 0);
    ck_assert_int_ne(parse("uvmm -b 12x"), 0);
    ck_assert_int_ne(parse("uvmm -f inject"), 0);
    ck_assert_int_ne(parse("uvmm -i"), 0);
    static char const *const vcpus[] = {"0", "17", "-1", "4x", "0x100000001", "99999999999999999999"};
    for (unsigned i = 0; i < sizeof(vcpus) / sizeof(vcpus[0]); i++) {
        char line[80];
        snprintf(line, sizeof(line), "uvmm --vcpus=%s", vcpus[i]);
        ck_assert_int_ne(parse(line), 0);
        ck_assert_ptr_nonnull(strstr(err, "--vcpus"));
        ck_assert_ptr_nonnull(strstr(err, vcpus[i]));
    }
    ck_assert_int_ne(parse("uvmm stray"), 0);
    ck_assert_ptr_nonnull(strstr(err, "stray"));
}
END_TEST

// ---------------------------------------------------------------- CPUs

static unsigned const available[3] = {1, 4, 6};

START_TEST(each_cpu_has_one_of_its_own)
{
    struct placement p;
    placement_choose(&p, 4, 0, available, 3); // the tree has more than the machine
    ck_assert_uint_eq(p.count, 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(p.physical[i], available[i]);
    placement_choose(&p, 2, 0, available, 3);
    ck_assert_uint_eq(p.count, 2);
    placement_choose(&p, 0, 0, available, 3); // no node, one CPU
    ck_assert_uint_eq(p.count, 1);
    ck_assert_uint_eq(p.physical[0], 1);
}
END_TEST

START_TEST(cpus_are_placed_in_turn)
{
    struct placement p;
    placement_choose(&p, 16, 8, available, 3);
    ck_assert_uint_eq(p.count, 8);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(p.physical[i], available[i % 3]);
    placement_choose(&p, 4, 4, available, 1);
    ck_assert_uint_eq(p.count, 4);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(p.physical[i], 1);
    placement_choose(&p, 4, 1, available, 3); // fewer than there are
    ck_assert_uint_eq(p.count, 1);
    placement_choose(&p, 4, 16, available, 2); // no more than the tree has
    ck_assert_uint_eq(p.count, 4);
    placement_choose(&p, 0, 4, available, 2);
    ck_assert_uint_eq(p.count, 1);
    placement_choose(&p, 100, 100, available, 2);
    ck_assert_uint_eq(p.count, VGIC_MAX_CPUS);
}
END_TEST

// ---------------------------------------------------------------- RAM and MMIO

static uint8_t host[16];

static int add(struct ram_map *m, uint64_t gpa, uint64_t size, bool boot)
{
    struct ram_region r = {.gpa = gpa, .size = size, .host = host, .boot = boot};
    return ram_map_add(m, &r);
}

START_TEST(ram_placement)
{
    struct ram_map m = {0};
    uint64_t at;
    ck_assert_int_eq(add(&m, 0x40000000, 0x8000000, true), 0);
    ck_assert_int_eq(add(&m, 0x47fff000, 0x10000, true), -2);
    ck_assert_int_eq(add(&m, 0x3ffff000, 0x10000000, true), -2);
    ck_assert_int_eq(add(&m, ~0xfffull, 0x2000, true), -2); // wraps
    ck_assert_int_eq(add(&m, 0x80000000, 0x200000, false), 0);
    ck_assert_uint_eq(ram_map_start(&m), 0x40000000);
    ck_assert(ram_map_reserve(&m, 0x40000000, 0x2300000));
    ck_assert(!ram_map_reserve(&m, 0x42200000, 0x1000));
    ck_assert(!ram_map_reserve(&m, 0x80000000, 0x1000)); // not for booting
    ck_assert(ram_map_alloc_top(&m, 0x123456, 0x200000, ~0ull, &at));
    ck_assert_uint_eq(at, 0x47e00000);
    ck_assert(ram_map_alloc_top(&m, 0x4321, 0x1000, ~0ull, &at)); // between initrd's end and RAM's
    ck_assert_uint_eq(at, 0x47ffb000);
    ck_assert(ram_map_alloc_top(&m, 0x1000, 0x1000, 0x43000000, &at));
    ck_assert_uint_eq(at, 0x42fff000);
    ck_assert(!ram_map_alloc_top(&m, 0x1000, 0x1000, 0x42300000, &at));
    ck_assert(!ram_map_alloc_top(&m, 0x10000000, 0x1000, ~0ull, &at));
    ck_assert_uint_eq(ram_map_room(&m, 0x42300000), 0xcff000);
    ck_assert_uint_eq(ram_map_room(&m, 0x40000000), 0);
}
END_TEST

START_TEST(ram_lookup_at_the_borders)
{
    struct ram_map m = {0};
    add(&m, 0x1000, 0x2000, true);
    ck_assert_ptr_eq(ram_map_host(&m, 0x1000, 0x2000), host);
    ck_assert_ptr_null(ram_map_host(&m, 0x1000, 0x2001));
    ck_assert_ptr_null(ram_map_host(&m, 0xfff, 1));
    ck_assert_ptr_null(ram_map_host(&m, 0x3000, 1));
    ck_assert_ptr_null(ram_map_host(&m, 0x2000, ~0ull));
    ck_assert_ptr_nonnull(ram_map_overlap(&m, 0, 0x1001));
    ck_assert_ptr_null(ram_map_overlap(&m, 0, 0x1000));
    ck_assert_ptr_nonnull(ram_map_overlap(&m, 0x2fff, 1));
    ck_assert_ptr_null(ram_map_overlap(&m, 0x3000, 1));
}
END_TEST

START_TEST(mmio_lookup_and_conflicts)
{
    struct mmio_map m = {0};
    char const *with = NULL;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t at = 0x10000 * ((i * 7) % 20 + 1);
        struct mmio_region r = {.start = at, .end = at + 0x1000, .name = "a"};
        ck_assert_int_eq(mmio_map_add(&m, &r, &with), 0);
    }
    for (uint64_t at = 0x10000; at <= 0x140000; at += 0x10000) {
        ck_assert_uint_eq(mmio_map_find(&m, at)->start, at);
        ck_assert_uint_eq(mmio_map_find(&m, at + 0xfff)->start, at);
        ck_assert_ptr_null(mmio_map_find(&m, at + 0x1000));
        ck_assert_ptr_null(mmio_map_find(&m, at - 1));
    }
    struct mmio_region r = {.start = 0x10fff, .end = 0x11000, .name = "b"};
    ck_assert_int_eq(mmio_map_add(&m, &r, &with), -2);
    ck_assert_str_eq(with, "a");
    r = (struct mmio_region){.start = 0xf000, .end = 0x10001, .name = "b"};
    ck_assert_int_eq(mmio_map_add(&m, &r, &with), -2);
    r = (struct mmio_region){.start = 0x5000, .end = 0x5000, .name = "b"};
    ck_assert_int_eq(mmio_map_add(&m, &r, &with), -1);
}
END_TEST

START_TEST(memory_of_a_device)
{
    static uint8_t memory[0x800];
    struct mmio_map m = {0};
    char const *with = NULL;
    struct mmio_region r = {.start = 0x1000, .end = 0x2000, .name = "a", .memory = memory, .memory_size = sizeof(memory)};
    ck_assert_int_eq(mmio_map_add(&m, &r, &with), 0);
    ck_assert_ptr_eq(mmio_map_memory(&m, 0x1000, sizeof(memory)), memory);
    ck_assert_ptr_eq(mmio_map_memory(&m, 0x17fc, 4), memory + 0x7fc);
    ck_assert_ptr_null(mmio_map_memory(&m, 0x17fd, 4));
    ck_assert_ptr_null(mmio_map_memory(&m, 0x17fd, ~0ull));
    ck_assert_ptr_null(mmio_map_memory(&m, 0x1800, 1));
    ck_assert_ptr_null(mmio_map_memory(&m, 0x2000, 1));
}
END_TEST

// ---------------------------------------------------------------- kernel

START_TEST(kernel_kinds)
{
    uint8_t h[64] = {0};
    ck_assert_int_eq(kernel_kind_of(h, 64), KERNEL_RAW);
    h[0] = 'M', h[1] = 'Z';
    ck_assert_int_eq(kernel_kind_of(h, 64), KERNEL_EFI);
    memcpy(h + 0x38, "ARM\x64", 4);
    ck_assert_int_eq(kernel_kind_of(h, 64), KERNEL_LINUX); // an EFI stub does not matter
    ck_assert_int_eq(kernel_kind_of(h, 63), KERNEL_EFI);
    ck_assert_int_eq(kernel_kind_of(h, 0), KERNEL_RAW);
    ck_assert_int_eq(kernel_kind_of("\x1f\x8b\x08", 3), KERNEL_GZIP);
    ck_assert_int_eq(kernel_kind_of("\177ELF", 4), KERNEL_ELF);
    struct kernel_header k = kernel_linux_header(h);
    ck_assert_uint_eq(k.text_offset, 0x80000); // image_size 0: an old kernel
    h[16 + 2] = 0x20;
    h[24] = 1;
    k = kernel_linux_header(h);
    ck_assert_uint_eq(k.text_offset, 0);
    ck_assert_uint_eq(k.image_size, 0x200000);
    ck_assert(k.big_endian);
    memset(h, 0, sizeof(h));
    h[0x24] = 0x18, h[0x25] = 0x28, h[0x26] = 0x6f, h[0x27] = 0x01;
    ck_assert_int_eq(kernel_kind_of(h, 64), KERNEL_ZIMAGE32);
}
END_TEST

START_TEST(kernel_elf)
{
    struct { Elf64_Ehdr e; Elf64_Phdr p[2]; char data[64]; } f = {0};
    struct kernel_segment seg[2];
    uint64_t entry;
    memcpy(f.e.e_ident, ELFMAG, SELFMAG);
    f.e.e_ident[EI_CLASS] = ELFCLASS64;
    f.e.e_ident[EI_DATA] = ELFDATA2LSB;
    f.e.e_machine = EM_AARCH64;
    f.e.e_phentsize = sizeof(Elf64_Phdr);
    f.e.e_phoff = sizeof(f.e);
    f.e.e_phnum = 2;
    f.e.e_entry = 0x40000040;
    f.p[0] = (Elf64_Phdr){.p_type = PT_NOTE};
    f.p[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = 0x40000000, .p_filesz = 64, .p_memsz = 128,
                          .p_offset = sizeof(f) - 64};
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 2, &entry), 1);
    ck_assert_uint_eq(entry, 0x40000040);
    ck_assert_uint_eq(seg[0].memsz, 128);
    f.p[0] = f.p[1]; // two, and room for one: the number is told, the second not written
    f.p[0].p_memsz = 256;
    seg[1].memsz = 99;
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 1, &entry), 2);
    ck_assert_uint_eq(seg[0].memsz, 256);
    ck_assert_uint_eq(seg[1].memsz, 99);
    f.p[0] = (Elf64_Phdr){.p_type = PT_NOTE};
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f) - 1, seg, 2, &entry), -1);
    ck_assert_int_eq(kernel_elf_segments(&f, 10, seg, 2, &entry), -1);
    f.p[1].p_memsz = 63; // less than is in the file
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 2, &entry), -1);
    f.p[1].p_memsz = 128;
    f.p[1].p_offset = ~0ull - 5;
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 2, &entry), -1);
    f.p[1].p_offset = 0;
    f.e.e_phnum = 0xffff;
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 2, &entry), -1);
    f.e.e_phnum = 2;
    f.e.e_machine = EM_X86_64;
    ck_assert_int_eq(kernel_elf_segments(&f, sizeof(f), seg, 2, &entry), -1);
}
END_TEST

START_TEST(kernel_arguments)
{
    struct kernel_arg a;
    ck_assert_int_eq(kernel_parse_arg("rom/Image", &a), 0);
    ck_assert_str_eq(a.file, "rom/Image");
    ck_assert(!a.raw && !a.rom);
    ck_assert_int_eq(kernel_parse_arg("raw:addr=0x40080000:rom/x", &a), 0);
    ck_assert(a.raw && a.has_addr);
    ck_assert_uint_eq(a.addr, 0x40080000);
    ck_assert_str_eq(a.file, "rom/x");
    ck_assert_int_eq(kernel_parse_arg("rom:addr=0x1000,64bit:x", &a), 0);
    ck_assert(a.rom);
    ck_assert_int_eq(kernel_parse_arg("rom:addr=0x1000", &a), 0);
    ck_assert_uint_eq(a.addr, 0x1000);
    ck_assert_int_ne(kernel_parse_arg("rom:x", &a), 0);
    ck_assert_int_ne(kernel_parse_arg("raw:addr=12z:x", &a), 0);
    ck_assert_int_ne(kernel_parse_arg("foo:x", &a), 0);
}
END_TEST

// ---------------------------------------------------------------- device tree

static char tree[8192];

static void cells(int node, char const *name, unsigned n, uint32_t const *v)
{
    uint32_t be[16];
    for (unsigned i = 0; i < n; i++)
        be[i] = cpu_to_fdt32(v[i]);
    ck_assert_int_eq(fdt_setprop(tree, node, name, be, (int)(4 * n)), 0);
}

#define CELLS(node, name, ...)                                                                     \
    cells(node, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

// A bus at 0x30000000 with a device, an interrupt controller, a node without translation.
static void make_tree(void)
{
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    CELLS(0, "#address-cells", 2);
    CELLS(0, "#size-cells", 2);
    CELLS(0, "interrupt-parent", 1);
    int gic = fdt_add_subnode(tree, 0, "gic@1000");
    fdt_setprop_string(tree, gic, "compatible", "arm,gic-v3");
    CELLS(gic, "#interrupt-cells", 3);
    CELLS(gic, "phandle", 1);
    CELLS(gic, "reg", 0, 0x1000, 0, 0x10000, 0, 0x100000, 0, 0x40000);
    int bus = fdt_add_subnode(tree, 0, "l4vmm");
    CELLS(bus, "#address-cells", 1);
    CELLS(bus, "#size-cells", 1);
    CELLS(bus, "ranges", 0, 0, 0x30000000, 0x30000);
    int dev = fdt_add_subnode(tree, bus, "uart@2000");
    CELLS(dev, "reg", 0x2000, 0x1000);
    CELLS(dev, "interrupts", 0, 121, 4, 1, 11, 0xf08);
    int cpus = fdt_add_subnode(tree, 0, "cpus");
    CELLS(cpus, "#address-cells", 1);
    CELLS(cpus, "#size-cells", 0);
    int cpu = fdt_add_subnode(tree, cpus, "cpu@0");
    CELLS(cpu, "reg", 0);
}

START_TEST(dt_resources)
{
    struct dt_range r;
    struct dt_irq irq;
    make_tree();
    int dev = fdt_path_offset(tree, "/l4vmm/uart@2000");
    ck_assert_int_eq(dt_reg(tree, dev, 0, &r), 0);
    ck_assert_uint_eq(r.start, 0x30002000);
    ck_assert_uint_eq(r.size, 0x1000);
    ck_assert_int_eq(dt_reg(tree, dev, 1, &r), DT_NONE);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), 0);
    ck_assert_uint_eq(irq.intid, 153);
    ck_assert_uint_eq(irq.flags, 4);
    ck_assert_int_eq(dt_interrupt(tree, dev, 1, &irq), 0);
    ck_assert_uint_eq(irq.intid, 27);
    ck_assert_int_eq(dt_interrupt(tree, dev, 2, &irq), DT_NONE);
    int gic = fdt_path_offset(tree, "/gic@1000");
    ck_assert_int_eq(dt_reg(tree, gic, 1, &r), 0);
    ck_assert_uint_eq(r.start, 0x100000);
    ck_assert_int_eq(dt_reg(tree, fdt_path_offset(tree, "/cpus/cpu@0"), 0, &r), DT_NO_RANGE);
}
END_TEST

START_TEST(dt_hostile_resources)
{
    struct dt_range r;
    struct dt_irq irq;
    make_tree();
    int dev = fdt_path_offset(tree, "/l4vmm/uart@2000");
    CELLS(dev, "reg", 0x2f001, 0x1000); // reaches beyond the bus's range
    ck_assert_int_eq(dt_reg(tree, dev, 0, &r), DT_NO_RANGE);
    CELLS(dev, "reg", 0x2000);
    ck_assert_int_eq(dt_reg(tree, dev, 0, &r), DT_MALFORMED);
    CELLS(dev, "reg", 0xfffff000, 0x2000);
    ck_assert_int_eq(dt_reg(tree, dev, 0, &r), DT_NO_RANGE);
    CELLS(dev, "reg", 0x2000, 0x1000); // wraps around only where the bus shows it
    CELLS(fdt_path_offset(tree, "/l4vmm"), "ranges", 0, 0xffffffff, 0xffffd000, 0x30000);
    dev = fdt_path_offset(tree, "/l4vmm/uart@2000");
    ck_assert_int_eq(dt_reg(tree, dev, 0, &r), DT_MALFORMED);
    CELLS(dev, "interrupts", 0, 121);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), DT_MALFORMED);
    CELLS(dev, "interrupts", 0, 988, 4);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), DT_MALFORMED);
    CELLS(dev, "interrupts", 1, 16, 4);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), DT_MALFORMED);
    CELLS(dev, "interrupts-extended", 1, 0, 5, 1, 9, 0, 0, 0);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), 0);
    ck_assert_uint_eq(irq.intid, 37);
    ck_assert_int_eq(dt_interrupt(tree, dev, 1, &irq), DT_MALFORMED); // no such phandle
    fdt_delprop(tree, dev, "interrupts-extended");
    CELLS(dev, "interrupt-parent", 77);
    ck_assert_int_eq(dt_interrupt(tree, dev, 0, &irq), DT_NO_GIC);
    int bus = fdt_path_offset(tree, "/l4vmm");
    CELLS(bus, "#address-cells", 9);
    ck_assert_int_eq(dt_reg(tree, fdt_path_offset(tree, "/l4vmm/uart@2000"), 0, &r), DT_NO_RANGE);
}
END_TEST

START_TEST(dt_modifications)
{
    char const *why = NULL;
    make_tree();
    ck_assert_int_eq(dt_modify(tree, "/l4vmm/uart@2000/status=disabled", &why), 0);
    ck_assert(!dt_enabled(tree, fdt_path_offset(tree, "/l4vmm/uart@2000")));
    ck_assert_int_eq(dt_modify(tree, "/l4vmm/a=u32:0x10", &why), 0);
    ck_assert_uint_eq(dt_u32(tree, fdt_path_offset(tree, "/l4vmm"), "a", 0), 16);
    ck_assert_int_eq(dt_modify(tree, "/flag", &why), 0);
    ck_assert_ptr_nonnull(fdt_getprop(tree, 0, "flag", NULL));
    ck_assert_int_eq(dt_modify(tree, "/flag=bool:0", &why), 0);
    ck_assert_ptr_null(fdt_getprop(tree, 0, "flag", NULL));
    ck_assert_int_eq(dt_modify(tree, "/s=str:u32:1", &why), 0);
    ck_assert_str_eq(dt_string(tree, 0, "s"), "u32:1");
    ck_assert_int_ne(dt_modify(tree, "/nowhere/x=1", &why), 0);
    ck_assert_int_ne(dt_modify(tree, "x=1", &why), 0);
    ck_assert_int_ne(dt_modify(tree, "/l4vmm/", &why), 0);
    ck_assert_int_ne(dt_modify(tree, "/a=u32:0x100000000", &why), 0);
    ck_assert_int_ne(dt_modify(tree, "/a=u64:z", &why), 0);
}
END_TEST

START_TEST(id_registers_hide_what_is_not_switched)
{
    ck_assert_uint_eq(id_reg_masked(4, 0, ~0ull) >> 32 & 0xf, 0);   // SVE
    ck_assert_uint_eq(id_reg_masked(4, 0, 0x11112222) & 0xffff, 0x12); // neither EL2 nor EL3, EL1 of 64 bits
    ck_assert_uint_eq(id_reg_masked(4, 0, 3ull << 56) >> 56, 1);    // CSV2 without SCXTNUM
    ck_assert_uint_eq(id_reg_masked(4, 0, 0) >> 56, 0);
    ck_assert_uint_eq(id_reg_masked(4, 1, ~0ull) >> 36, 0);         // NMI and what is above it
    ck_assert_uint_eq(id_reg_masked(7, 1, 3 << 20), 3 << 20);
    ck_assert_uint_eq(id_reg_masked(7, 1, ~0ull), 0xf00ff0f000f0f00f); // CMOW, TIDCP1, TWED are not shown
    ck_assert_uint_eq(id_reg_masked(7, 2, ~0ull) >> 40 & 0xf, 0);   // stage 2 forces write-back
    ck_assert_uint_eq(id_reg_masked(7, 0, 6), 2);                   // 40 bits of address
    ck_assert_uint_eq(id_reg_masked(7, 0, 1), 1);
    ck_assert_uint_eq(id_reg_masked(4, 1, 0xf00) & 0xf00, 0);       // MTE
    ck_assert_uint_eq(id_reg_masked(6, 1, 0xff0), 0);               // pointer authentication
    ck_assert_uint_eq(id_reg_masked(6, 1, 2ull << 40 | 2 << 20), 2ull << 40 | 2 << 20); // SPECRES, LRCPC: work
    ck_assert_uint_eq(id_reg_masked(6, 0, 1ull << 60), 1ull << 60); // RNDR works
    ck_assert_uint_eq(id_reg_masked(6, 2, 0xfull << 24), 0);        // PAC fraction
    ck_assert_uint_eq(id_reg_masked(5, 0, ~0ull) & 0xf00, 0);       // PMU
    ck_assert_uint_eq(id_reg_masked(4, 5, ~0ull), 0);               // SME
    ck_assert_uint_eq(id_reg_masked(5, 7, ~0ull), 0);               // unlisted
    ck_assert_uint_eq(id_reg_masked(7, 0, 0x1122), 0x1122);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_guest");
    TCase *t = tcase_create("guest");
    tcase_add_test(t, options_both_forms);
    tcase_add_test(t, options_errors_name_the_culprit);
    tcase_add_test(t, each_cpu_has_one_of_its_own);
    tcase_add_test(t, cpus_are_placed_in_turn);
    tcase_add_test(t, ram_placement);
    tcase_add_test(t, ram_lookup_at_the_borders);
    tcase_add_test(t, mmio_lookup_and_conflicts);
    tcase_add_test(t, memory_of_a_device);
    tcase_add_test(t, kernel_kinds);
    tcase_add_test(t, kernel_elf);
    tcase_add_test(t, kernel_arguments);
    tcase_add_test(t, dt_resources);
    tcase_add_test(t, dt_hostile_resources);
    tcase_add_test(t, dt_modifications);
    tcase_add_test(t, id_registers_hide_what_is_not_switched);
    suite_add_tcase(s, t);
    return unit_run(s);
}
