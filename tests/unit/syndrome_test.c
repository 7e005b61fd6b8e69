// SPDX-License-Identifier: MIT
// What the kernel makes of an exception's syndrome.
#include "arch/arm64/syndrome.h"
#include "unit_run.h"
#include <check.h>

// Of the Arm ARM (ESR_EL2): classes, and the status codes of level 3.
#define FETCH (0x20ull << 26)
#define DATA  (0x24ull << 26)
enum { TRANSLATION_3 = 0x07, PERMISSION_3 = 0x0f, EXTERNAL = 0x10, WNR = 1 << 6, CM = 1 << 8 };
#define ADDRESS 0x12345f09ull // bit 3 and above belong to the address

START_TEST(page_faults)
{
    ck_assert(is_page_fault(FETCH | TRANSLATION_3) && is_page_fault(DATA | PERMISSION_3) && !is_page_fault(DATA | EXTERNAL));
    ck_assert_uint_eq(fault_word(DATA | TRANSLATION_3, ADDRESS), 0x12345f08 | L4_PF_ABSENT);
    ck_assert_uint_eq(fault_word(DATA | TRANSLATION_3 | WNR, ADDRESS), 0x12345f08 | L4_PF_ABSENT | L4_PF_WRITE);
    ck_assert_uint_eq(fault_word(DATA | PERMISSION_3 | WNR, ADDRESS), 0x12345f08 | L4_PF_WRITE);
    ck_assert_uint_eq(fault_word(FETCH | PERMISSION_3, ADDRESS), 0x12345f08 | L4_PF_INSN);
}
END_TEST

// A page that a program may only read need not be writable to be cleaned.
START_TEST(cache_maintenance)
{
    ck_assert_uint_eq(fault_word(DATA | TRANSLATION_3 | WNR | CM, ADDRESS), 0x12345f08 | L4_PF_ABSENT);
    ck_assert_uint_eq(fault_word(DATA | PERMISSION_3 | WNR | CM, ADDRESS), 0x12345f08);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("syndrome");
    TCase *t = tcase_create("faults");
    tcase_add_test(t, page_faults);
    tcase_add_test(t, cache_maintenance);
    suite_add_tcase(s, t);
    return unit_run(s);
}
