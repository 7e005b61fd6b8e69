// SPDX-License-Identifier: MIT
// Loading of the application: its ELF file is a dataspace. Segments that are not written are mapped
// straight from it, the others get memory of their own.
#include "runtime.h"

#include <l4/elf/elf.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/file.h>
#include <l4/re/random.h>
#include <l4/sys/cache.h>
#include <l4/sys/thread.h>
#include <string.h>

#define FILE_ADDR    0xa0000000ul // away from where programs are linked to
#define PIE_BASE_MIN 0x1000000ul
#define PIE_ALIGN    16 // log2

// The file as a whole, mapped while it is being loaded.
struct load_file {
    l4re_ds_t ds;
    l4_size_t size;
    l4_addr_t at;
};

static int file_open(struct runtime *rt, struct load_file *f)
{
    int e = l4re_rom_open(rt->binary, &f->ds, &f->size);
    if (e < 0) {
        runtime_message("%s", e == -L4_ENOENT ? "no such file" : l4sys_errtostr(e));
        return -1;
    }
    if (f->size == 0) {
        runtime_message("the file is empty");
        return -1;
    }
    struct region_attach a = {.start = FILE_ADDR, .size = f->size, .flags = L4RE_RM_F_R | L4RE_RM_F_SEARCH_ADDR,
                              .align = L4_SUPERPAGESHIFT};
    e = rm_attach_own(rt, &a, f->ds, &f->at);
    if (e >= 0)
        e = (int)l4re_ds_map_region(f->ds, L4RE_DS_F_R, 0, f->at, f->at + f->size);
    if (e < 0) {
        runtime_message("cannot map the file: %s", l4sys_errtostr(e));
        return -1;
    }
    return 0;
}

// Check what the format leaves open but this system needs.
static int program_check(struct load_file const *f, struct elf_image *img)
{
    enum elf_error err = elf_open(img, (void const *)f->at, f->size, L4_PAGESIZE);
    switch (err) {
    case ELF_OK:
        break;
    case ELF_E_MAGIC:
    case ELF_E_CLASS:
    case ELF_E_MACHINE:
        runtime_message("not an arm64 ELF file (%s)", elf_strerror(err));
        return -1;
    default:
        runtime_message("damaged ELF file: %s", elf_strerror(err));
        return -1;
    }
    char const *interp = elf_interp(img);
    if (interp) {
        runtime_message("needs the interpreter %s; only statically linked programs can run",
                        interp);
        return -1;
    }
    return 0;
}

// L4Re's VMM asks for EL1t, which the kernel refuses to set; at EL0 it would fail later and say less.
static int level_check(struct elf_image const *img)
{
    l4_umword_t level = elf_l4_aux_value(img, ELF_L4_EX_REGS_FLAGS, 0) & L4_THREAD_EX_REGS_ARM64_SET_EL_MASK;
    if (level == L4_THREAD_EX_REGS_ARM64_SET_EL_KEEP || level == L4_THREAD_EX_REGS_ARM64_SET_EL_EL0)
        return 0;
    runtime_message("its notes ask for exception level 1; programs run at EL0 only");
    return -1;
}

// Fill `ds` with the segment's bytes: by its server, or through a mapping when the file has another
// server.
static int segment_fill(l4re_ds_t ds, l4_addr_t at, l4_addr_t end, l4_size_t page_offset,
                        struct elf_segment const *seg, struct load_file const *f)
{
    if (!seg->filesz)
        return 0;
    long e = l4re_ds_copy_in(ds, page_offset, f->ds, seg->offset, seg->filesz);
    if (e >= 0)
        return 0;
    e = l4re_ds_map_region(ds, L4RE_DS_F_RW, 0, at, end + 1);
    if (e >= 0)
        memcpy((char *)at + page_offset, (char const *)f->at + seg->offset, seg->filesz);
    return (int)e;
}

// Copied code is where instructions are fetched from. (That of a file was so before it was in rom/.)
static int segment_publish(l4re_ds_t ds, l4_addr_t at, l4_addr_t end)
{
    long e = l4re_ds_map_region(ds, L4RE_DS_F_RX, 0, at, end);
    if (e >= 0)
        l4_cache_coherent(at, end);
    return (int)e;
}

static int segment_load(struct runtime *rt, struct load_file const *f,
                        struct elf_segment const *seg, l4_addr_t base)
{
    l4_addr_t vaddr = seg->vaddr + base;
    l4_addr_t page_offset = vaddr & (L4_PAGESIZE - 1);
    l4_addr_t at = vaddr - page_offset;
    l4_size_t size = l4_round_page(seg->memsz + page_offset);
    struct region_attach a = {.start = at, .size = size, .flags = seg->flags & (ELF_R | ELF_W | ELF_X)};

    if (!(seg->flags & ELF_W) && seg->memsz == seg->filesz) {
        a.offset = seg->offset - page_offset;
        return rm_attach_own(rt, &a, f->ds, &at);
    }

    l4re_ds_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    int e = (int)l4re_ma_alloc(size, ds, 0);
    if (e >= 0)
        e = rm_attach_own(rt, &a, ds, &at);
    if (e >= 0)
        e = segment_fill(ds, at, at + size - 1, page_offset, seg, f);
    if (e >= 0 && (seg->flags & ELF_X))
        e = segment_publish(ds, at, at + size);
    return e;
}

// A page at random, or `fixed`.
static l4_addr_t random_place(l4_addr_t fixed)
{
    l4_uint64_t random = l4re_random();
    return random ? RUNTIME_RANDOM_START + (random % RUNTIME_RANDOM_SIZE & L4_PAGEMASK) : fixed;
}

// Where a position-independent program goes.
static int program_base(struct runtime *rt, struct elf_image const *img, l4_addr_t *base)
{
    l4_uint64_t start, end;
    elf_span(img, &start, &end);
    *base = 0;
    if (img->type != ELF_DYN)
        return 0;
    l4_addr_t at = random_place(PIE_BASE_MIN);
    int e = region_map_reserve(&rt->map, &at, end - start, L4RE_RM_F_SEARCH_ADDR, PIE_ALIGN);
    if (e >= 0) {
        region_map_free_area(&rt->map, at);
        *base = at - l4_trunc_page(start);
    }
    return e;
}

static int program_reserve(struct runtime *rt, struct elf_image const *img)
{
    struct elf_l4_aux_iter it = {0};
    struct elf_l4_aux rec;
    while (elf_l4_aux_next(img, &it, &rec)) {
        l4_addr_t start = rec.value[0];
        if (rec.type != ELF_L4_RESERVED_VMA || rec.num_values < 2)
            continue;
        int e = region_map_reserve(&rt->map, &start, rec.value[1] - rec.value[0] + 1, 0, 0);
        if (e < 0)
            return e;
    }
    return 0;
}

static int program_map(struct runtime *rt, struct load_file const *f, struct elf_image const *img)
{
    struct elf_segment seg;
    l4_addr_t base;
    l4_uint64_t start, end;
    elf_span(img, &start, &end);
    int e = program_base(rt, img, &base);
    if (e < 0) {
        runtime_message("no room for it in the address space");
        return -1;
    }
    for (unsigned pos = 0; elf_next(img, ELF_PT_LOAD, &pos, &seg);) {
        e = seg.memsz ? segment_load(rt, f, &seg, base) : 0;
        if (e < 0) {
            runtime_message("cannot load segment [%#lx, %#lx): %s",
                            (unsigned long)(seg.vaddr + base),
                            (unsigned long)(seg.vaddr + base + seg.memsz), l4sys_errtostr(e));
            return -1;
        }
    }
    e = program_reserve(rt, img);
    if (e < 0) {
        runtime_message("cannot reserve the addresses that its notes ask for: %s",
                        l4sys_errtostr(e));
        return -1;
    }
    l4_uint64_t phdr = 0;
    if (elf_phdr_vaddr(img, &phdr))
        rt->phdr = phdr + base;
    rt->phnum = img->phnum;
    rt->entry = img->entry + base;
    rt->image_start = l4_trunc_page(start) + base;
    rt->image_end = l4_round_page(end) + base;
    return 0;
}

int load_program(struct runtime *rt)
{
    struct load_file f;
    struct elf_image img;
    if (file_open(rt, &f) < 0 || program_check(&f, &img) < 0 || level_check(&img) < 0)
        return -1;
    l4_uint64_t stack = elf_l4_aux_value(&img, ELF_L4_STACK_SIZE, 0);
    rt->stack_size = stack ? l4_round_page(stack) : RUNTIME_STACK_SIZE;
    rt->stack_addr = elf_l4_aux_value(&img, ELF_L4_STACK_ADDR, random_place(RUNTIME_STACK_ADDR));
    int e = program_map(rt, &f, &img);
    rm_detach_own(rt, f.at);
    return e;
}
