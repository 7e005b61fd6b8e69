// SPDX-License-Identifier: MIT
// What a VMM may set in its guest's HCR_EL2.
#include "arch/arm64/traps.h"
#include "unit_run.h"
#include <check.h>
#include <stdbool.h>

// Bit numbers of the Arm ARM (D19, HCR_EL2).
enum { CD = 32, ID = 33, FIRST_NEWER = 34, HCD = 29 };

static int kernels_bits[] = {0, 1, 2, 3, 4, 5, 19, 20, 21, 31, 35, 36, 37};
static int free_bits[] = {6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22, 23, 24, 25, 26, 27, 28, 30};

static bool among(int bit, int const *bits, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (bits[i] == bit)
            return true;
    return false;
}

START_TEST(each_bit)
{
    for (int bit = 0; bit < 64; bit++) {
        bool set = hcr_of_guest(1ull << bit) >> bit & 1, set_anyway = hcr_of_guest(0) >> bit & 1;
        bool kernels = among(bit, kernels_bits, sizeof(kernels_bits) / sizeof(*kernels_bits));
        bool vmms = among(bit, free_bits, sizeof(free_bits) / sizeof(*free_bits));
        ck_assert_msg(set_anyway == kernels, "bit %d without being asked for", bit);
        ck_assert_msg(set == (kernels || vmms), "bit %d when asked for", bit);
    }
}
END_TEST

START_TEST(caches_stay_on)
{
    uint64_t hcr = hcr_of_guest(~0ull);
    ck_assert(!(hcr >> CD & 1) && !(hcr >> ID & 1));
    ck_assert(!(hcr >> HCD & 1));
    ck_assert_uint_eq(hcr >> FIRST_NEWER, 0xe); // TLOR, TERR, TEA
}
END_TEST

int main(void)
{
    Suite *s = suite_create("traps");
    TCase *t = tcase_create("hcr");
    tcase_add_test(t, each_bit);
    tcase_add_test(t, caches_stay_on);
    suite_add_tcase(s, t);
    return unit_run(s);
}
