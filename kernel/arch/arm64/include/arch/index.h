// SPDX-License-Identifier: MIT
// Indices that a user has chosen, also for a CPU that speculates past their check (docs/silicon.md).
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Is *index below count? Where the CPU only guesses that it is, and it is not, *index is 0: CSEL waits for the comparison, and
// behind CSDB nothing uses a guess of it. The branch takes the flag of the same comparison: this costs two instructions.
static inline bool index_below(uint64_t *index, uint64_t count)
{
    uint64_t i;
#ifdef __GCC_ASM_FLAG_OUTPUTS__
    bool below;
    asm("cmp %2, %3; csel %0, %2, xzr, lo; hint #20" : "=r"(i), "=@cclo"(below) : "r"(*index), "rI"(count));
#else // an older clang, for analysis: it compares once more
    bool below = *index < count;
    asm("cmp %1, %2; csel %0, %1, xzr, lo; hint #20" : "=r"(i) : "r"(*index), "rI"(count) : "cc");
#endif
    *index = i;
    return below;
}
