// SPDX-License-Identifier: MIT
#include "boot.h"
#include "entry/cpu.h"
#include "payload/checksum.h"
#include "payload/contents.h"
#include "payload/elf_load.h"
#include "payload/module_info.h"
#include "payload/payload_check.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

static char const *name_of(struct boot const *b, struct payload_record const *r)
{
    return payload_string(b->payload, r->name);
}

static void load_program(struct boot *b, struct payload_record const *r, struct loaded *to)
{
    struct elf_file elf;
    struct contents c = contents_open(b, r);
    char const *wrong = elf_check(c.data, c.size, &elf);
    if (wrong)
        contents_refuse(b, r, wrong);
    if (elf.relocatable) {
        to->range = boot_take(b, range_size(elf.image), elf.align, name_of(b, r));
    } else {
        to->range = elf.image;
        if (!place_contains(&b->free, elf.image.start, elf.image.end))
            report_stop("%s is linked for 0x%llx..0x%llx, which is no free memory: link it as "
                        "-static-pie", name_of(b, r), (unsigned long long)elf.image.start,
                        (unsigned long long)elf.image.end - 1);
        place_remove(&b->free, elf.image.start, elf.image.end);
    }
    wrong = elf_load(&elf, address_pointer(to->range.start), to->range.start);
    if (wrong)
        contents_refuse(b, r, wrong);
    to->entry = elf.entry - elf.image.start + to->range.start;
    to->cmdline = payload_string(b->payload, r->cmdline);
    cpu_clean_code(to->range);
    contents_drop(b, &c);
}

static char const *check_payload(struct boot *b, uint64_t address, int *which)
{
    uint64_t space = address < b->image.end ? b->image.end - address : 0;
    return payload_check(address_pointer(address), space, checksum_crc32, which);
}

char const *boot_board_uart(struct boot *b, uint64_t payload)
{
    int which;
    struct payload_header const *h = address_pointer(payload);
    return check_payload(b, payload, &which) ? "" : payload_string(h, h->uart);
}

void boot_open_payload(struct boot *b, uint64_t address)
{
    int which;
    char const *wrong = check_payload(b, address, &which);
    b->payload = address_pointer(address);
    if (wrong && which >= 0)
        report_stop("module %d %s", which, wrong);
    if (wrong)
        report_stop("%s", wrong);
    boot_args_parse(&b->args, payload_string(b->payload, b->payload->cmdline));
}

// The record of the one module of a type; stops if there is none or a second one.
static struct payload_record const *base_module(struct boot *b, enum payload_type type,
                                                char const *what)
{
    struct payload_record const *r = payload_records(b->payload), *found = NULL;
    for (uint32_t i = 0; i < b->payload->count; i++) {
        if (r[i].type != type)
            continue;
        if (found)
            report_stop("two modules want to be the %s: %s and %s", what,
                        name_of(b, found), name_of(b, &r[i]));
        found = &r[i];
    }
    if (!found)
        report_stop("the image contains no %s", what);
    return found;
}

static void check_sums(struct boot *b)
{
    bool good = true;
    struct payload_record const *r = payload_records(b->payload);
    for (uint32_t i = 0; i < b->payload->count; i++) {
        void const *file = address_pointer(contents_address(b, &r[i]));
        if (checksum_crc32(0, file, r[i].size) != r[i].crc32) {
            report_problem("module %s is damaged (checksum)", name_of(b, &r[i]));
            good = false;
        }
    }
    if (!good)
        report_stop("the image is damaged: it must be loaded or built again");
}

static void add_module(struct boot *b, uint64_t start, uint64_t size, char const *cmdline)
{
    if (b->num_modules == BOOT_MAX_MODULES)
        report_stop("more than %u modules", BOOT_MAX_MODULES);
    b->modules[b->num_modules++] = (struct module){{start, start + size}, cmdline};
}

// Large files can be mapped in larger pieces than pages; as in the image (mk/lua/payload.lua).
static uint64_t file_alignment(uint64_t size)
{
    return size >= 16 << 20 ? SUPERPAGE_SIZE : size >= 1 << 16 ? 1 << 16 : PAGE_SIZE;
}

// A file that is stored as it is stays where it is; it has its pages for itself.
static void place_file(struct boot *b, struct payload_record const *r)
{
    uint64_t start = contents_address(b, r), end = round_up(start + r->size, PAGE_SIZE);
    if (r->compression != PAYLOAD_RAW || !place_contains(&b->machine.ram, start, end)) {
        uint64_t align = file_alignment(r->full_size);
        struct range to = boot_take(b, r->full_size, align, name_of(b, r));
        contents_unpack(b, r, to);
        cpu_clean_code(to); // programs run from their files, and guests look at them with their caches off
        start = to.start;
    }
    add_module(b, start, r->full_size, payload_string(b->payload, r->cmdline));
}

// Bytes of a checked device tree without the room behind it that firmware leaves for changes, often
// far more than the tree itself.
static uint64_t used_size(void const *fdt)
{
    if (fdt_version(fdt) < 17) // does not say how long the nodes are
        return fdt_totalsize(fdt);
    uint64_t nodes_end = fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
    uint64_t names_end = fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
    uint64_t map_end = fdt_off_mem_rsvmap(fdt) +
                       ((uint64_t)fdt_num_mem_rsv(fdt) + 1) * sizeof(struct fdt_reserve_entry);
    uint64_t end = nodes_end > names_end ? nodes_end : names_end;
    return end > map_end ? end : map_end;
}

// The machine's device tree as rom/.fdt.
static void place_tree(struct boot *b)
{
    uint64_t size = used_size(b->fdt);
    struct range to = boot_take(b, size, PAGE_SIZE, "the device tree");
    memcpy(address_pointer(to.start), b->fdt, size);
    memset(address_pointer(to.start + size), 0, range_size(to) - size);
    machine_forget_seed(address_pointer(to.start));
    fdt_set_totalsize(address_pointer(to.start), (uint32_t)size);
    cpu_clean_code(to);
    add_module(b, to.start, size, ".fdt");
    b->device_tree = to.start;
}

void boot_load_modules(struct boot *b)
{
    check_sums(b);
    struct payload_record const *r = payload_records(b->payload);
    boot_load_kernel(b, base_module(b, PAYLOAD_KERNEL, "kernel"));
    load_program(b, base_module(b, PAYLOAD_SIGMA0, "root pager (sigma0)"), &b->sigma0);
    load_program(b, base_module(b, PAYLOAD_ROOT, "root task"), &b->root);
    for (uint32_t i = 0; i < b->payload->count; i++)
        if (r[i].type == PAYLOAD_MODULE)
            place_file(b, &r[i]);
    place_tree(b);
    module_info_build(b);
}
