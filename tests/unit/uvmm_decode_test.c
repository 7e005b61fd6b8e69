// SPDX-License-Identifier: MIT
// Instructions without a syndrome, as an assembler encodes them.
#include "unit_run.h"
#include "vcpu/decode.h"

#include <check.h>

struct expected {
    uint32_t insn;
    char const *text;
    bool load, fp;
    unsigned count, size, sign, rt, rt2, rn;
    int offset, step;
};

static struct expected const accesses[] = {
    {0xa9400861, "ldp x1, x2, [x3]", true, false, 2, 3, 0, 1, 2, 3, 0, 0},
    {0x297f0861, "ldp w1, w2, [x3, #-8]", true, false, 2, 2, 0, 1, 2, 3, -8, 0},
    {0xa9017c1f, "stp xzr, xzr, [x0, #16]", false, false, 2, 3, 0, 31, 31, 0, 16, 0},
    {0x291fffff, "stp wzr, wzr, [sp, #252]", false, false, 2, 2, 0, 31, 31, 31, 252, 0},
    {0xa8c27bfd, "ldp x29, x30, [sp], #32", true, false, 2, 3, 0, 29, 30, 31, 0, 32},
    {0xa9a07bfd, "stp x29, x30, [sp, #-512]!", false, false, 2, 3, 0, 29, 30, 31, -512, -512},
    {0x694094c4, "ldpsw x4, x5, [x6, #4]", true, false, 2, 2, 64, 4, 5, 6, 4, 0},
    {0x68e014c4, "ldpsw x4, x5, [x6], #-256", true, false, 2, 2, 64, 4, 5, 6, 0, -256},
    {0xa85f8861, "ldnp x1, x2, [x3, #504]", true, false, 2, 3, 0, 1, 2, 3, 504, 0},
    {0x28000861, "stnp w1, w2, [x3]", false, false, 2, 2, 0, 1, 2, 3, 0, 0},
    {0x2d40fc20, "ldp s0, s31, [x1, #4]", true, true, 2, 2, 0, 0, 31, 1, 4, 0},
    {0x6cc10420, "ldp d0, d1, [x1], #16", true, true, 2, 3, 0, 0, 1, 1, 0, 16},
    {0xade00c22, "ldp q2, q3, [x1, #-1024]!", true, true, 2, 4, 0, 2, 3, 1, -1024, -1024},
    {0xad1f8fe2, "stp q2, q3, [sp, #1008]", false, true, 2, 4, 0, 2, 3, 31, 1008, 0},
    {0x6c001524, "stnp d4, d5, [x9]", false, true, 2, 3, 0, 4, 5, 9, 0, 0},
    {0xf8408441, "ldr x1, [x2], #8", true, false, 1, 3, 0, 1, 0, 2, 0, 8},
    {0xb85fcc41, "ldr w1, [x2, #-4]!", true, false, 1, 2, 0, 1, 0, 2, -4, -4},
    {0xb800045f, "str wzr, [x2], #0", false, false, 1, 2, 0, 31, 0, 2, 0, 0},
    {0x384ff441, "ldrb w1, [x2], #255", true, false, 1, 0, 0, 1, 0, 2, 0, 255},
    {0x78500c41, "ldrh w1, [x2, #-256]!", true, false, 1, 1, 0, 1, 0, 2, -256, -256},
    {0x38801441, "ldrsb x1, [x2], #1", true, false, 1, 0, 64, 1, 0, 2, 0, 1},
    {0x38c01441, "ldrsb w1, [x2], #1", true, false, 1, 0, 32, 1, 0, 2, 0, 1},
    {0x78802c41, "ldrsh x1, [x2, #2]!", true, false, 1, 1, 64, 1, 0, 2, 2, 2},
    {0x78c02c41, "ldrsh w1, [x2, #2]!", true, false, 1, 1, 32, 1, 0, 2, 2, 2},
    {0xb8804441, "ldrsw x1, [x2], #4", true, false, 1, 2, 64, 1, 0, 2, 0, 4},
    {0x380107fe, "strb w30, [sp], #16", false, false, 1, 0, 0, 30, 0, 31, 0, 16},
    {0x78002c41, "strh w1, [x2, #2]!", false, false, 1, 1, 0, 1, 0, 2, 2, 2},
    {0x3d400020, "ldr b0, [x1]", true, true, 1, 0, 0, 0, 0, 1, 0, 0},
    {0x7d400421, "ldr h1, [x1, #2]", true, true, 1, 1, 0, 1, 0, 1, 2, 0},
    {0xbd400822, "ldr s2, [x1, #8]", true, true, 1, 2, 0, 2, 0, 1, 8, 0},
    {0xfd7ffc23, "ldr d3, [x1, #32760]", true, true, 1, 3, 0, 3, 0, 1, 32760, 0},
    {0x3dfffc24, "ldr q4, [x1, #65520]", true, true, 1, 4, 0, 4, 0, 1, 65520, 0},
    {0x3c810424, "str q4, [x1], #16", false, true, 1, 4, 0, 4, 0, 1, 0, 16},
    {0x3c1ffc24, "str b4, [x1, #-1]!", false, true, 1, 0, 0, 4, 0, 1, -1, -1},
    {0x3cdf0025, "ldur q5, [x1, #-16]", true, true, 1, 4, 0, 5, 0, 1, -16, 0},
    {0xfc003025, "stur d5, [x1, #3]", false, true, 1, 3, 0, 5, 0, 1, 3, 0},
    {0xb97ffc27, "ldr w7, [x1, #16380]", true, false, 1, 2, 0, 7, 0, 1, 16380, 0},
    {0xf93fffe7, "str x7, [sp, #32760]", false, false, 1, 3, 0, 7, 0, 31, 32760, 0},
    {0xb9800827, "ldrsw x7, [x1, #8]", true, false, 1, 2, 64, 7, 0, 1, 8, 0},
    {0xf8408827, "ldtr x7, [x1, #8]", true, false, 1, 3, 0, 7, 0, 1, 8, 0},
    {0x381f8827, "sttrb w7, [x1, #-8]", false, false, 1, 0, 0, 7, 0, 1, -8, 0},
    {0x995f8027, "ldapur w7, [x1, #-8]", true, false, 1, 2, 0, 7, 0, 1, -8, 0},
    {0xd9008027, "stlur x7, [x1, #8]", false, false, 1, 3, 0, 7, 0, 1, 8, 0},
};

START_TEST(registers_and_base)
{
    for (unsigned i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        struct expected const *e = &accesses[i];
        struct access_insn a;
        ck_assert_msg(decode_access(e->insn, &a) == DECODED_ACCESS, "%s", e->text);
        bool same = a.load == e->load && a.fp == e->fp && a.count == e->count && a.size == e->size && a.sign == e->sign &&
                    a.rt[0] == e->rt && (a.count == 1 || a.rt[1] == e->rt2) && a.base == BASE_SP_OR_XN && a.rn == e->rn &&
                    a.offset == e->offset && a.step == e->step && !a.has_index;
        ck_assert_msg(same, "%s: load %d fp %d count %u size %u sign %u rt %u %u rn %u offset %d step %d", e->text, a.load,
                      a.fp, a.count, a.size, a.sign, a.rt[0], a.rt[1], a.rn, a.offset, a.step);
        ck_assert_uint_eq(access_address(&a, 0x10000, ~0ull), 0x10000 + (uint64_t)e->offset);
    }
}
END_TEST

START_TEST(register_offsets)
{
    uint64_t base = 0x100000, index = 0xffffffff00000010, negative = 0xfffffffe;
    struct { uint32_t insn; unsigned size; uint64_t index, address; } const cases[] = {
        {0x3ce2d826, 4, negative, base - 32},          // ldr q6, [x1, w2, sxtw #4]
        {0xfc627826, 3, 0x10, base + 0x80},            // ldr d6, [x1, x2, lsl #3]
        {0xbc224826, 2, index, base + 0x10},           // str s6, [x1, w2, uxtw]
        {0xf862e827, 3, index, base + index},          // ldr x7, [x1, x2, sxtx]
        {0xf8627827, 3, 0x10, base + 0x80},            // ldr x7, [x1, x2, lsl #3]
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct access_insn a;
        ck_assert_int_eq(decode_access(cases[i].insn, &a), DECODED_ACCESS);
        ck_assert(a.has_index);
        ck_assert_uint_eq(a.rm, 2);
        ck_assert_uint_eq(a.size, cases[i].size);
        ck_assert_uint_eq(access_address(&a, base, cases[i].index), cases[i].address);
    }
    struct access_insn a;
    ck_assert_int_eq(decode_access(0xf8620827, &a), DECODED_NOTHING); // option 0
}
END_TEST

START_TEST(literals)
{
    struct { uint32_t insn; unsigned size, sign; bool fp; int offset; } const cases[] = {
        {0x58000088, 3, 0, false, 16},       // ldr x8, .+16
        {0x18ffff88, 2, 0, false, -16},      // ldr w8, .-16
        {0x987fffe8, 2, 64, false, 1048572}, // ldrsw x8, .+1048572
        {0x9c000108, 4, 0, true, 32},        // ldr q8, .+32
        {0x1c000008, 2, 0, true, 0},         // ldr s8, .
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct access_insn a;
        ck_assert_int_eq(decode_access(cases[i].insn, &a), DECODED_ACCESS);
        ck_assert(a.base == BASE_PC && a.load && a.count == 1 && a.rt[0] == 8);
        ck_assert(a.size == cases[i].size && a.sign == cases[i].sign && a.fp == cases[i].fp);
        ck_assert_int_eq(a.offset, cases[i].offset);
    }
}
END_TEST

static struct { uint32_t insn; char const *text; enum access_base base; unsigned rn; } const addresses[] = {
    {0xc85f7c41, "ldxr x1, [x2]", BASE_SP_OR_XN, 2},
    {0xc8208861, "stlxp w0, x1, x2, [x3]", BASE_SP_OR_XN, 3},
    {0x085fffe1, "ldaxrb w1, [sp]", BASE_SP_OR_XN, 31},
    {0xc8e1fc62, "casal x1, x2, [x3]", BASE_SP_OR_XN, 3},
    {0xf8210062, "ldadd x1, x2, [x3]", BASE_SP_OR_XN, 3},
    {0xb8a183e2, "swpa w1, w2, [sp]", BASE_SP_OR_XN, 31},
    {0x4c407080, "ld1 {v0.16b}, [x4]", BASE_SP_OR_XN, 4},
    {0x4cdf0880, "ld4 {v0.4s-v3.4s}, [x4], #64", BASE_SP_OR_XN, 4},
    {0x0d0090a0, "st1 {v0.s}[1], [x5]", BASE_SP_OR_XN, 5},
    {0x4dc6c8a0, "ld1r {v0.4s}, [x5], x6", BASE_SP_OR_XN, 5},
    {0xd50b7427, "dc zva, x7", BASE_XN, 7},
    {0xd50b7e28, "dc civac, x8", BASE_XN, 8},
    {0xd50b743f, "dc zva, xzr", BASE_XN, 31},
    {0xd50b7529, "ic ivau, x9", BASE_XN, 9},
    {0xd5087809, "at s1e1r, x9", BASE_XN, 9},
    {0xc8dffc41, "ldar x1, [x2]", BASE_SP_OR_XN, 2},
    {0x889ffc41, "stlr w1, [x2]", BASE_SP_OR_XN, 2},
};

START_TEST(address_alone)
{
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct access_insn a;
        ck_assert_msg(decode_access(addresses[i].insn, &a) == DECODED_ADDRESS, "%s", addresses[i].text);
        ck_assert_msg(a.base == addresses[i].base && a.rn == addresses[i].rn, "%s", addresses[i].text);
        ck_assert_uint_eq(access_address(&a, 0x1234, ~0ull), 0x1234);
    }
}
END_TEST

static struct { uint32_t insn; char const *text; } const others[] = {
    {0xf9800020, "prfm pldl1keep, [x1]"},
    {0xf8a26820, "prfm pldl1keep, [x1, x2]"},
    {0xf89ff020, "prfum pldl1keep, [x1, #-1]"},
    {0xf8200441, "ldraa x1, [x2]"},
    {0xa400a020, "ld1b {z0.b}, p0/z, [x1]"},
    {0x85804020, "ldr z0, [x1]"},
    {0x69000861, "stgp x1, x2, [x3]"},
    {0xd9200841, "stg x1, [x2]"},
    {0xd9600041, "ldg x1, [x2]"},
    {0xd503201f, "nop"},
    {0xd503233f, "paciasp"},
    {0x9ac23020, "pacga x0, x1, x2"},
    {0x8b020020, "add x0, x1, x2"},
    {0xd4000001, "svc #0x0"},
    {0xd8000000, "prfm pldl1keep, ."},
    {0, "udf #0"},
    {~0u, "nothing"},
};

START_TEST(nothing)
{
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct access_insn a;
        ck_assert_msg(decode_access(others[i].insn, &a) == DECODED_NOTHING, "%s", others[i].text);
    }
}
END_TEST

START_TEST(sign)
{
    struct access_insn a = {.size = 0};
    ck_assert_uint_eq(access_extend(&a, 0x80), 0x80);
    a.sign = 32;
    ck_assert_uint_eq(access_extend(&a, 0x80), 0xffffff80);
    a.sign = 64;
    ck_assert_uint_eq(access_extend(&a, 0x80), 0xffffffffffffff80);
    ck_assert_uint_eq(access_extend(&a, 0x7f), 0x7f);
    a.size = 2;
    ck_assert_uint_eq(access_extend(&a, 0x80000000), 0xffffffff80000000);
}
END_TEST

START_TEST(hints)
{
    ck_assert(decode_is_hint(0xd503201f));  // nop
    ck_assert(decode_is_hint(0xd503233f));  // paciasp
    ck_assert(decode_is_hint(0xd503219f));  // autia1716
    ck_assert(decode_is_hint(0xd50320ff));  // xpaclri
    ck_assert(!decode_is_hint(0x9ac23020)); // pacga x0, x1, x2
    ck_assert(!decode_is_hint(0xd503305f)); // clrex
}
END_TEST

// What the rest of uvmm relies on, for any instruction.
START_TEST(anything)
{
    for (uint64_t i = 0; i < 1u << 20; i++) {
        struct access_insn a;
        uint32_t insn = (uint32_t)(i * 0x9e3779b1u);
        if (decode_access(insn, &a) != DECODED_ACCESS)
            continue;
        bool right = (a.count == 1 || a.count == 2) && a.size <= (a.fp ? 4 : 3) && a.rt[0] < 32 && a.rt[1] < 32 &&
                     a.rn < 32 && a.rm < 32 && a.shift <= 4 && (!a.sign || (a.load && !a.fp && 8u << a.size < a.sign));
        if (!right)
            ck_abort_msg("0x%08x", insn);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_decode");
    TCase *t = tcase_create("decode");
    tcase_add_test(t, registers_and_base);
    tcase_add_test(t, register_offsets);
    tcase_add_test(t, literals);
    tcase_add_test(t, address_alone);
    tcase_add_test(t, nothing);
    tcase_add_test(t, sign);
    tcase_add_test(t, hints);
    tcase_add_test(t, anything);
    suite_add_tcase(s, t);
    return unit_run(s);
}
