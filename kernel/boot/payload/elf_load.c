// SPDX-License-Identifier: MIT
#include "payload/elf_load.h"

#include "payload/elf64.h"

#include <string.h>

#define IMAGE_MAX (1ull << 30) // nobody's kernel or root task is larger
#define ALIGN_MAX SUPERPAGE_SIZE

static bool inside(uint64_t start, uint64_t size, uint64_t whole)
{
    return start <= whole && size <= whole - start;
}

static char const *check_header(struct elf_header const *h, uint64_t size)
{
    if (size < sizeof *h || h->magic != ELF_MAGIC)
        return "is no ELF file";
    if (h->class != ELF_CLASS_64 || h->data != ELF_DATA_LITTLE || h->machine != ELF_MACHINE_AARCH64)
        return "is no ELF file for 64-bit Arm";
    if (h->type != ELF_TYPE_EXEC && h->type != ELF_TYPE_DYN)
        return "is no executable ELF file";
    if (h->phentsize != sizeof(struct elf_phdr) || h->phoff % 8 ||
        !inside(h->phoff, (uint64_t)h->phnum * sizeof(struct elf_phdr), size))
        return "has program headers outside the file";
    return 0;
}

static char const *check_segment(struct elf_phdr const *p, uint64_t size)
{
    if (p->filesz > p->memsz || !inside(p->offset, p->filesz, size))
        return "has a segment outside the file (is it cut short?)";
    if (p->vaddr + p->memsz < p->vaddr || p->vaddr + p->memsz > UINT64_MAX - ALIGN_MAX)
        return "has a segment that wraps around the address space";
    if (p->align > 1 && ((p->align & (p->align - 1)) || (p->vaddr - p->offset) % p->align))
        return "has a segment with a bad alignment";
    return 0;
}

static bool is_load(struct elf_phdr const *p)
{
    return p->type == PT_LOAD && p->memsz;
}

static bool segments_overlap(struct elf_file const *elf)
{
    for (unsigned i = 0; i < elf->num_phdrs; i++)
        for (unsigned k = 0; k < i; k++) {
            struct elf_phdr const *a = &elf->phdrs[i], *b = &elf->phdrs[k];
            if (is_load(a) && is_load(b) &&
                range_overlaps((struct range){a->vaddr, a->vaddr + a->memsz},
                               (struct range){b->vaddr, b->vaddr + b->memsz}))
                return true;
        }
    return false;
}

char const *elf_check(void const *data, uint64_t size, struct elf_file *elf)
{
    struct elf_header const *h = data;
    char const *wrong = check_header(h, size);
    if (wrong)
        return wrong;
    *elf = (struct elf_file){
        .data = data,
        .size = size,
        .phdrs = (struct elf_phdr const *)((char const *)data + h->phoff),
        .num_phdrs = h->phnum,
        .relocatable = h->type == ELF_TYPE_DYN,
        .image = {UINT64_MAX, 0},
        .align = PAGE_SIZE,
        .entry = h->entry,
    };
    bool entry_ok = false;
    for (unsigned i = 0; i < elf->num_phdrs; i++) {
        struct elf_phdr const *p = &elf->phdrs[i];
        if (p->type == PT_INTERP)
            return "asks for an interpreter: only static programs can be booted";
        if (!is_load(p))
            continue;
        wrong = check_segment(p, size);
        if (wrong)
            return wrong;
        uint64_t start = round_down(p->vaddr, PAGE_SIZE);
        uint64_t end = round_up(p->vaddr + p->memsz, PAGE_SIZE);
        elf->image.start = start < elf->image.start ? start : elf->image.start;
        elf->image.end = end > elf->image.end ? end : elf->image.end;
        elf->align = p->align > elf->align ? p->align : elf->align;
        entry_ok |= (p->flags & PF_X) && h->entry >= p->vaddr && h->entry - p->vaddr < p->memsz;
    }
    if (elf->image.end <= elf->image.start)
        return "has nothing to load";
    if (range_size(elf->image) > IMAGE_MAX)
        return "is larger than 1 GiB in memory";
    if (!entry_ok)
        return "has its entry point outside its code";
    if (segments_overlap(elf))
        return "has segments that overlap";
    if (elf->align > ALIGN_MAX)
        elf->align = ALIGN_MAX;
    return 0;
}

// Address in the file's terms -> offset in the loaded image; all of [address, address + size) is in
// it.
static bool image_offset(struct elf_file const *elf, uint64_t address, uint64_t size,
                         uint64_t *offset)
{
    if (address < elf->image.start ||
        !inside(address - elf->image.start, size, range_size(elf->image)))
        return false;
    *offset = address - elf->image.start;
    return true;
}

static char const *apply(struct elf_file const *elf, uint8_t *memory, uint64_t delta, uint64_t rela,
                         uint64_t rela_size)
{
    uint64_t table;
    if (rela_size % sizeof(struct elf_rela) || !image_offset(elf, rela, rela_size, &table))
        return "has a relocation table outside its image";
    for (uint64_t i = 0; i < rela_size; i += sizeof(struct elf_rela)) {
        struct elf_rela r;
        uint64_t target;
        memcpy(&r, memory + table + i, sizeof r);
        if ((uint32_t)r.info == R_AARCH64_NONE)
            continue;
        if (r.info != R_AARCH64_RELATIVE)
            return "has a relocation of another kind than RELATIVE: link it as -static-pie";
        if (!image_offset(elf, r.offset, 8, &target))
            return "has a relocation that points outside its image";
        uint64_t value = delta + (uint64_t)r.addend;
        memcpy(memory + target, &value, sizeof value);
    }
    return 0;
}

static char const *relocate(struct elf_file const *elf, uint8_t *memory, uint64_t delta)
{
    uint64_t rela = 0, rela_size = 0, entry_size = sizeof(struct elf_rela), table = 0, count = 0;
    for (unsigned i = 0; i < elf->num_phdrs; i++)
        if (elf->phdrs[i].type == PT_DYNAMIC) {
            count = elf->phdrs[i].memsz / sizeof(struct elf_dyn);
            if (!image_offset(elf, elf->phdrs[i].vaddr, elf->phdrs[i].memsz, &table))
                return "has a dynamic section outside its image";
        }
    for (uint64_t i = 0; i < count; i++) {
        struct elf_dyn d;
        memcpy(&d, memory + table + i * sizeof d, sizeof d);
        if (d.tag == DT_NULL)
            break;
        switch (d.tag) {
        case DT_NEEDED: return "needs shared libraries: only static programs can be booted";
        case DT_REL:
        case DT_RELRSZ: return "has relocations in a format that boot does not read (REL or RELR)";
        case DT_PLTRELSZ:
            if (d.value)
                return "has relocations of a procedure linkage table: link it as -static-pie";
            break;
        case DT_RELA: rela = d.value; break;
        case DT_RELASZ: rela_size = d.value; break;
        case DT_RELAENT: entry_size = d.value; break;
        }
    }
    if (entry_size != sizeof(struct elf_rela))
        return "has relocation entries of an unknown size";
    return rela_size ? apply(elf, memory, delta, rela, rela_size) : 0;
}

char const *elf_load(struct elf_file const *elf, void *memory, uint64_t address)
{
    memset(memory, 0, range_size(elf->image));
    for (unsigned i = 0; i < elf->num_phdrs; i++) {
        struct elf_phdr const *p = &elf->phdrs[i];
        if (is_load(p))
            memcpy((uint8_t *)memory + (p->vaddr - elf->image.start), elf->data + p->offset,
                   p->filesz);
    }
    return elf->relocatable ? relocate(elf, memory, address - elf->image.start) : 0;
}
