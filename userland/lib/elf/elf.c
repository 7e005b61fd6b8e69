// SPDX-License-Identifier: MIT
// ELF header, program headers and the checks on them.
#include <l4/elf/elf.h>
#include <string.h>

// Layouts of the ELF-64 object file format.
struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF-64 header");
_Static_assert(sizeof(struct elf_program_header) == 56, "ELF-64 program header");

enum { EM_AARCH64 = 183, EV_CURRENT = 1, CLASS64 = 2, DATA2LSB = 1 };

// Bounds what a hostile header can make us iterate over; linkers produce about ten.
enum { MAX_PROGRAM_HEADERS = 128 };

static uint8_t const elf_magic[4] = { 0x7f, 'E', 'L', 'F' };

bool elf_has_magic(void const *base, size_t size)
{
    return size >= sizeof(elf_magic) && memcmp(base, elf_magic, sizeof(elf_magic)) == 0;
}

char const *elf_strerror(enum elf_error err)
{
    static char const *const text[] = {
        [ELF_OK] = "no error",
        [ELF_E_TRUNCATED] = "file is truncated",
        [ELF_E_MAGIC] = "not an ELF file",
        [ELF_E_CLASS] = "not a 64-bit little-endian ELF file",
        [ELF_E_MACHINE] = "not for AArch64",
        [ELF_E_TYPE] = "neither an executable nor position independent",
        [ELF_E_PHDR] = "malformed program header table",
        [ELF_E_SEGMENT] = "segment with impossible size or address",
        [ELF_E_ALIGN] = "segment's file offset and address disagree within a page",
        [ELF_E_OVERLAP] = "loadable segments overlap or are out of order",
        [ELF_E_ENTRY] = "entry point outside the executable segments",
        [ELF_E_EMPTY] = "no loadable segment",
        [ELF_E_NOTE] = "malformed interpreter name or L4 note",
        [ELF_E_RELOC] = "malformed relocations, or others than relative ones",
    };
    if ((unsigned)err >= sizeof(text) / sizeof(text[0]) || !text[err])
        return "unknown ELF error";
    return text[err];
}

static enum elf_error check_header(struct elf_header const *h, size_t size)
{
    if (h->ident[4] != CLASS64 || h->ident[5] != DATA2LSB || h->ident[6] != EV_CURRENT
        || h->version != EV_CURRENT)
        return ELF_E_CLASS;
    if (h->machine != EM_AARCH64)
        return ELF_E_MACHINE;
    if (h->type != ELF_EXEC && h->type != ELF_DYN)
        return ELF_E_TYPE;
    if (h->phentsize != sizeof(struct elf_program_header) || h->phnum == 0
        || h->phnum > MAX_PROGRAM_HEADERS)
        return ELF_E_PHDR;
    if (h->phoff > size || h->phnum * sizeof(struct elf_program_header) > size - h->phoff)
        return ELF_E_TRUNCATED;
    return ELF_OK;
}

// What the L4 loaders put into the file size of a note must be there; sections of size 0 may point
// anywhere.
static enum elf_error check_segment(struct elf_segment const *s, size_t size, uint64_t page_size)
{
    if (s->filesz && (s->offset > size || s->filesz > size - s->offset))
        return ELF_E_TRUNCATED;
    if (s->vaddr + s->memsz < s->vaddr || s->paddr + s->memsz < s->paddr)
        return ELF_E_SEGMENT;
    if (s->type != ELF_PT_LOAD && s->type != ELF_PT_TLS)
        return ELF_OK;
    if (s->filesz > s->memsz)
        return ELF_E_SEGMENT;
    if (s->type != ELF_PT_LOAD || !page_size || !s->memsz)
        return ELF_OK;
    if ((s->offset ^ s->vaddr) & (page_size - 1) || (s->offset ^ s->paddr) & (page_size - 1))
        return ELF_E_ALIGN;
    if (s->vaddr + s->memsz > UINT64_MAX - page_size
        || s->paddr + s->memsz > UINT64_MAX - page_size)
        return ELF_E_SEGMENT;
    return ELF_OK;
}

static enum elf_error check_loads(struct elf_image const *img, uint64_t page_size)
{
    struct elf_segment seg;
    uint64_t end = 0;
    bool first = true, entry_ok = false;

    for (unsigned pos = 0; elf_next(img, ELF_PT_LOAD, &pos, &seg);) {
        if (!seg.memsz)
            continue;
        if (page_size) {
            uint64_t start = seg.vaddr & ~(page_size - 1);
            if (!first && start < end)
                return ELF_E_OVERLAP;
            end = (seg.vaddr + seg.memsz + page_size - 1) & ~(page_size - 1);
        }
        first = false;
        // a kernel's entry point may be a physical address
        if ((seg.flags & ELF_X)
            && ((img->entry >= seg.vaddr && img->entry - seg.vaddr < seg.memsz)
                || (img->entry >= seg.paddr && img->entry - seg.paddr < seg.memsz)))
            entry_ok = true;
    }
    if (first)
        return ELF_E_EMPTY;
    return entry_ok ? ELF_OK : ELF_E_ENTRY;
}

static enum elf_error check_notes(struct elf_image const *img)
{
    struct elf_segment seg;
    unsigned pos = 0;

    if (elf_next(img, ELF_PT_INTERP, &pos, &seg)) {
        char const *name = elf_segment_data(img, &seg);
        if (seg.filesz < 2 || name[seg.filesz - 1] != '\0')
            return ELF_E_NOTE;
    }
    for (pos = 0; elf_next(img, ELF_PT_L4_AUX, &pos, &seg);) {
        uint64_t head[2];
        for (uint64_t at = 0; seg.filesz - at >= sizeof(head); at += head[1]) {
            memcpy(head, (uint8_t const *)elf_segment_data(img, &seg) + at, sizeof(head));
            if (head[0] == 0)
                break; // padding ends the list
            if (head[1] < sizeof(head) || head[1] % 8 || head[1] > seg.filesz - at)
                return ELF_E_NOTE;
        }
    }
    return ELF_OK;
}

enum elf_error elf_open(struct elf_image *img, void const *base, size_t size, uint64_t page_size)
{
    struct elf_header h;

    if (size < sizeof(elf_magic))
        return ELF_E_TRUNCATED;
    if (!elf_has_magic(base, size))
        return ELF_E_MAGIC;
    if (size < sizeof(h))
        return ELF_E_TRUNCATED;
    memcpy(&h, base, sizeof(h));
    enum elf_error err = check_header(&h, size);
    if (err)
        return err;

    *img = (struct elf_image){
        .base = base, .size = size, .entry = h.entry,
        .phoff = h.phoff, .phnum = h.phnum, .type = h.type,
    };
    struct elf_segment seg;
    for (unsigned i = 0; elf_segment_get(img, i, &seg); i++) {
        err = check_segment(&seg, size, page_size);
        if (err)
            return err;
    }
    err = check_loads(img, page_size);
    return err ? err : check_notes(img);
}

bool elf_segment_get(struct elf_image const *img, unsigned idx, struct elf_segment *seg)
{
    struct elf_program_header ph;

    if (idx >= img->phnum)
        return false;
    memcpy(&ph, img->base + img->phoff + idx * sizeof(ph), sizeof(ph));
    *seg = (struct elf_segment){
        .type = ph.type, .flags = ph.flags, .offset = ph.offset, .vaddr = ph.vaddr,
        .paddr = ph.paddr, .filesz = ph.filesz, .memsz = ph.memsz, .align = ph.align,
    };
    return true;
}

bool elf_next(struct elf_image const *img, uint32_t type, unsigned *pos, struct elf_segment *seg)
{
    while (elf_segment_get(img, *pos, seg)) {
        ++*pos;
        if (seg->type == type)
            return true;
    }
    return false;
}

void const *elf_segment_data(struct elf_image const *img, struct elf_segment const *seg)
{
    return seg->filesz ? img->base + seg->offset : img->base;
}

void elf_span(struct elf_image const *img, uint64_t *start, uint64_t *end)
{
    struct elf_segment seg;

    *start = UINT64_MAX;
    *end = 0;
    for (unsigned pos = 0; elf_next(img, ELF_PT_LOAD, &pos, &seg);) {
        if (!seg.memsz)
            continue;
        if (seg.vaddr < *start)
            *start = seg.vaddr;
        if (seg.vaddr + seg.memsz > *end)
            *end = seg.vaddr + seg.memsz;
    }
}

bool elf_phdr_vaddr(struct elf_image const *img, uint64_t *vaddr)
{
    struct elf_segment seg;
    uint64_t bytes = img->phnum * sizeof(struct elf_program_header);

    for (unsigned pos = 0; elf_next(img, ELF_PT_LOAD, &pos, &seg);) {
        if (img->phoff >= seg.offset && img->phoff - seg.offset <= seg.filesz
            && bytes <= seg.filesz - (img->phoff - seg.offset)) {
            *vaddr = seg.vaddr + (img->phoff - seg.offset);
            return true;
        }
    }
    return false;
}
