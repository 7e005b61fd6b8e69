// SPDX-License-Identifier: MIT
#include "boot/boot.h"

#include "boot/cache.h"
#include "boot/dt.h"
#include "boot/kernel_image.h"
#include "log.h"

#include <l4/re/c/rm.h>
#include <l4/re/file.h>
#include <libfdt.h>
#include <string.h>
#include <zlib.h>

#define INITRD_ALIGN 0x200000
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

// Claims RAM for [addr, addr + size) of the kernel and returns where it is here.
static void *kernel_memory(struct vm *m, char const *name, uint64_t addr, uint64_t size)
{
    void *host = ram_map_host(&m->ram, addr, size);
    if (!host || !ram_map_reserve(&m->ram, addr, size))
        fatal("kernel '%s' does not fit: it needs [0x%llx-0x%llx], RAM has %llu KiB from 0x%llx",
              name,
              (unsigned long long)addr, (unsigned long long)(addr + size - 1),
              (unsigned long long)(ram_map_room(&m->ram, addr) >> 10), (unsigned long long)addr);
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

// Size of an Image in memory: at least the file, and its bss where RAM allows it (initrd and tree
// sit at the far end).
static uint64_t image_span(struct vm *m, struct kernel_header const *h, uint64_t addr,
                           uint64_t size)
{
    uint64_t room = ram_map_room(&m->ram, addr);
    uint64_t want = h->image_size > size ? h->image_size : size;
    return want <= room ? want : size;
}

static uint64_t linux_address(struct vm *m, struct file const *f, struct kernel_header const *h)
{
    if (h->big_endian)
        fatal("kernel '%s' is big endian", f->name);
    return ram_map_start(&m->ram) + h->text_offset;
}

static void load_linux(struct vm *m, struct file const *f)
{
    struct kernel_header h = kernel_linux_header(f->data);
    uint64_t addr = linux_address(m, f, &h);
    uint8_t *to = kernel_memory(m, f->name, addr, image_span(m, &h, addr, f->size));
    memcpy(to, f->data, f->size);
    cache_clean(to, f->size);
    m->kernel_entry = addr;
}

// Inflates straight into guest RAM. The header of the image decides where to, so its first bytes
// take a detour.
static void load_gzip(struct vm *m, struct file const *f)
{
    uint8_t head[KERNEL_HEADER_SIZE];
    z_stream z = {.next_in = (Bytef *)f->data, .avail_in = (uInt)f->size};
    z.next_out = head;
    z.avail_out = sizeof(head);
    if (f->size > 0xffffffffu || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        fatal("kernel '%s': cannot start to decompress", f->name);
    int r = inflate(&z, Z_SYNC_FLUSH);
    if ((r != Z_OK && r != Z_STREAM_END) || z.avail_out)
        fatal("kernel '%s': damaged gzip file: %s", f->name, z.msg ? z.msg : "too short");
    enum kernel_kind kind = kernel_kind_of(head, sizeof(head));
    if (kind != KERNEL_LINUX) {
        refuse(f->name, kind);
        fatal("kernel '%s': the compressed file is no arm64 Linux Image", f->name);
    }
    struct kernel_header h = kernel_linux_header(head);
    uint64_t addr = linux_address(m, f, &h);
    uint64_t room = ram_map_room(&m->ram, addr);
    uint8_t *to = ram_map_host(&m->ram, addr, room);
    if (!to || room < sizeof(head))
        fatal("kernel '%s': no RAM at its load address 0x%llx", f->name, (unsigned long long)addr);
    memcpy(to, head, sizeof(head));
    uint64_t limit = room - sizeof(head) > 0xffffffffu ? 0xffffffffu : room - sizeof(head);
    z.next_out = to + sizeof(head);
    z.avail_out = (uInt)limit;
    if (r == Z_OK)
        r = inflate(&z, Z_FINISH);
    if (r != Z_STREAM_END)
        fatal("kernel '%s': %s", f->name,
              z.avail_out == 0 ? "does not fit into guest RAM" : "damaged gzip file");
    uint64_t size = sizeof(head) + (limit - z.avail_out);
    inflateEnd(&z);
    kernel_memory(m, f->name, addr, image_span(m, &h, addr, size));
    cache_clean(to, size);
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
        cache_clean(to, seg[i].memsz);
    }
}

static void load_raw(struct vm *m, struct file const *f, struct kernel_arg const *arg)
{
    uint64_t addr = arg->has_addr ? arg->addr : ram_map_start(&m->ram) + RAW_OFFSET;
    void *to = kernel_memory(m, f->name, addr, f->size);
    memcpy(to, f->data, f->size);
    cache_clean(to, f->size);
    m->kernel_entry = addr;
}

void boot_load_kernel(struct vm *m)
{
    struct kernel_arg arg;
    if (kernel_parse_arg(m->opt.kernel, &arg))
        fatal("--kernel %s: expected [raw:[addr=<n>:]]<file> or rom:addr=<n>", m->opt.kernel);
    if (arg.rom) {
        m->kernel_entry = arg.addr;
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
        fatal("ramdisk '%s' (%lu KiB) does not fit into guest RAM", f.name,
              (unsigned long)(f.size >> 10));
    void *to = ram_map_host(&m->ram, addr, f.size);
    memcpy(to, f.data, f.size);
    cache_clean(to, f.size);
    check_fdt(fdt_setprop_u64(m->fdt, chosen, "linux,initrd-start", addr), "initrd");
    check_fdt(fdt_setprop_u64(m->fdt, chosen, "linux,initrd-end", addr + f.size), "initrd");
    log_info("ramdisk '%s' at 0x%llx, %lu bytes", f.name, (unsigned long long)addr,
             (unsigned long)f.size);
    l4re_file_unmap(f.data);
}

void boot_place_dtb(struct vm *m)
{
    uint64_t addr;
    check_fdt(fdt_pack(m->fdt), "packing");
    uint64_t size = fdt_totalsize(m->fdt);
    if (!ram_map_alloc_top(&m->ram, size, L4_PAGESIZE, m->opt.dtb_limit, &addr))
        fatal("no room in guest RAM for the device tree (%llu bytes below 0x%llx)",
              (unsigned long long)size, (unsigned long long)m->opt.dtb_limit);
    void *to = ram_map_host(&m->ram, addr, size);
    memcpy(to, m->fdt, size);
    cache_clean(to, size);
    m->dtb_addr = addr;
    log_info("device tree at 0x%llx, %llu bytes", (unsigned long long)addr,
             (unsigned long long)size);
}
