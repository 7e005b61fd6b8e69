// SPDX-License-Identifier: MIT
// Compiler helpers of the public kernel interface.
#pragma once

#define L4_INLINE      static inline __attribute__((unused))
#define L4_NORETURN    __attribute__((noreturn))
#define L4_LIKELY(x)   __builtin_expect(!!(x), 1)
#define L4_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define L4_ALIGNED(n)  __attribute__((aligned(n)))
#define L4_CV

#ifdef __cplusplus
#define L4_BEGIN_DECLS extern "C" {
#define L4_END_DECLS   }
#else
#define L4_BEGIN_DECLS
#define L4_END_DECLS
#endif
