// SPDX-License-Identifier: MIT
// Cache maintenance for memory that a guest will look at with its MMU off.
#pragma once

#include <stdint.h>

// Writes back [p, p + size) to the point of coherency and drops stale instructions.
static inline void cache_clean(void const *p, uint64_t size)
{
    uint64_t ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    uint64_t line = 4ull << ((ctr >> 16) & 15);
    uint64_t end = (uint64_t)p + size;
    for (uint64_t a = (uint64_t)p & ~(line - 1); a < end; a += line)
        __asm__ volatile("dc cvac, %0" : : "r"(a) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    line = 4ull << (ctr & 15);
    if (!(ctr & (1u << 29))) // DIC: instruction caches need no maintenance
        for (uint64_t a = (uint64_t)p & ~(line - 1); a < end; a += line)
            __asm__ volatile("ic ivau, %0" : : "r"(a) : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}
