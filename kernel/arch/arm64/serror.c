// SPDX-License-Identifier: MIT
#include "arch/arm64/serror.h"
#include <arch/sysreg.h>

// Taken in the kernel, by kernel_serror (entry.S), which leaves the syndrome.
static inline __attribute__((always_inline)) uint64_t take(struct cpu *cpu)
{
    cpu->serror = 0;
    asm volatile("msr daifclr, #4; isb; msr daifset, #4; isb" ::: "memory");
    return *(uint64_t volatile *)&cpu->serror;
}

uint64_t serror_collect(struct cpu *cpu)
{
    return L4_UNLIKELY(serror_pending()) ? take(cpu) : 0;
}
