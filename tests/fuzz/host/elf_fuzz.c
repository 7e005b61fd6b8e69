// SPDX-License-Identifier: MIT
// Programs: what the loader of tasks reads of an ELF file, and starts.
#include "loader_runtime_test.c"

#include "input.h"

#include "stack.h"

// The rest of what is said of a file that was found to be good.
static void read_all(struct elf_image const *img)
{
    struct elf_segment seg;
    struct elf_l4_aux_iter it = {0};
    struct elf_l4_aux rec;
    struct elf_relocs r;
    struct elf_reloc reloc;
    uint64_t from, to;
    char const *name = elf_interp(img);
    ck_assert(!name || strlen(name) < img->size);
    for (unsigned i = 0; elf_segment_get(img, i, &seg); i++)
        for (uint64_t at = 0; at < seg.filesz; at += seg.filesz > 64 ? seg.filesz - 1 : 1)
            ((uint8_t const volatile *)elf_segment_data(img, &seg))[at];
    elf_span(img, &from, &to);
    elf_phdr_vaddr(img, &from);
    elf_tls(img, &seg);
    while (elf_l4_aux_next(img, &it, &rec))
        ck_assert_uint_le(rec.num_values, 2);
    elf_l4_aux_value(img, ELF_L4_STACK_SIZE, 0);
    if (!elf_relocs_open(img, &r))
        for (size_t i = 0; elf_reloc_get(&r, i, &reloc); i++)
            elf_relocs_in(&r, &seg);
}

// The first bytes, with nothing behind them.
static void read_part(size_t size, uint64_t page_size)
{
    struct elf_image img;
    uint8_t *copy = malloc(size);
    memcpy(copy, file, size);
    enum elf_error const e = elf_open(&img, copy, size, page_size);
    ck_assert_ptr_nonnull(elf_strerror(e));
    if (!e)
        read_all(&img);
    free(copy);
}

// Headers, notes, dynamic section and relocations are what loaders look at.
static void change(struct input *in)
{
    enum { NOTES = 0x1200 };
    static unsigned const places[] = {0, 64, RELA, DYNAMIC, NOTES};
    unsigned const where = in_u8(in), at = places[where % 5] + 4 * in_u8(in);
    uint64_t const value = in_number(in);
    put(at, &value, where & 0x80 ? 4 : where & 0x40 ? 2 : 8);
}

// Segment 3 becomes one with notes, or something else.
static void set_segment(struct input *in)
{
    static uint32_t const types[] = {ELF_PT_L4_AUX, ELF_PT_INTERP, ELF_PT_TLS, ELF_PT_LOAD, ELF_PT_DYNAMIC};
    uint64_t const bytes = in_u8(in);
    put_phdr(3, types[in_below(in, 5)], in_u8(in) & 7, &(uint64_t const[6]){0x1200, 0, 0, bytes, bytes, 8});
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    struct loader_result res;
    uint8_t const form = in_u8(&in);
    build(form & 1 ? ELF_EXEC : ELF_DYN, form & 2 ? LINKED : 0);
    if (form & 4)
        set_segment(&in);
    size_t const part = form & 8 ? in_u16(&in) % FILE_SIZE : FILE_SIZE;
    while (in_more(&in))
        change(&in);
    read_part(part, form & 16 ? 0 : PAGE);
    if (!start(&res))
        ck_assert_uint_gt(num_regions, 0);
    else
        ck_assert(res.what[0]);
    return 0;
}
