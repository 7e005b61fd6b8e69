// SPDX-License-Identifier: MIT
#include "boot/boot.h"

#include "boot/dt.h"
#include "boot/kernel_image.h"
#include "boot/reserved.h"
#include "log.h"

#include <l4/re/c/rm.h>
#include <l4/re/file.h>
#include <l4/sys/cache.h>
#include <libfdt.h>
#include <string.h>
#include <zlib.h>

#define INITRD_ALIGN 0x200000
#define LINUX_ALIGN 0x200000
#define RAW_OFFSET 0x208000
#define MAX_SEGMENTS 16

struct file {
    char const *name;
    uint8_t const *data;
    l4_size_t size;
};

static struct file open_file(char const *name, char const *what)
{
    struct file f = {.name = name};
    void const *data;
    int err = l4re_file_map(name, &data, &f.size);
    if (err)
        fatal("%s '%s': %s", what, name, err == -L4_ENOENT ? "no such file" : "cannot be read");
    if (!f.size)
        fatal("%s '%s' is empty", what, name);
    f.data = data;
    return f;
}

// Code, and what comes with it: the guest begins with its MMU and caches off.
static void hand_over(void const *p, uint64_t size)
{
    l4_cache_clean_code((l4_addr_t)p, (l4_addr_t)p + size);
}

static unsigned long long kib(uint64_t bytes)
{
    return (bytes + 1023) >> 10;
}

void boot_reserve(struct vm *m)
{
    char path[128];
    int bad;
    int err = reserved_exclude(m->fdt, &m->ram, &bad);
    if (err)
        fatal("device tree: %s: reg: %s", dt_path(m->fdt, bad, path, sizeof(path)), dt_strerror(err));
    if (!m->ram.num_free)
        fatal("device tree: all of the guest's RAM (%llu KiB) is reserved", kib(ram_map_total(&m->ram)));
}

// Claims RAM for [addr, addr + size) of the kernel and returns where it is here.
static void *kernel_memory(struct vm *m, char const *name, uint64_t addr, uint64_t size)
{
    struct dt_range r;
    unsigned long long first = addr, last = addr + size - 1;
    void *host = ram_map_host(&m->ram, addr, size);
    if (host && reserved_overlap(m->fdt, addr, size, &r))
        fatal("kernel '%s' does not fit: it needs [0x%llx-0x%llx] (%llu KiB), where the device tree reserves "
              "[0x%llx-0x%llx]", name, first, last, kib(size), (unsigned long long)r.start,
              (unsigned long long)(r.start + r.size - 1));
    if (!host || !ram_map_reserve(&m->ram, addr, size))
        fatal("kernel '%s' does not fit: it needs [0x%llx-0x%llx] (%llu KiB), free are %llu KiB from 0x%llx of %llu "
              "KiB of RAM", name, first, last, kib(size), kib(ram_map_room(&m->ram, addr)), first,
              kib(ram_map_total(&m->ram)));
    return host;
}

static void refuse(char const *name, enum kernel_kind kind)
{
    switch (kind) {
    case KERNEL_ZIMAGE32:
        fatal("kernel '%s' is a 32-bit Arm zImage; this VMM runs 64-bit guests", name);
    case KERNEL_EFI:
        fatal("kernel '%s' is an EFI program without the header of an arm64 Linux Image", name);
    case KERNEL_RAW:
        fatal("kernel '%s' is no arm64 Linux Image, Image.gz or ELF (for a raw binary say "
              "raw:addr=<address>:%s)", name, name);
    default:
        return;
    }
}

// Where an Image goes: text_offset above a multiple of 2 MiB, as low as image_size bytes are free
// there (Linux Documentation/arch/arm64/booting.rst, 4). Behind the file lies the kernel's bss.
static uint64_t linux_address(struct vm *m, char const *name, struct kernel_header const *h, uint64_t size)
{
    uint64_t addr;
    if (h->big_endian)
        fatal("kernel '%s' is big endian", name);
    if (!ram_map_lowest(&m->ram, size, LINUX_ALIGN, h->text_offset, &addr))
        fatal("kernel '%s' does not fit: it needs %llu KiB (image_size %llu KiB) from 0x%llx above a multiple of 2 MiB, "
              "the largest free piece of RAM has %llu KiB of %llu KiB", name, kib(size), kib(h->image_size),
              (unsigned long long)h->text_offset, kib(ram_map_largest(&m->ram)), kib(ram_map_total(&m->ram)));
    return addr;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void load_linux(struct vm *m, struct file const *f)
{
    struct kernel_header h = kernel_linux_header(f->data);
    uint64_t size = larger(h.image_size, f->size);
    uint64_t addr = linux_address(m, f->name, &h, size);
    uint8_t *to = kernel_memory(m, f->name, addr, size);
    memcpy(to, f->data, f->size);
    hand_over(to, size);
    m->kernel_entry = addr;
}

// Begins to inflate: the header of the image decides where to, so its first bytes take a detour.
// The stream's end (true), or there is more.
static bool inflate_head(struct file const *f, z_stream *z, uint8_t *head)
{
    *z = (z_stream){.next_in = (Bytef *)f->data, .avail_in = (uInt)f->size};
    z->next_out = head;
    z->avail_out = KERNEL_HEADER_SIZE;
    if (f->size > 0xffffffffu || inflateInit2(z, 16 + MAX_WBITS) != Z_OK)
        fatal("kernel '%s': cannot start to decompress", f->name);
    int r = inflate(z, Z_SYNC_FLUSH);
    if ((r != Z_OK && r != Z_STREAM_END) || z->avail_out)
        fatal("kernel '%s': damaged gzip file: %s", f->name, z->msg ? z->msg : "too short");
    enum kernel_kind kind = kernel_kind_of(head, KERNEL_HEADER_SIZE);
    if (kind != KERNEL_LINUX) {
        refuse(f->name, kind);
        fatal("kernel '%s': the compressed file is no arm64 Linux Image", f->name);
    }
    return r == Z_STREAM_END;
}

// Inflates the rest to `to`, where `room` bytes are free. Returns the size of the whole.
static uint64_t inflate_rest(struct file const *f, z_stream *z, uint8_t *to, uint64_t room)
{
    uint64_t limit = room - KERNEL_HEADER_SIZE > 0xffffffffu ? 0xffffffffu : room - KERNEL_HEADER_SIZE;
    z->next_out = to + KERNEL_HEADER_SIZE;
    z->avail_out = (uInt)limit;
    int r = inflate(z, Z_FINISH);
    if (r != Z_STREAM_END && z->avail_out == 0)
        fatal("kernel '%s' does not fit: decompressed it has more than the %llu KiB that are free there", f->name,
              kib(room));
    if (r != Z_STREAM_END)
        fatal("kernel '%s': damaged gzip file", f->name);
    return KERNEL_HEADER_SIZE + limit - z->avail_out;
}

// Inflates straight into guest RAM.
static void load_gzip(struct vm *m, struct file const *f)
{
    uint8_t head[KERNEL_HEADER_SIZE];
    z_stream z;
    bool end = inflate_head(f, &z, head);
    struct kernel_header h = kernel_linux_header(head);
    uint64_t size = sizeof(head);
    uint64_t addr = linux_address(m, f->name, &h, larger(h.image_size, size));
    uint64_t room = ram_map_room(&m->ram, addr);
    uint8_t *to = ram_map_host(&m->ram, addr, room);
    memcpy(to, head, sizeof(head));
    if (!end)
        size = inflate_rest(f, &z, to, room);
    inflateEnd(&z);
    uint64_t whole = larger(h.image_size, size);
    kernel_memory(m, f->name, addr, whole);
    hand_over(to, whole);
    log_info("kernel '%s': %lu bytes decompressed to %llu", f->name, (unsigned long)f->size,
             (unsigned long long)size);
    m->kernel_entry = addr;
}

static void load_elf(struct vm *m, struct file const *f)
{
    struct kernel_segment seg[MAX_SEGMENTS];
    int n = kernel_elf_segments(f->data, f->size, seg, MAX_SEGMENTS, &m->kernel_entry);
    if (n <= 0 || n > MAX_SEGMENTS)
        fatal("kernel '%s' is an ELF file, but no arm64 program with up to %d segments", f->name,
              MAX_SEGMENTS);
    for (int i = 0; i < n; i++) {
        uint8_t *to = kernel_memory(m, f->name, seg[i].paddr, seg[i].memsz);
        memcpy(to, f->data + seg[i].offset, seg[i].filesz);
        memset(to + seg[i].filesz, 0, seg[i].memsz - seg[i].filesz); // a dataspace may be used again
        hand_over(to, seg[i].memsz);
    }
}

static void load_raw(struct vm *m, struct file const *f, struct kernel_arg const *arg)
{
    uint64_t addr = arg->has_addr ? arg->addr : ram_map_start(&m->ram) + RAW_OFFSET;
    void *to = kernel_memory(m, f->name, addr, f->size);
    memcpy(to, f->data, f->size);
    hand_over(to, f->size);
    m->kernel_entry = addr;
}

void boot_load_kernel(struct vm *m)
{
    struct kernel_arg arg;
    if (kernel_parse_arg(m->opt.kernel, &arg))
        fatal("--kernel %s: expected [raw:[addr=<n>:]]<file> or rom:addr=<n>", m->opt.kernel);
    if (arg.rom) {
        m->kernel_entry = arg.addr;
        m->is_firmware = true;
        return;
    }
    struct file f = open_file(arg.file, "kernel");
    enum kernel_kind kind = kernel_kind_of(f.data, f.size);
    if (arg.raw)
        load_raw(m, &f, &arg);
    else if (kind == KERNEL_LINUX)
        load_linux(m, &f);
    else if (kind == KERNEL_GZIP)
        load_gzip(m, &f);
    else if (kind == KERNEL_ELF)
        load_elf(m, &f);
    else
        refuse(f.name, kind);
    l4re_file_unmap(f.data);
    log_info("kernel '%s' starts at 0x%llx", arg.file, (unsigned long long)m->kernel_entry);
}

static int chosen_node(struct vm *m)
{
    int node = fdt_path_offset(m->fdt, "/chosen");
    if (node < 0)
        node = fdt_add_subnode(m->fdt, 0, "chosen");
    if (node < 0)
        fatal("device tree: no room for /chosen: %s", fdt_strerror(node));
    return node;
}

static void check_fdt(int err, char const *what)
{
    if (err)
        fatal("device tree: %s: %s", what, fdt_strerror(err));
}

void boot_load_ramdisk(struct vm *m)
{
    int chosen = chosen_node(m);
    uint64_t addr;
    if (m->opt.cmdline)
        check_fdt(fdt_setprop(m->fdt, chosen, "bootargs", m->opt.cmdline, (int)strlen(m->opt.cmdline) + 1), "bootargs");
    if (!m->opt.ramdisk)
        return;
    struct file f = open_file(m->opt.ramdisk, "ramdisk");
    if (!ram_map_alloc_top(&m->ram, f.size, INITRD_ALIGN, ~0ull, &addr))
        fatal("ramdisk '%s' does not fit: it needs %llu KiB from a multiple of 2 MiB on, the largest free piece of RAM "
              "has %llu KiB of %llu KiB", f.name, kib(f.size), kib(ram_map_largest(&m->ram)), kib(ram_map_total(&m->ram)));
    void *to = ram_map_host(&m->ram, addr, f.size);
    memcpy(to, f.data, f.size);
    l4_cache_clean_data((l4_addr_t)to, (l4_addr_t)to + f.size);
    check_fdt(fdt_setprop_u64(m->fdt, chosen, "linux,initrd-start", addr), "initrd");
    check_fdt(fdt_setprop_u64(m->fdt, chosen, "linux,initrd-end", addr + f.size), "initrd");
    log_info("ramdisk '%s' at 0x%llx, %lu bytes", f.name, (unsigned long long)addr,
             (unsigned long)f.size);
    l4re_file_unmap(f.data);
}

// Firmware for QEMU's machine looks for it at the start of RAM.
static bool place_at_start(struct vm *m, uint64_t size, uint64_t *addr)
{
    *addr = ram_map_start(&m->ram);
    return m->is_firmware && m->opt.dtb_limit == ~0ull && ram_map_reserve(&m->ram, *addr, size);
}

void boot_place_dtb(struct vm *m)
{
    uint64_t addr;
    check_fdt(fdt_pack(m->fdt), "packing");
    uint64_t size = fdt_totalsize(m->fdt);
    if (!place_at_start(m, size, &addr) && !reserved_place_tree(m->fdt, &m->ram, size, m->opt.dtb_limit, &addr))
        fatal("device tree does not fit: it needs %llu KiB below 0x%llx, the largest free piece of RAM has %llu KiB of "
              "%llu KiB", kib(size), (unsigned long long)m->opt.dtb_limit, kib(ram_map_largest(&m->ram)),
              kib(ram_map_total(&m->ram)));
    void *to = ram_map_host(&m->ram, addr, size);
    memcpy(to, m->fdt, size);
    l4_cache_clean_data((l4_addr_t)to, (l4_addr_t)to + size);
    m->dtb_addr = addr;
    log_info("device tree at 0x%llx, %llu bytes", (unsigned long long)addr,
             (unsigned long long)size);
}
