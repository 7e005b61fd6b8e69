// SPDX-License-Identifier: MIT
// The in-task runtime's loader: what of a program's file goes where, and which programs it refuses with which message.
#include "unit_run.h"

#include "runtime.h"

#include <check.h>
#include <l4/elf/elf.h>
#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/file.h>
#include <l4/sys/err.h>
#include <l4/sys/thread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FILE_SIZE = 3 * PAGE, HEADER = 64, PHDR = 56, FILE_DS = 0x111000, NEW_DS = 0x222000 };

struct phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static uint8_t file[FILE_SIZE];
static struct runtime rt;
static char message[200];
static struct {
    struct region_attach a;
    l4re_ds_t ds;
} attached[4];
static unsigned n_attached;
static l4_addr_t reserved;

// ---- what the loader calls

void runtime_message(char const *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
}

int l4re_rom_open(char const *path, l4re_ds_t *ds, l4_size_t *size)
{
    ck_assert_str_eq(path, "rom/prog");
    *ds = FILE_DS;
    *size = FILE_SIZE;
    return 0;
}

int rm_attach_own(struct runtime *r, struct region_attach const *a, l4re_ds_t ds, l4_addr_t *at)
{
    ck_assert_ptr_eq(r, &rt);
    if (a->flags & L4RE_RM_F_SEARCH_ADDR) { // the file as a whole
        *at = (l4_addr_t)file;
        return 0;
    }
    ck_assert_uint_lt(n_attached, 4);
    attached[n_attached].a = *a;
    attached[n_attached++].ds = ds;
    return 0;
}

void rm_detach_own(struct runtime *r, l4_addr_t at)
{
    (void)r;
    ck_assert_uint_eq(at, (l4_addr_t)file);
}

int region_map_reserve(struct region_map *m, uint64_t *start, uint64_t size, unsigned flags, unsigned align)
{
    (void)m, (void)align;
    if (flags & L4RE_RM_F_SEARCH_ADDR)
        *start = 0x5000000;
    else
        reserved = *start + size;
    return 0;
}

int region_map_free_area(struct region_map *m, uint64_t addr)
{
    (void)m, (void)addr;
    return 0;
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
long l4re_ds_map_region(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset, l4re_ds_map_addr_t min,
                        l4re_ds_map_addr_t max)
{
    (void)ds, (void)flags, (void)offset, (void)min, (void)max;
    return 0;
}

long l4re_ds_copy_in(l4re_ds_t dst, l4re_ds_offset_t to, l4re_ds_t src, l4re_ds_offset_t from, l4re_ds_size_t size)
{
    ck_assert(dst == NEW_DS && to == 0x10 && src == FILE_DS && from == 0x2010 && size == 0x100);
    return 0;
}

l4_cap_idx_t l4re_util_cap_alloc(void)
{
    return NEW_DS;
}

long l4re_ma_alloc(unsigned long size, l4re_ds_t mem, unsigned long flags)
{
    ck_assert(size == 0x4000 && mem == NEW_DS && flags == 0);
    return 0;
}

// ---- a program: text, data with bss, notes

static void put(unsigned at, uint64_t v, unsigned bytes)
{
    memcpy(file + at, &v, bytes);
}

static void put_phdr(unsigned n, struct phdr p)
{
    memcpy(file + HEADER + n * PHDR, &p, sizeof(p));
}

static void build(unsigned type, uint64_t ex_regs_flags)
{
    uint64_t const notes[] = {ELF_L4_RESERVED_VMA, 32, 0x5000, 0x5fff, ELF_L4_EX_REGS_FLAGS, 24, ex_regs_flags, 0, 0};
    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put(16, type, 2);
    put(18, 183, 2);
    put(20, 1, 4);
    put(24, 0x1000100, 8);
    put(32, HEADER, 8);
    put(54, PHDR, 2);
    put(56, 3, 2);
    put_phdr(0, (struct phdr){ELF_PT_LOAD, ELF_R | ELF_X, 0, 0x1000000, 0x1000000, 0x1800, 0x1800, PAGE});
    put_phdr(1, (struct phdr){ELF_PT_LOAD, ELF_R | ELF_W, 0x2010, 0x1002010, 0x1002010, 0x100, 0x3000, PAGE});
    put_phdr(2, (struct phdr){ELF_PT_L4_AUX, ELF_R, 0x500, 0, 0, sizeof(notes), 0, 8});
    memcpy(file + 0x500, notes, sizeof(notes));
    rt = (struct runtime){.binary = "rom/prog"};
    message[0] = 0;
    n_attached = 0;
    reserved = 0;
}

START_TEST(segments)
{
    build(ELF_EXEC, 0);
    ck_assert_msg(load_program(&rt) == 0, "%s", message);
    ck_assert_uint_eq(n_attached, 2);
    // what is not written is mapped from the file
    ck_assert(attached[0].ds == FILE_DS && attached[0].a.start == 0x1000000 && attached[0].a.size == 0x2000);
    ck_assert(attached[0].a.flags == (ELF_R | ELF_X) && attached[0].a.offset == 0);
    ck_assert(attached[1].ds == NEW_DS && attached[1].a.start == 0x1002000 && attached[1].a.size == 0x4000);
    ck_assert_uint_eq(reserved, 0x6000);
    ck_assert_uint_eq(rt.entry, 0x1000100);
    ck_assert_uint_eq(rt.phdr, 0x1000000 + HEADER);
    ck_assert(rt.image_start == 0x1000000 && rt.image_end == 0x1006000);
    build(ELF_DYN, 0);
    ck_assert_int_eq(load_program(&rt), 0);
    ck_assert_uint_eq(attached[0].a.start, 0x5000000);
    ck_assert_uint_eq(rt.entry, 0x5000100);
    ck_assert(rt.image_start == 0x5000000 && rt.image_end == 0x5006000);
}
END_TEST

START_TEST(exception_levels)
{
    static struct {
        uint64_t flags;
        bool refused;
    } const t[] = {
        {L4_THREAD_EX_REGS_ARM64_SET_EL_KEEP, false}, {L4_THREAD_EX_REGS_ARM64_SET_EL_EL0, false},
        {L4_THREAD_EX_REGS_ARM64_SET_EL_EL1, true},   {L4_THREAD_EX_REGS_ARM64_SET_EL_MASK, true},
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        build(ELF_EXEC, t[i].flags);
        ck_assert_int_eq(load_program(&rt), t[i].refused ? -1 : 0);
        ck_assert_str_eq(message, t[i].refused ? "its notes ask for exception level 1; programs run at EL0 only" : "");
        ck_assert_uint_eq(n_attached, t[i].refused ? 0 : 2);
    }
}
END_TEST

START_TEST(refused)
{
    build(ELF_EXEC, 0);
    put(18, 62, 2);
    ck_assert_int_eq(load_program(&rt), -1);
    ck_assert_ptr_nonnull(strstr(message, "not an arm64 ELF file"));
    build(ELF_EXEC, 0);
    put(HEADER + 8, FILE_SIZE, 8); // the text begins behind the file's end
    ck_assert_int_eq(load_program(&rt), -1);
    ck_assert_ptr_nonnull(strstr(message, "damaged ELF file"));
    build(ELF_EXEC, 0);
    put_phdr(2, (struct phdr){ELF_PT_INTERP, ELF_R, 0x400, 0x1000400, 0x1000400, 9, 9, 1});
    memcpy(file + 0x400, "rom/ld.s", 9);
    ck_assert_int_eq(load_program(&rt), -1);
    ck_assert_ptr_nonnull(strstr(message, "needs the interpreter rom/ld.s"));
    ck_assert_uint_eq(n_attached, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("program_load");
    TCase *t = tcase_create("all");
    tcase_add_test(t, segments);
    tcase_add_test(t, exception_levels);
    tcase_add_test(t, refused);
    suite_add_tcase(s, t);
    return unit_run(s);
}
