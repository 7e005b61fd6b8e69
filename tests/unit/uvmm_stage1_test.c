// SPDX-License-Identifier: MIT
// The guest's tables, walked in software: all granules and sizes, both halves, and tables that are wrong on purpose.
#include "unit_run.h"
#include "vcpu/stage1.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RAM 0x40000000ull
#define RAM_SIZE 0x400000ull
#define HOLE 0x30000000ull
enum { M = 1, EE = 1 << 25 };
#define G4K 0ull
#define G64K (1ull << 14)
#define G16K (2ull << 14)
#define G4K_UPPER (2ull << 30)
#define G16K_UPPER (1ull << 30)
#define G64K_UPPER (3ull << 30)
#define T0(bits) (64ull - (bits))
#define T1(bits) ((64ull - (bits)) << 16)
#define TBI0 (1ull << 37)
#define TBI1 (1ull << 38)
#define DS (1ull << 59)
#define IPS_52 (6ull << 32)

static uint64_t *memory;
static unsigned reads;
static struct stage1 s;

static bool read_ram(void *ctx, uint64_t address, uint64_t *value)
{
    if (ctx != &s || address & 7 || reads++ >= 5)
        ck_abort_msg("read %u at 0x%llx", reads, (unsigned long long)address);
    if (address < RAM || address >= RAM + RAM_SIZE)
        return false;
    *value = memory[(address - RAM) / 8];
    return true;
}

static void setup(void)
{
    memory = calloc(1, RAM_SIZE);
    s = (struct stage1){.sctlr = M, .read = read_ram, .ctx = &s};
    reads = 0;
}

static void teardown(void)
{
    free(memory);
}

static void put(uint64_t table, unsigned index, uint64_t descriptor)
{
    memory[(table - RAM) / 8 + index] = s.sctlr & EE ? __builtin_bswap64(descriptor) : descriptor;
}

static int last_level;

static void expect(uint64_t va, uint64_t address, int level)
{
    uint64_t a = 0;
    reads = 0;
    ck_assert_int_eq(stage1_walk(&s, va, &a, &last_level), STAGE1_OK);
    ck_assert_uint_eq(a, address);
    ck_assert_int_eq(last_level, level);
}

static void expect_not(uint64_t va, enum stage1_result result, int level)
{
    uint64_t a;
    reads = 0;
    ck_assert_int_eq(stage1_walk(&s, va, &a, &last_level), result);
    ck_assert_int_eq(last_level, level);
}

START_TEST(off)
{
    s.sctlr = 0;
    s.tcr = 0;
    expect(0x40001234, 0x40001234, 0);
    expect(0xfffff00001234, 0xfffff00001234, 0);
    expect_not(0x1ull << 52, STAGE1_FAULT, 0);
    expect_not(0xff00000040001234, STAGE1_FAULT, 0);
    s.tcr = TBI0;
    expect(0xff00000040001234, 0x40001234, 0);
    ck_assert_uint_eq(reads, 0);
}
END_TEST

// 4 KiB, 48 bits: four levels; 39 bits: three; 25 bits: two, of which the first has 16 entries.
START_TEST(small_granule)
{
    s.tcr = T0(48);
    s.ttbr0 = 0x40010000 | 1; // CnP
    put(0x40010000, 1, 0x40011003);
    put(0x40011000, 2, 0x40012003);
    put(0x40012000, 3, 0x40013003);
    put(0x40013000, 4, 0xfff0000012345fff & ~0xc00ull);
    expect(0x8080604abc, 0x12345abc, 3);
    put(0x40012000, 3, 0x0060000001200701); // block of 2 MiB, bits below are attributes
    expect(0x8080604abc, 0x1204abc, 2);
    put(0x40011000, 2, 0x80000701);
    expect(0x8080604abc, 0x80604abc, 1);
    put(0x40010000, 1, 0x40000701);
    expect_not(0x8080604abc, STAGE1_FAULT, 0);

    s.tcr = T0(39);
    put(0x40010000, 1, 0x40011003);
    put(0x40011000, 2, 0x40012003);
    put(0x40012000, 5, 0x77777003);
    expect(0x40405123, 0x77777123, 3);

    s.tcr = T0(25);
    s.ttbr0 = 0x40010080;
    put(0x40010080, 15, 0x40012003);
    expect(0x1e05008, 0x77777008, 3);
    expect_not(0x2000000, STAGE1_FAULT, 0);
}
END_TEST

START_TEST(middle_granule)
{
    s.tcr = T0(47) | G16K;
    s.ttbr0 = 0x40010000;
    put(0x40010000, 2047, 0x40014003);
    put(0x40014000, 1, 0x40018003);
    put(0x40018000, 2, 0x56785003); // bits below the granule are none of the address
    expect(0x7ff002008123, 0x56784123, 3);
    put(0x40014000, 1, 0x92000001);
    expect(0x7ff003008123, 0x93008123, 2);
    put(0x40010000, 2047, 0x90000001); // no blocks of 64 GiB
    expect_not(0x7ff002008123, STAGE1_FAULT, 1);
    s.tcr = T0(48) | G16K;
    put(0x40010000, 1, 0x40014003);
    put(0x40014000, 2047, 0x40018003);
    put(0x40018000, 1, 0x40020003);
    put(0x40020000, 2, 0x56784003);
    expect(0xfff002008123, 0x56784123, 3);
}
END_TEST

START_TEST(large_granule)
{
    s.tcr = T0(48) | G64K;
    s.ttbr0 = 0x40010000;
    put(0x40010000, 63, 0x40020003);
    put(0x40020000, 8191, 0x40030003);
    put(0x40030000, 1, 0x12340003);
    expect(0xffffe0012345, 0x12342345, 3);
    put(0x40020000, 8191, 0xa0000001);
    expect(0xffffe0012345, 0xa0012345, 2);
    put(0x40010000, 63, 0xa0000001);
    expect_not(0xffffe0012345, STAGE1_FAULT, 1);
}
END_TEST

START_TEST(wide_addresses)
{
    s.tcr = T0(52) | G64K | IPS_52;
    s.ttbr0 = 0x40010000;
    put(0x40010000, 1023, 0x40020003);
    put(0x40020000, 8191, 0x40030003);
    put(0x40030000, 1, 0x1234a003); // bits 15:12 are 51:48
    expect(0xfffffe0012345, 0xa000012342345, 3);
    s.tcr = T0(52) | DS;
    s.ttbr0 = 0x40010000;
    put(0x40010000, 15, 0x40011003); // level -1
    put(0x40011000, 1, 0x40012003);
    put(0x40012000, 2, 0x40013003);
    put(0x40013000, 3, 0x40014003);
    put(0x40014000, 4, 0x3000012345203ull);
    expect(0xf008080604abcull, 0xb000012345abcull, 3);
    s.ttbr0 = 0x40010000 | 4 << 2; // bits 5:2 are 51:48
    expect_not(0xf008080604abcull, STAGE1_NO_TABLE, -1);
    s.tcr = T0(52); // without DS
    expect_not(0x8080604abc, STAGE1_FAULT, 0);
}
END_TEST

START_TEST(upper_half)
{
    s.tcr = T0(39) | T1(39) | G64K | G4K_UPPER; // the halves have granules of their own
    s.ttbr0 = HOLE;
    s.ttbr1 = 0x40010000;
    put(0x40010000, 0, 0x40011003);
    put(0x40011000, 0, 0x40012003);
    put(0x40012000, 1, 0x12345003);
    expect(0xffffff8000001010, 0x12345010, 3);
    expect_not(0xffffff0000001010, STAGE1_FAULT, 0);
    expect_not(0x00ffff8000001010, STAGE1_FAULT, 0);
    s.tcr |= TBI0;
    expect_not(0x00ffff8000001010, STAGE1_FAULT, 0);
    s.tcr |= TBI1;
    expect(0x00ffff8000001010, 0x12345010, 3);
    s.tcr |= 1 << 23; // EPD1
    expect_not(0xffffff8000001010, STAGE1_FAULT, 0);
    s.tcr = T1(42) | G64K_UPPER;
    put(0x40010000, 0, 0x40020003);
    put(0x40020000, 1, 0x12340003);
    expect(0xfffffc0000010010, 0x12340010, 3);
    s.tcr = T1(36) | G16K_UPPER;
    put(0x40010000, 0, 0x40014003);
    put(0x40014000, 1, 0x12344003);
    expect(0xfffffff000004010, 0x12344010, 3);
}
END_TEST

START_TEST(lower_half_alone)
{
    s.tcr = T0(39) | TBI0;
    s.ttbr0 = 0x40010000;
    s.ttbr1 = HOLE;
    put(0x40010000, 1, 0x80000001);
    expect(0xff00000040000010, 0x80000010, 1);
    expect_not(0xff00008040000010, STAGE1_FAULT, 0);
    s.tcr |= 1 << 7; // EPD0
    expect_not(0x40000010, STAGE1_FAULT, 0);
}
END_TEST

START_TEST(big_endian)
{
    s.sctlr = M | EE;
    s.tcr = T0(39);
    s.ttbr0 = 0x40010000;
    put(0x40010000, 1, 0x80000001);
    expect(0x40000010, 0x80000010, 1);
    s.sctlr = M;
    expect_not(0x40000010, STAGE1_FAULT, 1);
}
END_TEST

START_TEST(nothing_mapped)
{
    s.tcr = T0(39);
    s.ttbr0 = 0x40010000;
    expect_not(0x40000010, STAGE1_FAULT, 1);
    put(0x40010000, 1, 0x40011002); // not valid
    expect_not(0x40000010, STAGE1_FAULT, 1);
    put(0x40010000, 1, 0x40011003);
    expect_not(0x40000010, STAGE1_FAULT, 2);
    put(0x40011000, 0, 0x40012003);
    put(0x40012000, 0, 0x80000001); // no block at the last level
    expect_not(0x40000010, STAGE1_FAULT, 3);
}
END_TEST

START_TEST(tables_in_a_hole)
{
    s.tcr = T0(48);
    s.ttbr0 = HOLE;
    expect_not(0x40000010, STAGE1_NO_TABLE, 0);
    s.ttbr0 = 0x40010000;
    put(0x40010000, 0, HOLE | 3);
    expect_not(0x40000010, STAGE1_NO_TABLE, 1);
    put(0x40010000, 0, 0x40011003);
    put(0x40011000, 1, 0xfffffffff003);
    expect_not(0x40000010, STAGE1_NO_TABLE, 2);
    put(0x40011000, 1, 0x40012003);
    put(0x40012000, 0, RAM + RAM_SIZE + 3);
    expect_not(0x40000010, STAGE1_NO_TABLE, 3);
}
END_TEST

START_TEST(table_of_itself)
{
    s.tcr = T0(48);
    s.ttbr0 = 0x40010000;
    put(0x40010000, 0, 0x40010003);
    expect(0x10, 0x40010010, 3);
}
END_TEST

// Whatever the registers and tables are, a walk ends after five tables at most and asks for aligned words.
START_TEST(anything)
{
    srandom(1);
    for (unsigned i = 0; i < RAM_SIZE / 8; i++) {
        memory[i] = (uint64_t)random() << 40 ^ (uint64_t)random() << 20 ^ (uint64_t)random();
        if (i & 1)
            memory[i] = RAM | (memory[i] & (RAM_SIZE - 1)) | 3;
    }
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t a;
        int level;
        s.sctlr = (uint64_t)random() << 10 | M;
        s.tcr = (uint64_t)random() << 33 ^ (uint64_t)random();
        s.ttbr0 = RAM | ((uint64_t)random() & (RAM_SIZE - 1));
        s.ttbr1 = (uint64_t)random() << 33 ^ (uint64_t)random();
        uint64_t va = (uint64_t)random() << (random() & 31);
        reads = 0;
        stage1_walk(&s, random() & 1 ? va : ~va, &a, &level);
        if (level < -1 || level > 3)
            ck_abort_msg("level %d", level);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uvmm_stage1");
    TCase *t = tcase_create("stage1");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, off);
    tcase_add_test(t, small_granule);
    tcase_add_test(t, middle_granule);
    tcase_add_test(t, large_granule);
    tcase_add_test(t, wide_addresses);
    tcase_add_test(t, upper_half);
    tcase_add_test(t, lower_half_alone);
    tcase_add_test(t, big_endian);
    tcase_add_test(t, nothing_mapped);
    tcase_add_test(t, tables_in_a_hole);
    tcase_add_test(t, table_of_itself);
    tcase_add_test(t, anything);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
