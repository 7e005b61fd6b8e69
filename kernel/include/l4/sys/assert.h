// SPDX-License-Identifier: MIT
// Assertions that need no C library: the text goes to the program's log, then the program ends with an exception.
#pragma once

#include <l4/sys/compiler.h>
#include <l4/sys/kdebug.h>

L4_INLINE L4_NORETURN void l4_assert_abort(char const *text)
{
    l4_kd_outstring(text);
    __builtin_trap();
}

L4_INLINE void l4_assert_fn(unsigned expr, char const *text)
{
    if (L4_UNLIKELY(!expr))
        l4_assert_abort(text);
}

#define L4_ASSERT_TEXT_(expr) __FILE__ ":" L4_stringify(__LINE__) ": not true: " #expr "\n"

// l4_check() evaluates its argument also with NDEBUG.
#ifdef NDEBUG
#define l4_assert(expr) ((void)0)
#define l4_check(expr)  ((void)(expr))
#else
#define l4_assert(expr) l4_assert_fn(!!(expr), L4_ASSERT_TEXT_(expr))
#define l4_check(expr)  l4_assert(expr)
#endif
