// SPDX-License-Identifier: MIT
// Check, for set-up files of unit tests, and for unit tests whose pretended kernel a fuzzer takes by including them: a check
// that fails ends the fuzzer, the tests themselves vanish. Fuzzers state with it what must hold after any input.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define main unit_main

typedef struct Suite Suite;
typedef struct TCase TCase;
typedef struct SRunner SRunner;
enum { CK_NORMAL };

#define suite_create(name) NULL
#define tcase_create(name) NULL
#define suite_add_tcase(s, t) ((void)(s), (void)(t))
#define tcase_add_test(t, f) ((void)(t))
#define tcase_add_loop_test(t, f, from, to) ((void)(t))
#define tcase_add_test_raise_signal(t, f, signal) ((void)(t))
#define tcase_add_checked_fixture(t, up, down) ((void)(t), (void)(up), (void)(down))
#define tcase_set_timeout(t, seconds) ((void)(t))
#define srunner_create(s) ((void)(s), NULL)
#define srunner_run_all(r, mode) ((void)(r))
#define srunner_ntests_failed(r) 0
#define srunner_free(r) ((void)(r))

#define START_TEST(name) static __attribute__((unused)) void name(int _i) { (void)_i;
#define END_TEST }

#define ck_abort() (fprintf(stderr, "%s:%d: failed\n", __FILE__, __LINE__), abort())
#define ck_abort_msg(...) (fprintf(stderr, __VA_ARGS__), ck_abort())
#define ck_assert_msg(e, ...) ((e) ? (void)0 : (fprintf(stderr, "%s\n", #e), ck_abort_msg("" __VA_ARGS__)))
#define ck_assert(e) ck_assert_msg(e)

#define ck_compare(type, a, op, b)                                                                   \
    do {                                                                                             \
        type const ck_a = (type)(a), ck_b = (type)(b);                                               \
        unsigned long long const ck_x = (unsigned long long)ck_a, ck_y = (unsigned long long)ck_b;   \
        ck_assert_msg(ck_a op ck_b, "%s %s %s: %#llx and %#llx\n", #a, #op, #b, ck_x, ck_y);         \
    } while (0)
#define ck_assert_int_eq(a, b) ck_compare(intmax_t, a, ==, b)
#define ck_assert_int_ne(a, b) ck_compare(intmax_t, a, !=, b)
#define ck_assert_int_lt(a, b) ck_compare(intmax_t, a, <, b)
#define ck_assert_int_le(a, b) ck_compare(intmax_t, a, <=, b)
#define ck_assert_int_gt(a, b) ck_compare(intmax_t, a, >, b)
#define ck_assert_int_ge(a, b) ck_compare(intmax_t, a, >=, b)
#define ck_assert_uint_eq(a, b) ck_compare(uintmax_t, a, ==, b)
#define ck_assert_uint_ne(a, b) ck_compare(uintmax_t, a, !=, b)
#define ck_assert_uint_lt(a, b) ck_compare(uintmax_t, a, <, b)
#define ck_assert_uint_le(a, b) ck_compare(uintmax_t, a, <=, b)
#define ck_assert_uint_gt(a, b) ck_compare(uintmax_t, a, >, b)
#define ck_assert_uint_ge(a, b) ck_compare(uintmax_t, a, >=, b)
#define ck_assert_ptr_eq(a, b) ck_assert((void const volatile *)(a) == (void const volatile *)(b))
#define ck_assert_ptr_ne(a, b) ck_assert((void const volatile *)(a) != (void const volatile *)(b))
#define ck_assert_ptr_null(a) ck_assert(!(a))
#define ck_assert_ptr_nonnull(a) ck_assert(a)
#define ck_assert_str_eq(a, b) ck_assert(!strcmp(a, b))
#define ck_assert_mem_eq(a, b, n) ck_assert(!memcmp(a, b, n))
