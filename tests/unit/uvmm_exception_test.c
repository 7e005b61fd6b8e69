// SPDX-License-Identifier: MIT
// Exceptions that uvmm injects, and the step over an instruction that it has emulated (Arm ARM).
#include "unit_run.h"
#include "vcpu/exception.h"
#include "vcpu/vcpu.h"

#include <check.h>

enum { EL0 = 0, EL1T = 4, EL1H = 5, USER32 = 0x10, THUMB = 0x20 };
#define SPAN (1ull << 23)
#define DSSBS (1ull << 44)
#define SPINTMASK (1ull << 62)

static struct exception_features const none, all = {true, true, true, true};

START_TEST(vectors)
{
    ck_assert_uint_eq(exception_vector(EL1T), 0);
    ck_assert_uint_eq(exception_vector(EL1H), 0x200);
    ck_assert_uint_eq(exception_vector(0xf00003c0 | EL0), 0x400);
    ck_assert_uint_eq(exception_vector(USER32), 0x600);
    ck_assert_uint_eq(exception_vector(USER32 | THUMB), 0x600);
}
END_TEST

START_TEST(classes)
{
    ck_assert_uint_eq(exception_class(0x24, EL0), 0x24);
    ck_assert_uint_eq(exception_class(0x24, USER32), 0x24);
    ck_assert_uint_eq(exception_class(0x24, EL1T), 0x25);
    ck_assert_uint_eq(exception_class(0x20, EL1H), 0x21);
}
END_TEST

START_TEST(pstate_of_the_first_architecture)
{
    ck_assert_uint_eq(exception_pstate(EL0, 0, &none), 0x3c5);
    ck_assert_uint_eq(exception_pstate(0x80000000 | EL1H, 0, &none), 0x800003c5);
    // Nothing that the guest does not know, whatever was set.
    ck_assert_uint_eq(exception_pstate(0x0ff0fc00 | EL1T, ~0ull, &none), PSTATE_DIT | 0x3c5);
}
END_TEST

START_TEST(pan)
{
    struct exception_features f = {.pan = true};
    ck_assert_uint_eq(exception_pstate(EL0, 0, &f), 0x3c5 | PSTATE_PAN);
    ck_assert_uint_eq(exception_pstate(EL0, SPAN, &f), 0x3c5);
    ck_assert_uint_eq(exception_pstate(EL1H | PSTATE_PAN, SPAN, &f), 0x3c5 | PSTATE_PAN);
    ck_assert_uint_eq(exception_pstate(USER32 | PSTATE_PAN, SPAN, &f), 0x3c5 | PSTATE_PAN);
}
END_TEST

START_TEST(later_fields)
{
    ck_assert_uint_eq(exception_pstate(EL0, SPAN | SPINTMASK, &all), 0x3c5 | PSTATE_TCO);
    ck_assert_uint_eq(exception_pstate(EL0, SPAN | DSSBS | SPINTMASK, &all), 0x3c5 | PSTATE_TCO | PSTATE_SSBS);
    ck_assert_uint_eq(exception_pstate(EL1H | PSTATE_SSBS, SPAN | SPINTMASK, &all), 0x3c5 | PSTATE_TCO);
    ck_assert_uint_eq(exception_pstate(EL0, SPAN, &all), 0x3c5 | PSTATE_TCO | PSTATE_ALLINT);
    ck_assert_uint_eq(exception_pstate(EL1H | PSTATE_UAO | PSTATE_IL | PSTATE_SS | PSTATE_BTYPE | PSTATE_DIT,
                                       SPAN | SPINTMASK, &all), 0x3c5 | PSTATE_TCO | PSTATE_DIT);
}
END_TEST

START_TEST(from_32_bits)
{
    // Q, IT, GE, E, T and SSBS (bit 23 there) mean something else in AArch64, or nothing.
    uint64_t p = 0xf0000000 | 0x08000000 | 0x06000000 | PSTATE_DIT | 1u << 23 | 0xf0000 | 0xfc00 | 0x200 | THUMB | USER32;
    ck_assert_uint_eq(exception_pstate(p, SPAN | SPINTMASK, &all), 0xf0000000 | PSTATE_DIT | PSTATE_TCO | 0x3c5);
}
END_TEST

START_TEST(next_pc)
{
    ck_assert_uint_eq(exception_next_pc(0x1000, ESR_IL), 0x1004);
    ck_assert_uint_eq(exception_next_pc(0x1000, 0), 0x1002);
}
END_TEST

static uint64_t with_it(unsigned it)
{
    return USER32 | THUMB | (uint64_t)(it >> 2) << 10 | (uint64_t)(it & 3) << 25;
}

START_TEST(next_pstate)
{
    ck_assert_uint_eq(exception_next_pstate(0xf0000000 | PSTATE_BTYPE | PSTATE_SS | PSTATE_SSBS | EL1H),
                      0xf0000000 | PSTATE_SSBS | EL1H);
    // ITTET EQ: condition 0, mask 0101: after each instruction the next bit is the condition's last one.
    ck_assert_uint_eq(exception_next_pstate(with_it(0x05)), with_it(0x0a));
    ck_assert_uint_eq(exception_next_pstate(with_it(0x0a)), with_it(0x14));
    ck_assert_uint_eq(exception_next_pstate(with_it(0x14)), with_it(0x08));
    ck_assert_uint_eq(exception_next_pstate(with_it(0x08)), with_it(0));
    ck_assert_uint_eq(exception_next_pstate(with_it(0xe8)), with_it(0));
    ck_assert_uint_eq(exception_next_pstate(with_it(0) | PSTATE_SS | 0xf0000000), with_it(0) | 0xf0000000);
}
END_TEST

START_TEST(conditions)
{
    enum { CV = 1 << 24 };
    uint64_t n = 1u << 31, z = 1u << 30, c = 1u << 29, v = 1u << 28;
    struct { unsigned cond; uint64_t flags; bool holds; } const cases[] = {
        {0, z, true}, {0, 0, false}, {1, z, false}, {1, 0, true}, {2, c, true}, {3, c, false}, {4, n, true}, {5, n, false},
        {6, v, true}, {7, v, false}, {8, c, true}, {8, c | z, false}, {9, c | z, true}, {10, n | v, true}, {10, n, false},
        {11, v, true}, {12, 0, true}, {12, z, false}, {13, z, true}, {14, 0, true}, {15, 0, true},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(exception_condition(CV | cases[i].cond << 20, USER32 | cases[i].flags), cases[i].holds);
    ck_assert(exception_condition(CV, EL0)); // 64-bit code has no conditions
    ck_assert(!exception_condition(0, with_it(0x08)));
    ck_assert(exception_condition(0, with_it(0x08) | z));
    ck_assert(exception_condition(0, with_it(0)));
}
END_TEST

START_TEST(skip)
{
    static l4_vcpu_state_t area;
    struct vcpu cpu = {.area = &area};
    area.r.pc = 0x2000;
    area.r.err = ESR_IL;
    area.r.pstate = EL1H | PSTATE_SSBS;
    vcpu_skip(&cpu);
    ck_assert_uint_eq(area.r.pc, 0x2004);
    area.r.pstate = EL1H | PSTATE_SSBS | PSTATE_BTYPE;
    vcpu_skip(&cpu);
    ck_assert_uint_eq(area.r.pc, 0x2008);
    ck_assert_uint_eq(area.r.pstate, EL1H | PSTATE_SSBS);
    area.r.err = 0;
    area.r.pstate = with_it(0x04);
    vcpu_skip(&cpu);
    ck_assert_uint_eq(area.r.pc, 0x200a);
    ck_assert_uint_eq(area.r.pstate, with_it(0x08));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_exception");
    TCase *t = tcase_create("exception");
    tcase_add_test(t, vectors);
    tcase_add_test(t, classes);
    tcase_add_test(t, pstate_of_the_first_architecture);
    tcase_add_test(t, pan);
    tcase_add_test(t, later_fields);
    tcase_add_test(t, from_32_bits);
    tcase_add_test(t, next_pc);
    tcase_add_test(t, next_pstate);
    tcase_add_test(t, conditions);
    tcase_add_test(t, skip);
    suite_add_tcase(s, t);
    return unit_run(s);
}
