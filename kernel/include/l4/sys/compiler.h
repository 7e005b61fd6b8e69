// SPDX-License-Identifier: MIT
// Compiler helpers of the public kernel interface, for C and for C++.
#pragma once

#define L4_INLINE        static inline __attribute__((unused))
#define L4_ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#define L4_NORETURN      __attribute__((noreturn))
#define L4_PURE          __attribute__((pure))
#define L4_NOINSTRUMENT  __attribute__((no_instrument_function))
#define L4_HIDDEN        __attribute__((visibility("hidden")))
#define L4_EXPORT        __attribute__((visibility("default")))
#define L4_DEPRECATED(s) __attribute__((deprecated(s)))
#define L4_STICKY(x)     x __attribute__((used))
#define L4_LIKELY(x)     __builtin_expect(!!(x), 1)
#define L4_UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define L4_ALIGNED(n)    __attribute__((aligned(n)))
// The compiler's stack protector leaves this function out. For functions of hot paths without an array of their own, which pass
// variables by address, or with one whose indices nobody outside has a say in; what is inlined into them counts, too.
#define L4_NO_STACK_GUARD __attribute__((no_stack_protector))

#define L4_CV            // the calling convention is the usual one

// `func` runs before main(); of two the one of the smaller `prio` first.
#define L4_DECLARE_CONSTRUCTOR(func, prio) void func(void) __attribute__((constructor(prio)));

// Another name for the function or object `name`, which the same file defines.
#define L4_STRONG_ALIAS(name, aliasname) extern __typeof__(name) aliasname __attribute__((alias(#name)));
#define L4_WEAK_ALIAS(name, aliasname)   extern __typeof__(name) aliasname __attribute__((weak, alias(#name)));

#define L4_stringify_helper(x) #x
#define L4_stringify(x)        L4_stringify_helper(x)

#ifdef __cplusplus
#define EXTERN_C            extern "C"
#define L4_BEGIN_DECLS      extern "C" {
#define L4_END_DECLS        }
#define L4_NOTHROW          noexcept
#define L4_CONSTEXPR        constexpr
#define L4_DEFAULT_PARAM(x) = x
#define L4_EXPORT_TYPE      L4_EXPORT
#else
#define EXTERN_C extern
#define L4_BEGIN_DECLS
#define L4_END_DECLS
#define L4_NOTHROW
#define L4_CONSTEXPR
#define L4_DEFAULT_PARAM(x)
#define L4_EXPORT_TYPE
#endif
#define EXTERN_C_BEGIN L4_BEGIN_DECLS
#define EXTERN_C_END   L4_END_DECLS
#ifndef __BEGIN_DECLS // C libraries have them too
#define __BEGIN_DECLS L4_BEGIN_DECLS
#define __END_DECLS   L4_END_DECLS
#endif

#define L4_STACK_ALIGN 16 // of sp at a call

// The stack pointer below `stack` with which a thread may begin in a function.
L4_INLINE unsigned long l4_align_stack_for_direct_fncall(unsigned long stack)
{
    return stack & ~(L4_STACK_ALIGN - 1ul);
}

// The compiler moves no access to memory across it.
L4_INLINE void l4_barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

// Other observers, devices too, see accesses (l4_wmb: writes) from before it earlier than those from behind it.
L4_INLINE void l4_mb(void)
{
#if defined(__aarch64__)
    __asm__ volatile("dmb sy" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

L4_INLINE void l4_wmb(void)
{
#if defined(__aarch64__)
    __asm__ volatile("dmb st" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

L4_INLINE L4_NORETURN void l4_infinite_loop(void)
{
    for (;;)
        l4_barrier();
}
