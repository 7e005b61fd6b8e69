// SPDX-License-Identifier: MIT
// Kernel memory: alignment, zeroing, overlap, merging of buddies, and the account that quotas keep.
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "unit_run.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { HEAP = 4 << 20 };

static void setup(void)
{
    fake_heap_init(HEAP);
}

static uint64_t rounded(size_t size)
{
    uint64_t r = 32;
    while (r < size)
        r *= 2;
    return r;
}

static uint64_t pages_of(size_t size)
{
    return rounded(size) < 4096 ? 4096 : rounded(size);
}

static bool all_bytes(unsigned char const *p, size_t n, unsigned char value)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != value)
            return false;
    return true;
}

START_TEST(sizes_are_rounded_aligned_and_zeroed)
{
    for (size_t size = 1; size <= 128 * 1024; size = size * 3 / 2 + 1) {
        uint64_t used = quota_root.used;
        char *p = kmem_alloc(&quota_root, size);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % rounded(size), 0);
        ck_assert(all_bytes((unsigned char *)p, rounded(size), 0));
        memset(p, 0xa5, rounded(size));
        ck_assert_uint_eq(quota_root.used, used + pages_of(size));
        ck_assert_uint_eq(quota_root.objects, rounded(size));
        kmem_free(&quota_root, p, size);
        ck_assert_uint_eq(quota_root.used, used);
        ck_assert_uint_eq(quota_root.objects, 0);
    }
}
END_TEST

START_TEST(all_memory_comes_back)
{
    static void *p[HEAP / 4096];
    uint64_t before = kmem_free_bytes();
    unsigned n = 0;
    while ((p[n] = kmem_alloc(&quota_root, 4096)))
        n++;
    ck_assert_uint_eq(n, before / 4096);
    ck_assert_uint_eq(kmem_free_bytes(), 0);
    ck_assert_ptr_null(kmem_alloc(&quota_root, 32));
    for (unsigned i = 0; i < n; i += 2)
        kmem_free(&quota_root, p[i], 4096);
    for (unsigned i = 1; i < n; i += 2)
        kmem_free(&quota_root, p[i], 4096);
    ck_assert_uint_eq(kmem_free_bytes(), before);
    ck_assert_uint_eq(quota_root.used, 0);
    void *big = kmem_alloc(&quota_root, HEAP / 2); // only if buddies were merged
    ck_assert_ptr_nonnull(big);
    kmem_free(&quota_root, big, HEAP / 2);
}
END_TEST

// The machine has too little: one line that names the option. A task's own limit is no news.
START_TEST(heap_that_is_out_is_said_once)
{
    fake_print[0] = 0;
    struct quota *q = quota_create(&quota_root, 8192);
    while (kmem_alloc(q, 4096))
        ;
    ck_assert_ptr_null(quota_create(&quota_root, ~(uint64_t)0));
    ck_assert_str_eq(fake_print, "");
    while (kmem_alloc(&quota_root, 4096))
        ;
    ck_assert_ptr_nonnull(strstr(fake_print, "-kmemsize="));
    fake_print[0] = 0;
    ck_assert_ptr_null(kmem_alloc(&quota_root, 4096));
    ck_assert_ptr_null(quota_create(&quota_root, 65536));
    ck_assert_str_eq(fake_print, "");

    setup();
    ck_assert_ptr_null(quota_create(quota_create(&quota_root, 4096), 65536));
    ck_assert_str_eq(fake_print, "");
    quota_create(&quota_root, quota_root.limit - 65536);
    ck_assert_ptr_null(quota_create(&quota_root, 131072));
    ck_assert_ptr_nonnull(strstr(fake_print, "-kmemsize="));
}
END_TEST

START_TEST(absurd_sizes_fail)
{
    ck_assert_ptr_null(kmem_alloc(&quota_root, (size_t)HEAP * 2));
    ck_assert_ptr_null(kmem_alloc(&quota_root, ~(size_t)0));
    ck_assert_uint_eq(quota_root.used, 0);
}
END_TEST

START_TEST(quota_limits_and_nests)
{
    struct quota *a = quota_create(&quota_root, 64 * 1024);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(quota_create(a, 65 * 1024));
    ck_assert_ptr_null(quota_create(a, ~(uint64_t)0));
    ck_assert_ptr_null(quota_create(a, 64 * 1024)); // no page left for what describes it
    ck_assert_uint_eq(a->used, 0);
    struct quota *b = quota_create(a, 8192);
    ck_assert_ptr_nonnull(b);
    void *p = kmem_alloc(b, 8192);
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_null(kmem_alloc(b, 32));
    ck_assert_ptr_null(kmem_alloc(a, 64 * 1024));
    quota_ref(b); // as an object does
    quota_unref(b);
    kmem_free(b, p, 8192);
    quota_unref(a); // lives on for b
    quota_unref(b);
    ck_assert_uint_eq(quota_root.used, 0);
}
END_TEST

// Of many objects all but one in each slab are given back: the pages that stay are charged.
START_TEST(nobody_holds_more_than_the_quota)
{
    enum { LIMIT = 1 << 20, SMALL = 64 };
    static void *p[LIMIT / SMALL];
    struct quota *q = quota_create(&quota_root, LIMIT);
    ck_assert_ptr_nonnull(q);
    uint64_t before = kmem_free_bytes();
    for (size_t size = SMALL; size < 4096; size *= 2) {
        unsigned n = 0;
        for (void *o; (o = kmem_alloc(q, size)); n++)
            p[n] = o;
        for (unsigned i = 0; i < n; i++)
            if ((uintptr_t)p[i] % 4096)
                kmem_free(q, p[i], size);
        ck_assert_uint_le(before - kmem_free_bytes(), LIMIT);
        ck_assert_uint_eq(before - kmem_free_bytes(), q->used);
    }
}
END_TEST

START_TEST(quotas_share_no_page)
{
    struct quota *a = quota_create(&quota_root, 64 * 1024), *b = quota_create(&quota_root, 64 * 1024);
    uintptr_t x = (uintptr_t)kmem_alloc(a, 32), y = (uintptr_t)kmem_alloc(b, 32);
    ck_assert_uint_ne(x / 4096, y / 4096);
    ck_assert_uint_eq(a->used, 4096);
    ck_assert_uint_eq(b->used, 4096);
}
END_TEST

START_TEST(random_use_keeps_contents)
{
    enum { SLOTS = 300, STEPS = 60000 };
    static struct {
        unsigned char *p;
        size_t size;
        unsigned char tag;
    } s[SLOTS];
    memset(s, 0, sizeof(s));
    srand(7);
    uint64_t free_before = kmem_free_bytes(), objects = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)rand() % SLOTS;
        if (s[i].p) {
            if (!all_bytes(s[i].p, s[i].size, s[i].tag))
                ck_abort_msg("contents of an allocation changed");
            kmem_free(&quota_root, s[i].p, s[i].size);
            objects -= rounded(s[i].size);
            s[i].p = NULL;
        } else {
            s[i].size = 1 + (unsigned)rand() % (1u << (unsigned)(rand() % 15));
            s[i].p = kmem_alloc(&quota_root, s[i].size);
            if (!s[i].p)
                continue;
            s[i].tag = (unsigned char)rand();
            objects += rounded(s[i].size);
            memset(s[i].p, s[i].tag, s[i].size);
        }
        if (quota_root.used != free_before - kmem_free_bytes())
            ck_abort_msg("the quota differs from what is taken");
        if (objects != quota_root.objects)
            ck_abort_msg("the objects are not what was handed out");
    }
    for (unsigned i = 0; i < SLOTS; i++)
        kmem_free(&quota_root, s[i].p, s[i].p ? s[i].size : 1);
    ck_assert_uint_eq(kmem_free_bytes(), free_before);
}
END_TEST

START_TEST(heap_may_begin_and_end_anywhere)
{
    static _Alignas(4096) char area[37 * 4096];
    kmem_init(area + 4096, area + sizeof(area) - 4096);
    uint64_t before = kmem_free_bytes();
    ck_assert_uint_eq(before, 34 * 4096);
    void *p = kmem_alloc(&quota_root, 3 * 4096);
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq((uintptr_t)p % (4 * 4096), 0);
    kmem_free(&quota_root, p, 3 * 4096);
    ck_assert_uint_eq(kmem_free_bytes(), before);
}
END_TEST

// ---- assertions ----

START_TEST(freeing_twice_is_seen)
{
    void *p = kmem_alloc(&quota_root, 64), *other = kmem_alloc(&quota_root, 64);
    ck_assert(p && other);
    kmem_free(&quota_root, p, 64);
    kmem_free(&quota_root, p, 64);
}
END_TEST

// Between two that are in use, so that it stays a block of its own.
START_TEST(freeing_a_page_twice_is_seen)
{
    char *p[4];
    for (unsigned i = 0; i < 4; i++)
        p[i] = kmem_alloc(&quota_root, 4096);
    kmem_free(&quota_root, p[1], 4096);
    kmem_free(&quota_root, p[1], 4096);
}
END_TEST

START_TEST(allocating_without_the_lock_is_seen)
{
    fake_unlocked = true;
    kmem_alloc(&quota_root, 64);
}
END_TEST

START_TEST(a_quota_that_goes_with_memory_is_seen)
{
    struct quota *q = quota_create(&quota_root, 1 << 20);
    ck_assert(kmem_alloc(q, 4096));
    quota_unref(q);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("kmem");
    TCase *t = tcase_create("kmem");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, sizes_are_rounded_aligned_and_zeroed);
    tcase_add_test(t, all_memory_comes_back);
    tcase_add_test(t, heap_that_is_out_is_said_once);
    tcase_add_test(t, absurd_sizes_fail);
    tcase_add_test(t, quota_limits_and_nests);
    tcase_add_test(t, nobody_holds_more_than_the_quota);
    tcase_add_test(t, quotas_share_no_page);
    tcase_add_test(t, random_use_keeps_contents);
    tcase_add_test(t, heap_may_begin_and_end_anywhere);
    tcase_add_test_raise_signal(t, freeing_twice_is_seen, SIGABRT);
    tcase_add_test_raise_signal(t, freeing_a_page_twice_is_seen, SIGABRT);
    tcase_add_test_raise_signal(t, allocating_without_the_lock_is_seen, SIGABRT);
    tcase_add_test_raise_signal(t, a_quota_that_goes_with_memory_is_seen, SIGABRT);
    suite_add_tcase(s, t);
    return unit_run(s);
}
