// SPDX-License-Identifier: MIT
// What must be true here whatever users do. Checked by the kernel of DEBUG=1 and by unit tests
// (tests/unit/host/debug/assert.h); other kernels have no code for it.
#pragma once

#ifdef DEBUG
// Prints the expression, its place and the CPU, and stops this CPU for good.
_Noreturn void assert_failed(char const *expression, char const *file, unsigned line) __attribute__((cold));
#define assert(e) ((e) ? (void)0 : assert_failed(#e, __FILE__, __LINE__))
#else
#define assert(e) ((void)(0 && (e)))
#endif
