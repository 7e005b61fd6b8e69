// SPDX-License-Identifier: MIT
// ELF checks: good images, each kind of damage, and every truncation and byte flip of an image.
#include "unit_run.h"

#include <l4/elf/elf.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FILE_SIZE = 3 * PAGE, HEADER = 64, PHDR = 56 };

struct phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static uint8_t file[FILE_SIZE];

static void put16(unsigned at, uint16_t v)
{
    memcpy(file + at, &v, 2);
}

static void put64(unsigned at, uint64_t v)
{
    memcpy(file + at, &v, 8);
}

static void put_phdr(unsigned n, struct phdr p)
{
    memcpy(file + HEADER + n * PHDR, &p, sizeof(p));
}

static struct phdr get_phdr(unsigned n)
{
    struct phdr p;

    memcpy(&p, file + HEADER + n * PHDR, sizeof(p));
    return p;
}

// Text, data with bss, TLS, interpreter, L4 notes.
static void build(void)
{
    static uint64_t const notes[] = {
        ELF_L4_STACK_SIZE, 24, 0x8000, ELF_L4_RESERVED_VMA, 32, 0x5000, 0x5fff, 0, 0,
    };

    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put16(16, ELF_EXEC);
    put16(18, 183);
    put16(20, 1);
    put64(24, 0x1000100);
    put64(32, HEADER);
    put16(54, PHDR);
    put16(56, 5);
    put_phdr(0, (struct phdr){ ELF_PT_LOAD, ELF_R | ELF_X, 0, 0x1000000, 0x1000000, 0x1800, 0x1800,
                               PAGE });
    put_phdr(1, (struct phdr){ ELF_PT_LOAD, ELF_R | ELF_W, 0x2010, 0x1002010, 0x1002010, 0x100,
                               0x3000, PAGE });
    put_phdr(2, (struct phdr){ ELF_PT_TLS, ELF_R, 0x2010, 0x1002010, 0x1002010, 8, 24, 8 });
    put_phdr(3, (struct phdr){ ELF_PT_INTERP, ELF_R, 0x400, 0x1000400, 0x1000400, 9, 9, 1 });
    put_phdr(4, (struct phdr){ ELF_PT_L4_AUX, ELF_R, 0x500, 0, 0, sizeof(notes), 0, 8 });
    memcpy(file + 0x400, "rom/ld.so", 9);
    file[0x408] = '\0';
    memcpy(file + 0x500, notes, sizeof(notes));
}

static enum elf_error open_file(struct elf_image *img)
{
    return elf_open(img, file, FILE_SIZE, PAGE);
}

START_TEST(good_image)
{
    struct elf_image img;
    struct elf_segment seg;
    uint64_t start, end, phdrs;
    unsigned pos = 0;

    build();
    ck_assert_int_eq(open_file(&img), ELF_OK);
    ck_assert_uint_eq(img.entry, 0x1000100);
    ck_assert(elf_next(&img, ELF_PT_LOAD, &pos, &seg));
    ck_assert_uint_eq(seg.flags, ELF_R | ELF_X);
    ck_assert_ptr_eq(elf_segment_data(&img, &seg), file);
    ck_assert(elf_next(&img, ELF_PT_LOAD, &pos, &seg));
    ck_assert(!elf_next(&img, ELF_PT_LOAD, &pos, &seg));
    elf_span(&img, &start, &end);
    ck_assert_uint_eq(start, 0x1000000);
    ck_assert_uint_eq(end, 0x1005010);
    ck_assert(elf_phdr_vaddr(&img, &phdrs));
    ck_assert_uint_eq(phdrs, 0x1000040);
    ck_assert(elf_tls(&img, &seg));
    ck_assert_uint_eq(seg.memsz, 24);
    ck_assert_str_eq(elf_interp(&img), "rom/ld.s");
}
END_TEST

START_TEST(l4_notes)
{
    struct elf_image img;
    struct elf_l4_aux_iter it = { 0 };
    struct elf_l4_aux rec;

    build();
    ck_assert_int_eq(open_file(&img), ELF_OK);
    ck_assert(elf_l4_aux_next(&img, &it, &rec));
    ck_assert_uint_eq(rec.type, ELF_L4_STACK_SIZE);
    ck_assert_uint_eq(rec.value[0], 0x8000);
    ck_assert(elf_l4_aux_next(&img, &it, &rec));
    ck_assert_uint_eq(rec.num_values, 2);
    ck_assert_uint_eq(rec.value[1], 0x5fff);
    ck_assert(!elf_l4_aux_next(&img, &it, &rec));
    ck_assert_uint_eq(elf_l4_aux_value(&img, ELF_L4_STACK_SIZE, 1), 0x8000);
    ck_assert_uint_eq(elf_l4_aux_value(&img, ELF_L4_KIP_ADDR, 7), 7);
}
END_TEST

static void damaged(enum elf_error expect)
{
    struct elf_image img;

    ck_assert_int_eq(open_file(&img), expect);
    ck_assert(strlen(elf_strerror(expect)) > 0);
    build();
}

START_TEST(header_damage)
{
    build(), file[1] = 'X', damaged(ELF_E_MAGIC);
    file[4] = 1, damaged(ELF_E_CLASS);
    file[5] = 2, damaged(ELF_E_CLASS);
    put16(18, 62), damaged(ELF_E_MACHINE);
    put16(16, 1), damaged(ELF_E_TYPE);
    put16(54, 55), damaged(ELF_E_PHDR);
    put16(56, 0), damaged(ELF_E_PHDR);
    put16(56, 0xffff), damaged(ELF_E_PHDR);
    put64(32, FILE_SIZE - 10), damaged(ELF_E_TRUNCATED);
    put64(32, UINT64_MAX - 3), damaged(ELF_E_TRUNCATED);
    put64(24, 0x2000000), damaged(ELF_E_ENTRY);
    put64(24, 0x1002020), damaged(ELF_E_ENTRY); // in data
}
END_TEST

static void damaged_load(unsigned n, struct phdr p, enum elf_error expect)
{
    put_phdr(n, p);
    damaged(expect);
}

START_TEST(segment_damage)
{
    build();
    struct phdr p = get_phdr(1), q;
    q = p, q.filesz = p.memsz + 1, q.memsz = p.filesz, damaged_load(1, q, ELF_E_TRUNCATED);
    q = p, q.memsz = 0x80, damaged_load(1, q, ELF_E_SEGMENT);
    q = p, q.offset = UINT64_MAX - 0xf, damaged_load(1, q, ELF_E_TRUNCATED);
    q = p, q.vaddr = UINT64_MAX - 0xfef, damaged_load(1, q, ELF_E_SEGMENT);
    q = p, q.vaddr += 8, damaged_load(1, q, ELF_E_ALIGN);
    q = p, q.vaddr = q.paddr = 0x1001010, damaged_load(1, q, ELF_E_OVERLAP);
    q = p, q.vaddr = q.paddr = 0x2010, damaged_load(1, q, ELF_E_OVERLAP);
    p = get_phdr(3);
    q = p, q.filesz = 8, damaged_load(3, q, ELF_E_NOTE);
    uint64_t bad = 15;
    memcpy(file + 0x508, &bad, 8), damaged(ELF_E_NOTE);
    bad = 1 << 20;
    memcpy(file + 0x508, &bad, 8), damaged(ELF_E_NOTE);
    q = get_phdr(0), q.type = 0, put_phdr(0, q);
    q = get_phdr(1), q.type = 0, damaged_load(1, q, ELF_E_EMPTY);
}
END_TEST

// Use everything that a loader uses, so that the sanitizers see a wrong access.
static unsigned use(struct elf_image const *img)
{
    struct elf_segment seg;
    struct elf_l4_aux_iter it = { 0 };
    struct elf_l4_aux rec;
    uint64_t a, b;
    unsigned sum = 0;

    for (unsigned i = 0; elf_segment_get(img, i, &seg); i++) {
        uint8_t const *d = elf_segment_data(img, &seg);
        if (seg.filesz)
            sum += d[0] + d[seg.filesz - 1];
    }
    while (elf_l4_aux_next(img, &it, &rec))
        sum += (unsigned)rec.value[0];
    elf_span(img, &a, &b);
    char const *interp = elf_interp(img);
    return sum + (interp ? (unsigned)strlen(interp) : 0) + elf_phdr_vaddr(img, &a);
}

// The image in a block of exactly its size.
static void try(size_t size)
{
    struct elf_image img;
    uint8_t *copy = malloc(size ? size : 1);

    memcpy(copy, file, size);
    if (elf_open(&img, copy, size, PAGE) == ELF_OK)
        use(&img);
    if (elf_open(&img, copy, size, 0) == ELF_OK)
        use(&img);
    free(copy);
}

START_TEST(truncations_and_flips)
{
    build();
    for (size_t size = 0; size < FILE_SIZE; size += size < 1024 ? 1 : 61)
        try(size);
    for (unsigned at = 0; at < HEADER + 5 * PHDR; at++) {
        for (unsigned v = 0; v < 256; v += 17) {
            uint8_t old = file[at];
            file[at] = (uint8_t)v;
            try(FILE_SIZE);
            file[at] = old;
        }
    }
    srand(1);
    for (unsigned i = 0; i < 2000; i++) {
        build();
        for (unsigned n = 0; n < 4; n++)
            file[(unsigned)rand() % 0x600] = (uint8_t)rand();
        try(FILE_SIZE);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("elf image");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, good_image);
    tcase_add_test(t, l4_notes);
    tcase_add_test(t, header_damage);
    tcase_add_test(t, segment_damage);
    tcase_add_test(t, truncations_and_flips);
    return unit_run(s);
}
