// SPDX-License-Identifier: MIT
// How the in-task runtime comes into a new task: where its segments lie, what their words say, where its first thread begins.
// The memory server and the kernel are pretended.
#include "unit_run.h"

#include <l4/elf/elf.h>
#include <l4/loader/loader.h>
#include <l4/re/c/rm.h>
#include <l4/sys/ipc.h>
#include <l4/sys/thread.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, BASE = 0xc0000000, LINKED = 0x400000, FILE_SIZE = 0x14000, DATA = 0x2000, DATA_SIZE = 0xa000,
       RELA = 0x800, RELOCS = 6, DYNAMIC = 0xc00, RELATIVE = 1027, MAX = 16 };

static uint8_t file[FILE_SIZE];
static l4_utcb_t utcb;
static l4_umword_t entry, entry_sp;
static l4_uint64_t random_words[2];

// ---- the memory server: capability n << 12 is dataspace n
static struct {
    uint8_t *bytes;
    l4_size_t size;
} ds[MAX];
static unsigned num_ds;
static struct loader_region regions[MAX];
static unsigned num_regions;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)dest, (void)to;
    if (l4_msgtag_label(tag) == L4_PROTO_THREAD && (utcb.msg.mr[0] & L4_THREAD_OPCODE_MASK) == L4_THREAD_EX_REGS_OP)
        entry = utcb.msg.mr[1], entry_sp = utcb.msg.mr[2];
    return l4_msgtag(0, 0, 0, 0);
}

static int rm_create(void *ctx, l4_cap_idx_t *rm)
{
    (void)ctx;
    *rm = 0x111000;
    return 0;
}

static int rm_attach(void *ctx, l4_cap_idx_t rm, struct loader_region const *r)
{
    (void)ctx;
    ck_assert_uint_eq(rm, 0x111000);
    if (num_regions == MAX)
        return -L4_ENOMEM;
    regions[num_regions++] = *r;
    return 0;
}

static int ds_create(void *ctx, l4_size_t size, l4_cap_idx_t *cap)
{
    (void)ctx;
    if (num_ds == MAX || size > 1 << 20)
        return -L4_ENOMEM;
    ds[num_ds].bytes = calloc(1, size);
    ds[num_ds].size = size;
    *cap = (l4_cap_idx_t)num_ds++ << L4_CAP_SHIFT;
    return 0;
}

static int ds_write(void *ctx, l4_cap_idx_t cap, l4_addr_t offset, void const *data, l4_size_t size)
{
    unsigned n = (unsigned)(cap >> L4_CAP_SHIFT);
    (void)ctx;
    ck_assert_uint_lt(n, num_ds);
    ck_assert_uint_le(offset + size, ds[n].size);
    memcpy(ds[n].bytes + offset, data, size);
    return 0;
}

static int ds_copy_in(void *ctx, l4_cap_idx_t dst, l4_addr_t dst_offset, l4_cap_idx_t src, l4_addr_t src_offset,
                      l4_size_t size)
{
    ck_assert_uint_eq(src, 0);
    ck_assert_uint_le(src_offset + size, FILE_SIZE);
    return ds_write(ctx, dst, dst_offset, file + src_offset, size);
}

static void release(void *ctx, l4_cap_idx_t cap)
{
    (void)ctx, (void)cap;
}

static l4_cap_idx_t slot_alloc(void *ctx)
{
    static l4_cap_idx_t next = 0x200000;
    (void)ctx;
    return next += 1ul << L4_CAP_SHIFT;
}

static struct loader_ops const ops = {rm_create, rm_attach, ds_create, ds_copy_in, ds_write, release, slot_alloc, release};

// ---- a runtime

static void put(unsigned at, void const *data, size_t n)
{
    memcpy(file + at, data, n);
}

static void put64(unsigned at, uint64_t v)
{
    put(at, &v, 8);
}

static void put_phdr(unsigned n, uint32_t type, uint32_t flags, uint64_t const (*v)[6])
{
    put(64 + n * 56, &type, 4);
    put(64 + n * 56 + 4, &flags, 4);
    put(64 + n * 56 + 8, v, 48);
}

static void put_rela(unsigned n, uint64_t vaddr, uint64_t type, uint64_t addend)
{
    put64(RELA + n * 24, vaddr);
    put64(RELA + n * 24 + 8, type);
    put64(RELA + n * 24 + 16, addend);
}

// A word in front of and behind a window of the loader, the first and the last one of the data, one of a read-only segment.
static uint64_t const words[RELOCS] = {LINKED + DATA + 8, LINKED + DATA + 0x7ff8, LINKED + DATA + 0x8000,
                                       LINKED + DATA + DATA_SIZE - 8, LINKED + 0x10010, 0};

static void build(unsigned type, uint64_t linked)
{
    uint16_t const type16 = (uint16_t)type, machine = 183, one = 1, phentsize = 56, phnum = 5;
    uint64_t const dynamic[] = {7, linked + RELA, 8, RELOCS * 24, 9, 24, 0, 0};
    memset(file, 0, sizeof(file));
    memset(file + DATA, 0x5a, DATA_SIZE);
    put(0, "\177ELF\2\1\1", 7);
    put(16, &type16, 2);
    put(18, &machine, 2);
    put(20, &one, 2);
    put64(24, linked + 0x1100); // entry
    put64(32, 64);
    put(54, &phentsize, 2);
    put(56, &phnum, 2);
    put_phdr(0, ELF_PT_LOAD, ELF_R | ELF_X, &(uint64_t const[6]){0, linked, linked, 0x1800, 0x1800, PAGE});
    put_phdr(1, ELF_PT_LOAD, ELF_R | ELF_W,
             &(uint64_t const[6]){DATA, linked + DATA, linked + DATA, DATA_SIZE, DATA_SIZE + 0x1000, PAGE});
    put_phdr(2, ELF_PT_LOAD, ELF_R, &(uint64_t const[6]){0x10000, linked + 0x10000, linked + 0x10000, 0x1000, 0x1000, PAGE});
    put_phdr(3, ELF_PT_LOAD, ELF_R, &(uint64_t const[6]){0x12000, linked + 0x12000, linked + 0x12000, 0x1000, 0x1000, PAGE});
    put_phdr(4, ELF_PT_DYNAMIC, ELF_R, &(uint64_t const[6]){DYNAMIC, linked + DYNAMIC, 0, sizeof(dynamic), sizeof(dynamic), 8});
    put(DYNAMIC, dynamic, sizeof(dynamic));
    for (unsigned i = 0; i < RELOCS - 1; i++)
        put_rela(i, words[i] - LINKED + linked, RELATIVE, linked + 0x1000 + i);
    put_rela(RELOCS - 1, 0, 0, 0); // one that does nothing
}

static int start(struct loader_result *res)
{
    static char const *const argv[] = {"rom/x"};
    struct loader_params p = {.l4re_image = file, .l4re_size = FILE_SIZE, .l4re_ds = 0, .binary = "rom/x", .argv = argv,
                              .argc = 1, .random = {random_words[0], random_words[1]}};
    struct loader_cap cap = {NULL, 0x300000, 7};
    p.factory = p.mem_alloc = p.scheduler = p.log = p.kip_ds = p.parent = cap;
    num_regions = 0;
    for (unsigned n = 1; n < MAX; n++)
        free(ds[n].bytes);
    memset(ds, 0, sizeof(ds));
    num_ds = 1;
    return loader_start(&p, &ops, NULL, res);
}

static struct loader_region const *region_at(l4_addr_t addr)
{
    for (unsigned i = 0; i < num_regions; i++)
        if (regions[i].start == addr)
            return &regions[i];
    ck_abort_msg("nothing at %#lx", (unsigned long)addr);
}

static uint64_t word_at(struct loader_region const *r, uint64_t offset)
{
    uint64_t v;
    unsigned n = (unsigned)(r->ds >> L4_CAP_SHIFT);
    ck_assert_uint_gt(n, 0);
    ck_assert_uint_le(offset + 8, ds[n].size);
    memcpy(&v, ds[n].bytes + offset, 8);
    return v;
}

static void check_placed(void)
{
    struct loader_result res;
    ck_assert_msg(start(&res) == 0, "%s %s", res.what, res.extra);
    ck_assert_uint_eq(entry, BASE + 0x1100);
    // what needs no change is mapped from the file
    ck_assert_uint_eq(region_at(BASE)->ds, 0);
    ck_assert_uint_eq(region_at(BASE)->flags, ELF_R | ELF_X);
    ck_assert_uint_eq(region_at(BASE + 0x12000)->ds, 0);
    ck_assert_uint_eq(region_at(BASE + 0x12000)->offset, 0x12000);
    struct loader_region const *data = region_at(BASE + DATA), *constants = region_at(BASE + 0x10000);
    ck_assert_uint_eq(data->size, DATA_SIZE + 0x1000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(word_at(data, words[i] - LINKED - DATA), BASE + 0x1000 + i);
    ck_assert_uint_eq(word_at(data, 0), 0x5a5a5a5a5a5a5a5a);
    ck_assert_uint_eq(word_at(data, 0x8008), 0x5a5a5a5a5a5a5a5a);
    ck_assert_uint_eq(word_at(data, DATA_SIZE), 0);
    ck_assert_uint_eq(word_at(constants, 0x10), BASE + 0x1004);
    ck_assert_uint_eq(constants->flags, ELF_R);
}

START_TEST(position_independent)
{
    static uint64_t const linked[] = {0, LINKED, BASE, 0xffff0000000};
    for (unsigned i = 0; i < sizeof(linked) / sizeof(linked[0]); i++) {
        build(ELF_DYN, linked[i]);
        check_placed();
    }
}
END_TEST

START_TEST(fixed)
{
    struct loader_result res;
    build(ELF_EXEC, LINKED);
    ck_assert_int_eq(start(&res), 0);
    ck_assert_uint_eq(entry, LINKED + 0x1100);
    ck_assert_uint_eq(word_at(region_at(LINKED + DATA), 8), 0x5a5a5a5a5a5a5a5a); // as it is in the file
    ck_assert_uint_eq(region_at(LINKED + 0x10000)->ds, 0);
}
END_TEST

// The stack, below which nothing will ever be attached.
static struct loader_region const *guarded_stack(void)
{
    struct loader_result res;
    ck_assert_int_eq(start(&res), 0);
    for (unsigned i = 0; i < num_regions; i++) {
        struct loader_region const *r = &regions[i];
        if (entry_sp < r->start || entry_sp - r->start >= r->size)
            continue;
        struct loader_region const *below = region_at(r->start - PAGE);
        ck_assert_uint_eq(below->size, PAGE);
        ck_assert(below->flags & L4RE_RM_F_RESERVED);
        return r;
    }
    ck_abort_msg("no stack");
}

START_TEST(stack)
{
    static l4_uint64_t const seed[2] = {1, 0x123456789abcdef0};
    build(ELF_DYN, 0);
    memset(random_words, 0, sizeof(random_words));
    ck_assert_uint_eq(guarded_stack()->start, LOADER_STACK_ADDR);
    memcpy(random_words, seed, sizeof(seed));
    l4_addr_t at = guarded_stack()->start;
    ck_assert_uint_eq(at, LOADER_STACK_ADDR + (seed[1] & (LOADER_STACK_SPREAD - 1) & L4_PAGEMASK));
    memset(random_words, 0, sizeof(random_words));
}
END_TEST

static void refused(void)
{
    struct loader_result res;
    ck_assert_int_eq(start(&res), -L4_EINVAL);
    ck_assert_msg(strstr(res.extra, "relocations") != NULL, "%s", res.extra);
    ck_assert_uint_eq(num_regions, 0);
}

START_TEST(bad_relocations)
{
    static struct {
        unsigned at;
        uint64_t value;
    } const bad[] = {
        {RELA + 8, 1025},                         // wants a symbol
        {RELA, LINKED + DATA + 1},                // not aligned
        {RELA, LINKED + DATA + DATA_SIZE},        // in memory that the file does not fill
        {RELA, LINKED + DATA - 8},                // between segments
        {RELA, ~7ull},
        {DYNAMIC + 8, LINKED + FILE_SIZE},        // no such table
        {DYNAMIC + 8, ~0ull},
        {DYNAMIC + 24, RELOCS * 24 + 1},
        {DYNAMIC + 24, 24ull << 40},              // longer than the file
        {DYNAMIC + 40, 16},                       // another kind of entry
        {DYNAMIC, 17},                            // without addends
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        build(ELF_DYN, LINKED);
        put64(bad[i].at, bad[i].value);
        refused();
    }
}
END_TEST

// A note may ask for a stack of its own, but for none that is larger than any program's.
START_TEST(stack_of_a_note)
{
    static struct {
        uint64_t size, addr;
        bool good;
    } const cases[] = {
        {0x3000, 0xd0000000, true}, {0, 0xd0000000, true}, {~0ull, 0xd0000000, false}, {~0xfffull, 0xd0000000, false},
        {0ull - 0x10000, 0xd0000000, false}, {1ull << 40, 0xd0000000, false}, {0x3000, ~0xfffull, false},
    };
    struct loader_result res;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build(ELF_DYN, LINKED);
        uint64_t const notes[] = {ELF_L4_STACK_SIZE, 24, cases[i].size, ELF_L4_STACK_ADDR, 24, cases[i].addr};
        put_phdr(3, ELF_PT_L4_AUX, ELF_R, &(uint64_t const[6]){0x12000, 0, 0, sizeof(notes), sizeof(notes), 8});
        put(0x12000, notes, sizeof(notes));
        ck_assert_msg(start(&res) == (cases[i].good ? 0 : -L4_EINVAL), "case %u: %s", i, res.what);
        if (cases[i].good)
            ck_assert_uint_ge(region_at(0xd0000000)->size, cases[i].size);
    }
}
END_TEST

// Whatever a damaged file says, nothing is read or written outside of it.
START_TEST(damage)
{
    struct loader_result res;
    for (unsigned i = 0; i < 64 + 5 * 56 + RELOCS * 24 + 64; i++) {
        unsigned at = i < 64 + 5 * 56 ? i : i - 64 - 5 * 56 < RELOCS * 24 ? RELA + i - 64 - 5 * 56
                                                                          : DYNAMIC + i - 64 - 5 * 56 - RELOCS * 24;
        for (unsigned bit = 0; bit < 8; bit++) {
            build(ELF_DYN, LINKED);
            file[at] ^= (uint8_t)(1u << bit);
            start(&res);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("loader_runtime");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, position_independent);
    tcase_add_test(tc, fixed);
    tcase_add_test(tc, stack);
    tcase_add_test(tc, bad_relocations);
    tcase_add_test(tc, stack_of_a_note);
    tcase_add_test(tc, damage);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
