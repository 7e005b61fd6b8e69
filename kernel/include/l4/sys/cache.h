// SPDX-License-Identifier: MIT
// Cache maintenance by address, for programs at EL0 as well (the kernel lets them: SCTLR_EL1.UCI and UCT), for boot and the
// kernel itself. (Arm ARM D7.5; CTR_EL0 tells the smallest lines and what is not needed)
//
// Addresses are mapped memory of the caller, readable; the range is [start, end) and is widened to whole lines. An empty range
// is allowed. Functions with a result return 0; they are complete for all CPUs and devices when they return.
//
// The point of coherency is where all observers see the same: CPUs with their caches off, guests with their MMU off, devices
// that do not look into caches. The point of unification is where a CPU fetches instructions that it has not cached.
#pragma once

#include <l4/sys/compiler.h>

#define L4_CACHE_CTR_ILINE_MASK  0xfu      // log2 of the smallest line of instruction caches, in words
#define L4_CACHE_CTR_DLINE_SHIFT 16        // the same of data and unified caches
#define L4_CACHE_CTR_DLINE_MASK  0xfu
#define L4_CACHE_CTR_IDC         (1u << 28) // instructions need no clean to the point of unification
#define L4_CACHE_CTR_DIC         (1u << 29) // nor an invalidation of instruction caches

enum l4_cache_op_ { L4_CACHE_CVAC_, L4_CACHE_CVAU_, L4_CACHE_CIVAC_, L4_CACHE_IVAU_ };

L4_INLINE unsigned long l4_cache_ctr_(void)
{
#ifdef __aarch64__
    unsigned long ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    return ctr;
#else
    return L4_CACHE_CTR_IDC | L4_CACHE_CTR_DIC; // for tests on the build machine, whose caches are coherent
#endif
}

L4_INLINE void l4_cache_line_(enum l4_cache_op_ op, unsigned long a)
{
#ifdef __aarch64__
    if (op == L4_CACHE_CVAC_)
        __asm__ volatile("dc cvac, %0" ::"r"(a) : "memory");
    else if (op == L4_CACHE_CVAU_)
        __asm__ volatile("dc cvau, %0" ::"r"(a) : "memory");
    else if (op == L4_CACHE_CIVAC_)
        __asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
    else
        __asm__ volatile("ic ivau, %0" ::"r"(a) : "memory");
#else
    (void)op;
    (void)a;
#endif
}

// One operation on each line, not yet complete. `log_words`: log2 of the line in words of 4 bytes.
L4_INLINE void l4_cache_lines_(enum l4_cache_op_ op, unsigned long log_words, unsigned long start, unsigned long end)
{
    unsigned long line = 4ul << log_words;
    for (unsigned long a = start & ~(line - 1); a < end; a += line)
        l4_cache_line_(op, a);
}

L4_INLINE void l4_cache_data_lines_(enum l4_cache_op_ op, unsigned long ctr, unsigned long start, unsigned long end)
{
    l4_cache_lines_(op, ctr >> L4_CACHE_CTR_DLINE_SHIFT & L4_CACHE_CTR_DLINE_MASK, start, end);
}

L4_INLINE void l4_cache_dsb_sy_(void)
{
#ifdef __aarch64__
    __asm__ volatile("dsb sy" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

L4_INLINE void l4_cache_dsb_ish_(void)
{
#ifdef __aarch64__
    __asm__ volatile("dsb ish" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

// What the instruction caches hold of the range goes; the data is at the point of unification. Ends with what lets this CPU
// fetch anew; another one needs an ISB or an exception before it runs the code, as each thread has that starts or goes on.
L4_INLINE void l4_cache_drop_instructions_(unsigned long ctr, unsigned long start, unsigned long end)
{
    l4_cache_dsb_ish_();
    if (!(ctr & L4_CACHE_CTR_DIC)) {
        l4_cache_lines_(L4_CACHE_IVAU_, ctr & L4_CACHE_CTR_ILINE_MASK, start, end);
        l4_cache_dsb_ish_();
    }
#ifdef __aarch64__
    __asm__ volatile("isb" ::: "memory");
#endif
}

// Writes back to the point of coherency; the data stays in the caches.
L4_INLINE int l4_cache_clean_data(unsigned long start, unsigned long end)
{
    l4_cache_data_lines_(L4_CACHE_CVAC_, l4_cache_ctr_(), start, end);
    l4_cache_dsb_sy_();
    return 0;
}

// Writes back to the point of coherency and removes the lines from the caches, which may fetch them again at any time.
L4_INLINE int l4_cache_flush_data(unsigned long start, unsigned long end)
{
    l4_cache_data_lines_(L4_CACHE_CIVAC_, l4_cache_ctr_(), start, end);
    l4_cache_dsb_sy_();
    return 0;
}

// Before data is read that another observer has written to memory. What is dirty in the range is written back, since programs
// have no operation that drops it: write nothing there between a device's transfer and this.
L4_INLINE int l4_cache_inv_data(unsigned long start, unsigned long end)
{
    return l4_cache_flush_data(start, end);
}

// Makes instructions that were written visible to fetches at the same addresses.
L4_INLINE int l4_cache_coherent(unsigned long start, unsigned long end)
{
    unsigned long ctr = l4_cache_ctr_();
    if (!(ctr & L4_CACHE_CTR_IDC))
        l4_cache_data_lines_(L4_CACHE_CVAU_, ctr, start, end);
    l4_cache_drop_instructions_(ctr, start, end);
    return 0;
}

// Makes memory and caches the same for a device that does not look into caches, in either direction.
L4_INLINE int l4_cache_dma_coherent(unsigned long start, unsigned long end)
{
    return l4_cache_flush_data(start, end);
}

// Ashlar's: as l4_cache_coherent(), for who fetches with its caches off, as a guest does at first: back to the point of
// coherency.
L4_INLINE int l4_cache_clean_code(unsigned long start, unsigned long end)
{
    unsigned long ctr = l4_cache_ctr_();
    l4_cache_data_lines_(L4_CACHE_CVAC_, ctr, start, end);
    l4_cache_dsb_sy_();
    l4_cache_drop_instructions_(ctr, start, end);
    return 0;
}
