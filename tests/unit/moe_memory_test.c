// SPDX-License-Identifier: MIT
// Moe: frame allocator, quota, heap of objects.
#include "frames.h"
#include "heap.h"
#include "quota.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static struct frames f;
static void *metas[4];

static void add(unsigned n, uint64_t start, uint64_t size)
{
    metas[n] = malloc(frames_meta_size(start, size));
    memset(metas[n], 0xa5, frames_meta_size(start, size)); // not zeroed by anybody
    ck_assert(frames_add(&f, start, size, metas[n]));
}

static void reset(void)
{
    memset(&f, 0, sizeof(f));
    for (unsigned i = 0; i < 4; i++) {
        free(metas[i]);
        metas[i] = NULL;
    }
}

START_TEST(frames_edges_are_not_handed_out)
{
    reset();
    add(0, 0x40201000, 4 * MIB); // begins and ends inside a chunk
    unsigned n = 0;
    for (uint64_t a; (a = frames_alloc(&f, 1, 12)) != FRAMES_NONE; n++) {
        ck_assert(a >= 0x40201000 && a < 0x40201000 + 4 * MIB);
        ck_assert(frames_contains(&f, a));
    }
    ck_assert_uint_eq(n, 4 * MIB / 4096);
    ck_assert_uint_eq(f.free, 0);
    ck_assert(!frames_contains(&f, 0x40200000));
    reset();
}
END_TEST

START_TEST(frames_two_ranges_in_one_chunk)
{
    reset();
    add(0, 0x40000000, 0x10000);
    add(1, 0x40020000, 0x10000);
    uint64_t a[32];
    for (unsigned i = 0; i < 32; i++)
        ck_assert((a[i] = frames_alloc(&f, 1, 12)) != FRAMES_NONE);
    ck_assert_uint_eq(frames_alloc(&f, 1, 12), FRAMES_NONE);
    for (unsigned i = 0; i < 32; i++)
        frames_free(&f, a[i], 1);
    ck_assert_uint_eq(f.free, 0x20000);
    ck_assert_uint_eq(frames_alloc(&f, 17, 12), FRAMES_NONE);
    ck_assert_uint_ne(frames_alloc(&f, 16, 12), FRAMES_NONE);
    reset();
}
END_TEST

START_TEST(frames_large)
{
    reset();
    add(0, 0x40000000, 256 * MIB);
    uint64_t small = frames_alloc(&f, 1, 12);
    uint64_t big = frames_alloc(&f, 128 * MIB / 4096, 21);
    ck_assert_uint_ne(big, FRAMES_NONE);
    ck_assert_uint_eq(big % (2 * MIB), 0);
    ck_assert(small < big);
    uint64_t odd = frames_alloc(&f, 3 * MIB / 4096 + 1, 12); // the rest of its chunk stays usable
    ck_assert_uint_eq(f.free, 256 * MIB - 4096 - 128 * MIB - 3 * MIB - 4096);
    ck_assert_uint_eq(frames_alloc(&f, 128 * MIB / 4096, 21), FRAMES_NONE);
    ck_assert_uint_ne(frames_alloc(&f, 16 * MIB / 4096, 24), FRAMES_NONE);
    frames_free(&f, big, 128 * MIB / 4096);
    ck_assert_uint_eq(frames_alloc(&f, 128 * MIB / 4096, 21), big);
    frames_free(&f, odd, 1); // a part of an allocation
    ck_assert_uint_eq(frames_alloc(&f, 0, 12), FRAMES_NONE);
    ck_assert_uint_eq(frames_alloc(&f, UINT64_MAX / 4096, 12), FRAMES_NONE);
    reset();
}
END_TEST

START_TEST(frames_random)
{
    enum { SLOTS = 200 };
    struct {
        uint64_t addr, count;
    } s[SLOTS] = { { 0, 0 } };
    uint8_t *used = calloc(1, 64 * MIB / 4096);

    reset();
    add(0, 0x40007000, 64 * MIB - 0x9000);
    uint64_t total = f.free;
    srand(3);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned k = (unsigned)rand() % SLOTS;
        uint64_t first = (s[k].addr - 0x40000000) / 4096;
        if (s[k].count) {
            for (uint64_t p = 0; p < s[k].count; p++)
                used[first + p] = 0;
            frames_free(&f, s[k].addr, s[k].count);
            s[k].count = 0;
            continue;
        }
        uint64_t count = rand() % 20 == 0 ? 1 + (uint64_t)rand() % 1500 : 1 + (uint64_t)rand() % 8;
        unsigned align = 12 + (unsigned)rand() % 4;
        uint64_t a = frames_alloc(&f, count, align);
        if (a == FRAMES_NONE)
            continue;
        ck_assert_uint_eq(a & ((UINT64_C(1) << align) - 1), 0);
        first = (a - 0x40000000) / 4096;
        for (uint64_t p = 0; p < count; p++) {
            ck_assert_uint_eq(used[first + p], 0);
            used[first + p] = 1;
        }
        s[k].addr = a;
        s[k].count = count;
    }
    for (unsigned k = 0; k < SLOTS; k++)
        if (s[k].count)
            frames_free(&f, s[k].addr, s[k].count);
    ck_assert_uint_eq(f.free, total);
    free(used);
    reset();
}
END_TEST

START_TEST(quota_chain)
{
    struct quota root = { 0 }, a = { .parent = &root, .limit = 1000 }, b = { .parent = &a, .limit = 800 };

    ck_assert(quota_charge(&b, 500));
    ck_assert(quota_charge(&a, 400));
    ck_assert(!quota_charge(&b, 200)); // within b, not within a
    ck_assert_uint_eq(b.used, 500);
    ck_assert_uint_eq(quota_available(&b), 100);
    quota_uncharge(&a, 400);
    ck_assert(quota_charge(&b, 300));
    ck_assert(!quota_charge(&b, 1));
    ck_assert_uint_eq(root.used, 800);
    ck_assert(!quota_charge(&b, UINT64_MAX));
    quota_uncharge(&b, 800);
    ck_assert_uint_eq(root.used + a.used + b.used, 0);
    ck_assert_uint_eq(quota_available(&root), UINT64_MAX);
}
END_TEST

START_TEST(quota_reservation)
{
    struct quota root = { .limit = 1000 }, a, b, c;

    ck_assert(quota_reserve(&a, &root, 900));
    ck_assert(!quota_reserve(&c, &root, 101));
    ck_assert(!quota_reserve(&c, &root, UINT64_MAX));
    ck_assert(quota_reserve(&b, &a, 500));
    ck_assert(!quota_charge(&a, 401) && quota_charge(&a, 400));
    ck_assert(quota_charge(&b, 300));
    ck_assert(!quota_charge(&b, 201));
    ck_assert_uint_eq(a.used, 900);
    ck_assert_uint_eq(root.used, 900);
    quota_release(&b); // what b uses is from now on charged to a as well
    ck_assert_uint_eq(a.used, 700);
    ck_assert(quota_charge(&b, 200) && !quota_charge(&b, 1));
    ck_assert_uint_eq(a.used, 900);
    quota_release(&b);
    quota_uncharge(&b, 500);
    ck_assert_uint_eq(a.used, 400);
    quota_uncharge(&a, 400);
    quota_release(&a);
    ck_assert_uint_eq(root.used, 0);
}
END_TEST

static unsigned pages_out, pages_limit = 1000;

static void *test_pages(void *owner, size_t count)
{
    if (pages_out + count > pages_limit)
        return NULL;
    pages_out += (unsigned)count;
    if (owner)
        *(unsigned *)owner += (unsigned)count;
    void *p = aligned_alloc(4096, count * 4096);
    memset(p, 0, count * 4096);
    return p;
}

static void test_pages_free(void *owner, void *p, size_t count)
{
    pages_out -= (unsigned)count;
    if (owner)
        *(unsigned *)owner -= (unsigned)count;
    free(p);
}

START_TEST(heap_zeroes_and_recycles)
{
    static struct heap_pages const pages = { test_pages, test_pages_free };

    heap_init(&pages);
    char *a = heap_alloc(100), *b = heap_alloc(100);
    ck_assert(a && b && a != b && (uintptr_t)a % 16 == 0);
    ck_assert_uint_eq(pages_out, 1);
    memset(a, 1, 100);
    heap_free(a, 100);
    char *c = heap_alloc(100);
    ck_assert_ptr_eq(c, a);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(c[i], 0);
    unsigned before = pages_out;
    char *big = heap_alloc(10000);
    ck_assert_uint_eq(pages_out, before + 3);
    heap_free(big, 10000);
    heap_free(NULL, 5);
    ck_assert_uint_eq(pages_out, before);
    pages_limit = pages_out;
    ck_assert_ptr_null(heap_alloc(5000));
    ck_assert_ptr_null(heap_alloc(20));
    heap_free(b, 100);
    heap_free(c, 100);
    ck_assert_uint_eq(pages_out, 0);
}
END_TEST

// Blocks of all sizes and of two owners: none overlaps another, each page belongs to one owner and
// goes back when it is empty.
START_TEST(heap_pages_have_one_owner)
{
    static struct heap_pages const pages = { test_pages, test_pages_free };
    enum { BLOCKS = 400, HEAPS = 2 };
    unsigned owned[HEAPS] = { 0 };
    struct heap h[HEAPS] = { { .owner = &owned[0] }, { .owner = &owned[1] } };
    struct {
        unsigned char *p;
        size_t size;
        unsigned heap;
    } b[BLOCKS] = { { NULL, 0, 0 } };

    heap_init(&pages);
    srand(5);
    for (unsigned i = 0; i < 10000; i++) {
        unsigned k = (unsigned)rand() % BLOCKS;
        if (b[k].p) {
            bool intact = true;
            for (size_t n = 0; n < b[k].size; n++)
                intact &= b[k].p[n] == (unsigned char)k;
            ck_assert(intact);
            heap_free_to(&h[b[k].heap], b[k].p, b[k].size);
            b[k].p = NULL;
            continue;
        }
        b[k].heap = (unsigned)rand() % HEAPS;
        b[k].size = 1 + (unsigned)rand() % (rand() % 8 ? 300 : 6000);
        b[k].p = heap_alloc_from(&h[b[k].heap], b[k].size);
        if (!b[k].p)
            continue;
        ck_assert(b[k].p[0] == 0 && memcmp(b[k].p, b[k].p + 1, b[k].size - 1) == 0);
        memset(b[k].p, (int)k, b[k].size);
        bool apart = true;
        for (unsigned o = 0; o < BLOCKS; o++)
            apart &= !b[o].p || b[o].heap == b[k].heap || (uintptr_t)b[o].p >> 12 != (uintptr_t)b[k].p >> 12;
        ck_assert(apart);
    }
    ck_assert_uint_eq(owned[0] + owned[1], pages_out);
    for (unsigned k = 0; k < BLOCKS; k++)
        heap_free_to(&h[b[k].heap], b[k].p, b[k].size);
    ck_assert_uint_eq(owned[0] + owned[1] + pages_out, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe memory");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, frames_edges_are_not_handed_out);
    tcase_add_test(t, frames_two_ranges_in_one_chunk);
    tcase_add_test(t, frames_large);
    tcase_add_test(t, frames_random);
    tcase_add_test(t, quota_chain);
    tcase_add_test(t, quota_reservation);
    tcase_add_test(t, heap_zeroes_and_recycles);
    tcase_add_test(t, heap_pages_have_one_owner);
    return unit_run(s);
}
