// SPDX-License-Identifier: MIT
// What the compiler's stack protector and the C library's checks of sizes (_FORTIFY_SOURCE) ask for.
#pragma once

#include <l4/sys/compiler.h>
#include <stdint.h>

L4_BEGIN_DECLS

// Takes a random value for the stack protector (0: there is none). Only from a function that does not return.
void ssp_init(uint64_t random);

// `what` has been found behind the program's back, before `pc`: ends it, with a line that says so. The library's own writes to
// the kernel's log; the C library and moe have theirs.
L4_NORETURN void ssp_fail(char const *what, void const *pc);

// What the library's own ssp_fail() calls the program, which may define it.
extern char const ssp_program[];

L4_END_DECLS
