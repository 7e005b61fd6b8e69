// SPDX-License-Identifier: MIT
// Helpers of l4util.
#include "unit_run.h"

#include <check.h>
#include <l4/util/atomic.h>
#include <l4/util/backtrace.h>
#include <l4/util/base64.h>
#include <l4/util/bitops.h>
#include <l4/util/list_alloc.h>
#include <l4/util/printf_helpers.h>
#include <l4/util/rand.h>
#include <l4/util/splitlog2.h>
#include <stdlib.h>
#include <string.h>

START_TEST(atomics)
{
    l4_uint8_t b = 250;
    l4_uint16_t h = 1;
    l4_uint64_t d = 5;
    l4_umword_t w = 3;
    l4util_add8(&b, 10);
    ck_assert(b == 4 && l4util_dec8_res(&b) == 3 && l4util_xchg16(&h, 9) == 1 && h == 9);
    ck_assert(l4util_cmpxchg64(&d, 5, 1ul << 40) && !l4util_cmpxchg64(&d, 5, 0) && d == 1ul << 40);
    ck_assert(l4util_or_res(&w, 4) == 7 && l4util_and_res(&w, 5) == 5 && l4util_sub_res(&w, 6) == ~0ul);
}
END_TEST

START_TEST(bits)
{
    l4_umword_t map[3] = {~0ul, 0, 0};
    ck_assert_int_eq(l4util_find_first_zero_bit(map, 192), 64);
    ck_assert_int_eq(l4util_find_first_zero_bit(map, 64), 64);
    ck_assert_int_eq(l4util_find_first_zero_bit(map, 30), 30);
    map[0] = 0;
    map[2] = 1ul << 63;
    ck_assert_int_eq(l4util_find_first_set_bit(map, 192), 191);
    ck_assert_int_eq(l4util_find_first_set_bit(map, 191), 191);
    ck_assert(l4util_btc(191, map) == 1 && l4util_btc(0, map) == 0 && map[0] == 1 && map[2] == 0);
    ck_assert(l4util_bsr(0) == -1 && l4util_bsf(0) == -1 && l4util_bsr(~0ul) == 63 && l4util_bsf(1ul << 63) == 63);
    ck_assert(l4util_next_power2(0) == 0 && l4util_next_power2(1) == 0 && l4util_next_power2(3) == 2);
    ck_assert(l4util_next_power2(1ul << 63) == 63);
}
END_TEST

static l4_addr_t covered;

static long cover(l4_addr_t start, l4_addr_t last, int order)
{
    ck_assert_uint_eq(start, covered);
    ck_assert_uint_eq(last - start, (1ul << order) - 1);
    ck_assert_uint_eq(start & (last - start), 0);
    covered = last + 1;
    return order == 20 ? 77 : 0;
}

START_TEST(splitting)
{
    for (int i = 0; i < 3000; i++) {
        l4_addr_t start = l4util_rand(), end = start + l4util_rand();
        covered = start;
        ck_assert_int_eq(l4util_splitlog2_hdl(start, end, cover), 0);
        ck_assert_uint_eq(covered, end + 1);
    }
    covered = ~0ul - 4095;
    ck_assert_int_eq(l4util_splitlog2_hdl(covered, ~0ul, cover), 0);
    covered = 1ul << 20;
    ck_assert_int_eq(l4util_splitlog2_hdl(covered, 3ul << 20, cover), 77);
    ck_assert_int_eq(l4util_splitlog2_hdl(1, 0, cover), -L4_EINVAL);
    ck_assert_uint_eq(l4util_splitlog2_size(0, ~0ul), 1ul << 63);
}
END_TEST

START_TEST(base_64)
{
    static char const *pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xff\xfe", "//4="}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char *out;
        base64_encode(pairs[i][0], (unsigned)strlen(pairs[i][0]), &out);
        ck_assert_str_eq(out, pairs[i][1]);
        free(out);
        base64_decode(pairs[i][1], (unsigned)strlen(pairs[i][1]), &out);
        ck_assert_str_eq(out, pairs[i][0]);
        free(out);
    }
    for (int i = 0; i < 2000; i++) { // anything decodes to something that fits
        char text[64], *out;
        unsigned n = l4util_rand() % sizeof(text);
        for (unsigned k = 0; k < n; k++)
            text[k] = (char)l4util_rand();
        char *exact = malloc(n ? n : 1);
        memcpy(exact, text, n);
        base64_encode(exact, n, &out);
        char *back;
        base64_decode(out, (unsigned)strlen(out), &back);
        ck_assert(!memcmp(back, text, n));
        free(back);
        free(out);
        base64_decode(exact, n, &out);
        free(out);
        free(exact);
    }
}
END_TEST

// Against a plain account of what is given out.
START_TEST(list_allocator)
{
    enum { POOL = 8192, BLOCKS = 32 };
    static _Alignas(4096) char pool[POOL];
    struct {
        unsigned char *p;
        l4_size_t size;
    } block[BLOCKS] = {0};
    l4la_free_t *heap = L4LA_INITIALIZER;
    l4la_free(&heap, pool + POOL / 2, POOL / 2);
    l4la_free(&heap, pool, POOL / 2);
    ck_assert_uint_eq(l4la_avail(&heap), POOL);
    for (int i = 0; i < 50000; i++) {
        unsigned b = l4util_rand() % BLOCKS;
        if (block[b].p) {
            l4_size_t same = 0;
            while (same < block[b].size && block[b].p[same] == b + 1)
                same++;
            ck_assert_uint_eq(same, block[b].size);
            l4la_free(&heap, block[b].p, block[b].size);
            block[b].p = NULL;
            continue;
        }
        unsigned align = l4util_rand() % 10;
        block[b].size = l4util_rand() % 600 + 1;
        block[b].p = l4la_alloc(&heap, block[b].size, align);
        if (!block[b].p)
            continue;
        ck_assert_uint_eq((l4_addr_t)block[b].p & ((1ul << align) - 1), 0);
        ck_assert(block[b].p >= (unsigned char *)pool && block[b].p + block[b].size <= (unsigned char *)pool + POOL);
        memset(block[b].p, (int)b + 1, block[b].size);
    }
    for (unsigned b = 0; b < BLOCKS; b++)
        l4la_free(&heap, block[b].p, block[b].size);
    ck_assert_uint_eq(l4la_avail(&heap), POOL);
    ck_assert_ptr_eq(l4la_alloc(&heap, POOL, 12), pool); // one piece again
    ck_assert(!heap && !l4la_alloc(&heap, 1, 0) && !l4la_alloc(&heap, ~0ul, 0) && !l4la_alloc(&heap, 16, 64));
}
END_TEST

static __attribute__((noinline)) int callers(void **pcs, int max)
{
    int n = l4util_backtrace(pcs, max);
    __asm__ volatile("" : : : "memory");
    return n;
}

START_TEST(others)
{
    char text[16];
    void *pcs[8];
    ck_assert_int_eq(l4util_human_readable_size(text, sizeof(text), 1023), 5);
    ck_assert_str_eq(text, "1023B");
    l4util_human_readable_size(text, sizeof(text), 1024);
    ck_assert_str_eq(text, "1.0KiB");
    l4util_human_readable_size(text, sizeof(text), 1536);
    ck_assert_str_eq(text, "1.5KiB");
    l4util_human_readable_size(text, sizeof(text), (2ull << 20) - 1);
    ck_assert_str_eq(text, "1.9MiB");
    l4util_human_readable_size(text, sizeof(text), ~0ull);
    ck_assert_str_eq(text, "15.9EiB");
    l4util_srand(5);
    l4_uint32_t first = l4util_rand();
    l4util_rand();
    l4util_srand(5);
    ck_assert(l4util_rand() == first && first <= L4_RAND_MAX);
    ck_assert_int_eq(callers(pcs, 2), 2);
    ck_assert((l4_addr_t)pcs[0] - (l4_addr_t)callers < 4096);
    ck_assert_int_eq(callers(pcs, 0), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4util");
    TCase *c = tcase_create("l4util");
    tcase_add_test(c, atomics);
    tcase_add_test(c, bits);
    tcase_add_test(c, splitting);
    tcase_add_test(c, base_64);
    tcase_add_test(c, list_allocator);
    tcase_add_test(c, others);
    suite_add_tcase(s, c);
    return unit_run(s);
}
