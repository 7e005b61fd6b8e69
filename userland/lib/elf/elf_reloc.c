// SPDX-License-Identifier: MIT
// Relative relocations of position independent programs.
#include <l4/elf/elf.h>
#include <string.h>

enum { DT_NULL = 0, DT_RELA = 7, DT_RELASZ = 8, DT_RELAENT = 9, DT_REL = 17, R_AARCH64_NONE = 0,
       R_AARCH64_RELATIVE = 1027 };

struct dynamic {
    uint64_t tag, value;
};

struct rela {
    uint64_t vaddr, info, addend;
};

_Static_assert(sizeof(struct rela) == 24, "ELF-64 relocation with addend");

struct table {
    uint64_t rela, size, entry_size;
    bool without_addends;
};

// What the dynamic section says; all 0 when there is none.
static void read_dynamic(struct elf_image const *img, struct table *t)
{
    struct elf_segment seg;
    struct dynamic d;
    unsigned pos = 0;

    memset(t, 0, sizeof(*t));
    if (!elf_next(img, ELF_PT_DYNAMIC, &pos, &seg))
        return;
    for (uint64_t at = 0; seg.filesz - at >= sizeof(d); at += sizeof(d)) {
        memcpy(&d, (uint8_t const *)elf_segment_data(img, &seg) + at, sizeof(d));
        switch (d.tag) {
        case DT_NULL:
            return;
        case DT_RELA:
            t->rela = d.value;
            break;
        case DT_RELASZ:
            t->size = d.value;
            break;
        case DT_RELAENT:
            t->entry_size = d.value;
            break;
        case DT_REL:
            t->without_addends = true;
            break;
        }
    }
}

static bool in_file(struct elf_segment const *seg, uint64_t vaddr, uint64_t bytes)
{
    return vaddr >= seg->vaddr && vaddr - seg->vaddr <= seg->filesz
           && bytes <= seg->filesz - (vaddr - seg->vaddr);
}

// Where the file holds what lies at vaddr, NULL if it does not.
static uint8_t const *content(struct elf_image const *img, uint64_t vaddr, uint64_t bytes)
{
    struct elf_segment seg;

    for (unsigned pos = 0; elf_next(img, ELF_PT_LOAD, &pos, &seg);)
        if (in_file(&seg, vaddr, bytes))
            return (uint8_t const *)elf_segment_data(img, &seg) + (vaddr - seg.vaddr);
    return NULL;
}

static void rela_get(struct elf_relocs const *r, size_t idx, struct rela *rela)
{
    memcpy(rela, r->table + idx * sizeof(*rela), sizeof(*rela));
}

static bool acceptable(struct elf_image const *img, struct rela const *rela)
{
    if (rela->info == R_AARCH64_NONE)
        return true;
    return rela->info == R_AARCH64_RELATIVE && rela->vaddr % sizeof(uint64_t) == 0
           && content(img, rela->vaddr, sizeof(uint64_t));
}

enum elf_error elf_relocs_open(struct elf_image const *img, struct elf_relocs *r)
{
    struct table t;
    struct rela rela;

    *r = (struct elf_relocs){ NULL, 0 };
    read_dynamic(img, &t);
    if (t.without_addends)
        return ELF_E_RELOC;
    if (!t.size)
        return ELF_OK;
    if (t.entry_size != sizeof(rela) || t.size % sizeof(rela))
        return ELF_E_RELOC;
    r->table = content(img, t.rela, t.size);
    if (!r->table)
        return ELF_E_RELOC;
    r->count = t.size / sizeof(rela);
    for (size_t i = 0; i < r->count; i++) {
        rela_get(r, i, &rela);
        if (!acceptable(img, &rela))
            return ELF_E_RELOC;
    }
    return ELF_OK;
}

bool elf_reloc_get(struct elf_relocs const *r, size_t idx, struct elf_reloc *reloc)
{
    struct rela rela;

    if (idx >= r->count)
        return false;
    rela_get(r, idx, &rela);
    *reloc = (struct elf_reloc){ rela.info == R_AARCH64_NONE ? ELF_RELOC_NOWHERE : rela.vaddr, rela.addend };
    return true;
}

bool elf_relocs_in(struct elf_relocs const *r, struct elf_segment const *seg)
{
    struct elf_reloc reloc;

    for (size_t i = 0; elf_reloc_get(r, i, &reloc); i++)
        if (in_file(seg, reloc.vaddr, sizeof(uint64_t)))
            return true;
    return false;
}
